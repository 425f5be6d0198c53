"""The in-memory twin of the seen index, proven by the same contract suite. For tests and `wirewatch dedup`: one process."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from streams.core.dedup import policy
from streams.core.dedup.versions import key_of, supersedes, version_of
from streams.core.errors import Behind
from streams.core.model import Claimed, SeenSize, SeenStand
from streams.store.packing import keys_of, slot_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from streams.core.dedup.policy import Before, Earlier
    from streams.core.model import Claim, Emitted, Partition, Verdict
    from streams.settings import Settings

_Name = TypeVar("_Name", tuple[int, str], tuple[int, int])
_SLOT, _QUARTER = 65_536, 16_384


@dataclass(frozen=True, slots=True)
class _Kept:
    claim: Claim
    place: tuple[Partition, int]
    verdict: Verdict
    number: int
    slot: int
    within: int
    end: float

    @property
    def earlier(self) -> Earlier:
        return policy.Earlier(policy.seen(self.claim), self.verdict.story)


class MemorySeen:
    """`SeenIndex` in memory; `claim.lua` says how it works. Nothing awaits, so each call is atomic on its event loop."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lifetime = settings.seen_ttl
        self._window = timedelta(seconds=settings.seen_window)
        self._slot = int(settings.seen_window * 1000)
        self._back = int(settings.seen_ttl * 1000) // self._slot + 1
        self._articles: dict[tuple[int, str], _Kept] = {}
        self._names: dict[tuple[int, str], _Kept] = {}
        self._keys: dict[tuple[int, int], _Kept] = {}
        self._fences: dict[Partition, int] = {}
        self._marks: dict[Partition, int] = {}
        self._claimed = 0
        self._most = settings.seen_articles
        self._dropped = 0

    async def claim(
        self,
        partition: Partition,
        claims: Sequence[Claim],
        *,
        first: int | None = None,
        last: int | None = None,
        mark: int | None = None,
    ) -> list[Claimed]:
        """Claim a partition-batch, in order."""
        self._check(partition, first)
        answers = [self._claim((partition, claim.offset), claim) for claim in claims]
        self._advance(partition, last if last is not None else max((claim.offset for claim in claims), default=-1), mark)
        return answers

    async def restore(self, partition: Partition, emitted: Sequence[Emitted], *, first: int, last: int) -> None:
        """Claim again what was claimed once."""
        self._check(partition, first)
        for one in emitted:
            self._claim((partition, one.claim.offset), one.claim, one.verdict)
        self._advance(partition, last, None)

    async def stands(self, topic: str) -> dict[int, SeenStand]:
        """How far each partition of a topic is known."""
        return {p.number: SeenStand(fence, self._marks.get(p)) for p, fence in self._fences.items() if p.topic == topic}

    def connection(self) -> int:
        """There is none to be made anew."""
        return 0

    def compared(self, connection: int) -> None:
        """Claims need no leave."""

    def _check(self, partition: Partition, first: int | None) -> None:
        self._forget()
        fence = self._fences.get(partition, -1)
        if first is not None and fence < first - 1:
            raise Behind(fence)

    def _advance(self, partition: Partition, last: int, mark: int | None) -> None:
        if last > self._fences.get(partition, -1):
            self._fences[partition] = last
            if mark is not None:
                self._marks[partition] = mark

    def _forget(self) -> None:
        now = self._clock()
        _drop(self._articles, now)
        _drop(self._names, now)
        _drop(self._keys, now)
        while len(self._articles) > self._most:
            number = next(iter(self._articles.values())).number
            self._dropped += 1
            _drop_until(self._articles, number)
            _drop_until(self._names, number)
            _drop_until(self._keys, number)

    def _slots(self, slot: int) -> range:
        return range(slot + 2, max(slot - self._back, 0) - 1, -1)

    def _claim(self, place: tuple[Partition, int], claim: Claim, given: Verdict | None = None) -> Claimed:
        slot, within = slot_of(claim.at, self._slot)
        known = self._find(self._articles, claim.article, slot)
        if known is not None:
            return Claimed(known.verdict) if known.place == place else policy.REPEAT
        found = {name: self._named(name, slot) for name in (*claim.names, *claim.evolved)}
        before = self._before(claim, found)
        owners = [kept.earlier for kept in self._owners(keys_of(claim), slot, within)]
        verdict = given or policy.decide(policy.seen(claim), before, owners, window=self._window)
        self._claimed += 1
        kept = _Kept(claim, place, verdict, self._claimed, slot, within, self._clock() + self._lifetime)
        self._enter(kept)
        return Claimed(verdict)

    def _find(self, kept: dict[tuple[int, str], _Kept], name: str, slot: int) -> _Kept | None:
        return next((one for at in self._slots(slot) if (one := kept.get((at, name))) is not None), None)

    def _named(self, name: str, slot: int) -> _Kept | None:
        return self._find(self._names, name, slot) or self._find(self._names, _besides(name), slot)

    @staticmethod
    def _before(claim: Claim, found: dict[str, _Kept | None]) -> Before | None:
        for name, kept in found.items():
            if kept is not None:
                return policy.Before(kept.earlier, evolved=name not in claim.names)
        return None

    def _owners(self, keys: Sequence[int], slot: int, within: int) -> Iterator[_Kept]:
        seen: set[int] = set()
        for key in keys:
            for at in (slot, slot - 1, slot + 1):
                kept = self._keys.get((at, key))
                if kept is None or kept.number in seen or abs((slot - at) * _SLOT + within - kept.within) > _SLOT + 1:
                    continue
                seen.add(kept.number)
                yield kept

    def _enter(self, kept: _Kept) -> None:
        claim = kept.claim
        for key in keys_of(claim):
            owner = self._keys.get((kept.slot, key))
            if owner is None or kept.within - owner.within > _QUARTER:
                _put(self._keys, (kept.slot, key), kept)
        for name in (claim.names[0], *map(_besides, claim.names[1:])):
            old = self._find(self._names, name, kept.slot)
            if old is None or _is_next(claim, old.claim):
                at = max(kept.slot, self._slot_of_name(name, kept.slot))
                _put(self._names, (at, name), kept)
        _put(self._articles, (kept.slot, claim.article), kept)

    def _slot_of_name(self, name: str, slot: int) -> int:
        return next((at for at in self._slots(slot) if (at, name) in self._names), slot)

    async def fence(self, partition: Partition) -> int:
        """The last offset claimed of a partition, -1 for none."""
        return self._fences.get(partition, -1)

    async def size(self) -> SeenSize:
        """How much the index holds; what memory it takes is not measured."""
        self._forget()
        oldest = min((slot for slot, _ in self._articles), default=None)
        since = None if oldest is None else datetime.fromtimestamp(oldest * self._slot / 1000, UTC)
        return SeenSize(len(self._articles), 0, since, self._dropped)


def _drop(index: dict[_Name, _Kept], now: float) -> None:
    while index and next(iter(index.values())).end <= now:
        del index[next(iter(index))]


def _drop_until(index: dict[_Name, _Kept], number: int) -> None:
    while index and next(iter(index.values())).number <= number:
        del index[next(iter(index))]


def _put(index: dict[_Name, _Kept], name: _Name, kept: _Kept) -> None:
    index.pop(name, None)  # the order of entry is that of expiry
    index[name] = kept


def _besides(name: str) -> str:
    """A name that an article goes by besides its own: no article stands in the place of another by it."""
    return "\0" + name


def _is_next(new: Claim, old: Claim) -> bool:
    """Whether it comes after a version of the same article."""
    return key_of(new.article) == key_of(old.article) and supersedes(
        version_of(new.article), new.published, old=version_of(old.article), old_published=old.published
    )
