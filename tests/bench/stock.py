"""The second peer: Faust as it comes, on its own transport, an event a record."""

from __future__ import annotations

import asyncio
import os
import tempfile
import traceback
from typing import TYPE_CHECKING, Any

import faust
from aiokafka.structs import ConsumerRecord
from yarl import URL

from streams.agents.engine import MAX_RECORD
from streams.agents.stage import EXIT_BUG
from streams.agents.transport import Batch
from tests.bench.loop import FETCH

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from streams.agents.producer import Outgoing
    from streams.settings import Settings
    from tests.bench.task import MakeWorks, Tally, Work

_TAKE = 256


async def one_by_one(settings: Settings, works: MakeWorks, tally: Tally) -> None:
    """The agent of the manual: it works on an event at a time and awaits each `topic.send`."""
    await _stock(settings, works, tally, _each)


async def taken(settings: Settings, works: MakeWorks, tally: Tally) -> None:
    """The agent of one who knows: events collected with `take`, each partition's worked on together."""
    await _stock(settings, works, tally, _take)


async def _each(stream: Any, work: Work) -> None:
    async for event in stream.events():
        record = _record(event.message)
        await work(Batch(record.topic, record.partition, 0, record.offset, record.offset + 1, [record]))


async def _take(stream: Any, work: Work) -> None:
    async for events in stream.take_events(_TAKE, within=0.02):
        found: dict[int, list[ConsumerRecord]] = {}
        for event in events:
            found.setdefault(event.message.partition, []).append(_record(event.message))
        for partition, records in found.items():
            await work(Batch(records[0].topic, partition, 0, records[0].offset, records[-1].offset + 1, records))


def _record(message: Any) -> ConsumerRecord:
    """The record a Faust message was made of: the stages read records."""
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


class _TopicSend:
    """How a stock agent writes: `topic.send`, and await what it returns."""

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


def _agent(app: faust.App, topic: str, work: Work, body: Callable[[Any, Work], Awaitable[None]]) -> None:
    async def agent(stream: Any) -> None:
        try:
            await body(stream, work)
        except BaseException:  # noqa: BLE001 - Faust would acknowledge the event and go on: the contender ends instead
            traceback.print_exc()
            os._exit(EXIT_BUG)

    app.agent(_raw(app, topic), name=topic, concurrency=1)(agent)


async def _stock(settings: Settings, works: MakeWorks, tally: Tally, body: Callable[[Any, Work], Awaitable[None]]) -> None:
    """Faust's own settings, but for what concerns bytes on the wire and the start."""
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
            consumer_max_fetch_size=FETCH,
            producer_acks=-1,
            producer_compression_type="zstd",
            producer_max_batch_size=512 * 1024,
            producer_max_request_size=MAX_RECORD,
        )
        for topic, work in works(_TopicSend(app)).items():
            _agent(app, topic, work, body)
        await app.start()
        await tally.done.wait()
