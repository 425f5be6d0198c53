from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import replace
from pathlib import Path

import aiohttp
import builders
import pytest
from feed_server import RETRACTED, UPDATED, numbered, stage, until
from starlette.applications import Starlette
from starlette.routing import Route

from streams import ops
from streams.core.model import Passage, Segment
from streams.feed import server
from streams.feed.hub import QUEUE
from streams.feed.stream import PAGE, Stream
from streams.metrics import REGISTRY


def _ids(events):
    return [json.loads(event.data)["id"] for event in events]


def _sample(name, **labels):
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def _clients(number):
    async def there():
        return _sample("wire_sse_clients") == number

    await until(there)


async def test_each_change_comes_as_its_event_with_its_place_in_the_log():
    first = builders.alert("a")
    changes = [first, replace(first, type=UPDATED, sequence=2, late=True), replace(first, type=RETRACTED, sequence=3)]
    async with stage() as there, there.stream() as reader:
        await _clients(1)
        await there.newsroom.publish(*changes)
        events = await reader.take(3)
        assert [json.loads(event.data)["late"] for event in events] == [False, True, False]
        assert [(event.id, event.event) for event in events] == [("1-0", "alert"), ("2-0", "update"), ("3-0", "retract")]
        assert [json.loads(event.data)["sequence"] for event in events] == [1, 2, 3]
        assert reader.retry == 3000
    await _clients(0)


async def test_a_new_reader_gets_only_what_comes_from_now_on():
    async with stage() as there:
        await there.newsroom.publish(*numbered(2))
        async with there.stream() as reader:
            await _clients(1)
            await there.newsroom.publish(*numbered(1, 3))
            assert _ids(await reader.take(1)) == ["alert-3"]


async def test_a_reader_cut_off_before_its_first_event_knows_where_it_was():
    async with stage() as there:
        await there.newsroom.publish(*numbered(2))
        async with there.session.get(f"{there.server.url}/v1/alerts/stream") as answer:
            assert await answer.content.readuntil(b"\n\n") == b"id: 2-0\nretry: 3000\n\n"


@pytest.mark.parametrize(("last", "missed"), [("2-0", [3, 4, 5]), ("5-0", []), ("2-9", [3, 4, 5]), ("0-0", [1, 2, 3, 4, 5])])
async def test_a_reader_resumes_behind_its_last_event_then_goes_live(last, missed):
    async with stage() as there:
        await there.newsroom.publish(*numbered(5))
        async with there.stream(last=last) as reader:
            await there.newsroom.publish(*numbered(2, 6))
            expected = [f"alert-{number}" for number in [*missed, 6, 7]]
            assert _ids(await reader.take(len(expected))) == expected


async def test_the_header_beats_the_address_and_earliest_is_the_start():
    async with stage() as there:
        await there.newsroom.publish(*numbered(3))
        for path, last, expected in (
            ("?last_event_id=1-0", None, ["alert-2", "alert-3"]),
            ("?last_event_id=1-0", "2-0", ["alert-3"]),
            ("?last_event_id=earliest", None, ["alert-1", "alert-2", "alert-3"]),
            ("?last_event_id=nonsense", "2-0", ["alert-3"]),
            ("?last_event_id=2-0", "earliest", ["alert-1", "alert-2", "alert-3"]),
        ):
            async with there.stream(f"/v1/alerts/stream{path}", last=last) as reader:
                assert _ids(await reader.take(len(expected))) == expected


@pytest.mark.parametrize("path", ["/v1/alerts/stream", "/fragments/stream"])
@pytest.mark.parametrize("bad", ["nonsense", "5", "5-0-0", "-1-0", f"{2**64}-0", "5-0;drop"])
async def test_a_malformed_cursor_is_refused_with_words(path, bad):
    async with stage() as there:
        for headers, query in (({"Last-Event-ID": bad}, ""), ({}, f"?last_event_id={bad}")):
            async with there.session.get(f"{there.server.url}{path}{query}", headers=headers) as answer:
                assert answer.status == 400
                assert "the id of an event of this stream" in (await answer.json())["detail"]


