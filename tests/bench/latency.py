"""Publish to alert: from the CreateTime of an article's record to its entry in the alert log, through `wirewatch worker`."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import redis
from aiokafka import AIOKafkaProducer

from streams.store import keys
from tests.bench import machine, reference
from tests.bench.articles import Mix, made
from tests.bench.course import WrongResult
from tests.bench.wire import outgoing
from tests.product import Product

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from streams.agents.producer import Outgoing
    from streams.core.assess import Assessor
    from streams.ingest.item import Item
    from streams.settings import Settings

_PATIENCE = 90.0


@dataclass(frozen=True)
class Latency:
    """Milliseconds from publication to alert, over the alerts of one phase. `load` is the worker's share of its core."""

    phase: str
    rate: float
    """Articles a second, as really sent."""
    articles: int
    alerts: int
    p50: float
    p99: float
    most: float
    load: float


def _percentile(values: list[int], share: float) -> float:
    ordered = sorted(values)
    return float(ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))])


async def _send(bootstrap: str, topic: str, records: Sequence[Outgoing], rate: float) -> list[int]:
    """Send evenly; answers each record's CreateTime in milliseconds."""
    stamps = []
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", compression_type="zstd") as producer:
        await producer.partitions_for(topic)
        clock = asyncio.get_running_loop().time
        begin, sent = clock(), []
        for number, r in enumerate(records):
            await asyncio.sleep(max(0.0, begin + number / rate - clock()))
            stamps.append(time.time_ns() // 1_000_000)
            sent.append(
                await producer.send(topic, r.value, key=r.key, partition=r.partition, headers=r.headers, timestamp_ms=stamps[-1])
            )
        await asyncio.gather(*sent)
    return stamps


class _Through:
    """Sends articles to a running worker and waits for their alerts."""

    def __init__(self, settings: Settings, judge: Assessor, process: int) -> None:
        self._settings, self._judge, self._process = settings, judge, process
        self._cursor = "-"

    def phase(self, name: str, items: list[Item], rate: float) -> Latency:
        records = outgoing(items, self._settings.partitions or 1)
        expected = reference.expected(self._settings, self._judge, records, detect=True).events
        wall, cpu = time.monotonic(), machine.cpu_seconds(self._process)
        stamps = asyncio.run(_send(self._settings.kafka_bootstrap, self._settings.articles_topic, records, rate))
        sent: dict[str, int] = {}
        for item, stamp in zip(items, stamps, strict=True):
            sent.setdefault(item.article.id, stamp)  # a repeat causes nothing
        took = self._written(expected, sent)
        wall, cpu = time.monotonic() - wall, machine.cpu_seconds(self._process) - cpu
        really = (len(stamps) - 1) / max(1e-3, (stamps[-1] - stamps[0]) / 1e3) if len(stamps) > 1 else 0.0
        return Latency(
            name, really, len(items), len(took), _percentile(took, 0.5), _percentile(took, 0.99), max(took), cpu / wall
        )

    def _written(self, expected: frozenset[str], sent: dict[str, int]) -> list[int]:
        """What each expected event took, in milliseconds; the id of its entry says when it was written."""
        until = time.monotonic() + _PATIENCE
        took: dict[str, int] = {}
        told: set[str] = set()
        with redis.Redis.from_url(self._settings.redis_url.get_secret_value()) as client:
            while expected - told:
                if time.monotonic() > until:
                    missing = len(expected - told)
                    raise WrongResult(f"{missing} of {len(expected)} alerts were not there within {_PATIENCE:g} s")
                time.sleep(0.1)
                for place, fields in client.xrange(keys.STREAM, min=self._cursor):
                    self._cursor = f"({place.decode()}"
                    event, written = fields[b"id"].decode(), int(place.partition(b"-")[0])
                    if fields[b"kind"] == b"escalation":  # which report of a sitting is told depends on who comes first
                        told.add(event)
                    if (begun := sent.get(fields[b"cause"].decode())) is not None:
                        took[event] = written - begun
        if told != expected:
            more = len(told - expected)
            raise WrongResult(f"{more} alerts came that nobody expects; did the code or its lexicons change meanwhile?")
        return list(took.values())


def _each_language(items: list[Item]) -> list[Item]:
    """One article of each: a worker compiles a language's lexicon when it meets the first."""
    return list({item.article.language: item for item in items}.values())


def measured(  # noqa: PLR0913 - the options of one call
    settings: Settings, judge: Assessor, core: set[int], folder: Path, *, seed: int, quiet: int, seconds: float
) -> list[Latency]:
    """The first alert of each language after the start, then `quiet` articles at 2/s, then 500/s for so many `seconds`."""
    url = settings.redis_url.get_secret_value()
    product = Product(settings.kafka_bootstrap, url, folder, {"PARTITIONS": str(settings.partitions)})
    with redis.Redis.from_url(url) as client:
        client.flushall()
    product.command("topics")
    news = Mix(copies=0, escalation=1, sittings=0)
    with contextlib.ExitStack() as stack:
        with machine.on(core):
            running = stack.enter_context(product.process("worker"))
        through = _Through(product.settings(partitions=settings.partitions), judge, running.process.pid)
        return [
            through.phase("first of a language", _each_language(made(200, seed + 1, news)), 1),
            through.phase("quiet", made(quiet, seed + 2, news), 2),
            through.phase("busy", made(int(500 * seconds), seed + 3), 500),
        ]
