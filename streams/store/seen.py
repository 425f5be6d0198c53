"""The seen index in Redis (delivery.md, rules 4 and 6): one call to claim a partition-batch, one to read what it may copy.

Verdicts follow from what was claimed, so they are the same whoever works them out and however often; once worked out they
are kept beside the claims, so that what comes later need not follow the thread again.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from streams import codec
from streams.core.dedup import policy
from streams.core.errors import Behind, Unavailable
from streams.core.model import Claimed, SeenSize, SeenStand
from streams.store import keys
from streams.store.packing import REF, Record, own, own_ref, packed, recorded, together
from streams.store.script import Script

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streams.core.model import Claim, Emitted, Partition, Verdict
    from streams.settings import Settings
    from streams.store.client import Client

_CLAIM, _RECALL, _SETTLE, _TRIM = (Script(f"{name}.lua") for name in ("claim", "recall", "settle", "trim"))
_CALL = 8
"""Bytes that mark one call of `claim.lua`, so that what is settled later lands beside its claims and nobody else's."""
_ATTEMPTS = 3
_BETWEEN_TRIMS = 1024
"""Claims between two looks at how many articles there are."""
_MORE_SLOTS = 8
"""Slots that may be in use beyond those a claim asks: of articles that come much later or earlier than others."""
log = structlog.get_logger(__name__)

_MOST = 256
"""Claims of one call: a reference has one byte for the place in its batch."""


