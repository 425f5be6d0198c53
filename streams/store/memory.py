"""In-memory twins of the Redis stores, proven by the same contract suite. For tests and `wirewatch check`: one process.

Nothing awaits between reading and writing, so each call is atomic on its event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from streams.core.errors import Stale
from streams.core.incident.joining import REACH
from streams.core.model import Bounds, Entry, Index, Snapshot, Stored
from streams.store.checks import START, check_commit, check_query, stream_order

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import date

    from streams.core.model import Alert, Applied, Commit, IndexEntry, Lookup, Partition, Query
    from streams.settings import Settings

_T = TypeVar("_T")
_REACH = int(REACH.total_seconds())


class _Expiring(Generic[_T]):
    """Values by name, each until its time is up."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[_T, float]] = {}

    def get(self, name: str) -> _T | None:
        value, end = self._kept.get(name, (None, 0.0))
        if value is not None and end <= self._clock():
            del self._kept[name]
            return None
        return value

    def put(self, name: str, value: _T, lifetime: float) -> None:
        self._kept[name] = (value, self._clock() + lifetime)

    def __iter__(self) -> Iterator[_T]:
        return (value for name in list(self._kept) if (value := self.get(name)) is not None)


@dataclass(frozen=True, slots=True)
class _Kept:
    stored: Stored
    alert: Alert


@dataclass(slots=True)
class _Index:
    """The incidents of one body and place."""

    revision: int = 0
    entries: dict[str, IndexEntry] = field(default_factory=dict)

    def near(self, spans: Iterable[tuple[int, int]], dates: Collection[date | None] = ()) -> dict[str, IndexEntry]:
        """The incidents within reach of these spans, or of a date."""
        wide = [(first - _REACH, last + _REACH) for first, last in spans]
        return {
            alert: entry
            for alert, entry in self.entries.items()
            if any(day in dates for day in entry.dates) or any(entry.first <= end and start <= entry.last for start, end in wide)
        }


