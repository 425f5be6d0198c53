"""What the stores do when Redis does not do what it is told: servers of the tests' own, since each is mistreated."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import signal
import struct
import subprocess
import time
from typing import TYPE_CHECKING

import builders
import pytest
import servers
from articles import article, claim, text
from builders import STORIES, alert, commit
from redis.exceptions import ResponseError
from stores import InRedis, connect

from streams.core.errors import Stale, Unavailable
from streams.core.model import Applied, Partition, Query, Tier
from streams.settings import Settings, SettingsError
from streams.store import keys
from streams.store.packing import keys_of, slot_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
    from pathlib import Path

ARTICLES = Partition("wire.articles.v1", 0)
CLAIMS = [claim(0, article("a", text("one"))), claim(1, article("b", text("one")))]
BATCH = commit(alert(), last=5, applied={"wire|urn:a": Applied("1", builders.NOON, ("alert-1",))})
FAR, BLOCK_MS = "9999999999999-0", 600
"""A cursor behind which nothing comes, and a wait longer than the socket's patience."""
START = {"redis-server": servers.redis_server, "valkey": servers.valkey}


@pytest.fixture
def settings() -> Settings:
    """Short timeouts: these tests wait for them."""
    return Settings(redis_timeout=0.5)


@pytest.fixture(params=START)
def start(request: pytest.FixtureRequest) -> Callable[..., contextlib.AbstractContextManager[str]]:
    """How to start a server of one's own: each kind in turn."""
    return START[request.param]


@pytest.fixture
def url(start: Callable[..., contextlib.AbstractContextManager[str]]) -> Iterator[str]:
    """A server of the test's own."""
    with start({"enable-debug-command": "yes"}) as address:
        yield address


@pytest.fixture
async def redis(url: str, settings: Settings) -> AsyncIterator[InRedis]:
    """Stores on it."""
    async with connect(settings, url) as client:
        world = InRedis(settings, client)
        await world.reset()
        yield world


async def until(ready: Callable[[], Coroutine[None, None, bool]], what: str) -> None:
    """Poll, at most ten seconds long."""
    end = time.monotonic() + 10
    while not await ready():
        assert time.monotonic() < end, f"in vain: {what}"
        await asyncio.sleep(0.01)


async def everything(redis: InRedis) -> list[Callable[[], Coroutine[None, None, object]]]:
    """One call of each kind."""
    return [
        lambda: redis.seen.claim(ARTICLES, CLAIMS),
        lambda: redis.seen.fence(ARTICLES),
        lambda: redis.log.read(STORIES, ["wire|urn:a"], ["alert-1"]),
        lambda: redis.log.write(BATCH),
        lambda: redis.feed.get("alert-1"),
        lambda: redis.feed.recent(Query()),
        lambda: redis.feed.tail("0-0", count=1, block_ms=None),
        lambda: redis.feed.tail(FAR, count=1, block_ms=BLOCK_MS),
        redis.feed.bounds,
    ]


async def process(redis: InRedis) -> int:
    """The server's pid, by its own word."""
    return int((await redis.client.info("server"))["process_id"])


async def assert_works(redis: InRedis) -> None:
    """What could not be written before can be now, once and whole."""
    assert [c.verdict.verdict for c in await redis.seen.claim(ARTICLES, CLAIMS) if c.verdict] == ["new", "exact"]
    await redis.log.write(BATCH)
    assert len(await redis.feed.tail("0-0", count=10, block_ms=None)) == 1


async def know_scripts(redis: InRedis) -> None:
    """Empty stores on a server that has every script: the answer to get lost must not be NOSCRIPT."""
    await redis.reset()
    for call in await everything(redis):
        await call()
    await redis.reset()


