"""kill -9 on a working worker, again and again: the producer's ledger says what must stand in the alert log, once each.

The first of the fault matrix; `SEED` repeats a run (`make faults FAULT=worker-kill SEED=3`).
"""

from __future__ import annotations

import json
import os
import random
import signal
from collections import Counter

import pytest
import redis
from articles import text
from product import Product, eventually

from streams.core import alerts
from streams.store import keys

KILLS, ARTICLES = 3, 1200
SEED = int(os.environ.get("SEED", "1"))


@pytest.mark.kafka
def test_worker_kill(kafka, redis_server, tmp_path):
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
        product = Product(kafka, redis_server, tmp_path)
        product.command("topics")
        dice = random.Random(SEED)  # noqa: S311 - a repeatable run, no secret
        # The made words make a story of each: else they would be updates of the first.
        lines = [
            json.dumps({"id": f"a{n}", "text": f"Artillery shelled the city, killing civilians. {text(f'a{n}')}", "lang": "en"})
            for n in range(ARTICLES)
        ]
        product.command("ingest", "-", stdin="\n".join(lines).encode())

        def told():
            return [json.loads(fields[b"alert"])["sources"][0]["uri"] for _, fields in client.xrange(keys.STREAM)]

        for kill in range(KILLS):
            with product.process("worker", INSTANCE=product.name) as worker:
                mark = dice.randrange(1, ARTICLES // KILLS) + kill * ARTICLES // (KILLS + 1)
                eventually(lambda mark=mark: client.xlen(keys.STREAM) >= min(mark, ARTICLES), message=f"{mark} events")
                worker.process.send_signal(signal.SIGKILL)
                worker.process.wait(10)
        with product.process("worker"):
            eventually(lambda: len(set(told())) == ARTICLES, message="every article's alert")
        ledger = {f"a{n}" for n in range(ARTICLES)}
        counts = Counter(told())
        missing, doubled = ledger - counts.keys(), [uri for uri, count in counts.items() if count > 1]
        ids = [fields[b"id"] for _, fields in client.xrange(keys.STREAM)]
        assert (missing, doubled, len(ids) - len(set(ids))) == (set(), [], 0)
        assert all(
            client.exists(keys.alert(alerts.escalation_id(json.loads(f[b"alert"])["story"])))
            for _, f in client.xrange(keys.STREAM)
        )
