"""Searching bytes for many regular expressions at once, in linear time (hyperscan)."""

from __future__ import annotations

import hashlib
from threading import Lock
from typing import TYPE_CHECKING

import hyperscan

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence


class CannotCompileError(ValueError):
    """The expressions are too large, or none that hyperscan knows; the message is hyperscan's."""


class Scanner:
    """A compiled set of expressions. Safe to share between threads: scans of one scanner take turns.

    `databases` keeps compiled databases by the hash of their expressions: compiling takes seconds, loading milliseconds.
    Put a mapping there that outlives the process; it must hold only what was put there, bytes for bytes.
    """

    def __init__(self, patterns: Sequence[bytes]) -> None:
        self.databases: MutableMapping[str, bytes] = {}
        self.patterns = tuple(patterns)
        self._lock = Lock()
        self._database: hyperscan.Database | None = None

    def warm(self) -> None:
        """Compile now rather than at the first scan.

        Raises:
            CannotCompileError: of one expression at least; it cannot be told which.
        """
        if self.patterns:
            with self._lock:
                self._compiled()

    def _compiled(self) -> hyperscan.Database:
        """The database, built on first use: most languages never see an article in a given process."""
        if self._database is None:
            key = hashlib.sha256(b"\0".join(self.patterns)).hexdigest()
            database = self._load(key)
            if database is None:
                database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
                count = len(self.patterns)
                try:
                    database.compile(expressions=list(self.patterns), ids=list(range(count)), flags=[0] * count)
                except hyperscan.error as error:
                    raise CannotCompileError(str(error)) from error
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

    def scan(self, data: bytes, most: int) -> tuple[list[int], list[int]]:
        """The numbers of the expressions found in `data` and, beside each, where it ends there: the first `most`."""
        found: list[int] = []
        ends: list[int] = []
        if not self.patterns or not data:
            return found, ends

        def note(expression: int, _start: int, end: int, _flags: int, _context: object) -> None:
            if len(ends) < most:
                found.append(expression)
                ends.append(end)

        with self._lock:
            # A scratch belongs to one scan at a time, and scanning releases the GIL.
            self._compiled().scan(data, match_event_handler=note)
        return found, ends
