"""Ingest against real brokers: topics made and compared, articles accepted once Kafka has them, failures named."""

from __future__ import annotations

import gc
import io
import json
import time
import uuid
from importlib.resources import files

import pytest
import servers
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from streams import codec
from streams.codec import ARTICLE_LIMIT
from streams.core.errors import Unavailable
from streams.ingest import topics
from streams.ingest.files import read
from streams.ingest.producer import WireProducer
from streams.ingest.run import ingest
from streams.settings import Settings

leaves_sockets = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

WIRE = str(files("streams").joinpath("sample", "wire.jsonl"))


@pytest.fixture
def settings(bootstrap):
    """Settings with topics of this test's own."""
    name = f"ingest-{uuid.uuid4().hex}"
    return Settings(
        kafka_bootstrap=bootstrap,
        articles_topic=f"{name}.articles",
        stories_topic=f"{name}.stories",
        dead_letter_topic=f"{name}.dlq",
        partitions=4,
    )


@pytest.fixture
def made(settings):
    assert topics.ensure(settings) == []
    return settings


def records(settings, count, *, fetch=1_048_576):
    """Everything in the articles topic, once `count` records are there."""
    partitions = [TopicPartition(settings.articles_topic, number) for number in range(settings.partitions)]
    consumer = KafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=fetch,
        fetch_max_bytes=fetch,
    )
    try:
        consumer.assign(partitions)
        found = []
        until = time.monotonic() + 30
        while len(found) < count and time.monotonic() < until:
            found += [record for batch in consumer.poll(timeout_ms=200).values() for record in batch]
        return found
    finally:
        consumer.close()


def lines(*articles):
    return io.BytesIO(b"".join(json.dumps(article, ensure_ascii=False).encode() + b"\n" for article in articles))


def test_topics_are_made_once_and_compared(settings):
    missing = topics.ensure(settings, check=True)
    assert len(missing) == 3
    assert all("run `wirewatch topics`" in line for line in missing)
    notes = []
    assert topics.ensure(settings, note=notes.append) == []
    assert [note for note in notes if note.startswith("made")] == [
        f"made {name} with 4 partitions" for name in topics.specs(settings)
    ]
    assert topics.ensure(settings) == []
    assert topics.ensure(settings, check=True) == []
    assert all(topics.exists(settings, name) for name in topics.specs(settings))


def test_another_number_of_partitions_is_told(made):
    told = topics.ensure(made.model_copy(update={"partitions": 6}), check=True)
    assert len(told) == 3
    assert all("has 4 partitions, not 6" in line for line in told)
    unlike = made.model_copy(update={"stories_topic": f"{made.stories_topic}.wider"})
    topics.ensure(unlike.model_copy(update={"partitions": 5, "articles_topic": "other", "dead_letter_topic": "other.dlq"}))
    assert any("must have the same number" in line for line in topics.ensure(unlike, check=True))


@pytest.mark.kafka
def test_another_setting_is_told(kafka):
    settings = Settings(
        kafka_bootstrap=kafka, articles_topic="set.a", stories_topic="set.s", dead_letter_topic="set.d", partitions=2
    )
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    try:
        admin.create_topics({"set.a": {"num_partitions": 2, "configs": {"retention.ms": "1000"}}}, wait_for_metadata=True)
    finally:
        admin.close()
    told = topics.ensure(settings)
    assert len(told) == 2
    assert told[1].startswith("set.a: retention.ms is 1000, should be 604800000")
    assert told[0].startswith("set.a: max.message.bytes")


def test_the_sample_wire_arrives_whole_and_in_order(made):
    result = ingest(made, [WIRE], source="demo")
    sent = list(read([WIRE], source="demo"))
    assert (result.accepted, result.failed, result.exit_code) == (len(sent), (), 0)
    found = records(made, len(sent))
    assert sorted((r.key, r.value) for r in found) == sorted((i.key, i.value) for i in sent)
    by_value = {item.value: item for item in sent}
    for record in found:
        item = by_value[record.value]
        assert record.headers == item.headers
        assert codec.decode_record(record.key, record.value) == item.article
        assert abs(record.timestamp / 1000 - time.time()) < 300
    agency = [codec.decode_record(r.key, r.value).version for r in found if r.key.endswith(b":sudan-council")]
    assert agency == ["1", "2", "3"]
    assert len({r.partition for r in found if r.key.endswith(b":sudan-council")}) == 1


