"""One run of one contender: what it has to do, what it does it with, and when it is done. Goes between processes as JSON."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from streams import app, codec
from streams.agents.dead_letter import DeadLetters
from streams.agents.dedup import Dedup
from streams.agents.detect import Detect
from streams.agents.transport import Batch
from streams.settings import load
from streams.store.alert_log import RedisAlertLog
from streams.store.memory_work import MemoryWork
from streams.store.seen import RedisSeen

if TYPE_CHECKING:
    from streams.agents.producer import Outgoing
    from streams.core.assess import Assessor
    from streams.settings import Settings
    from streams.store.client import Client

Work = Callable[[Batch], Coroutine[Any, Any, None]]


class Job(StrEnum):
    """What is measured."""

    TRANSPORT = "transport"
    """Consume and parse, nothing else."""
    DEDUP = "dedup"
    DETECT = "detect"
    BOTH = "both"


@dataclass(frozen=True)
class Task:
    """One run. `counts` says how many records of each topic must have been dealt with."""

    job: Job
    contender: str
    kafka_bootstrap: str
    redis_url: str
    articles_topic: str
    stories_topic: str
    dead_letter_topic: str
    group: str
    counts: dict[str, int]

    @property
    def settings(self) -> Settings:
        own = asdict(self)
        return load(**{name: own[name] for name in own if name not in {"job", "contender", "counts"}}, instance="bench")


class Sender(Protocol):
    """How a contender writes records: `BatchProducer.send` or its like."""

    async def send(self, topic: str, records: Iterable[Outgoing]) -> None: ...


MakeWorks = Callable[[Sender], dict[str, Work]]
"""A topic's work by its name, for a contender's own way to write."""


class Tally:
    """Counts what is dealt with, and takes the time from the first batch's arrival until everything is done."""

    def __init__(self, counts: dict[str, int]) -> None:
        self._left = dict(counts)
        self._total = counts
        self._began: tuple[float, float] | None = None
        self.done = asyncio.Event()
        self.result: dict[str, Any] = {}

    def counting(self, work: Work) -> Work:
        async def counted(batch: Batch) -> None:
            if self._began is None:
                self._began = time.perf_counter(), time.process_time()
            await work(batch)
            self._left[batch.topic] -= len(batch.records)
            if not any(self._left.values()):
                wall, cpu = time.perf_counter() - self._began[0], time.process_time() - self._began[1]
                self.result = {"seconds": wall, "cpu": cpu}
                self.done.set()

        return counted


async def _parse(batch: Batch) -> None:
    for record in batch.records:
        codec.parse_json(record.value)


def works(task: Task, sender: Sender, client: Client, judge: Assessor, tally: Tally) -> dict[str, Work]:
    """What is to be done with each topic's batches: wirewatch's own stages, the same for every contender."""
    settings = task.settings
    letters = DeadLetters(sender, settings.dead_letter_topic, MemoryWork())  # type: ignore[arg-type] # nothing here is ever rejected
    dedup = Dedup(settings, RedisSeen(client, settings), judge.page_furniture, sender, letters)  # type: ignore[arg-type] # sends in its own way
    detect = Detect(settings, judge, RedisAlertLog(client, settings), letters)
    articles, stories = settings.articles_topic, settings.stories_topic
    jobs: dict[str, dict[str, Work]] = {
        Job.TRANSPORT: {articles: _parse},
        Job.DEDUP: {articles: dedup.work},
        Job.DETECT: {stories: detect.work},
        Job.BOTH: {articles: dedup.work, stories: detect.work},
    }
    return {topic: tally.counting(work) for topic, work in jobs[task.job].items()}


def assessor() -> Assessor:
    """The bundled detectors."""
    return app.assessor(load())