class RedisSeen:
    """`SeenIndex` in Redis. What is claimed is kept `settings.seen_ttl` seconds after its part of the index last grew.

    Args:
        client: with one connection of its own where `guarded`: only that is never made anew without an error first.
        settings: lifetimes.
        guarded: whether `claim` refuses a connection that was not compared.
    """

    def __init__(self, client: Client, settings: Settings, *, guarded: bool = False) -> None:
        self._client = client
        self._guarded = guarded
        self._compared = -1
        self._lifetime = int(settings.seen_ttl * 1000)
        self._window = timedelta(seconds=settings.seen_window)
        self._slot = int(settings.seen_window * 1000)
        self._back = self._lifetime // self._slot + 1
        self._most = settings.seen_articles
        self._since_trim = 0

    async def claim(
        self,
        partition: Partition,
        claims: Sequence[Claim],
        *,
        first: int | None = None,
        last: int | None = None,
        mark: int | None = None,
    ) -> list[Claimed]:
        """Claim a partition-batch, in order; at most 256 claims are atomic."""
        claimed: list[Claimed] = []
        for start in range(0, max(len(claims), 1), _MOST):
            some = claims[start : start + _MOST]
            to = last if last is not None and start + _MOST >= len(claims) else max((one.offset for one in some), default=-1)
            claimed += await self._claim(partition, some, first, to, mark)
            first = None if first is None else max(first, to + 1)
        self._since_trim += len(claims)
        if self._since_trim >= min(_BETWEEN_TRIMS, self._most // 4):
            await self._trim()
        return claimed

    async def _trim(self) -> None:
        """Let the oldest batches go where there are more articles than may be."""
        names = [keys.SEEN_HELD, keys.SEEN_TOTAL, keys.SEEN_DROPPED, keys.SEEN_SLOTS]
        lost: int = await _TRIM(self._client, names, [keys.SEEN, self._most, self._back + _MORE_SLOTS])
        self._since_trim = 0
        if lost:
            log.warning("the seen index is full", dropped=lost, most=self._most)

    def connection(self) -> int:
        """Names the present connection."""
        return self._client.breaks

    def compared(self, connection: int) -> None:
        """Let claims use this connection."""
        self._compared = connection

    async def restore(self, partition: Partition, emitted: Sequence[Emitted], *, first: int, last: int) -> None:
        """Claim again what was claimed once; at most 256."""
        given = together([codec.encode_verdict(one.verdict) for one in emitted])
        await self._enter(os.urandom(_CALL), partition, [one.claim for one in emitted], first, last, given=given)

    async def _enter(  # noqa: PLR0913 - the arguments of the script
        self,
        call: bytes,
        partition: Partition,
        claims: Sequence[Claim],
        first: int | None,
        last: int,
        *,
        mark: int | None = None,
        given: bytes = b"",
    ) -> list[bytes]:
        args = (
            str(partition),
            last,
            self._lifetime,
            self._back,
            keys.SEEN,
            call + packed(partition, claims, self._slot),
            "" if first is None else first,
            "" if mark is None else mark,
            given,
        )
        names = [keys.SEEN_FENCES, keys.SEEN_BATCHES, keys.SEEN_SLOTS, keys.SEEN_MARKS]
        answer: list[bytes] | int = await _CLAIM(self._client, names, args)
        if isinstance(answer, int):
            raise Behind(answer)
        return answer

    async def _claim(
        self, partition: Partition, claims: Sequence[Claim], first: int | None, last: int, mark: int | None
    ) -> list[Claimed]:
        for _ in range(_ATTEMPTS):
            answers = await self._once(partition, claims, first, last, mark)
            if answers is not None:
                return answers
        raise Unavailable("claims expire before they are read")

    async def _once(
        self, partition: Partition, claims: Sequence[Claim], first: int | None, last: int, mark: int | None
    ) -> list[Claimed] | None:
        """None where what was claimed long ago has expired between the claim and its reading: then it is to be claimed anew."""
        if self._guarded and self._compared != self._client.breaks:
            raise Behind(-1)
        call = os.urandom(_CALL)
        answers = await self._enter(call, partition, claims, first, last, mark=mark)
        thread = _Thread(self._client, self._window)
        fresh = [own(claim, answer) for claim, answer in zip(claims, answers, strict=True) if answer[:1] == b"F"]
        thread.add(fresh)
        await thread.follow([own_ref(answer) for answer in answers if answer])
        if any(record.behind for record in fresh):
            await self._settle(call, fresh, thread)
        if not all(thread.has(own_ref(answer)) for answer in answers if answer):
            return None
        return [Claimed(thread.verdict(own_ref(answer))) if answer else policy.REPEAT for answer in answers]

    async def _settle(self, call: bytes, fresh: list[Record], thread: _Thread) -> None:
        parts = [codec.encode_verdict(thread.verdict(one.ref)) if one.behind else b"" for one in fresh]
        claims, verdicts = (keys.SEEN.encode() + kind + fresh[0].ref[: REF - 1] for kind in (b"b", b"v"))
        await _SETTLE(self._client, [claims, verdicts], [call, together(parts), self._lifetime])

    async def fence(self, partition: Partition) -> int:
        """The last offset claimed of a partition, -1 for none."""
        fence = await self._client.execute_command("HGET", keys.SEEN_FENCES, str(partition))
        return -1 if fence is None else int(fence)

    async def stands(self, topic: str) -> dict[int, SeenStand]:
        """How far each partition of a topic is known."""
        fences = keys.partitions(topic, await self._client.execute_command("HGETALL", keys.SEEN_FENCES))
        marks = keys.partitions(topic, await self._client.execute_command("HGETALL", keys.SEEN_MARKS))
        return {number: SeenStand(fence, marks.get(number)) for number, fence in fences.items()}

    async def size(self) -> SeenSize:
        """How much the index holds, by what was written into the slots that have not expired."""
        slots = sorted(int(slot) for slot in await self._client.smembers(keys.SEEN_SLOTS))
        articles, size, oldest = 0, 0, None
        for slot in slots:
            name = keys.SEEN.encode() + b"c" + slot.to_bytes(4, "little")
            counts = await self._client.execute_command("HMGET", name, "articles", "bytes")
            if counts[0] is None:
                await self._client.srem(keys.SEEN_SLOTS, slot)
                continue
            articles, size = articles + int(counts[0]), size + int(counts[1])
            oldest = oldest or datetime.fromtimestamp(slot * self._slot / 1000, UTC)
        total, dropped = await self._client.execute_command("MGET", keys.SEEN_TOTAL, keys.SEEN_DROPPED)
        held = min(articles, int(total or 0))  # what was dropped is in the slots' counts, what has expired in the total
        return SeenSize(held, size * held // max(1, articles), oldest, int(dropped or 0))


class _Thread:
    """Records and verdicts that those of a batch follow from."""

    def __init__(self, client: Client, window: timedelta) -> None:
        self._client = client
        self._window = window
        self._records: dict[bytes, Record] = {}
        self._verdicts: dict[bytes, Verdict] = {}

    def add(self, records: Iterable[Record]) -> None:
        """Take what is known already."""
        self._records |= {record.ref: record for record in records}

    async def follow(self, asked: Iterable[bytes]) -> None:
        """Read what these verdicts follow from, back to where all of it is settled."""
        missing = set(asked) - self._records.keys()
        for record in list(self._records.values()):
            missing |= record.behind - self._records.keys()
        gone: set[bytes] = set()
        while missing:
            wanted = sorted(missing)
            missing = set()
            answers = await _RECALL(self._client, [keys.SEEN_FENCES], [keys.SEEN, b"".join(wanted)])
            for ref, (data, verdict) in zip(wanted, answers, strict=True):
                if data is None:
                    gone.add(ref)
                    continue
                record = self._records[ref] = recorded(ref, data)
                if verdict:
                    self._verdicts[ref] = codec.parse_verdict(verdict)
                else:
                    missing |= record.behind
            missing -= gone | self._records.keys()

    def has(self, ref: bytes) -> bool:
        """Whether an article is still known."""
        return ref in self._records

    def verdict(self, ref: bytes) -> Verdict:
        """The verdict on an article, worked out from the oldest on where it is not settled."""
        open_refs = [ref]
        while open_refs:
            record = self._records[open_refs[-1]]
            behind = [one for one in record.behind if one in self._records and one not in self._verdicts]
            if record.ref in self._verdicts:
                open_refs.pop()
            elif behind:
                open_refs += behind
            else:
                self._verdicts[open_refs.pop()] = self._decide(record)
        return self._verdicts[ref]

    def _decide(self, record: Record) -> Verdict:
        before = self._earlier(record.before)
        owners = [earlier for ref in record.owners if (earlier := self._earlier(ref)) is not None]
        standing = None if before is None else policy.Before(before, record.evolved)
        return policy.decide(record.seen, standing, owners, window=self._window)

    def _earlier(self, ref: bytes) -> policy.Earlier | None:
        record = self._records.get(ref)
        return None if record is None else policy.Earlier(record.seen, self._verdicts[ref].story)
