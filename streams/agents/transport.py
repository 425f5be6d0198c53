"""A Faust transport that hands an agent a whole fetched partition-batch as one event.

Stock Faust makes four asyncio tasks for every message and acknowledges what it skips. This transport delivers what one
fetch brought of one partition as a `Batch`, five times as fast on real Kafka (tests/bench), and keeps three promises
(delivery.md, "Faust 0.15.3: what bites"):

* what was fetched while the flow was off, or in another generation, is fetched again, never passed over;
* only batches that an agent has settled are committed, and only as one contiguous run;
* the fetcher never waits for a queue: a full one lays its batch aside and its partition is not fetched meanwhile.
"""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import time
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog
from aiokafka.errors import IllegalStateError
from faust.streams import Stream
from faust.tables.recovery import Recovery
from faust.transport import consumer as stock
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from streams.core.model import Partition
from streams.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiokafka import AIOKafkaConsumer
    from aiokafka.structs import ConsumerRecord

log = structlog.get_logger(__name__)

FETCH_WAIT_MS = 50
"""Longest wait of a fetch on a quiet topic; Faust's own 1500 ms is hard-coded, and Tansu does not answer before it."""
FETCH_BYTES = 8 * 1024 * 1024
"""Most bytes of one fetch, all partitions together; a record that is larger comes alone."""
HELD_BYTES = 8 * 1024 * 1024
"""Bytes of a topic, delivered and not done, at which it is fetched no further: large records must not add up."""

_REPLACED = (
    stock.Consumer._drain_messages,  # noqa: SLF001 - what is replaced is named
    stock.Consumer._new_offset,  # noqa: SLF001
    stock.Consumer._wait_next_records,  # noqa: SLF001
    stock.Consumer.perform_seek,
    stock.Consumer.on_partitions_assigned,
    driver.AIOKafkaConsumerThread._create_worker_consumer,  # noqa: SLF001
    driver.AIOKafkaConsumerThread.on_thread_stop,
    Recovery._resume_streams,  # noqa: SLF001
    Stream._py_aiter,  # noqa: SLF001
)
"""The Faust code this module replaces or leans on, with the hash it was read at (`source_hash`)."""


class UnknownFaustError(SettingsError):
    """The installed Faust is not the one this transport was written against: no restart mends that (exit code 2)."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive raw records of one partition; holes (compaction, transaction marks) are counted in.

    `start` is the offset that was expected first and `end` the one expected next. What is `replayed` was settled once.
    """

    topic: str
    partition: int
    generation: int
    start: int
    end: int
    records: Sequence[ConsumerRecord[bytes, bytes]] = field(repr=False)
    replayed: bool = False

    @property
    def topic_partition(self) -> Partition:
        """Topic and partition, as the stores name them."""
        return Partition(self.topic, self.partition)


class BatchConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread that owns the aiokafka consumer, with a fetch wait fit for alerts and fetches fit for a small memory."""

    logger = driver.logger  # mode would make one of our module's name

    def _create_worker_consumer(self, transport: Any) -> AIOKafkaConsumer:  # noqa: ANN401 - Faust's own type is Any here
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # noqa: SLF001 - read once, when the consumer starts
        consumer._fetch_max_bytes = FETCH_BYTES  # noqa: SLF001 - as above
        return consumer

    async def on_thread_stop(self) -> None:
        """Leave the group as the last act, so that its other workers have our partitions at once.

        aiokafka leaves only where it has no static name; a stop that is planned must not idle them for a session timeout.
        """
        if self._consumer is not None and self._consumer._coordinator is not None:  # noqa: SLF001
            self._consumer._coordinator._group_instance_id = None  # noqa: SLF001 - read when it closes
        await super().on_thread_stop()


class BatchConsumer(driver.Consumer):
    """A Faust consumer whose unit is the partition-batch."""

    logger = driver.logger

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed through
        super().__init__(*args, **kwargs)
        self._expected: dict[TP, int] = {}  # the next offset to deliver
        self._floor: dict[TP, int] = {}  # the lowest offset dropped in this generation, where none was expected yet
        self._dropped: set[TP] = set()  # partitions whose position ran ahead of what was delivered
        self._sought: dict[TP, int] = {}  # an expected offset that was sought and not found: a hole
        self._settled: dict[TP, int] = {}  # every offset below is done
        self._aside: dict[TP, Batch] = {}  # delivered next, when its queue has room
        self._held: defaultdict[TP, deque[tuple[int, int]]] = defaultdict(deque)  # end and bytes of what is delivered, not done
        self.fetched = 0.0
        """Monotonic time at which Kafka was last asked for records."""

    def _new_consumer_thread(self) -> BatchConsumerThread:
        return BatchConsumerThread(self, loop=self.loop, beacon=self.beacon)

    # --- offsets ----------------------------------------------------------------------------------------------------

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Forget where the generation before stood, then go on as Faust does."""
        for known in (self._expected, self._floor, self._dropped, self._sought, self._settled, self._aside, self._held):
            known.clear()
        await super().on_partitions_assigned(assigned, generation_id)

    async def perform_seek(self) -> None:
        """Seek to the committed offsets and expect exactly them.

        Where nothing is committed, Faust leaves the position where early, dropped fetches took it; it is taken back.
        """
        await super().perform_seek()
        back: dict[TP, int] = {}
        for tp in self.assignment():
            self._sought.pop(tp, None)
            self._aside.pop(tp, None)
            self._held.pop(tp, None)
            self._dropped.discard(tp)
            committed = self._committed_offset.get(tp)
            if committed is not None and committed >= 0:
                self._expected[tp] = self._settled[tp] = committed
            elif tp in self._floor:
                self._expected[tp] = self._settled[tp] = back[tp] = self._floor[tp]
        if back:
            await self.seek_wait(back)

    def settle(self, batch: Batch) -> None:
        """Note that every record of a batch is dealt with: it may be committed once all before it are.

        Faust's own acknowledgements count for nothing here: it gives them for events it skipped as well, and its
        compiled stream gives them without asking the consumer.
        """
        if batch.generation != self.app.consumer_generation_id:
            return  # finished after a rebalance: whoever has the partition now gets its records again
        tp = TP(batch.topic, batch.partition)
        settled = self._settled.get(tp)
        if settled is not None and batch.start > settled:
            return  # something before it is not done
        self._settled[tp] = max(batch.end, settled or 0)
        self._acked[tp].clear()  # makes the key, by which Faust finds the partition when it commits

    def _new_offset(self, tp: TP) -> int | None:
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        return self._settled.get(tp)

    def settled(self, tp: TP) -> int | None:
        """The offset below which every record is done, None before anything is known."""
        return self._settled.get(tp)

    def standing(self, tp: TP) -> tuple[int, int] | None:
        """The offset below which everything is done and the end of the partition; None before anything is known.

        Where all that was delivered is done, the position tells: it passes what is no record (transaction marks, compaction).
        """
        consumer: Any = self._thread._consumer  # noqa: SLF001 - Faust's own way asks the consumer's thread and waits
        try:
            end = self.highwater(tp)
            state = consumer._subscription.subscription.assignment.state_value(tp)  # noqa: SLF001
        except (AssertionError, IllegalStateError, AttributeError):
            return None  # revoked by the consumer's thread since
        done = self._settled.get(tp)
        if end is None or done is None:
            return None
        if done == self._expected.get(tp) and tp not in self._dropped and state is not None and state.has_valid_position:
            done = max(done, state.position)
        return done, end

    # --- fetching ---------------------------------------------------------------------------------------------------

    async def _drain_messages(self, fetcher: Any) -> None:  # noqa: ANN401 - mode's service type
        stopped, fetcher_stopped = self._stopped.is_set, fetcher._stopped.is_set  # noqa: SLF001 - as Faust's own does
        try:
            while not (stopped() or fetcher_stopped()):
                self.fetched = time.monotonic()
                self._deliver_aside()
                await self._fetch_dropped_again()
                generation = self.app.consumer_generation_id
                records = await self._fetch()
                gaps = self._sort(records, generation)
                if gaps and self.flow_active and self.app.consumer_generation_id == generation:
                    await self._seek_back(gaps)
                await asyncio.sleep(0)
        except self.consumer_stopped_errors:
            if not self.transport.app.should_stop:
                raise
        except asyncio.CancelledError:
            if not self.transport.app.should_stop:
                raise

    async def _fetch_dropped_again(self) -> None:
        """Take positions back to what is expected next: on a quiet partition no later record would show the gap."""
        if not (self._dropped and self.flow_active):
            return
        dropped, self._dropped = self._dropped, set()
        known = {**self._floor, **self._expected}
        await self._seek_back({tp: known[tp] for tp in dropped if tp in known})

    async def _seek_back(self, gaps: dict[TP, int]) -> None:
        try:
            await self.seek_wait(gaps)
        except (IllegalStateError, TimeoutError) as error:
            # A rebalance took the partition meanwhile, or the broker is away: tried again.
            self._dropped.update(gaps.keys() & self.assignment())
            log.info("could not seek back", partitions=[str(tp) for tp in gaps], why=repr(error))
        else:
            self._sought.update(gaps)

    async def _fetch(self) -> Mapping[TP, Sequence[ConsumerRecord[bytes, bytes]]]:
        """One fetch of every partition whose agent has room; empty while there is none."""
        if not self.flow_active:
            await self.wait(self.can_resume_flow)  # type: ignore[arg-type] # mode's stub knows only its own Event
            return {}
        # Reading from another partition must not keep a waiting batch waiting.
        timeout = 0.02 if self._aside else 1.0
        held = self._bytes_held()
        active = {tp for tp in self._get_active_partitions() - self._aside.keys() if held[tp.topic] < HELD_BYTES}
        if not active:
            await self.sleep(0.005 if held else 0.1)
            return {}
        self.not_waiting_next_records.clear()
        try:
            return await self._getmany(active_partitions=active, timeout=timeout) or {}
        finally:
            self.not_waiting_next_records.set()

    def _bytes_held(self) -> Counter[str]:
        """Bytes of the batches that were sorted and are not settled, by topic."""
        found: Counter[str] = Counter()
        for tp, batches in self._held.items():
            while batches and batches[0][0] <= self._settled.get(tp, 0):
                batches.popleft()
            found[tp.topic] += sum(size for _, size in batches)
        return +found

    def _sort(self, fetched: Mapping[TP, Sequence[ConsumerRecord[bytes, bytes]]], generation: int) -> dict[TP, int]:
        """Deliver what continues its partition; answer where to seek for what does not.

        Never awaits: flow and generation cannot change between the check and the put.
        """
        gaps: dict[TP, int] = {}
        for aiotp, fetched_records in fetched.items():
            tp, records = stock.ensure_TP(aiotp), fetched_records
            if not records:
                continue
            first = records[0].offset
            expected = self._expected.get(tp)
            if not self.flow_active or self.app.consumer_generation_id != generation:
                if expected is None:
                    self._floor[tp] = min(first, self._floor.get(tp, first))
                self._sought.pop(tp, None)  # what was sought may be among what is dropped
                self._dropped.add(tp)
                continue
            if expected is None:
                expected = self._floor.get(tp, first)
                self._settled.setdefault(tp, expected)
            if first > expected and self._sought.get(tp) != expected:
                # Either a hole or records dropped while the flow was off: only asking again tells which.
                self._expected[tp] = gaps[tp] = expected
                continue
            if first < expected:
                records = [record for record in records if record.offset >= expected]
                if not records:
                    continue
            self._sought.pop(tp, None)
            end = records[-1].offset + 1
            self._expected[tp] = end
            self._held[tp].append((end, sum(len(record.value) for record in records if record.value is not None)))
            self._deliver(tp, Batch(tp.topic, tp.partition, generation, expected, end, records))
        return gaps

    def _deliver(self, tp: TP, batch: Batch) -> None:
        """Put a batch into its agent's queue, or lay it aside while that is full."""
        topics: Any = self.app.topics
        channels = list(topics._tp_index[tp])  # noqa: SLF001 - the only index Faust has
        if any(channel.queue.full() for channel in channels):
            self._aside[tp] = batch
            return
        last = batch.records[-1]
        message = ConsumerMessage(
            tp.topic,
            tp.partition,
            last.offset,
            last.timestamp / 1e3,
            last.timestamp_type,
            [],
            b"",
            b"",
            None,
            tp=tp,
            generation_id=batch.generation,
        )
        message.incref(len(channels))
        for channel in channels:
            channel.queue.put_nowait(self.app.create_event(None, batch, {}, message))
        self._read_offset[tp] = last.offset
        self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))

    def _deliver_aside(self) -> None:
        if not self.flow_active:
            return
        waiting, self._aside = self._aside, {}
        for tp, batch in waiting.items():
            if batch.generation == self.app.consumer_generation_id:
                self._deliver(tp, batch)


class Transport(driver.Transport):
    """Faust's aiokafka transport with our consumer."""

    Consumer = BatchConsumer


def source_hash() -> str:
    """SHA-256 over the source of the Faust code that this module replaces or leans on."""
    digest = hashlib.sha256()
    for function in _REPLACED:
        digest.update(inspect.getsource(function).encode())
    return digest.hexdigest()[:16]


EXPECTED_SOURCE = "6e9fb7cd434bd5f8"


def check_source() -> None:
    """Refuse to run on a Faust that was changed underneath this transport.

    Raises:
        UnknownFaustError: telling what to do.
    """
    found = source_hash()
    if found != EXPECTED_SOURCE:
        raise UnknownFaustError(
            f"the installed faust-streaming differs from the one this transport replaces ({found}, expected "
            f"{EXPECTED_SOURCE}): install the locked version, or review streams/agents/transport.py against the new "
            "source, rerun the loss tests and set EXPECTED_SOURCE"
        )
