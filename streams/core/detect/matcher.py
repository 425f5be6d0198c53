"""Finding all of many terms in a text at once, nested and overlapping ones included, in linear time (hyperscan)."""

from __future__ import annotations

import hashlib
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import hyperscan
import numpy as np

from streams.core.detect.terms import TermError

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

    import numpy.typing as npt

    from streams.core.detect.terms import Term

_MOST_MATCHES = 50_000
"""Candidates looked at in one text. An article has tens; whoever sends more gets the first ones judged."""

_REACH = 240
"""Characters looked back from the end of a term that holds punctuation, or may be of fewer words than it is written in."""

_UTF8_MASK, _UTF8_CONTINUES = 0xC0, 0x80
"""The first bits of a byte that continues a code point."""

_IN_WORD = np.array([byte >= 0x80 or chr(byte) in "0123456789abcdefghijklmnopqrstuvwxyz_" for byte in range(256)])  # noqa: PLR2004 - beyond ASCII
"""Whether a byte of folded text is part of a word: `fold.WORD` in UTF-8."""


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
        # Of each expression the term, the most words it is of (0: cannot be told), and whether it is always of so many.
        found = [(number, breadth, pattern) for number, term in enumerate(terms) for breadth, pattern in term.expressions]
        self._patterns = [pattern for _, _, pattern in found]
        self._owners = np.array([number for number, _, _ in found], np.int64)
        self._counts = np.array([breadth.words for _, breadth, _ in found], np.int64)
        self._fixed = np.array([breadth.is_fixed for _, breadth, _ in found], np.bool_)
        self._lock = Lock()
        self._database: hyperscan.Database | None = None

    def warm(self) -> None:
        """Compile everything now rather than at the first article."""
        if self._terms:
            with self._lock:
                self._compiled()
            for number in np.unique(self._owners[~self._fixed]).tolist():
                self._terms[number].compile()  # the others never ask where they begin

    def _compiled(self) -> hyperscan.Database:
        """The database, built on first use: most languages never see an article in a given process."""
        if self._database is None:
            patterns = self._patterns
            key = hashlib.sha256(b"\0".join(patterns)).hexdigest()
            database = self._load(key)
            if database is None:
                database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
                try:
                    database.compile(expressions=patterns, ids=list(range(len(patterns))), flags=[0] * len(patterns))
                except hyperscan.error as error:
                    raise self._refused(error) from error
                self.databases[key] = hyperscan.dumpb(database)
            self._database = database
        return self._database

    def _refused(self, error: hyperscan.error) -> TermError:
        """What to tell of terms that hyperscan cannot compile: the first that it does not take by itself."""
        for number, pattern in zip(self._owners.tolist(), self._patterns, strict=True):
            try:
                hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK).compile(expressions=[pattern], ids=[0], flags=[0])
            except hyperscan.error as own:
                return TermError(f"the term {self._terms[number].text!r} is too large to be searched for ({own}); write several")
        return TermError(f"the terms together are too large to be searched for: {error}")

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
        data = b"\n" + text.encode("utf-8", "surrogatepass") + b"\n"
        expressions: list[int] = []
        ends: list[int] = []

        def note(expression: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if len(ends) < _MOST_MATCHES:
                expressions.append(expression)
                ends.append(end)

        with self._lock:
            # A scratch belongs to one scan at a time, and scanning releases the GIL.
            self._compiled().scan(data, match_event_handler=note)
        return self._placed(text, np.frombuffer(data, np.uint8), np.array(expressions), np.array(ends)) if ends else []

    def _placed(
        self, text: str, data: npt.NDArray[np.uint8], expressions: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
    ) -> list[Match]:
        """The matches that end one byte before `ends` in `data`, which is `text` between two line feeds, in UTF-8."""
        in_word = _IN_WORD.take(data)
        words = np.flatnonzero(in_word[1:] & ~in_word[:-1]) + 1
        counts = self._counts.take(expressions)
        first = words.take(np.maximum(words.searchsorted(ends - 1) - counts, 0), mode="clip")
        # How many code points begin before each byte; the line feed in front is none of the text's.
        begun = np.cumsum((data & _UTF8_MASK) != _UTF8_CONTINUES)
        places = zip(
            self._owners.take(expressions).tolist(),
            counts.tolist(),
            self._fixed.take(expressions).tolist(),
            (begun.take(first) - 2).tolist(),
            (begun.take(ends - 2) - 1).tolist(),
            strict=True,
        )
        leftmost: dict[tuple[int, int], int] = {}
        for term, count, fixed, first_begins, end in places:
            start: int | None = first_begins
            if not fixed:
                reach = end - first_begins if count else _REACH
                start = self._terms[term].begin(text, end, reach=reach)
            if start is not None:
                leftmost[term, end] = min(start, leftmost.get((term, end), start))
        found = [Match(term, start, end) for (term, end), start in leftmost.items()]
        return sorted(found, key=lambda match: match[1:])
