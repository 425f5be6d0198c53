"""What must come of a wire: wirewatch's stages over the in-memory stores, without Kafka and Redis.

It gives the result every contender is held to, and the processor time of the stages alone.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streams.agents.dead_letter import DeadLetters
from streams.agents.dedup import Dedup
from streams.agents.detect import Detect
from streams.agents.transport import Batch
from streams.core.model import AlertKind
from streams.store.memory import MemoryAlertFeed, MemoryAlertLog, MemoryLog
from streams.store.memory_seen import MemorySeen
from streams.store.memory_work import MemoryWork
from tests.bench.wire import as_consumed, written

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from streams.agents.producer import Outgoing
    from streams.core.assess import Assessor
    from streams.core.model import Alert
    from streams.settings import Settings
    from tests.bench.wire import Written


class _Kept:
    """A producer that keeps what it is given."""

    def __init__(self) -> None:
        self.records: dict[str, list[Outgoing]] = {}

    async def send(self, topic: str, records: Iterable[Outgoing]) -> None:
        self.records.setdefault(topic, []).extend(records)


@dataclass(frozen=True)
class Expected:
    """The outcome of a wire. `cpu` is seconds by stage.

    `events` are the ids of the entries that tell of escalation, `alerts` what `standing` says of every alert. Which report
    of a sitting is told, and under which id, depends on the partition read first; what stands in the end does not.
    """

    articles: int
    stories: list[Outgoing]
    verdicts: dict[int, list[Written]]
    events: frozenset[str]
    alerts: frozenset[str]
    cpu: dict[str, float]


def standing(alert: Alert) -> str:
    """An escalation by its id; a sitting by what is reported of it and by whom, whatever its id."""
    if alert.incident is None:
        return alert.id
    sources = sorted(f"{carrier.source}|{carrier.uri}|{carrier.version}" for carrier in alert.sources)
    return f"{alert.incident.body} {alert.incident.topic} {alert.incident.status}: {' '.join(sources)}"


async def _through(records: Iterable[Outgoing], topic: str, size: int, work: Callable[[Batch], Awaitable[None]]) -> float:
    started = time.process_time()
    for partition, log in sorted(as_consumed(topic, records).items()):
        for start in range(0, len(log), size):
            part = log[start : start + size]
            await work(Batch(topic, partition, 0, start, start + len(part), part))
    return time.process_time() - started


async def _expected(settings: Settings, judge: Assessor, articles: Sequence[Outgoing], *, detect: bool) -> Expected:
    kept, log = _Kept(), MemoryLog(settings)
    letters = DeadLetters(kept, settings.dead_letter_topic, MemoryWork())  # type: ignore[arg-type] # writes to memory
    first = Dedup(settings, MemorySeen(settings), judge.page_furniture, kept, letters)  # type: ignore[arg-type] # as above
    cpu = {"dedup": await _through(articles, settings.articles_topic, settings.batch, first.work)}
    stories = kept.records.get(settings.stories_topic, [])
    if detect:
        second = Detect(settings, judge, MemoryAlertLog(log), letters)
        cpu["detect"] = await _through(stories, settings.stories_topic, settings.batch, second.work)
    if settings.dead_letter_topic in kept.records:
        raise RuntimeError("an article of the benchmark became a dead letter")
    feed = MemoryAlertFeed(log)
    entries = await feed.tail("0-0", count=settings.log_max_entries, block_ms=None)
    current = [await feed.get(alert) for alert in {entry.event.alert.id for entry in entries}]
    verdicts: dict[int, list[Written]] = {}
    for story in stories:
        verdicts.setdefault(story.partition, []).append(written(story.headers, story.key, story.value))
    return Expected(
        len(articles),
        stories,
        verdicts,
        frozenset(entry.event.id for entry in entries if entry.event.alert.kind is AlertKind.ESCALATION),
        frozenset(standing(alert) for alert in current if alert is not None),
        cpu,
    )


def expected(settings: Settings, judge: Assessor, articles: Sequence[Outgoing], *, detect: bool) -> Expected:
    """What dedup, and with `detect` the alert log too, must hold once these articles have gone through."""
    return asyncio.run(_expected(settings, judge, articles, detect=detect))
