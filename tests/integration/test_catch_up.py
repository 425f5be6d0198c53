"""A worker that comes to a backlog: it says when it will be level, and what it tells late is told as late. Real parts."""

from __future__ import annotations

import contextlib
import json
import time

import pytest
import redis
import servers
from articles import text
from kafka import KafkaConsumer, KafkaProducer
from product import Product, eventually, get

from streams import embedded
from streams.store import keys

pytestmark = pytest.mark.kafka
HOUR = 3600.0


def produce(product, uri, *, age=0.0):
    """An article that alerts, accepted `age` seconds ago."""
    words = f"Artillery shelled the city, killing civilians. {text(uri)}"
    record = {"uri": uri, "version": "1", "language": "en", "bodies": [{"contentType": "text/plain", "value": words}]}
    with contextlib.closing(KafkaProducer(bootstrap_servers=product.bootstrap)) as producer:
        key, value = f"files|{uri}".encode(), json.dumps(record).encode()
        sent = producer.send(
            product.settings().articles_topic, key=key, value=value, timestamp_ms=int((time.time() - age) * 1000)
        )
        sent.get(timeout=30)


def late(client):
    """Of each article's event, whether it is late; the events' ids."""
    events = [fields for _, fields in client.xrange(keys.STREAM)]
    alerts = [(json.loads(fields[b"alert"]), fields[b"id"]) for fields in events]
    return {alert["sources"][0]["uri"]: alert["late"] for alert, _ in alerts}, {identity for _, identity in alerts}


def seconds_from_article_to_story(product, uri):
    consumer = KafkaConsumer(
        product.settings().stories_topic,
        bootstrap_servers=product.bootstrap,
        auto_offset_reset="earliest",
        consumer_timeout_ms=10_000,
    )
    with contextlib.closing(consumer):
        record = next(record for record in consumer if record.key == f"files|{uri}".encode())
    return (int(dict(record.headers)["ww_emitted"]) - record.timestamp) / 1000


def test_late_is_what_it_was_when_first_told_also_when_redis_lost_it(kafka, redis_server, tmp_path):
    product = Product(kafka, redis_server, tmp_path, {"LATE_AFTER": "1800", "REPAIR_INTERVAL": "0.3"})
    product.command("topics")
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
        produce(product, "missed", age=HOUR)
        with product.process("worker"):
            produce(product, "fresh")
            eventually(lambda: len(late(client)[0]) == 2, message="both events")
        told = late(client)
        assert told[0] == {"missed": True, "fresh": False}
        client.flushall()
        # Between the time the fresh one was told at and now, which is a worker's start later.
        between = seconds_from_article_to_story(product, "fresh") + 0.001
        with product.process("worker", LATE_AFTER=str(between)):
            eventually(lambda: len(late(client)[0]) == 2, message="both events again")
            assert late(client) == told
            produce(product, "another", age=HOUR)
            eventually(lambda: late(client)[0].get("another"), message="what is told the first time is late by now")


def test_a_backlog_is_drained_in_words_and_told_as_late(kafka, tmp_path, need):
    options = {"port": str(embedded.free_port()), "requirepass": "a-password-for-this-test", "dir": str(tmp_path)}
    with contextlib.ExitStack() as first:
        url = need(lambda: first.enter_context(servers.redis_server(options)))
        product = Product(kafka, url, tmp_path, {"LATE_AFTER": "5"})
        product.command("topics")
        with product.process("worker") as worker:

            def level_in():
                lines = (get(f"{worker.url}/metrics") or "").splitlines()
                return next((line.split()[1] for line in lines if line.startswith("wire_catch_up_seconds ")), None)

            assert level_in() == "0.0"
            first.close()  # Redis goes
            for number in range(5):
                produce(product, f"waits-{number}")
            eventually(lambda: level_in() == "+Inf", message="it does not gain")
            with servers.redis_server(options), redis.Redis.from_url(url) as client, product.process("serve") as feed:
                eventually(lambda: len(late(client)[0]) == 5, message="the events")
                assert set(late(client)[0].values()) == {True}
                eventually(lambda: level_in() == "0.0", message="level")
                found = json.loads(get(f"{feed.url}/v1/alerts"))["alerts"]
                assert [alert["late"] for alert in found] == [True] * 5
                assert get(f"{feed.url}/").count("Told late") == 5
        said = worker.log.read_text(encoding="utf-8")
        assert 0 < said.index("behind Kafka") < said.index("level with Kafka")