async def test_nothing_is_lost_or_doubled_at_the_seam_while_alerts_pour_in():
    total = 4 * PAGE
    async with stage() as there:
        await there.newsroom.publish(*numbered(2 * PAGE))
        alerts = numbered(total, 2 * PAGE + 1)

        async def pour():
            for alert in alerts:
                await there.newsroom.publish(alert)
                await asyncio.sleep(0)

        async def read(last):
            async with there.stream(last=last) as reader:
                return [event.id for event in await reader.take(2 * PAGE + total - int(last.partition("-")[0]))]

        cursors = ["0-0", "1-0", f"{PAGE - 1}-0", f"{PAGE}-0", f"{PAGE + 1}-0", f"{2 * PAGE}-0"]
        pouring = asyncio.ensure_future(pour())
        results = await asyncio.gather(*(read(cursor) for cursor in cursors))
        await pouring
        for cursor, ids in zip(cursors, results, strict=True):
            start = int(cursor.partition("-")[0]) + 1
            assert ids == [f"{number}-0" for number in range(start, 2 * PAGE + total + 1)]


async def test_a_trimmed_cursor_gets_a_gap_with_the_current_alerts_then_goes_live():
    async with stage() as there:
        await there.newsroom.publish(*numbered(4))
        there.log.entries.popleft()
        there.log.entries.popleft()
        async with there.stream(last="1-0") as reader:
            await there.newsroom.publish(*numbered(1, 5))
            gap, live = await reader.take(2)
        assert (gap.event, gap.id) == ("gap", "4-0")
        told = json.loads(gap.data)
        assert (told["reason"], told["cursor"]) == ("trimmed", "4-0")
        assert {alert["id"] for alert in told["alerts"]} >= {"alert-1", "alert-2", "alert-3", "alert-4"}
        assert (live.event, live.id) == ("alert", "5-0")


async def test_a_cursor_of_another_log_gets_a_gap():
    async with stage() as there:
        await there.newsroom.publish(*numbered(1))
        async with there.stream(last="900-0") as reader:
            (gap,) = await reader.take(1)
        assert (gap.event, gap.id, json.loads(gap.data)["reason"]) == ("gap", "1-0", "foreign")


async def test_a_cursor_into_a_log_that_was_emptied_gets_a_gap():
    async with stage() as there, there.stream(last="5-0") as reader:
        (gap,) = await reader.take(1)
        assert (gap.id, json.loads(gap.data)["alerts"]) == ("0-0", [])


async def test_a_log_rolled_back_under_a_live_reader_ends_its_stream_so_that_it_learns_of_the_gap():
    async with stage() as there:
        await there.newsroom.publish(*numbered(3))
        async with there.stream(last="2-0") as reader:
            await reader.take(1)
            there.log.entries.pop()
            assert await reader.next() is None
        async with there.stream(last=reader.last_event_id) as again:
            (gap,) = await again.take(1)
        assert json.loads(gap.data)["reason"] == "foreign"


async def test_a_reader_resumes_after_the_server_was_restarted():
    async with stage() as there:
        async with there.stream() as reader:
            await _clients(1)
            await there.newsroom.publish(*numbered(2))
            await reader.take(2)
            await there.server.stop()
            assert await reader.next() is None
        await there.newsroom.publish(*numbered(2, 3))
        await there.server.start()
        async with there.stream(last=reader.last_event_id) as again:
            await there.newsroom.publish(*numbered(1, 5))
            assert _ids(await again.take(3)) == ["alert-3", "alert-4", "alert-5"]


async def test_a_short_outage_of_redis_is_not_noticed_by_readers():
    async with stage() as there, there.stream() as reader:
        await _clients(1)
        await there.newsroom.publish(*numbered(1))
        there.feed.down = True
        await there.newsroom.publish(*numbered(1, 2))

        async def unready():
            async with there.session.get(f"{there.server.url}/readyz") as answer:
                return answer.status == 503

        await until(unready)
        there.feed.down = False
        await there.newsroom.publish(*numbered(1, 3))
        assert _ids(await reader.take(3)) == ["alert-1", "alert-2", "alert-3"]


