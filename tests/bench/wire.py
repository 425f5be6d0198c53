"""The wire in Kafka: topics of records to be consumed, and what contenders wrote, read back."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.structs import ConsumerRecord

from streams import codec
from streams.agents.engine import MAX_RECORD
from streams.agents.producer import BatchProducer, Outgoing
from streams.ingest import topics
from tests.bench.articles import placed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streams.ingest.item import Item
    from streams.settings import Settings

_AT_ONCE = 4096

Written = tuple[bytes | None, bytes | None, bytes | None]
"""Key, value and verdict of a story record."""


def outgoing(items: Sequence[Item], partitions: int) -> list[Outgoing]:
    """The records of these articles, a millisecond apart, ending now."""
    start = int(time.time() * 1e3) - len(items)
    places = placed(list(items), partitions)
    return [
        Outgoing(place, item.key, item.value, start + number, item.headers)
        for number, (item, place) in enumerate(zip(items, places, strict=True))
    ]


def repeated(records: Sequence[Outgoing], count: int) -> list[Outgoing]:
    """The same records over and over, so many in all, spread over the partitions as they are."""
    return [records[number % len(records)] for number in range(count)]


def as_consumed(topic: str, records: Iterable[Outgoing]) -> dict[int, list[ConsumerRecord]]:
    """By partition, what a consumer of an empty topic would get once these are written."""
    found: dict[int, list[ConsumerRecord]] = {}
    for r in records:
        log = found.setdefault(r.partition, [])
        size = len(r.key or b""), len(r.value or b"")
        log.append(ConsumerRecord(topic, r.partition, len(log), r.timestamp, 0, r.key, r.value, None, *size, tuple(r.headers)))
    return found


def written(headers: Iterable[tuple[str, bytes]], key: bytes | None, value: bytes | None) -> Written:
    """What must be right of a story record."""
    return key, value, dict(headers).get(codec.VERDICT_HEADER)


@dataclass(frozen=True)
class Wire:
    """One Kafka, in which topics are made, filled and read."""

    settings: Settings

    def make(self, **names: str) -> Settings:
        """Settings with these topics, which exist from now on."""
        settings = self.settings.model_copy(update=names)
        problems = topics.ensure(settings, check=False)
        if problems:
            raise RuntimeError("\n".join(problems))
        return settings

    def fill(self, topic: str, records: Sequence[Outgoing]) -> None:
        asyncio.run(self._fill(topic, records))

    async def _fill(self, topic: str, records: Sequence[Outgoing]) -> None:
        async with AIOKafkaProducer(
            bootstrap_servers=self.settings.kafka_bootstrap,
            acks="all",
            compression_type="zstd",
            max_batch_size=512 * 1024,
            max_request_size=MAX_RECORD,
        ) as producer:
            sender = BatchProducer(lambda: producer)
            for start in range(0, len(records), _AT_ONCE):
                await sender.send(topic, records[start : start + _AT_ONCE])

    def read(self, topic: str) -> dict[int, list[Written]]:
        """Everything a topic holds, by partition."""
        return asyncio.run(self._read(topic))

    async def _read(self, topic: str) -> dict[int, list[Written]]:
        found: dict[int, list[Written]] = {}
        async with AIOKafkaConsumer(bootstrap_servers=self.settings.kafka_bootstrap, enable_auto_commit=False) as consumer:
            all_of_it = [TopicPartition(topic, number) for number in range(self.settings.partitions or 0)]
            consumer.assign(all_of_it)
            ends = await consumer.end_offsets(all_of_it)
            for tp in all_of_it:
                consumer.seek(tp, 0)
            while any([await consumer.position(tp) < ends[tp] for tp in all_of_it]):
                for tp, records in (await consumer.getmany(timeout_ms=200)).items():
                    found.setdefault(tp.partition, []).extend(written(r.headers, r.key, r.value) for r in records)
        return found
