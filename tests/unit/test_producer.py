"""What Kafka says to a record: what may pass is waited for, what never will is not, and what is acknowledged is remembered."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from aiokafka import errors
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from streams.agents.producer import BatchProducer, Outgoing
from streams.core.errors import Unavailable

LATER = [
    errors.KafkaTimeoutError,
    errors.RequestTimedOutError,
    errors.NotLeaderForPartitionError,
    errors.LeaderNotAvailableError,
    errors.NotEnoughReplicasError,
    errors.NotEnoughReplicasAfterAppendError,
    errors.KafkaConnectionError,
    errors.ProducerClosed,
]


class Kafka:
    """A producer whose acknowledgements are this."""

    def __init__(self, *answers):
        self._answers = list(answers)
        self.sent = []

    def create_batch(self):
        return SimpleNamespace(append=lambda **record: record, close=lambda: None)

    async def send_batch(self, batch, topic, *, partition):
        self.sent.append(memory(batch._build()) if isinstance(batch, BatchBuilder) else "compressed")
        answer = self._answers.pop(0)
        future = asyncio.get_running_loop().create_future()
        if isinstance(answer, int):
            future.set_result(SimpleNamespace(topic=topic, partition=partition, offset=answer))
        else:
            future.set_exception(answer)
        return future


def memory(data):
    """The values of an uncompressed batch."""
    batch = MemoryRecords(bytes(data)).next_batch()
    assert batch.compression_type == 0
    return [record.value for record in batch]


def send(*answers):
    kafka = Kafka(*answers)
    producer = BatchProducer(lambda: kafka)
    return producer, producer.send("stories", [Outgoing(n, b"k", b"v", 1, []) for n in range(len(answers))])


@pytest.mark.parametrize("error", LATER, ids=lambda error: error.__name__)
async def test_what_may_pass_is_unavailable(error):
    _, sending = send(error())
    with pytest.raises(Unavailable):
        await sending


@pytest.mark.parametrize("error", [errors.MessageSizeTooLargeError, errors.RecordListTooLargeError])
async def test_a_record_refused_for_good_is_not_waited_for(error):
    _, sending = send(error())
    with pytest.raises(error):
        await sending


async def test_it_knows_where_the_last_batch_of_a_partition_begins():
    producer, sending = send(17, errors.NotLeaderForPartitionError())
    with pytest.raises(Unavailable):
        await sending
    assert (producer.acknowledged("stories", 0), producer.acknowledged("stories", 1)) == (17, None)


LARGE, SMALL = bytes(3_000_000), b"v"


async def test_a_large_record_goes_uncompressed_and_alone_between_those_before_and_behind():
    kafka = Kafka(1, 2, 3)
    await BatchProducer(lambda: kafka).send("stories", [Outgoing(0, b"k", v, 1, []) for v in (SMALL, SMALL, LARGE, SMALL)])
    assert kafka.sent == ["compressed", [LARGE], "compressed"]


async def test_a_large_record_that_a_topic_refuses_is_compressed():
    kafka = Kafka(errors.MessageSizeTooLargeError(), 1)
    await BatchProducer(lambda: kafka).send("stories", [Outgoing(0, b"k", LARGE, 1, [])])
    assert kafka.sent == [[LARGE], "compressed"]


async def test_what_came_larger_than_a_topic_takes_is_compressed():
    kafka = Kafka(1)
    await BatchProducer(lambda: kafka).send("stories", [Outgoing(0, b"k", bytes(22_000_000), 1, [("h", b"v")])])
    assert kafka.sent == ["compressed"]
