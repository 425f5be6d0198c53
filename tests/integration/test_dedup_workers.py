"""Two workers on a real broker, fed copies at the same moment: each pair is one story (WIRE_PAIRS=500 for the whole proof)."""

from __future__ import annotations

import json
import os

import pytest
import redis
from articles import text
from product import Product, eventually

PAIRS = int(os.environ.get("WIRE_PAIRS", "40"))


@pytest.mark.kafka
def test_copies_that_come_to_two_workers_at_once_are_one_story(kafka: str, redis_server: str, tmp_path) -> None:
    from kafka import KafkaConsumer  # noqa: PLC0415 - used once

    from streams import codec  # noqa: PLC0415 - used once

    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    product = Product(kafka, redis_server, tmp_path)
    product.command("topics")
    lines = [{"id": f"{n}-{copy}", "text": text(f"pair {n}")} for n in range(PAIRS) for copy in "ab"]
    wire = "\n".join(map(json.dumps, lines)).encode()
    with product.process("worker"), product.process("worker", INSTANCE=f"{product.name}-2"):
        product.command("ingest", "-", stdin=wire)
        consumer = KafkaConsumer(
            f"{product.name}.stories", bootstrap_servers=kafka, auto_offset_reset="earliest", consumer_timeout_ms=500
        )
        verdicts: dict[str, object] = {}

        def complete() -> bool:
            for record in consumer:
                verdicts[record.key.decode()] = codec.decode_verdict(record.headers)
            return len(verdicts) == 2 * PAIRS

        eventually(complete, message="all verdicts")
        consumer.close()
    assert len({verdict.story for verdict in verdicts.values()}) == PAIRS
    assert sum(verdict.verdict == "new" for verdict in verdicts.values()) == PAIRS
