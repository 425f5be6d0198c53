"""Two workers on a real Kafka: 200 reports of 20 sittings over all partitions end in 20 alerts that list every report.

`SEED` plays another order (`make incidents SEED=3`).
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import redis
from product import Product, eventually, get

from streams.store import keys

SEED = int(os.environ.get("SEED", "1"))
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
TOPICS = (
    "Sudan",
    "Syria",
    "Yemen",
    "Libya",
    "Lebanon",
    "Iran",
    "Iraq",
    "Ukraine",
    "Somalia",
    "Mali",
    "Haiti",
    "Myanmar",
    "Afghanistan",
    "Venezuela",
    "Ethiopia",
    "Gaza",
    "Kosovo",
    "Rwanda",
    "Taiwan",
    "Egypt",
)
REPORTS = 10
STAGES = (  # what is written of a sitting, in the order of its life
    "France asked for an emergency session of the UN Security Council on {topic}, its mission said.",
    "Diplomats have called for an urgent meeting of the Security Council on {topic}.",
    "The UN Security Council will hold an emergency session on {topic}, diplomats said.",
    "The Security Council is to meet in emergency session on {topic}, a spokesman said.",
    "The UN Security Council held an emergency session on {topic}, its president told reporters.",
)


def lines():
    """Every report as a line of JSON, with the sitting it is of, in an order of its own for each seed."""
    dice = random.Random(SEED)  # noqa: S311 - a repeatable run, no secret
    found = []
    for topic in TOPICS:
        for number in range(REPORTS):
            published = NOON + timedelta(hours=4 * number, minutes=dice.randrange(60))
            text = f"{STAGES[number * len(STAGES) // REPORTS].format(topic=topic)} Item {number} of the desk."
            uri = f"{topic}-{number}-{dice.randrange(10**6)}"
            record = {"id": uri, "title": f"Council and {topic}", "text": text, "published": published.isoformat(), "lang": "en"}
            found.append((topic, uri, json.dumps(record)))
    dice.shuffle(found)
    return found


@pytest.mark.kafka
def test_two_workers_make_one_alert_of_all_reports_of_a_sitting(kafka, redis_server, tmp_path):
    product = Product(kafka, redis_server, tmp_path)
    product.command("topics")
    reports = lines()
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()

        def fences():
            return sum(int(offset) + 1 for name, offset in client.hgetall(keys.FENCES).items())

        def judged(*workers):
            samples = [line for worker in workers for line in (get(f"{worker.url}/metrics") or "").splitlines()]
            return sum(float(s.split()[1]) for s in samples if s.startswith("wire_articles_total{"))

        with product.process("worker", INSTANCE="one") as one, product.process("worker", INSTANCE="two") as two:
            product.command("ingest", "-", stdin="\n".join(line for _, _, line in reports).encode())
            eventually(lambda: fences() == len(reports), message="every report taken in")
            shares = [judged(one), judged(two)]
        assert min(shares) > 0, "one of the workers had nothing to do"
        assert len(client.hgetall(keys.FENCES)) > 1
        entries = [fields for _, fields in client.xrange(keys.STREAM)]
        told = [json.loads(fields[b"alert"]) for fields in entries]
        assert Counter(alert["type"] for alert in told)["alert.created"] == len(TOPICS)
        assert "alert.retracted" not in {alert["type"] for alert in told}
        assert len({fields[b"id"] for fields in entries}) == len(entries)
        current = [json.loads(client.hget(keys.alert(alert), "alert")) for alert in {alert["id"] for alert in told}]
    for topic in TOPICS:
        (alert,) = [alert for alert in current if alert["incident"]["topic"] == topic]
        assert sorted(c["uri"] for c in alert["sources"]) == sorted(uri for of, uri, _ in reports if of == topic)
        assert (alert["incident"]["body"], alert["incident"]["status"]) == ("UNSC", "held")
        assert [s["status"] for s in alert["incident"]["history"] if s["moved"]] == ["requested", "scheduled", "held"]
