"""What each worker is at, and which records were begun by processes that did not come back (delivery.md, rule 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.model import Noted, Partition
from streams.store import keys
from streams.store.script import Script

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from streams.settings import Settings
    from streams.store.client import Client

_NOTE = Script("note.lua")


class RedisWork:
    """`WorkNotes` in Redis; what nobody touches is kept as long as a claim."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self._lifetime = int(settings.seen_ttl * 1000)

    async def begin(self, who: str, batch: Noted) -> dict[str, Noted]:
        """Note a batch; answers what stood noted before, by who noted it."""
        flat = await self._note(who, f"{batch.partition} {batch.start} {batch.end}")
        return {name.decode(): _parse(value.decode()) for name, value in zip(flat[::2], flat[1::2], strict=True)}

    async def take_back(self, who: str) -> None:
        """Forget what was noted last: it ended in order."""
        await self._note(who, "")

    async def _note(self, who: str, batch: str) -> list[bytes]:
        answer: list[bytes] = await _NOTE(self._client, [keys.WORK], [who, batch, self._lifetime])
        return answer

    async def strike(self, record: str, life: str) -> int:
        """Mark a record as begun by this process; answers how many others began it and did not come back."""
        name = keys.STRIKES + record
        async with self._client.pipeline() as pipe:
            pipe.sadd(name, life)
            pipe.pexpire(name, self._lifetime)
            pipe.scard(name)
            answers = await pipe.execute()
        return int(answers[2]) - 1

    async def acquit(self, record: str, life: str | None = None) -> None:
        """Take back this process's mark; all marks where none is named: the record did no harm."""
        name = keys.STRIKES + record
        if life is None:
            await self._client.execute_command("DEL", name)
        else:
            await self._client.execute_command("SREM", name, life)

    async def fallen(self, records: Sequence[str], *, now: datetime, window: timedelta) -> int:
        """Note that these fall as dead letters; answers how many did within the window, each counted once."""
        at, span = int(now.timestamp() * 1000), int(window.total_seconds() * 1000)
        async with self._client.pipeline() as pipe:
            pipe.zadd(keys.LETTERS, dict.fromkeys(records, at))
            pipe.zremrangebyscore(keys.LETTERS, "-inf", at - span)
            pipe.pexpire(keys.LETTERS, span)
            pipe.zcard(keys.LETTERS)
            answers = await pipe.execute()
        return int(answers[3])


def _parse(value: str) -> Noted:
    partition, start, end, _ = value.rsplit(" ", 3)
    topic, _, number = partition.rpartition(":")
    return Noted(Partition(topic, int(number)), int(start), int(end))
