"""From file to alert through real Kafka, Faust and Redis: once, whatever dies in between."""

from __future__ import annotations

import itertools
import json
import signal

import pytest
import redis
from product import Product, eventually

ESCALATIONS, SESSIONS = 5, 7


@pytest.fixture
def product(bootstrap, redis_url, tmp_path):
    product = Product(bootstrap, redis_url, tmp_path)
    product.command("topics")
    return product


def entries(product):
    """The alert log as any client of Redis reads it."""
    from streams.store import keys  # noqa: PLC0415 - the key's name, nothing else

    with redis.Redis.from_url(product.redis_url) as client:
        return [fields for _, fields in client.xrange(keys.STREAM)]


def alerts(product):
    return [json.loads(fields[b"alert"]) for fields in entries(product)]


def of_kind(product, kind):
    """The alerts of a kind that were created; each is once."""
    return [alert for alert in alerts(product) if alert["kind"] == kind and alert["type"] == "alert.created"]


def complete(product):
    return len(of_kind(product, "escalation")) >= ESCALATIONS and len(of_kind(product, "un_session")) >= SESSIONS


def settled(worker, articles):
    """Whether the worker has judged so many articles, and nothing lags behind: then no alert can still come."""
    from product import get  # noqa: PLC0415 - used once
    from prometheus_client.parser import text_string_to_metric_families  # noqa: PLC0415 - used once

    text = get(f"{worker.url}/metrics") or ""
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    judged = sum(s.value for s in samples if s.name == "wire_articles_total")
    lag = [s.value for s in samples if s.name == "wire_consumer_lag"]
    return judged >= articles and lag and sum(lag) == 0


def test_the_five_wires_give_their_alerts_once(product, shared):
    with product.process("worker") as worker:
        product.command("ingest", str(shared / "wires/articles.jsonl"))
        eventually(lambda: complete(product), message="alerts of the five wires")
        eventually(lambda: settled(worker, 5), message="no lag")
    assert len(of_kind(product, "escalation")) == ESCALATIONS
    assert len(of_kind(product, "un_session")) == SESSIONS
    (joined,) = [alert for alert in alerts(product) if alert["type"] != "alert.created"]
    assert (joined["type"], joined["kind"]) == ("alert.updated", "un_session")
    assert [step["status"] for step in joined["incident"]["history"]] == ["held", "suspended"]
    assert [carrier["uri"][:8] for carrier in joined["sources"]] == ["wire:000", "wire:002"]
    ids = [fields[b"id"] for fields in entries(product)]
    assert len(ids) == len(set(ids))


def test_every_alert_stands_once_also_after_kill_9_halfway(product, shared):
    lines = (shared / "wires/articles.jsonl").read_bytes().splitlines(keepends=True)
    with product.process("worker") as worker:
        product.command("ingest", "-", stdin=b"".join(lines[:3]))
        eventually(lambda: entries(product), message="the first alert")
        worker.process.send_signal(signal.SIGKILL)
        worker.process.wait(10)
    product.command("ingest", "-", stdin=b"".join(lines[2:]))
    with product.process("worker") as worker:
        eventually(lambda: complete(product), message="alerts after the restart")
        eventually(lambda: settled(worker, 1), message="no lag")
    assert len(of_kind(product, "escalation")) == ESCALATIONS
    assert len(of_kind(product, "un_session")) == SESSIONS
    ids = [fields[b"id"] for fields in entries(product)]
    assert len(ids) == len(set(ids))


def test_the_same_file_twice_changes_nothing(product, shared):
    wires = str(shared / "wires/articles.jsonl")
    with product.process("worker") as worker:
        product.command("ingest", wires)
        eventually(lambda: complete(product), message="alerts of the five wires")
        before = entries(product)
        product.command("ingest", wires)
        eventually(lambda: settled(worker, 10), message="the repeats judged")
    assert entries(product) == before


def test_a_copy_by_another_outlet_joins_the_alert(product):
    text = "Artillery shelled the port of Sorata overnight, killing twelve civilians, officials said on Monday."
    articles = [
        {"id": name, "title": "Shelling hits Sorata port", "text": text, "published": "2026-03-02T08:00:00Z", "lang": "en"}
        for name in ("first", "second")
    ]
    with product.process("worker") as worker:
        product.command("ingest", "-", stdin=b"\n".join(json.dumps(a).encode() for a in articles))
        eventually(lambda: settled(worker, 2), message="both judged")
        events = alerts(product)
        assert [(e["type"], e["kind"]) for e in events] == [("alert.created", "escalation")]
        with redis.Redis.from_url(product.redis_url) as client:
            from streams.store import keys  # noqa: PLC0415 - the key's name, nothing else

            current = json.loads(client.hget(keys.alert(events[0]["id"]), "alert"))
    assert sorted(carrier["verdict"] for carrier in current["sources"]) == ["exact", "new"]


def test_poison_becomes_dead_letters_and_the_rest_goes_on(product):
    from kafka import KafkaConsumer, KafkaProducer  # noqa: PLC0415 - used once

    settings = product.settings()
    good = {
        "uri": "ok",
        "version": "1",
        "language": "en",
        "bodies": [{"contentType": "text/plain", "value": "Rebels launched an offensive and seized the town."}],
    }
    values = [b"{ not json", b"", None, b"[]", b"\xff\xfe\x00", json.dumps({**good, "uri": "other"}).encode()]
    producer = KafkaProducer(bootstrap_servers=product.bootstrap)
    for number, value in enumerate(values):
        producer.send(settings.articles_topic, key=f"files|p{number}".encode(), value=value, headers=[("h", b"1")])
    producer.send(settings.articles_topic, key=b"files|ok", value=json.dumps(good).encode())
    producer.flush()
    producer.close()
    with product.process("worker"):
        eventually(lambda: alerts(product), message="the good article's alert")
        consumer = KafkaConsumer(
            settings.dead_letter_topic,
            bootstrap_servers=product.bootstrap,
            auto_offset_reset="earliest",
            consumer_timeout_ms=5000,
        )
        letters = list(itertools.islice(consumer, len(values)))
        consumer.close()
    assert sorted(letter.value or b"" for letter in letters) == sorted(value or b"" for value in values)
    for letter in letters:
        headers = dict(letter.headers)
        assert headers["h"] == b"1"
        assert headers["__streams.errors.topic"] == settings.articles_topic.encode()
        assert headers["ww_stage"] == b"dedup"
    assert {dict(letter.headers)["ww_reason"].decode() for letter in letters} == {"bad-json", "empty", "bad-shape", "bad-key"}