async def test_a_stopped_server_is_unavailable_and_found_again(redis: InRedis) -> None:
    """SIGSTOP: every call gives up after its timeout, and what was sent meanwhile is applied once."""
    await know_scripts(redis)
    pid = await process(redis)
    os.kill(pid, signal.SIGSTOP)
    try:
        for call in await everything(redis):
            with pytest.raises(Unavailable):
                await asyncio.wait_for(call(), 5)
    finally:
        os.kill(pid, signal.SIGCONT)

    async def written() -> bool:
        with contextlib.suppress(Unavailable):
            snapshot = await redis.log.read(STORIES, [], [])
            if snapshot.fence < BATCH.last:
                with contextlib.suppress(Stale):
                    await redis.log.write(BATCH)
            return (await redis.log.read(STORIES, [], [])).fence == BATCH.last
        return False

    await until(written, "the batch")
    assert len(await redis.feed.tail("0-0", count=10, block_ms=None)) == 1
    assert [c.verdict.verdict for c in await redis.seen.claim(ARTICLES, CLAIMS) if c.verdict] == ["new", "exact"]


async def test_a_killed_server_is_unavailable_and_its_successor_is_taken(
    start: Callable[..., contextlib.AbstractContextManager[str]], settings: Settings
) -> None:
    """The successor knows no script either: NOSCRIPT is cured by sending it whole."""
    options = {"port": str(servers.free_port()), "requirepass": "again"}
    async with contextlib.AsyncExitStack() as stack:
        with start(options) as address:
            redis = InRedis(settings, await stack.enter_async_context(connect(settings, address)))
            await redis.reset()
            await assert_works(redis)
            os.kill(await process(redis), signal.SIGKILL)

            async def refused() -> bool:
                try:
                    await redis.client.ping()
                except Unavailable:
                    return True
                return False

            await until(refused, "the server's death")
            for call in await everything(redis):
                with pytest.raises(Unavailable, match="does not answer"):
                    await call()
        with start(options):
            await assert_works(redis)


async def test_a_flushed_script_cache_is_filled_again(redis: InRedis) -> None:
    await assert_works(redis)
    await redis.client.script_flush()
    for call in (await everything(redis))[:3]:
        await call()


async def test_without_memory_nothing_is_half_written(redis: InRedis) -> None:
    await redis.client.config_set("maxmemory", 1)
    for write in (lambda: redis.seen.claim(ARTICLES, CLAIMS), lambda: redis.log.write(BATCH)):
        with pytest.raises(Unavailable, match="OOM"):
            await write()
    assert await redis.client.dbsize() == 0
    assert (await redis.log.read(STORIES, ["wire|urn:a"], ["alert-1"])).fence == -1, "reading goes on"
    assert await redis.feed.recent(Query()) == []
    await redis.client.config_set("maxmemory", 0)
    await assert_works(redis)


async def test_without_its_replicas_nothing_is_written(redis: InRedis) -> None:
    await redis.client.config_set("min-replicas-to-write", 1)
    for write in (lambda: redis.seen.claim(ARTICLES, CLAIMS), lambda: redis.log.write(BATCH)):
        with pytest.raises(Unavailable, match="NOREPLICAS"):
            await write()
    assert await redis.client.dbsize() == 0
    await redis.client.config_set("min-replicas-to-write", 0)
    await assert_works(redis)


async def test_a_demoted_server_is_unavailable_and_left(redis: InRedis) -> None:
    """Its connections are closed too: after a failover the address leads to another server."""
    await redis.client.execute_command("REPLICAOF", "127.0.0.1", servers.free_port())
    before = await redis.client.client_id()
    for write in (lambda: redis.seen.claim(ARTICLES, CLAIMS), lambda: redis.log.write(BATCH)):
        with pytest.raises(Unavailable, match="READONLY"):
            await write()
    assert await redis.client.client_id() != before
    await redis.client.config_set("replica-serve-stale-data", "no")
    with pytest.raises(Unavailable, match="MASTERDOWN"):
        await redis.log.read(STORIES, [], [])
    await redis.client.execute_command("REPLICAOF", "NO", "ONE")
    await assert_works(redis)


async def test_a_loading_server_is_unavailable(redis: InRedis, url: str) -> None:
    await redis.client.execute_command("DEBUG", "POPULATE", 3000, "filler", 1000)
    await redis.client.config_set("loading-process-events-interval-bytes", 1024)
    await redis.client.config_set("key-load-delay", 500)
    async with connect(Settings(redis_timeout=60), url) as patient:
        reload = asyncio.ensure_future(patient.execute_command("DEBUG", "RELOAD"))

        async def loading() -> bool:
            try:
                await redis.log.read(STORIES, [], [])
            except Unavailable as error:
                return "LOADING" in str(error) or "loading" in str(error)
            return False

        await until(loading, "LOADING")
        await redis_answers(redis)
        await reload
    await assert_works(redis)


