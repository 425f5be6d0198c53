"""A worker whose Kafka or Redis is away waits, says so, and goes on; a wrong password ends it."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import urllib.error
import urllib.request

import pytest
import redis
import servers
from product import Product, eventually, get

from streams import embedded
from streams.store import keys

TEXT = "Artillery shelled the town overnight, killing twelve civilians."
ARTICLE = json.dumps({"id": "a", "text": TEXT, "lang": "en"}).encode()


def said(url):
    """What `/readyz` says, also when it is not 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own loopback address
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()
    except OSError:
        return ""


@contextlib.contextmanager
def unready_worker(product):
    """A worker that may not become ready."""
    port = embedded.free_port()
    environment = product.environment | {"WIREWATCH_WORKER_PORT": str(port)}
    log = product.folder / "worker.log"
    with embedded.running([sys.executable, "-m", "streams", "worker"], ready=None, log=log, env=environment) as process:
        yield f"http://127.0.0.1:{port}", process, log


def test_a_worker_waits_for_kafka_and_for_its_topics(redis_server, tmp_path):
    nowhere = Product(f"127.0.0.1:{embedded.free_port()}", redis_server, tmp_path)
    with unready_worker(nowhere) as (url, process, _):
        eventually(lambda: "does not answer" in said(f"{url}/readyz"), message="readiness tells")
        assert get(f"{url}/healthz") == "ok\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0


def test_a_worker_without_topics_says_which_command_makes_them(embedded_broker, redis_server, tmp_path):
    product = Product(embedded_broker, redis_server, tmp_path)
    with unready_worker(product) as (url, _, _):
        eventually(lambda: "wirewatch topics" in said(f"{url}/readyz"), message="readiness tells")
        product.command("topics")
        eventually(lambda: said(f"{url}/readyz") == "ready\n", message="ready once they are there")


def test_articles_sent_while_redis_is_down_are_judged_when_it_is_back(embedded_broker, tmp_path, need):
    port = str(embedded.free_port())
    options = {"port": port, "requirepass": "a-password-for-this-test"}
    with contextlib.ExitStack() as first:
        url = need(lambda: first.enter_context(servers.redis_server(options)))
        product = Product(embedded_broker, url, tmp_path)
        product.command("topics")
        with product.process("worker") as worker:
            first.close()  # Redis goes
            product.command("ingest", "-", stdin=ARTICLE)
            eventually(lambda: "dedup:" in said(f"{worker.url}/readyz"), message="readiness turns red")
            assert worker.process.poll() is None
            with servers.redis_server(options):
                eventually(lambda: said(f"{worker.url}/readyz") == "ready\n", message="ready again")
                with redis.Redis.from_url(url) as client:
                    eventually(lambda: client.xlen(keys.STREAM), message="the alert")


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_stops_in_order_when_asked(embedded_broker, redis_server, tmp_path, signum):
    product = Product(embedded_broker, redis_server, tmp_path)
    product.command("topics")
    with product.process("worker") as worker:
        worker.process.send_signal(signum)
        assert worker.process.wait(10) == 0


def test_a_password_that_redis_refuses_ends_the_worker_with_the_code_for_settings(embedded_broker, redis_server, tmp_path):
    product = Product(embedded_broker, redis_server.replace(":", ":wrong", 2).replace("redis:wrong//", "redis://", 1), tmp_path)
    product.command("topics")
    with unready_worker(product) as (_, process, log):
        product.command("ingest", "-", stdin=ARTICLE)
        assert process.wait(40) == 2
        text = log.read_text(encoding="utf-8")
        assert "WIREWATCH_REDIS_URL" in text
        assert "wrong" not in text.replace("a setting is wrong", "")