async def test_one_reader_of_the_log_whatever_the_number_of_clients():
    async with stage() as there:
        readers = [there.stream() for _ in range(30)]
        opened = [await reader.__aenter__() for reader in readers]
        try:
            await _clients(30)
            waits = there.feed.waits
            await there.newsroom.publish(*numbered(1))
            for reader in opened:
                assert _ids(await reader.take(1)) == ["alert-1"]
            assert there.feed.waits - waits <= 3
        finally:
            for reader in readers:
                await reader.__aexit__(None, None, None)
        await _clients(0)


async def test_the_cards_of_the_page_come_over_the_same_log():
    async with stage() as there, there.stream("/fragments/stream?last_event_id=earliest") as reader:
        await there.newsroom.publish(builders.alert("a", title="<b>"))
        (event,) = await reader.take(1)
        assert (event.id, event.event) == ("1-0", "alert")
        assert event.data.startswith('<li class="card" id="alert-a"')
        assert "&lt;b&gt;" in event.data


def _connections():
    """Pairs of ports of this machine's TCP connections, the kernel's view."""
    rows = [line.split()[1:3] for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return {(int(local[-4:], 16), int(remote[-4:], 16)) for local, remote in rows}


def _large(number):
    """An alert of about 200 kB, so that the kernel's buffers fill up soon."""
    return replace(builders.alert(f"alert-{number}"), passages=(Passage("/bodies/0/value", 0, (Segment("م" * 100_000),)),))


async def test_a_reader_that_takes_nothing_is_dropped_with_its_connection_and_the_others_get_all(monkeypatch):
    monkeypatch.setattr(server, "UNREAD_MS", 1_000)
    before = _sample("wire_sse_dropped_total", reason="slow")
    async with stage() as there:
        host, _, port = there.server.url.removeprefix("http://").partition(":")
        frozen = socket.socket()
        frozen.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        frozen.setblocking(False)  # noqa: FBT003 - socket's signature
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_connect(frozen, (host, int(port)))
            await loop.sock_sendall(frozen, f"GET /v1/alerts/stream HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            async with there.stream() as reader:
                await _clients(2)
                for number in range(1, QUEUE + 60):
                    await there.newsroom.publish(_large(number))
                    assert _ids(await reader.take(1)) == [f"alert-{number}"]
                assert _sample("wire_sse_dropped_total", reason="slow") == before + 1

            mine, there_port = frozen.getsockname()[1], int(port)

            async def gone():
                return (there_port, mine) not in _connections()

            await until(gone)  # by the kernel: a close would wait until the reader takes what is left, so for ever
        finally:
            frozen.close()


async def test_a_frozen_reader_is_let_go_by_the_send_timeout():
    ended = asyncio.Event()

    async def endless():
        try:
            while True:
                yield b"data: " + b"x" * 1_000_000 + b"\n\n"
        finally:
            ended.set()

    async def events(_):
        return Stream(endless(), send_timeout=0.2)

    before = _sample("wire_sse_dropped_total", reason="frozen")
    async with _small(events) as (host, port):
        reader, writer = await asyncio.open_connection(host, port, limit=1024)
        writer.write(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        async with asyncio.timeout(10):
            await ended.wait()

        async def counted():
            return _sample("wire_sse_dropped_total", reason="frozen") == before + 1

        await until(counted)
        writer.close()
        del reader


async def test_a_quiet_stream_is_kept_alive_by_a_comment():
    async def silent():
        yield b"retry: 3000\n\n"
        await asyncio.Event().wait()

    async def events(_):
        return Stream(silent(), ping=0.05)

    async with (
        _small(events) as (host, port),
        aiohttp.ClientSession() as session,
        session.get(f"http://{host}:{port}/") as answer,
    ):
        assert await answer.content.readuntil(b"\n\n") == b"retry: 3000\n\n"
        assert await answer.content.readuntil(b"\n\n") == b": ping\n\n"


class _small:  # noqa: N801 - a context manager, used like a function
    """A server of one route, for what no request can set on the real one."""

    def __init__(self, endpoint):
        self._app = Starlette(routes=[Route("/", endpoint)])

    async def __aenter__(self):
        listener = ops.listen("127.0.0.1", 0)
        self._stop = asyncio.Event()
        address = listener.getsockname()
        self._running = asyncio.ensure_future(ops.serve(self._app, listener, self._stop))
        return address

    async def __aexit__(self, *_):
        self._stop.set()
        await self._running