async def redis_answers(redis: InRedis) -> None:
    """Wait until it has loaded."""

    async def answers() -> bool:
        try:
            return bool(await redis.client.ping())
        except Unavailable:
            return False

    await until(answers, "an answer")


@pytest.mark.parametrize(
    "key",
    [keys.FENCES, keys.STREAM, keys.BY_TIME, keys.by_tier(Tier.INFO), keys.alert("alert-1"), keys.applied("wire|urn:a")],
    ids=str,
)
async def test_a_key_of_another_type_fails_before_the_first_write(redis: InRedis, key: bytes | str) -> None:
    await redis.client.lpush(key, "ours")
    with pytest.raises(ResponseError, match=r"another type|WRONGTYPE"):
        await redis.log.write(BATCH)
    assert await redis.client.dbsize() == 1


def _buckets() -> list[bytes]:
    """A bucket of the names and one of the keys that `CLAIMS` go into."""
    first = CLAIMS[0]
    slot = struct.pack("<I", slot_of(first.at, int(Settings().seen_window * 1000))[0])
    name = int.from_bytes(hashlib.blake2b(first.names[0].encode(), digest_size=8).digest()[:2], "little") % 4096
    return [
        keys.SEEN.encode() + kind + slot + struct.pack("<H", bucket)
        for kind, bucket in ((b"n", name), (b"k", keys_of(first)[1] % 8192))
    ]


@pytest.mark.parametrize(
    "key",
    [
        keys.SEEN_FENCES.encode(),
        keys.SEEN_SLOTS.encode(),
        *_buckets(),
    ],
    ids=str,
)
async def test_a_claim_fails_before_the_first_write(redis: InRedis, key: bytes | str) -> None:
    await redis.client.lpush(key, "ours")
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await redis.seen.claim(ARTICLES, CLAIMS)
    assert await redis.client.dbsize() == 1


async def test_every_key_expires_but_the_shared_ones(redis: InRedis) -> None:
    await assert_works(redis)
    shared = {
        keys.FENCES,
        keys.SEEN_FENCES,
        keys.SEEN_BATCHES,
        keys.SEEN_SLOTS,
        keys.SEEN_HELD,
        keys.SEEN_TOTAL,
        keys.STREAM,
        keys.BY_TIME,
        keys.by_tier(Tier.ALERT),
    }
    lasting = {key.decode(errors="replace") async for key in redis.client.scan_iter() if await redis.client.ttl(key) < 0}
    assert lasting == shared


async def test_expired_alerts_leave_the_indexes(redis: InRedis) -> None:
    await redis.log.write(commit(*(alert(f"{n}", tier=tier) for n, tier in enumerate(Tier)), last=0))
    await redis.later(redis.settings.alert_ttl + 1)
    await redis.log.write(commit(alert("alive"), fence=0, last=1))
    left = {index: await redis.client.zrange(index, 0, -1) for index in (keys.BY_TIME, *map(keys.by_tier, Tier))}
    assert left == {
        keys.BY_TIME: [b"alive"],
        keys.by_tier(Tier.FLASH): [],
        keys.by_tier(Tier.URGENT): [],
        keys.by_tier(Tier.ALERT): [b"alive"],
        keys.by_tier(Tier.INFO): [],
    }


async def test_entries_of_last_month_leave_the_stream(redis: InRedis) -> None:
    for number in range(1, 301):
        await redis.client.xadd(keys.STREAM, {"id": "old"}, id=f"{number}-0")
    await redis.log.write(BATCH)
    assert (await redis.client.xlen(keys.STREAM)) < 101, "whole nodes of a hundred entries are dropped"
    assert (await redis.feed.bounds()).last > "1000000000000"


async def test_a_stream_trimmed_to_nothing_still_knows_its_end(redis: InRedis) -> None:
    await redis.log.write(BATCH)
    end = await redis.feed.bounds()
    await redis.client.xtrim(keys.STREAM, maxlen=0, approximate=False)
    assert await redis.feed.bounds() == end
    assert end.first == end.last != "0-0"


