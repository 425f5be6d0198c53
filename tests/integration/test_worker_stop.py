"""A planned stop: within ten seconds, and the other workers have the partitions at once."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys

import pytest
import redis
from articles import text
from product import Product, eventually

from streams.cli.process import EXIT_OVERDUE
from streams.store import keys


def articles(names):
    lines = [{"id": n, "text": f"Artillery shelled the city, killing civilians. {text(n)}", "lang": "en"} for n in names]
    return "\n".join(map(json.dumps, lines)).encode()


@pytest.mark.kafka
def test_the_partitions_of_a_worker_that_is_stopped_are_worked_on_at_once(kafka, redis_server, tmp_path):
    """A session of 40 s: were the group not left, a part of the articles would wait that long."""
    product = Product(kafka, redis_server, tmp_path, {"SESSION_TIMEOUT": "40"})
    with redis.Redis.from_url(redis_server) as client, contextlib.ExitStack() as stack:
        client.flushall()
        product.command("topics")
        workers = [stack.enter_context(product.process("worker", INSTANCE=f"{product.name}-{slot}")) for slot in (0, 1)]
        product.command("ingest", "-", stdin=articles([f"a{n}" for n in range(40)]))
        eventually(lambda: client.xlen(keys.STREAM) == 40, message="both work")
        workers[0].process.send_signal(signal.SIGTERM)
        assert workers[0].process.wait(10) == 0
        product.command("ingest", "-", stdin=articles([f"b{n}" for n in range(40)]))
        eventually(lambda: client.xlen(keys.STREAM) == 80, within=15, message="the other has all partitions")


PROGRAM = """
import time
from streams.cli import process
from streams.settings import Settings
async def hangs(settings, stop):
    print("up", flush=True)
    while True:
        time.sleep(0.01)
process.run(Settings(), hangs, within=0.5)
"""


def test_a_loop_that_hangs_ends_all_the_same_when_asked():
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as hanging:
        assert hanging.stdout.readline() == b"up\n"
        hanging.terminate()
        assert hanging.wait(20) == EXIT_OVERDUE
        assert b"did not stop within" in hanging.stderr.read()


@pytest.mark.kafka
def test_a_second_worker_of_one_name_is_refused_and_the_first_works_on(kafka, redis_server, tmp_path):
    """Kafka would give each the other's partitions, again and again."""
    product = Product(kafka, redis_server, tmp_path, {"WORKER_PORT": "0"})
    product.command("topics")
    with redis.Redis.from_url(redis_server) as client, contextlib.ExitStack() as stack:
        client.flushall()
        stack.enter_context(product.process("worker"))
        product.command("ingest", "-", stdin=articles(["before"]))
        eventually(lambda: client.xlen(keys.STREAM) == 1, message="the first works")
        second = product.command("worker", check=False)
        assert second.returncode == 2
        assert f"called {product.name}-0: give each a name of its own (WIREWATCH_INSTANCE)" in second.stderr.decode()
        product.command("ingest", "-", stdin=articles(["after"]))
        eventually(lambda: client.xlen(keys.STREAM) == 2, message="the first works on")
