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
from streams.agents.producer import BatchProducer
from streams.core.alerts import batch as alerts
from streams.store import alert_log
from streams.store.memory_seen import MemorySeen
from streams.store.seen import RedisSeen

if TYPE_CHECKING:
    from collections.abc import Callable


def no_fence() -> None:
    """Rule 5 without its fence: a batch is written whatever the fence says."""
    script: Any = alert_log._WRITE
    guarded = b"if (redis.call('HGET', fences, partition) or '-1') ~= read then"
    assert guarded in script._text, "write.lua no longer reads as this rig expects"
    script._text = script._text.replace(guarded, b"if false then")
    script._hash = hashlib.sha1(script._text, usedforsecurity=False).hexdigest()
    _snapshots(lambda snapshot: replace(snapshot, fence=-1))


def no_fence_no_versions() -> None:
    """Rule 5 without its fence, and a version that was applied is applied again: nothing tells a record that comes again."""
    no_fence()
    newer: Any = alerts.is_newer
    alerts.is_newer = lambda article, applied: article.version == applied.version or newer(article, applied)


def _snapshots(change: Callable[[Any], Any]) -> None:
    read = alert_log.RedisAlertLog.read

    async def changed(self: Any, *args: Any) -> Any:
        return change(await read(self, *args))

    alert_log.RedisAlertLog.read = changed


def claim_after_emit() -> None:
    """Rule 4 the other way round: judged by what this process remembers, emitted, and only then claimed in Redis."""
    claim, work = RedisSeen.claim, Dedup.work
    memories: dict[int, MemorySeen] = {}
    pending: list[tuple[Any, ...]] = []

    async def judged(self: Any, *args: Any) -> Any:
        pending.append((self, *args))
        settings: Any = memories.setdefault(id(self), MemorySeen(_Settings(self)))  # type: ignore[arg-type]
        return await settings.claim(*args)

    async def later(self: Any, batch: Any) -> None:
        pending.clear()
        await work(self, batch)
        for args in pending:
            await claim(*args)

    RedisSeen.claim, Dedup.work = judged, later


class _Settings:
    """What `MemorySeen` asks of the settings, as `RedisSeen` keeps it."""

    def __init__(self, seen: RedisSeen) -> None:
        self.seen_ttl = seen._lifetime / 1000
        self.seen_window = seen._window.total_seconds()


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
