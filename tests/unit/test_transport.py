"""The windows in which a batched transport could lose records, each against a fake of what Faust and aiokafka do."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from types import SimpleNamespace

import pytest
from aiokafka.errors import IllegalStateError
from faust.types import TP
from hypothesis import example, given, settings
from hypothesis import strategies as st

from streams.agents import transport
from streams.agents.transport import Batch, BatchConsumer

TP0, STORIES = TP("articles", 0), TP("stories", 0)


def driven(coroutine):
    """Run a coroutine that never really waits, without an event loop."""
    with pytest.raises(StopIteration):
        coroutine.send(None)


class Fake(BatchConsumer):
    """A consumer without Kafka: records are handed to `_sort` as a fetch would, the queue is the agent's."""

    def __init__(self, maxsize=100):
        self.app = SimpleNamespace(consumer_generation_id=1, monitor=SimpleNamespace(track_tp_end_offset=lambda *_: None))
        self.queue = asyncio.Queue(maxsize)
        self.app.topics = SimpleNamespace(_tp_index={TP0: [SimpleNamespace(queue=self.queue)]})
        self.app.create_event = lambda _key, value, _headers, _message: value
        self.flow_active = True
        self.unassigned = False
        self._expected, self._floor, self._sought, self._settled, self._aside = {}, {}, {}, {}, {}
        self._dropped, self._held = set(), defaultdict(deque)
        self.sought_back = {}
        self.size, self.asked = 10, []
        self._read_offset = {}
        self._acked, self._acked_index = defaultdict(list), defaultdict(set)
        self.committed = {}

    def highwater(self, tp):
        return 0

    def assignment(self):
        return {TP0}

    def fetched(self, *offsets, generation=1):
        records = [SimpleNamespace(offset=o, timestamp=0, timestamp_type=0, value=bytes(self.size)) for o in offsets]
        gaps = self._sort({TP0: records}, generation)
        if self.flow_active and generation == self.app.consumer_generation_id:
            driven(self._seek_back(gaps))
        return gaps

    async def sleep(self, _seconds):
        """Nothing is fetched now."""

    def _get_active_partitions(self):
        return {TP0, STORIES}

    async def _getmany(self, active_partitions, timeout):  # noqa: ASYNC109 - Faust's signature
        self.asked.append(active_partitions)
        return {}

    async def seek_wait(self, partitions):
        if self.unassigned:
            raise IllegalStateError("not assigned")
        self.sought_back |= partitions

    def delivered(self):
        return [self.queue.get_nowait() for _ in range(self.queue.qsize())]

    def offsets(self):
        return [record.offset for batch in self.delivered() for record in batch.records]


@pytest.fixture
def consumer():
    return Fake()


def test_what_follows_is_delivered(consumer):
    assert consumer.fetched(5, 6) == {}
    assert consumer.fetched(7) == {}
    assert [(b.start, b.end) for b in consumer.delivered()] == [(5, 7), (7, 8)]


def test_what_was_fetched_while_the_flow_was_off_is_sought_again(consumer):
    consumer.fetched(5)
    consumer.flow_active = False
    consumer.fetched(6, 7)
    consumer.flow_active = True
    assert consumer.fetched(8) == {TP0: 6}
    assert consumer.fetched(6, 7, 8) == {}
    assert consumer.offsets() == [5, 6, 7, 8]


def test_a_first_fetch_dropped_before_anything_was_expected_is_sought_again(consumer):
    consumer.flow_active = False
    consumer.fetched(0, 1)
    consumer.flow_active = True
    assert consumer.fetched(2) == {TP0: 0}
    consumer.fetched(0, 1, 2)
    assert consumer.offsets() == [0, 1, 2]


def test_what_was_dropped_from_a_quiet_partition_is_fetched_again_without_a_later_record(consumer):
    consumer.fetched(5)
    consumer.flow_active = False
    consumer.fetched(6, 7)
    consumer.flow_active = True
    driven(consumer._fetch_dropped_again())
    assert consumer.sought_back == {TP0: 6}


def test_a_fetch_of_another_generation_is_not_delivered(consumer):
    consumer.fetched(5, generation=0)
    assert consumer.delivered() == []


def test_a_hole_is_passed_after_asking_once_more(consumer):
    consumer.fetched(5)
    assert consumer.fetched(9) == {TP0: 6}
    assert consumer.fetched(9) == {}
    assert [(b.start, b.end) for b in consumer.delivered()] == [(5, 6), (6, 10)]


def test_a_seek_that_failed_proves_no_hole(consumer):
    consumer.fetched(5)
    consumer.unassigned = True
    assert consumer.fetched(7) == {TP0: 6}
    consumer.unassigned = False
    assert consumer.fetched(7) == {TP0: 6}
    consumer.fetched(6, 7)
    assert consumer.offsets() == [5, 6, 7]


def test_what_was_sought_and_then_dropped_is_sought_again(consumer):
    consumer.fetched(5)
    assert consumer.fetched(7) == {TP0: 6}
    consumer.flow_active = False
    consumer.fetched(6)
    consumer.flow_active = True
    assert consumer.fetched(7) == {TP0: 6}