class MemoryLog:
    """What `MemoryAlertLog` writes and `MemoryAlertFeed` reads."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self.fences: dict[Partition, int] = {}
        self.alerts: _Expiring[_Kept] = _Expiring(clock)
        self.applied: _Expiring[Applied] = _Expiring(clock)
        self.indexes: dict[str, _Index] = {}
        self.entries: deque[Entry] = deque(maxlen=settings.log_max_entries)
        self.grown = asyncio.Condition()


class MemoryAlertLog:
    """`AlertLog` in memory."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log

    async def read(
        self, partition: Partition, articles: Sequence[str], alerts: Sequence[str], sittings: Sequence[Lookup] = ()
    ) -> Snapshot:
        """The snapshot a batch is computed from."""
        applied = {article: value for article in articles if (value := self._log.applied.get(article)) is not None}
        lookups: dict[str, list[Lookup]] = {}
        for lookup in (*sittings, *(lookup for value in applied.values() for lookup in value.sittings)):
            lookups.setdefault(lookup.index, []).append(lookup)
        near, names = self._near(lookups)
        wanted = {*alerts, *near, *(alert for value in applied.values() for alert in value.alerts)}
        found = {identity: kept.stored for identity in wanted if (kept := self._log.alerts.get(identity)) is not None}
        indexes = {name: Index(index.revision, frozenset(index.entries)) for name in names for index in [self._index(name)]}
        return Snapshot(self._log.fences.get(partition, -1), applied, found, indexes)

    def _index(self, name: str) -> _Index:
        return self._log.indexes.get(name, _Index())

    def _near(self, lookups: dict[str, list[Lookup]]) -> tuple[set[str], set[str]]:
        """The incidents near these, their neighbours (what leaves one may join another), and every index of theirs."""
        wider: dict[str, list[tuple[int, int]]] = {}
        alerts, names = set[str](), set(lookups)
        for name, asked in lookups.items():
            for alert, entry in self._index(name).near([(a.at, a.at) for a in asked], {a.date for a in asked} - {None}).items():
                alerts.add(alert)
                for other in entry.indexes:
                    wider.setdefault(other, []).append((entry.first, entry.last))
        for name, spans in wider.items():
            names.add(name)
            for alert, entry in self._index(name).near(spans).items():
                alerts.add(alert)
                names.update(entry.indexes)
        return alerts, names

    async def write(self, commit: Commit) -> None:
        """Write a batch whole, or raise `Stale` with nothing written."""
        check_commit(commit)
        log, settings = self._log, self._log.settings
        if log.fences.get(commit.partition, -1) != commit.fence:
            raise Stale(f"the fence of {commit.partition} has moved since it was read")
        for stored in commit.states:
            kept = log.alerts.get(stored.state.id)
            if (kept.stored.revision if kept else 0) != stored.revision:
                raise Stale(f"alert {stored.state.id} has moved since it was read")
        for name, revision in commit.indexes.items():
            if log.indexes.get(name, _Index()).revision != revision:
                raise Stale(f"the index {name} has moved since it was read")
        for stored in commit.states:
            moved = Stored(stored.state, stored.revision + 1)
            log.alerts.put(stored.state.id, _Kept(moved, commit.current[stored.state.id]), settings.alert_ttl)
        for name in {name for entry in commit.entries.values() for name in entry.indexes}:
            index = log.indexes.setdefault(name, _Index())
            index.revision += 1
            index.entries = {alert: entry for alert, entry in index.entries.items() if log.alerts.get(alert) is not None}
            index.entries |= {alert: entry for alert, entry in commit.entries.items() if name in entry.indexes}
        for article, applied in commit.applied.items():
            fed = applied.alerts or applied.sittings
            log.applied.put(article, applied, max(settings.seen_ttl, settings.alert_ttl if fed else 0))
        for event in commit.events:
            number = stream_order(log.entries[-1].stream_id)[0] + 1 if log.entries else 1
            log.entries.append(Entry(f"{number}-0", event))
        log.fences[commit.partition] = commit.last
        async with log.grown:
            log.grown.notify_all()


class MemoryAlertFeed:
    """`AlertFeed` in memory."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log

    async def get(self, alert: str) -> Alert | None:
        """The current alert, retracted ones included."""
        kept = self._log.alerts.get(alert)
        return None if kept is None else kept.alert

    async def recent(self, query: Query) -> list[Alert]:
        """Current alerts, newest change first."""
        check_query(query)
        found = [kept.alert for kept in self._log.alerts if not kept.stored.state.retracted and _matches(kept.alert, query)]
        return sorted(found, key=lambda alert: (alert.detected, alert.id), reverse=True)[: query.limit]

    async def tail(self, after: str, *, count: int, block_ms: int | None) -> list[Entry]:
        """Up to `count` entries behind stream id `after`."""
        behind = stream_order(after)
        if count < 1:
            raise ValueError("count must be 1 or more")

        def entries() -> list[Entry]:
            return [entry for entry in self._log.entries if stream_order(entry.stream_id) > behind][:count]

        try:
            async with asyncio.timeout((block_ms or 0) / 1000), self._log.grown:
                await self._log.grown.wait_for(entries)
        except TimeoutError:
            pass
        return entries()

    async def bounds(self) -> Bounds:
        """Where the log begins and ends."""
        entries = self._log.entries
        return Bounds(entries[0].stream_id, entries[-1].stream_id) if entries else Bounds(START, START)


def _matches(alert: Alert, query: Query) -> bool:
    return (
        (query.since is None or alert.detected >= query.since)
        and query.tier in {None, alert.tier}
        and query.kind in {None, alert.kind}
        and query.language in {None, alert.language}
        and (query.place is None or query.place in alert.places)
        and query.body in {None, alert.incident and alert.incident.body}
        and query.status in {None, alert.incident and alert.incident.status}
    )
