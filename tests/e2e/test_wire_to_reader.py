"""The whole product: an article goes in by the command line and comes out in a browser and at a webhook subscriber."""

from __future__ import annotations

import asyncio
import http.server
import json
import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect
from product import Product, eventually
from standardwebhooks import Webhook

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def product(kafka, redis_server, tmp_path) -> Product:
    import redis  # noqa: PLC0415 - used once

    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    product = Product(kafka, redis_server, tmp_path, {"WEBHOOK_ALLOW_PRIVATE": "true"})
    product.command("topics")
    return product


@pytest.fixture
def subscriber() -> Iterator[tuple[str, list[tuple[dict[str, str], bytes]]]]:
    """A real HTTP server on loopback: its URL, and what it got."""
    got: list[tuple[dict[str, str], bytes]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/alerts", got
        server.shutdown()
        thread.join()


def events(product):
    import redis  # noqa: PLC0415 - used twice here

    from streams.store import keys  # noqa: PLC0415 - the key's name, nothing else

    with redis.Redis.from_url(product.redis_url) as client:
        return [fields for _, fields in client.xrange(keys.STREAM)]


@pytest.mark.browser
@pytest.mark.kafka
async def test_the_alert_for_000_appears_in_an_open_page_with_its_words_marked(product, page, screenshot, shared):
    with product.process("worker"), product.process("serve") as serve:
        await page.goto(f"{serve.url}/")
        cards = page.locator("article")
        await expect(cards).to_have_count(0)
        await page.evaluate("window.unreloaded = true")
        wire = (shared / "wires/articles.jsonl").read_bytes().splitlines(keepends=True)[0]
        await asyncio.to_thread(product.command, "ingest", "-", stdin=wire)
        await expect(cards).to_have_count(2, timeout=30_000)  # its escalation and its sitting
        assert await page.evaluate("window.unreloaded")
        text = json.loads(wire)["bodies"][0]["value"]
        marks = await cards.locator("mark").all_inner_texts()
        assert marks
        assert all(mark in text for mark in marks)
        directions = await cards.locator("mark").evaluate_all("all => all.map(mark => getComputedStyle(mark).direction)")
        assert set(directions) == {"rtl"}
        image = await screenshot(page, "wire-000", full_page=True)
        assert len(image) > 10_000


@pytest.mark.kafka
def test_a_subscriber_gets_every_event_once_signed(product, subscriber, shared):
    url, got = subscriber
    added = json.loads(product.command("endpoints", "add", url, "--json").stdout)
    with product.process("worker"), product.process("deliver"):
        product.command("ingest", str(shared / "wires/articles.jsonl"))
        eventually(lambda: len(events(product)) >= 13, message="thirteen events in the log")
        eventually(lambda: len(got) >= 13, message="thirteen deliveries")
    wanted = {fields[b"id"].decode() for fields in events(product)}
    assert {headers["webhook-id"] for headers, _ in got} == wanted
    assert len(got) == len(wanted)
    types = []
    for headers, body in got:
        payload = Webhook(added["secret"]).verify(body, headers)
        types.append(payload["type"])
        assert len(body) < 20_000
    # 000 and 002 tell of one sitting: the second of them to come updates its alert.
    assert Counter(types) == {"alert.created": 12, "alert.updated": 1}
