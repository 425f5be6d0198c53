"""Dead letters seen, replayed twice, and limited; on a real broker and Redis."""

from __future__ import annotations

import json
import time

import pytest
import redis
from kafka import KafkaConsumer, KafkaProducer
from product import Product, eventually

from streams import embedded
from streams.ingest import dead_letters
from streams.store import keys

TEXT = "Artillery shelled the town overnight, killing twelve civilians."
GOOD = json.dumps({"uri": "a", "version": "1", "language": "en", "bodies": [{"role": "main", "value": TEXT}]}).encode()


def produce(product, records):
    producer = KafkaProducer(bootstrap_servers=product.bootstrap, acks="all")
    try:
        for key, value in records:
            producer.send(f"{product.name}.articles", key=key, value=value, partition=2, headers=[("own", b"header")])
        producer.flush()
    finally:
        producer.close()


def stamps(product):
    consumer = KafkaConsumer(
        f"{product.name}.articles",
        bootstrap_servers=product.bootstrap,
        auto_offset_reset="earliest",
        consumer_timeout_ms=2000,
    )
    found = [record.timestamp / 1000 for record in consumer]
    consumer.close()
    assert found
    return found


def listed(product, *arguments):
    return [json.loads(line) for line in product.command("dlq", "list", *arguments).stdout.splitlines()]


@pytest.mark.kafka
def test_letters_are_listed_shown_and_replayed_as_they_were(kafka, redis_server, tmp_path):
    product = Product(kafka, redis_server, tmp_path)
    product.command("topics")
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
        bad = b"{not json \xff"
        produce(product, [(b"files|x", bad), (b"files|a", GOOD), (b"other|y", b"")])
        with product.process("worker"):
            letters = eventually(lambda: len(found := listed(product)) == 2 and found, message="two fell")
            assert {(letter["stage"], letter["attempts"], letter["partition"]) for letter in letters} == {("dedup", "1", "2")}
            (letter,) = listed(product, "--filter", "source=files")
            assert product.command("dlq", "show", letter["n"]).stdout == bad
            eventually(lambda: client.xlen(keys.STREAM) == 1, message="the good one's alert")
            for attempt in (2, 3):
                product.command("dlq", "replay", "--filter", "source=files")
                eventually(lambda a=attempt: str(a) in {x["attempts"] for x in listed(product)}, message="it falls again")
        again = [letter for letter in dead_letters.read(product.settings()) if letter.key == b"files|x"]
        assert {(letter.value, tuple(letter.headers)) for letter in again} == {(bad, (("own", b"header"),))}
        assert client.xlen(keys.STREAM) == 1


@pytest.mark.kafka
def test_a_letter_replayed_twice_makes_one_alert(kafka, redis_server, tmp_path):
    """As after a release that reads what the one before could not."""
    product = Product(kafka, redis_server, tmp_path)
    product.command("topics")
    settings = product.settings()
    told = {"topic": settings.articles_topic, "partition": "2", "offset": "0", "stage": "dedup", "attempts": "1"}
    years_ago = 1_700_000_000_000  # Kafka deletes what is so old, read or not
    letter = dead_letters.Letter("0:0", told, b"files|a", GOOD, years_ago, [])
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
        for _ in range(2):
            assert dead_letters.replay(settings, [letter], note=lambda *_: None) == 1
        assert all(0 < time.time() - stamp < 6 * 86_400 for stamp in stamps(product))
        produce(product, [(b"files|b", GOOD.replace(b'"a"', b'"b"').replace(b"town", b"harbour of another land"))])
        with product.process("worker"):
            eventually(lambda: client.xlen(keys.STREAM) >= 2, message="the alerts")
        causes = [json.loads(fields[b"alert"])["sources"][0]["uri"] for _, fields in client.xrange(keys.STREAM)]
        assert causes.count("a") == 1


@pytest.mark.kafka
def test_too_many_letters_stop_every_worker_with_72_until_the_limit_is_raised(kafka, redis_server, tmp_path):
    product = Product(kafka, redis_server, tmp_path, {"DEAD_LETTER_LIMIT": "5", "WORKER_PORT": str(embedded.free_port())})
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    product.command("topics")
    produce(product, [(b"files|%d" % number, b"no json") for number in range(9)])
    for _ in range(2):  # a restart does not begin to count anew
        done = product.command("worker", check=False)
        assert done.returncode == 72
        assert b"WIREWATCH_DEAD_LETTER_LIMIT" in done.stderr
        assert len(listed(product)) <= 5
    with product.process("worker", DEAD_LETTER_LIMIT="9"):
        eventually(lambda: len(listed(product)) == 9, message="all nine")


def test_a_filter_that_means_nothing_is_named(tmp_path):
    product = Product("127.0.0.1:1", "redis://127.0.0.1:1", tmp_path)
    done = product.command("dlq", "list", "--filter", "color=red", check=False)
    assert done.returncode == 2
    assert b"color=red" in done.stderr
