"""The in-memory twin of the work notes, proven by the same contract suite."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from streams.core.model import Noted


class MemoryWork:
    """`WorkNotes` in memory; they outlive the stages that are given them, not the process."""

    def __init__(self) -> None:
        self._notes: dict[str, Noted] = {}
        self._marks: defaultdict[str, set[str]] = defaultdict(set)
        self._fallen: dict[str, datetime] = {}

    async def begin(self, who: str, batch: Noted) -> dict[str, Noted]:
        """Note a batch."""
        before = dict(self._notes)
        self._notes[who] = batch
        return before

    async def take_back(self, who: str) -> None:
        """Forget what was noted last."""
        self._notes.pop(who, None)

    async def strike(self, record: str, life: str) -> int:
        """Mark a record."""
        self._marks[record].add(life)
        return len(self._marks[record]) - 1

    async def acquit(self, record: str, life: str | None = None) -> None:
        """Take marks back."""
        self._marks[record] -= self._marks[record] if life is None else {life}

    async def fallen(self, records: Sequence[str], *, now: datetime, window: timedelta) -> int:
        """Note that these fall as dead letters."""
        self._fallen |= dict.fromkeys(records, now)
        self._fallen = {record: at for record, at in self._fallen.items() if at > now - window}
        return len(self._fallen)
