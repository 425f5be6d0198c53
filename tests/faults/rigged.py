"""wirewatch with a rule of delivery.md broken on purpose, to show that the matrix would tell. For tests only.

`FAULTS_RIG=no-fence python -m tests.faults.rigged worker` runs the worker so.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from streams.agents.dedup import Dedup
from streams.agents.detect import Detect
from streams.agents.producer import BatchProducer
from streams.core.alerts import batch as alerts
from streams.store import alert_log
from streams.store.memory_seen import MemorySeen
from streams.store.seen import RedisSeen

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.core.model import Partition


def no_fence() -> None:
    """Rule 5 without its fence: a batch is written whatever the fence says."""
    script: Any = alert_log._WRITE
    guarded = b"if (redis.call('HGET', fences, partition) or '-1') ~= read then"
    assert guarded in script._text, "write.lua no longer reads as this rig expects"
    script._text = script._text.replace(guarded, b"if false then")
    script._hash = hashlib.sha1(script._text, usedforsecurity=False).hexdigest()
    _forget_fences()


def no_fence_no_versions() -> None:
    """Rule 5 without its fence, and a version that was applied is applied again: nothing tells a record that comes again."""
    no_fence()
    newer: Any = alerts.is_newer
    alerts.is_newer = lambda article, applied: article.version == applied.version or newer(article, applied)


def _forget_fences() -> None:
    """Every batch finds a fence right before it: nothing was applied already, and nothing is lacking."""
    read, take_in = alert_log.RedisAlertLog.read, Detect._take_in
    starts: dict[Partition, int] = {}

    async def told(self: Any, batch: Any, *args: Any) -> Any:
        starts[batch.topic_partition] = batch.start
        return await take_in(self, batch, *args)

    async def changed(self: Any, partition: Partition, *args: Any) -> Any:
        return replace(await read(self, partition, *args), fence=starts.get(partition, 0) - 1)

    Detect._take_in, alert_log.RedisAlertLog.read = told, changed


def claim_after_emit() -> None:
    """Rule 4 the other way round: judged by what this process remembers, emitted, and only then claimed in Redis."""
    claim, work = RedisSeen.claim, Dedup.work
    memories: dict[int, MemorySeen] = {}
    pending: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = []

    async def judged(self: Any, *args: Any, **stand: Any) -> Any:
        pending.append((self, args, stand))
        settings: Any = memories.setdefault(id(self), MemorySeen(_Settings(self)))  # type: ignore[arg-type]
        return await settings.claim(*args)

    async def later(self: Any, batch: Any) -> None:
        pending.clear()
        await work(self, batch)
        for seen, args, stand in pending:
            await claim(seen, *args, **stand)

    RedisSeen.claim, Dedup.work = judged, later


class _Settings:
    """What `MemorySeen` asks of the settings, as `RedisSeen` keeps it."""

    def __init__(self, seen: RedisSeen) -> None:
        self.seen_ttl = seen._lifetime / 1000
        self.seen_window = seen._window.total_seconds()
        self.seen_articles = seen._most


def unawaited_send() -> None:
    """Rule 4 without its await: a story is on its way, and its article is acknowledged."""
    send = BatchProducer.send
    tasks: set[asyncio.Task[None]] = set()

    async def hasty(self: Any, topic: str, records: Any) -> None:
        task = asyncio.ensure_future(send(self, topic, list(records)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    BatchProducer.send = hasty


RIGS: dict[str, Callable[[], None]] = {
    "no-fence": no_fence,
    "no-fence-no-versions": no_fence_no_versions,
    "claim-after-emit": claim_after_emit,
    "unawaited-send": unawaited_send,
}

if __name__ == "__main__":
    from streams.cli import main

    RIGS[os.environ["FAULTS_RIG"]]()
    main()
