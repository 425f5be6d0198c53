"""Finding all of many terms in a text at once, nested and overlapping ones included, in linear time (hyperscan)."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import hyperscan
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.detect.terms import Term

_MOST_MATCHES = 50_000
"""Candidates looked at in one text. An article has tens; whoever sends more gets the first ones judged."""


class Match(NamedTuple):
    """Term number `term` stands at `[start, end)` of the folded text."""

    term: int
    start: int
    end: int


class Matcher:
    """A compiled set of terms. Safe to share between threads: scans of one matcher take turns."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self._terms = tuple(terms)
        self._lock = Lock()
        self._database: hyperscan.Database | None = None

    def _compiled(self) -> hyperscan.Database:
        """The database, built on first use: most languages never see an article in a given process."""
        if self._database is None:
            database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
            database.compile(
                expressions=[term.bytes_pattern for term in self._terms],
                ids=list(range(len(self._terms))),
                flags=[0] * len(self._terms),
            )
            self._database = database
        return self._database

    def find(self, text: str) -> list[Match]:
        """Every term in folded `text`, by start and end, each place once a term."""
        if not self._terms or not text:
            return []
        data = text.encode("utf-8", "surrogatepass")
        ends: list[tuple[int, int]] = []

        def note(term: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if len(ends) < _MOST_MATCHES:
                ends.append((term, end))

        with self._lock:
            # A scratch belongs to one scan at a time, and scanning releases the GIL.
            self._compiled().scan(data + b"\n", match_event_handler=note)
        if not ends:
            return []
        # How many code points begin before each byte.
        begun = np.cumsum((np.frombuffer(data, np.uint8) & 0xC0) != 0x80)
        found = set()
        for term, byte_end in ends:
            end = int(begun[byte_end - 2])
            start = self._terms[term].begin(text, end)
            if start is not None:
                found.add(Match(term, start, end))
        return sorted(found, key=lambda match: match[1:])
