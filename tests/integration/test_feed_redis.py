"""The feed on a real Redis: the same promises as on the memory twin, where a real server has a say in them."""

from __future__ import annotations

import asyncio
import contextlib
import json

import aiohttp
import redis
import servers
from feed_server import FeedServer, Newsroom, Reader, numbered, until

from streams.settings import Settings
from streams.store import client, keys
from streams.store.alert_feed import RedisAlertFeed
from streams.store.alert_log import RedisAlertLog


@contextlib.asynccontextmanager
async def _stage(url):
    settings = Settings(redis_url=url)
    connection = client.connect(settings)
    server = FeedServer(RedisAlertFeed(connection, settings), settings)
    try:
        await server.start()
        try:
            async with aiohttp.ClientSession() as session:
                yield server, Newsroom(RedisAlertLog(connection, settings)), session
        finally:
            await server.stop()
    finally:
        await client.close(connection)


@contextlib.asynccontextmanager
async def _reading(session, server, cursor):
    async with session.get(f"{server.url}/v1/alerts/stream", headers={"Last-Event-ID": cursor}) as answer:
        assert answer.status == 200
        yield Reader(answer.content)


def _ids(events):
    return [json.loads(event.data)["id"] for event in events]


async def test_backlog_then_live_without_a_seam(redis_url):
    async with _stage(redis_url) as (server, newsroom, session):
        await newsroom.publish(*numbered(250))

        async def pour():
            await newsroom.publish(*numbered(100, 251))

        pouring = asyncio.ensure_future(pour())
        async with _reading(session, server, "earliest") as reader:
            events = await reader.take(350)
        await pouring
        assert _ids(events) == [f"alert-{number}" for number in range(1, 351)]
        async with _reading(session, server, events[99].id) as reader:
            assert _ids(await reader.take(250)) == [f"alert-{number}" for number in range(101, 351)]
        async with session.get(f"{server.url}/v1/alerts?limit=5") as answer:
            found = await answer.json()
        assert (len(found["alerts"]), found["cursor"]) == (5, events[-1].id)


async def test_a_trimmed_log_gives_a_gap(redis_url):
    async with _stage(redis_url) as (server, newsroom, session):
        await newsroom.publish(*numbered(5))
        async with _reading(session, server, "earliest") as reader:
            events = await reader.take(5)
        with redis.Redis.from_url(redis_url) as direct:
            assert direct.xtrim(keys.STREAM, maxlen=2, approximate=False) == 3
        async with _reading(session, server, events[0].id) as reader:
            await newsroom.publish(*numbered(1, 6))
            gap, live = await reader.take(2)
        assert (gap.event, gap.id) == ("gap", events[-1].id)
        assert {f"alert-{number}" for number in range(1, 6)} <= {alert["id"] for alert in json.loads(gap.data)["alerts"]}
        assert _ids([live]) == ["alert-6"]


async def test_a_restart_of_redis_is_survived_by_a_reader_that_stays(tmp_path):
    options = {"port": str(servers.free_port()), "dir": str(tmp_path), "requirepass": "s3cret"}
    options |= {"appendonly": "yes", "appendfsync": "always"}

    def started():
        return servers.valkey(options)

    async with contextlib.AsyncExitStack() as stack:
        with started() as url:
            server, newsroom, session = await stack.enter_async_context(_stage(url))
            reader = await stack.enter_async_context(_reading(session, server, "earliest"))
            await newsroom.publish(*numbered(1))
            assert _ids(await reader.take(1)) == ["alert-1"]

        async def ready(status):
            async with session.get(f"{server.url}/readyz") as answer:
                return answer.status == status

        await until(lambda: ready(503))
        with started():
            await until(lambda: ready(200))
            await newsroom.publish(*numbered(1, 2))
            assert _ids(await reader.take(1)) == ["alert-2"]
            await stack.aclose()


async def test_readiness_follows_redis(redis_url):
    async with _stage(redis_url) as (server, _, session):

        async def ready(status):
            async with session.get(f"{server.url}/readyz") as answer:
                return answer.status == status

        with redis.Redis.from_url(redis_url) as direct:
            direct.client_pause(4_500)  # longer than the feed's patience with one call, shorter than this test's
        await until(lambda: ready(503))
        await until(lambda: ready(200))
