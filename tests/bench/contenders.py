"""The contenders: what brings batches to wirewatch's stages, and how their records are written.

Each gets the same stages, the same Kafka and Redis clients' settings, and one process on one core.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
import traceback
from typing import TYPE_CHECKING, Any

import faust
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.structs import ConsumerRecord
from yarl import URL

from streams.agents.engine import MAX_RECORD, Engine
from streams.agents.producer import BatchProducer
from streams.agents.stage import EXIT_BUG, Stage
from streams.agents.transport import FETCH_WAIT_MS, Batch

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Awaitable, Callable, Iterable

    from streams.agents.producer import Outgoing
    from streams.settings import Settings
    from tests.bench.task import Sender, Tally, Work

Works = "Callable[[Sender], dict[str, Work]]"
_FETCH = 4 * 1024 * 1024
_TAKE = 256


async def batched(settings: Settings, works: Callable[[Sender], dict[str, Work]], tally: Tally) -> None:
    """wirewatch: Faust on the batched transport, as `wirewatch worker` runs it."""
    engine = Engine(settings)
    for topic, work in works(BatchProducer(engine.producer)).items():
        engine.add(Stage(topic, work, settle=engine.settle, live=engine.live, bug=os._exit), topic)
    await engine.start()
    await tally.done.wait()


async def loop(settings: Settings, works: Callable[[Sender], dict[str, Work]], tally: Tally) -> None:
    """A hand-written aiokafka loop, one a topic: fetch, work, commit once a second. No Faust."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap,
        acks="all",
        compression_type="zstd",
        max_batch_size=512 * 1024,
        max_request_size=MAX_RECORD,
    )
    await producer.start()
    for topic, work in works(BatchProducer(lambda: producer)).items():
        asyncio.create_task(_or_die(_consume(settings, topic, work))).add_done_callback(lambda _: None)  # noqa: RUF006 - never ends
    await tally.done.wait()


async def _consume(settings: Settings, topic: str, work: Work) -> None:
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=settings.kafka_bootstrap,
        group_id=f"{settings.group}-{topic}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=_FETCH,
        fetch_max_wait_ms=FETCH_WAIT_MS,
    )
    await consumer.start()
    done, committed = {}, time.monotonic()
    while True:
        for tp, records in (await consumer.getmany(timeout_ms=1000, max_records=settings.batch)).items():
            done[tp] = records[-1].offset + 1
            await work(Batch(tp.topic, tp.partition, 0, records[0].offset, done[tp], records))
        if done and time.monotonic() - committed >= 1:
            await consumer.commit(done)
            done, committed = {}, time.monotonic()


async def _or_die(work: Awaitable[None]) -> None:
    """A contender that fails must not look slow: it ends with the reason."""
    try:
        await work
    except BaseException:
        traceback.print_exc()
        os._exit(EXIT_BUG)


class _TopicSend:
    """How a stock agent writes: `topic.send`, whose answer it awaits, a record at a time or as many as it took."""

    def __init__(self, app: faust.App) -> None:
        self._app = app
        self._topics: dict[str, Any] = {}

    async def send(self, topic: str, records: Iterable[Outgoing]) -> None:
        to = self._topics.get(topic) or self._topics.setdefault(topic, _raw(self._app, topic))
        sent = [
            await to.send(key=r.key, value=r.value, partition=r.partition, timestamp=r.timestamp / 1e3, headers=r.headers)
            for r in records
        ]
        await asyncio.gather(*sent)


def _raw(app: faust.App, topic: str) -> Any:
    return app.topic(topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")


def _record(event: Any) -> ConsumerRecord:
    message = event.message
    return ConsumerRecord(
        message.topic,
        message.partition,
        message.offset,
        round(message.timestamp * 1e3),
        message.timestamp_type,
        message.key,
        message.value,
        None,
        message.serialized_key_size,
        message.serialized_value_size,
        tuple(message.headers or ()),
    )


def _one_by_one(work: Work) -> Callable[[Any], Awaitable[None]]:
    async def agent(stream: Any) -> None:
        async for event in stream.events():
            record = _record(event)
            await work(Batch(record.topic, record.partition, 0, record.offset, record.offset + 1, [record]))

    return agent


def _taken(work: Work) -> Callable[[Any], Awaitable[None]]:
    async def agent(stream: Any) -> None:
        async for events in stream.take_events(_TAKE, within=0.02):
            found: dict[int, list[ConsumerRecord]] = {}
            for event in events:
                found.setdefault(event.message.partition, []).append(_record(event))
            for partition, records in found.items():
                await work(Batch(records[0].topic, partition, 0, records[0].offset, records[-1].offset + 1, records))

    return agent


async def _stock(
    settings: Settings,
    works: Callable[[Sender], dict[str, Work]],
    tally: Tally,
    agent_of: Callable[[Work], Callable[[Any], Awaitable[None]]],
) -> None:
    with tempfile.TemporaryDirectory(prefix="wirewatch-bench-") as folder:
        app = faust.App(
            settings.group,
            broker=URL(f"kafka://{settings.kafka_bootstrap}"),
            store="memory://",
            datadir=folder,
            web_enabled=False,
            topic_disable_leader=True,
            topic_allow_declare=False,
            consumer_auto_offset_reset="earliest",
            consumer_max_fetch_size=_FETCH,
            producer_acks=-1,
            producer_compression_type="zstd",
            producer_max_batch_size=512 * 1024,
            producer_max_request_size=MAX_RECORD,
        )
        for topic, work in works(_TopicSend(app)).items():
            run = agent_of(work)

            async def agent(stream: AsyncIterable[Any], run: Callable[[Any], Awaitable[None]] = run) -> None:
                await _or_die(run(stream))

            app.agent(_raw(app, topic), name=topic, concurrency=1)(agent)
        await app.start()
        await tally.done.wait()


async def stock(settings: Settings, works: Callable[[Sender], dict[str, Work]], tally: Tally) -> None:
    """A stock Faust agent: an event a record, each `topic.send` awaited."""
    await _stock(settings, works, tally, _one_by_one)


async def take(settings: Settings, works: Callable[[Sender], dict[str, Work]], tally: Tally) -> None:
    """A stock Faust agent that collects events with `take` and works on each partition's together."""
    await _stock(settings, works, tally, _taken)


CONTENDERS = {"wirewatch": batched, "aiokafka": loop, "faust": stock, "faust-take": take}