async def test_a_lost_answer_is_found_applied(redis: InRedis, url: str, settings: Settings) -> None:
    """The connection breaks after Redis has written and before we hear of it."""
    host, port = url.rpartition("@")[2].partition("/")[0].split(":")
    deaf = asyncio.Event()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                if answers and deaf.is_set():
                    break
                writer.write(data)
        writer.close()

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection(host, int(port))
        async with asyncio.TaskGroup() as group:
            group.create_task(pump(reader, forth, answers=False))
            group.create_task(pump(back, writer, answers=True))

    async with await asyncio.start_server(proxy, "127.0.0.1", 0) as listener:
        through = url.replace(f":{port}/", f":{listener.sockets[0].getsockname()[1]}/")
        async with connect(settings, through) as client:
            worker = InRedis(settings, client)
            await know_scripts(worker)
            deaf.set()
            with pytest.raises(Unavailable):
                await worker.log.write(BATCH)
            deaf.clear()
            assert (await worker.log.read(STORIES, [], [])).fence == BATCH.last
            with pytest.raises(Stale):
                await worker.log.write(BATCH)
    assert len(await redis.feed.tail("0-0", count=10, block_ms=None)) == 1


async def test_each_call_finds_its_keys_on_one_node_of_a_cluster(
    start: Callable[..., contextlib.AbstractContextManager[str]], settings: Settings
) -> None:
    with start({"cluster-enabled": "yes", "cluster-port": str(servers.free_port())}) as address:
        async with connect(settings, address) as client:
            with pytest.raises(Unavailable, match="CLUSTERDOWN"):
                await client.get("before any node has slots")
            await client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)

            async def up() -> bool:
                with contextlib.suppress(Unavailable):
                    return await client.get("any") is None
                return False

            await until(up, "the cluster")
            redis = InRedis(settings, client)
            await redis.reset()
            await assert_works(redis)
            for call in (await everything(redis))[:3]:
                await call()
            assert await redis.feed.recent(Query(tier=Tier.ALERT)) == [alert()]


def certify(folder: Path) -> None:
    """A certificate for 127.0.0.1 and its key, signed by itself."""
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command = ["openssl", "req", "-x509", *curve, "-nodes", "-days", "2", "-subj", "/CN=redis"]
    files = ["-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"]
    subprocess.run([*command, "-addext", "subjectAltName=IP:127.0.0.1", *files], check=True, capture_output=True)


async def test_tls_is_verified(tmp_path: Path, settings: Settings) -> None:
    """On Debian's server alone: the wheel's Valkey is built without TLS."""
    certify(tmp_path)
    port = servers.free_port()
    tls = {"tls-port": str(port), "tls-cert-file": f"{tmp_path}/cert.pem", "tls-key-file": f"{tmp_path}/key.pem"}
    with servers.redis_server({**tls, "tls-auth-clients": "no", "requirepass": "secret-word"}):
        address = f"rediss://:secret-word@127.0.0.1:{port}/0"
        async with connect(settings, f"{address}?ssl_ca_certs={tmp_path}/cert.pem") as client:
            redis = InRedis(settings, client)
            await redis.reset()
            await assert_works(redis)
        async with connect(settings, address) as client:
            with pytest.raises(Unavailable, match="certificate"):
                await client.ping()
        named = f"rediss://:secret-word@localhost:{port}/0?ssl_ca_certs={tmp_path}/cert.pem"
        async with connect(settings, named) as client:
            with pytest.raises(Unavailable, match="certificate"):
                await client.ping()


async def test_a_refused_password_is_a_setting(url: str, settings: Settings) -> None:
    host = url.rpartition("@")[2]
    for login in ("redis://", "redis://:secret-word@", "redis://stranger:secret-word@"):
        async with connect(settings, login + host) as client:
            with pytest.raises(SettingsError, match="WIREWATCH_REDIS_URL") as refusal:
                await client.ping()
            assert "secret-word" not in repr(refusal.value) + str(refusal.value) + repr(client)