def test_records_delivered_already_are_cut_off(consumer):
    consumer.fetched(5, 6)
    consumer.fetched(5, 6, 7)
    assert consumer.offsets() == [5, 6, 7]


def test_a_full_queue_lays_the_batch_aside_and_delivers_it_in_order():
    consumer = Fake(maxsize=1)
    consumer.fetched(1)
    consumer.fetched(2)
    assert TP0 in consumer._aside
    assert consumer.offsets() == [1]
    consumer._deliver_aside()
    assert consumer._aside == {}
    assert consumer.offsets() == [2]


def test_a_full_queue_of_one_agent_keeps_nothing_from_the_other():
    consumer, other = Fake(maxsize=1), asyncio.Queue(1)
    consumer.app.topics._tp_index[STORIES] = [SimpleNamespace(queue=other)]
    consumer.fetched(1)
    consumer.fetched(2)
    record = SimpleNamespace(offset=7, timestamp=0, timestamp_type=0, value=None)
    assert consumer._sort({STORIES: [record]}, 1) == {}
    assert (other.get_nowait().start, set(consumer._aside)) == (7, {TP0})


def test_a_topic_with_large_records_in_hand_is_not_fetched_until_they_are_done(consumer):
    consumer.size = transport.HELD_BYTES
    consumer.not_waiting_next_records = asyncio.Event()
    consumer.fetched(5)
    driven(consumer._fetch())
    (batch,) = consumer.delivered()  # the agent works on it: still in hand
    driven(consumer._fetch())
    consumer.settle(batch)
    driven(consumer._fetch())
    assert consumer.asked == [{STORIES}, {STORIES}, {TP0, STORIES}]


def test_a_batch_aside_is_forgotten_with_its_generation():
    consumer = Fake(maxsize=1)
    consumer.fetched(1)
    consumer.fetched(2)
    consumer.app.consumer_generation_id = 2
    consumer.delivered()
    consumer._deliver_aside()
    assert consumer.delivered() == []


def test_only_settled_batches_are_committed(consumer):
    consumer.fetched(5, 6)
    consumer.fetched(7)
    first, second = consumer.delivered()
    assert consumer._new_offset(TP0) == 5
    consumer.settle(first)
    assert consumer._new_offset(TP0) == 7
    consumer._acked[TP0].append(7)  # what Faust's stream does to a batch it skipped
    assert consumer._new_offset(TP0) == 7
    consumer.settle(second)
    assert consumer._new_offset(TP0) == 8


def test_a_batch_behind_an_unsettled_one_is_not_committed(consumer):
    consumer.fetched(5, 6)
    consumer.fetched(7)
    _, second = consumer.delivered()
    consumer.settle(second)
    assert consumer._new_offset(TP0) == 5


def test_a_batch_finished_after_a_rebalance_is_not_committed(consumer):
    consumer.fetched(5, 6)
    (batch,) = consumer.delivered()
    consumer.app.consumer_generation_id = 2
    consumer._settled.clear()
    consumer.settle(batch)
    assert consumer._new_offset(TP0) is None


def test_a_changed_faust_is_refused(monkeypatch):
    transport.check_source()
    monkeypatch.setattr(transport, "EXPECTED_SOURCE", "another")
    with pytest.raises(transport.UnknownFaustError, match="locked version"):
        transport.check_source()


@example(["fetch", "fetch", "fetch", "off", "settle", "on"], 1)
@example(["off", "fetch", "on", "fetch", "off", "fetch", "on"], 1)
@settings(max_examples=500)
@given(st.lists(st.sampled_from(["fetch", "off", "on", "settle"]), max_size=40), st.integers(1, 4))
def test_whatever_happens_nothing_is_passed_over(steps, size):
    """A log of 30 records, read by fetches of `size`: what is committed is a prefix of what was settled, without a gap."""
    consumer, position, settled = Fake(maxsize=2), 0, []
    consumer._floor[TP0] = consumer._expected[TP0] = consumer._settled[TP0] = 0

    def fetch():
        nonlocal position
        driven(consumer._fetch_dropped_again())
        position = consumer.sought_back.pop(TP0, position)
        if TP0 in consumer._aside:
            return
        offsets = range(position, min(position + size, 30))
        position = offsets.stop
        if offsets:
            consumer.fetched(*offsets)
            position = consumer.sought_back.pop(TP0, position)

    def settle():
        if consumer.queue.qsize():
            batch: Batch = consumer.queue.get_nowait()
            settled.extend(record.offset for record in batch.records)
            consumer.settle(batch)
        consumer._deliver_aside()

    for step in steps:
        if step == "fetch":
            fetch()
        elif step == "settle":
            settle()
        else:
            consumer.flow_active = step != "off"
        assert consumer._new_offset(TP0) <= len(set(settled))
    consumer.flow_active = True
    for _ in range(200):
        fetch()
        settle()
    assert settled == list(range(30))
    assert consumer._new_offset(TP0) == 30