def test_what_fails_is_named_and_the_rest_is_accepted(made, tmp_path):
    (tmp_path / "bad.jsonl").write_bytes(b'{"id": "a", "text": "t"}\n{"id": "b"\n')
    (tmp_path / "c.txt").write_bytes(b"text")
    told = []
    sent = []
    result = ingest(made, [str(tmp_path), "/no/such.txt"], failed=told.append, sent=sent.append)
    assert result.accepted == len(sent) == 2
    assert result.exit_code == 1
    assert [failure.where for failure in result.failed] == [f"{tmp_path}/bad.jsonl:2", "/no/such.txt"]
    assert list(result.failed) == told


def test_the_largest_article_passes(made):
    room = len(codec.to_json(next(iter(read(["-"], stdin=lines({"id": "big", "text": "x"})))).article)) + 400
    result = ingest(
        made, ["-"], stdin=lines({"id": "big", "text": "ا" * ((ARTICLE_LIMIT - room) // 2)}, {"id": "small", "text": "t"})
    )
    assert (result.accepted, result.failed) == (2, ())
    found = records(made, 2, fetch=30_000_000)
    assert max(len(record.value) for record in found) > ARTICLE_LIMIT - 10_000


def test_without_the_topic_it_says_what_to_do(settings):
    with pytest.raises(Unavailable, match=r"has no topic .*: run `wirewatch topics`"):
        ingest(settings, [WIRE])
    assert len(topics.ensure(settings, check=True)) == 3  # asking made none


@pytest.mark.kafka
def test_what_kafka_refuses_is_named_and_the_rest_is_accepted(kafka):
    settings = Settings(kafka_bootstrap=kafka, articles_topic="small.a", partitions=1)
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    try:
        admin.create_topics({"small.a": {"num_partitions": 1, "configs": {"max.message.bytes": "10000"}}}, wait_for_metadata=True)
    finally:
        admin.close()
    # Random letters, so that no compression brings it below the limit.
    letters = "".join(chr(0x4E00 + (n * 7919) % 20_000) for n in range(200_000))
    result = ingest(settings, ["-"], stdin=lines({"id": "a", "text": letters}))
    assert result.accepted == 0
    assert [(failure.where, failure.reason) for failure in result.failed] == [("stdin:1", "refused")]
    assert ingest(settings, ["-"], stdin=lines({"id": "b", "text": "t"})).accepted == 1


@pytest.fixture
def refused(caplog):
    """kafka-python 3.0.12 leaves the sockets of refused connections to the collector: let it come while that may be said.

    Its log records hold them too, so none are kept.
    """
    caplog.set_level("CRITICAL", "kafka")
    yield
    gc.collect()


def test_no_broker_is_said_with_its_address(free_port):
    settings = Settings(kafka_bootstrap=f"127.0.0.1:{free_port}")
    with pytest.raises(Unavailable, match=f"Kafka at 127.0.0.1:{free_port} does not answer: start it"):
        topics.wait_for_broker(settings, timeout=0.5)


def send_all(producer, items):
    with producer:
        for item in items:
            producer.send(item)


@leaves_sockets
def test_a_broker_that_dies_midway_loses_no_count(refused):
    told = []
    with servers.embedded_broker() as bootstrap:
        settings = Settings(kafka_bootstrap=bootstrap, partitions=1)
        topics.ensure(settings)
        producer = WireProducer(settings, failed=told.append, patience=3.0)
        for item in read(["-"], stdin=lines(*({"id": f"a{n}", "text": "t"} for n in range(20)))):
            producer.send(item)
        producer.flush()
        assert producer.accepted == 20
    sent = list(read(["-"], stdin=lines(*({"id": f"b{n}", "text": "t"} for n in range(20)))))
    with pytest.raises(Unavailable, match="does not answer"):
        send_all(producer, sent)
    assert producer.accepted == 20
    assert [failure.where for failure in told] == [item.where for item in sent]
