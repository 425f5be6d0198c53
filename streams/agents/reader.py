"""Reading Kafka beside the group: what was settled once, read again by offset. Commits nothing, joins nothing."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as driver

from streams.agents.engine import credentials
from streams.core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator

    from aiokafka.structs import ConsumerRecord

    from streams.core.model import Partition
    from streams.settings import Settings

_PATIENCE = 5
"""Fetches of a second each that may bring nothing before Kafka counts as away."""


class Part(NamedTuple):
    """The records between two offsets of a partition, in order; what is missing there is no record."""

    start: int
    end: int
    records: list[ConsumerRecord[bytes, bytes]]


class Bounds(NamedTuple):
    """Where a partition's log begins, and the offset that its next record will get."""

    start: int
    end: int


@contextlib.contextmanager
def _in_words(what: str) -> Iterator[None]:
    try:
        yield
    except (KafkaError, TimeoutError) as error:
        raise Unavailable(f"Kafka does not give {what}: {error!r}") from error


class Reader:
    """Reads partitions by offset, each call over a connection of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def bounds(self, topic: str) -> dict[int, Bounds]:
        """Bounds of every partition of a topic, by number.

        Raises:
            Unavailable: Kafka does not answer, or has no such topic.
        """
        with _in_words(f"the bounds of {topic}"):
            async with self._consumer() as consumer:
                await consumer._client.add_topic(topic)  # noqa: SLF001 - a topic nobody subscribes to is not looked up
                tps = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
                if not tps:
                    raise Unavailable(f"there is no topic {topic}: run `wirewatch topics`")
                starts, ends = await consumer.beginning_offsets(tps), await consumer.end_offsets(tps)
                return {tp.partition: Bounds(starts[tp], ends[tp]) for tp in tps}

    async def read(self, partition: Partition, start: int, end: int) -> AsyncGenerator[Part, None]:
        """Everything from `start` on, until the position has reached `end`: offsets that hold no record are passed.

        Close the iterator (`contextlib.aclosing`) where it is not read to its end.

        Raises:
            Unavailable: Kafka does not answer.
        """
        tp, at, quiet = TopicPartition(partition.topic, partition.number), start, 0
        with _in_words(f"{partition} from {start} on"):
            async with self._consumer() as consumer:
                consumer.assign([tp])
                consumer.seek(tp, start)
                while at < end:
                    fetched = await consumer.getmany(tp, timeout_ms=1000, max_records=self._settings.batch)
                    position = min(await asyncio.wait_for(consumer.position(tp), _PATIENCE), end)
                    if position <= at:
                        quiet += 1
                        if quiet >= _PATIENCE:
                            raise Unavailable(f"Kafka gives nothing of {partition} from {at} on")
                        continue
                    yield Part(at, position, [record for record in fetched.get(tp, ()) if record.offset < end])
                    at, quiet = position, 0

    @contextlib.asynccontextmanager
    async def _consumer(self) -> AsyncIterator[AIOKafkaConsumer]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._settings.kafka_bootstrap,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",  # where the log has been cut meanwhile
            max_partition_fetch_bytes=4 * 1024 * 1024,
            request_timeout_ms=10_000,
            fetch_max_wait_ms=50,
            **driver.credentials_to_aiokafka_auth(credentials(self._settings)),
        )
        try:
            await consumer.start()
            yield consumer
        finally:
            await consumer.stop()
