"""The first peer: a hand-written aiokafka loop, one a topic, as lean as it can be and still right. No Faust."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from streams.agents.engine import MAX_RECORD
from streams.agents.producer import BatchProducer
from streams.agents.transport import FETCH_WAIT_MS, Batch

if TYPE_CHECKING:
    from streams.settings import Settings
    from tests.bench.task import MakeWorks, Tally, Work

FETCH = 4 * 1024 * 1024
"""Bytes a fetch may bring of one partition: what wirewatch's engine asks for."""


async def aiokafka(settings: Settings, works: MakeWorks, tally: Tally) -> None:
    """Fetch, work, commit once a second; the producer writes hand-built batches as wirewatch's does."""
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap,
        acks="all",
        compression_type="zstd",
        max_batch_size=512 * 1024,
        max_request_size=MAX_RECORD,
    )
    await producer.start()
    loops = [_consume(settings, topic, work) for topic, work in works(BatchProducer(lambda: producer)).items()]
    running = [asyncio.ensure_future(tally.done.wait()), *map(asyncio.ensure_future, loops)]
    ended, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    for one in ended:
        one.result()  # a loop ends by its exception only


async def _consume(settings: Settings, topic: str, work: Work) -> None:
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=settings.kafka_bootstrap,
        group_id=f"{settings.group}-{topic}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=FETCH,
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
