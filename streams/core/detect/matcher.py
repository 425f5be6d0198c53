"""Finding all of many terms in a text at once, nested and overlapping ones included, in linear time (hyperscan)."""

from __future__ import annotations

import hashlib
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import hyperscan
import numpy as np

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

    from streams.core.detect.terms import Term

_MOST_MATCHES = 50_000
"""Candidates looked at in one text. An article has tens; whoever sends more gets the first ones judged."""

_UTF8_MASK, _UTF8_CONTINUES = 0xC0, 0x80
"""The first bits of a byte that continues a code point."""


class Match(NamedTuple):
    """Term number `term` stands at `[start, end)` of the folded text."""

    term: int
    start: int
    end: int


class Matcher:
    """A compiled set of terms. Safe to share between threads: scans of one matcher take turns.

    `databases` keeps compiled databases by the hash of their patterns: compiling takes seconds, loading milliseconds.
    Put a mapping there that outlives the process; it must hold only what was put there, bytes for bytes.
    """

    def __init__(self, terms: Sequence[Term]) -> None:
        self.databases: MutableMapping[str, bytes] = {}
        self._terms = tuple(terms)
        self._lock = Lock()
        self._database: hyperscan.Database | None = None

    def warm(self) -> None:
        """Compile everything now rather than at the first article."""
        if self._terms:
            with self._lock:
                self._compiled()
            for term in self._terms:
                term.compile()

    def _compiled(self) -> hyperscan.Database:
        """The database, built on first use: most languages never see an article in a given process."""
        if self._database is None:
            patterns = [term.bytes_pattern for term in self._terms]
            key = hashlib.sha256(b"\0".join(patterns)).hexdigest()
            database = self._load(key)
            if database is None:
                database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
                database.compile(expressions=patterns, ids=list(range(len(patterns))), flags=[0] * len(patterns))
                self.databases[key] = hyperscan.dumpb(database)
            self._database = database
        return self._database

    def _load(self, key: str) -> hyperscan.Database | None:
        if (kept := self.databases.get(key)) is None:
            return None
        try:
            database = hyperscan.loadb(kept, hyperscan.HS_MODE_BLOCK)
            database.scratch = hyperscan.Scratch(database)
        except hyperscan.error:
            return None  # made by another build of hyperscan, or for another processor
        return database

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
        begun = np.cumsum((np.frombuffer(data, np.uint8) & _UTF8_MASK) != _UTF8_CONTINUES)
        found = set()
        for term, byte_end in ends:
            end = int(begun[byte_end - 2])
            start = self._terms[term].begin(text, end)
            if start is not None:
                found.add(Match(term, start, end))
        return sorted(found, key=lambda match: match[1:])
