from __future__ import annotations

import asyncio
import contextlib

import builders
import pytest
from feed_server import Faltering, Newsroom, numbered, until

from streams.core.errors import Unavailable
from streams.core.model import Entry
from streams.feed.hub import Broadcast, Hub
from streams.metrics import REGISTRY
from streams.settings import Settings
from streams.store.memory import MemoryAlertFeed, MemoryAlertLog, MemoryLog


def _dropped(reason):
    return REGISTRY.get_sample_value("wire_sse_dropped_total", {"reason": reason}) or 0.0


@contextlib.asynccontextmanager
async def _running(feed, **options):
    hub = Hub(feed, **options)
    running = asyncio.ensure_future(hub.run())
    try:
        yield hub
    finally:
        hub.close()
        async with asyncio.timeout(5):
            await running


async def _up(hub):
    async def up():
        return hub.down is None

    await until(up)


@pytest.fixture
def log():
    return MemoryLog(Settings())


@pytest.fixture
def newsroom(log):
    return Newsroom(MemoryAlertLog(log))


@pytest.fixture
def feed(log):
    return Faltering(MemoryAlertFeed(log))


async def _ids(client, number):
    found = []
    async with asyncio.timeout(5):
        while len(found) < number:
            items = await client.take()
            assert items, f"let go after {found}"
            found += [item.entry.event.alert.id for item in items]
    return found


async def test_every_client_gets_every_entry_from_one_reader(feed, newsroom):
    async with _running(feed) as hub:
        await _up(hub)
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(hub.subscribe()) for _ in range(50)]
            waits = feed.waits
            await newsroom.publish(*numbered(3))
            for client in clients:
                assert await _ids(client, 3) == ["alert-1", "alert-2", "alert-3"]
            assert feed.waits - waits <= 4  # one wait a write at most, whatever the number of clients


async def test_a_slow_client_is_dropped_and_the_others_are_not(feed, newsroom):
    before = _dropped("slow")
    async with _running(feed, queue=3) as hub:
        await _up(hub)
        with hub.subscribe() as slow, hub.subscribe() as quick:
            for number in range(1, 6):
                await newsroom.publish(*numbered(1, number))
                assert await _ids(quick, 1) == [f"alert-{number}"]
            assert await slow.take() == []
            assert await slow.take() == []
    assert _dropped("slow") == before + 1


async def test_an_outage_is_survived_and_nothing_is_missed(feed, newsroom):
    async with _running(feed) as hub:
        await _up(hub)
        with hub.subscribe() as client:
            await newsroom.publish(*numbered(1))
            assert await _ids(client, 1) == ["alert-1"]
            feed.down = True
            await newsroom.publish(*numbered(1, 2))

            async def down():
                return hub.down is not None

            await until(down)
            assert "does not answer" in hub.down
            feed.down = False
            assert await _ids(client, 1) == ["alert-2"]
            await _up(hub)


async def test_clients_are_let_go_when_an_outage_lasts(feed):
    before = _dropped("unavailable")
    async with _running(feed, patience=0.0) as hub:
        await _up(hub)
        with hub.subscribe() as client:
            feed.down = True
            async with asyncio.timeout(5):
                assert await client.take() == []
    assert _dropped("unavailable") == before + 1


async def test_a_log_that_was_rolled_back_lets_clients_go_so_that_they_learn_of_the_gap(feed, newsroom, log):
    await newsroom.publish(*numbered(3))
    async with _running(feed) as hub:
        await _up(hub)
        with hub.subscribe() as client:
            log.entries.pop()
            feed.down = True
            log.entries.pop()

            async def down():
                return hub.down is not None

            await until(down)
            feed.down = False
            async with asyncio.timeout(5):
                assert await client.take() == []
        await _up(hub)
        with hub.subscribe() as again:
            assert again.since == "1-0"


async def test_there_is_nothing_to_subscribe_to_before_the_log_was_read_and_after_the_end(feed):
    hub = Hub(feed)
    with pytest.raises(Unavailable, match="not been read yet"), hub.subscribe():
        pass
    async with _running(feed) as running:
        await _up(running)
    with pytest.raises(Unavailable, match="stopping"), running.subscribe():
        pass


async def test_closing_lets_everyone_go_without_counting_them_as_dropped(feed, newsroom):
    before = {reason: _dropped(reason) for reason in ("slow", "unavailable")}
    async with _running(feed) as hub:
        await _up(hub)
        with hub.subscribe() as client:
            hub.close()
            assert await client.take() == []
    assert {reason: _dropped(reason) for reason in before} == before


async def test_a_bug_in_the_reader_is_not_swallowed():
    class Broken(Faltering):
        async def bounds(self):
            raise KeyError("a bug")

    with pytest.raises(KeyError):
        await Hub(Broken(None)).run()


def test_a_view_of_an_entry_is_rendered_once():
    rendered = []

    def view(entry):
        rendered.append(entry.stream_id)
        return b"x"

    item = Broadcast(Entry("5-0", builders.event(builders.alert())))
    assert [item.rendered(view), item.rendered(view)] == [b"x", b"x"]
    assert rendered == ["5-0"]
