from __future__ import annotations

import asyncio
import contextlib

import pytest
from feed_server import Faltering, Newsroom, Reader, numbered, until

from streams.core.errors import Unavailable
from streams.feed.api import JSON_VIEW
from streams.feed.hub import Hub
from streams.feed.stream import PAGE, open_stream
from streams.metrics import REGISTRY
from streams.settings import Settings
from streams.store.memory import MemoryAlertFeed, MemoryAlertLog, MemoryLog


class Racing(Faltering):
    """After a reader's own look at the log, and before it hears of it, `between` happens once."""

    def __init__(self, feed):
        super().__init__(feed)
        self.between = None

    async def tail(self, after, *, count, block_ms):
        entries = await super().tail(after, count=count, block_ms=block_ms)
        if block_ms is None and self.between is not None:
            between, self.between = self.between, None
            await between()
        return entries


@pytest.fixture
def log():
    return MemoryLog(Settings())


@pytest.fixture
def newsroom(log):
    return Newsroom(MemoryAlertLog(log))


@pytest.fixture
def feed(log):
    return Racing(MemoryAlertFeed(log))


@pytest.fixture
async def hub(feed):
    made = Hub(feed)
    running = asyncio.ensure_future(made.run())

    async def up():
        return made.down is None

    await until(up)
    yield made
    made.close()
    await running


async def _at(hub, place):
    """Until the hub has handed out everything up to there."""

    async def there():
        with hub.subscribe() as probe:
            return probe.since == place

    await until(there)


@contextlib.asynccontextmanager
async def _reader(hub, feed, after):
    events = await open_stream(hub, feed, after, JSON_VIEW)

    async def lines():
        async for chunk in events:
            for line in chunk.split(b"\n")[:-1]:
                yield line + b"\n"

    async with contextlib.aclosing(events):
        yield Reader(lines())


@pytest.mark.parametrize("before", [0, 2, PAGE, PAGE + 1])
async def test_what_the_hub_hands_out_just_before_a_reader_subscribes_is_not_lost(hub, feed, newsroom, before):
    await newsroom.publish(*numbered(before))
    await _at(hub, f"{before}-0")

    async def between():
        await newsroom.publish(*numbered(2, before + 1))
        await _at(hub, f"{before + 2}-0")

    feed.between = between
    async with _reader(hub, feed, "0-0") as reader:
        first = await reader.take(before + 2)
        await newsroom.publish(*numbered(1, before + 3))
        last = await reader.take(1)
    assert [event.id for event in first + last] == [f"{number}-0" for number in range(1, before + 4)]


async def test_a_reader_overtaken_by_trimming_is_let_go_before_it_skips_anything(hub, feed, newsroom, log):
    dropped = REGISTRY.get_sample_value("wire_sse_dropped_total", {"reason": "trimmed"}) or 0.0
    await newsroom.publish(*numbered(PAGE + 50))
    async with _reader(hub, feed, "0-0") as reader:
        await reader.take(PAGE)
        while len(log.entries) > 10:
            log.entries.popleft()
        assert await reader.next() is None
        assert reader.last_event_id == f"{PAGE}-0"
    assert REGISTRY.get_sample_value("wire_sse_dropped_total", {"reason": "trimmed"}) == dropped + 1


async def test_a_reader_whose_log_goes_away_midway_keeps_its_place(hub, feed, newsroom):
    await newsroom.publish(*numbered(PAGE + 1))
    async with _reader(hub, feed, "0-0") as reader:
        await reader.take(PAGE)
        feed.down = True
        assert await reader.next() is None
        assert reader.last_event_id == f"{PAGE}-0"
        feed.down = False


async def test_without_the_log_no_stream_begins(hub, feed):
    feed.down = True
    with pytest.raises(Unavailable):
        await open_stream(hub, feed, None, JSON_VIEW)
    feed.down = False


async def test_a_gap_that_is_cut_off_leaves_the_old_cursor(hub, feed, newsroom):
    await newsroom.publish(*numbered(1))
    events = await open_stream(hub, feed, "900-0", JSON_VIEW)
    async with contextlib.aclosing(events):
        opening = await anext(events)
    blocks = opening.split(b"\n\n")
    assert blocks[0] == b"retry: 3000"
    assert blocks[1].startswith(b"id: 1-0\nevent: gap\ndata: ")
