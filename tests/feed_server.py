"""The feed over real HTTP on loopback: a server that can be stopped and started, and a reader of its streams."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import aiohttp
import builders

from streams import ops
from streams.core.errors import Unavailable
from streams.core.model import AlertType
from streams.feed import server
from streams.settings import Settings
from streams.store.memory import MemoryAlertFeed, MemoryAlertLog, MemoryLog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from fastapi import APIRouter

    from streams.core.model import Alert, Bounds, Entry, Query
    from streams.core.ports import AlertFeed, AlertLog

DEADLINE = 10.0
"""Seconds within which anything awaited here must happen; a failure, not a measure."""


class Newsroom:
    """Writes alerts as the worker would: revisions and fence follow by themselves."""

    def __init__(self, log: AlertLog) -> None:
        self._log = log
        self._revisions: dict[str, int] = {}
        self._written = 0

    async def publish(self, *alerts: Alert) -> None:
        """Write each alert in a batch of its own."""
        for alert in alerts:
            commit = builders.commit(
                alert,
                fence=self._written - 1,
                last=self._written,
                revisions=dict(self._revisions),
                cause=f"wire|urn:{self._written}|1",
            )
            await self._log.write(commit)
            self._revisions[alert.id] = self._revisions.get(alert.id, 0) + 1
            self._written += 1


class Faltering:
    """A feed that can be cut off from its store, and counts what it is asked."""

    def __init__(self, feed: AlertFeed) -> None:
        self._feed = feed
        self.down = False
        self.waits = 0
        """How many calls waited for new entries: the XREADs of the process."""

    def _up(self) -> None:
        if self.down:
            raise Unavailable("cut off by the test")

    async def get(self, alert: str) -> Alert | None:
        self._up()
        return await self._feed.get(alert)

    async def recent(self, query: Query) -> list[Alert]:
        self._up()
        return await self._feed.recent(query)

    async def tail(self, after: str, *, count: int, block_ms: int | None) -> list[Entry]:
        self._up()
        self.waits += block_ms is not None
        entries = await self._feed.tail(after, count=count, block_ms=block_ms)
        self._up()
        return entries

    async def bounds(self) -> Bounds:
        self._up()
        return await self._feed.bounds()


@dataclass(frozen=True)
class Received:
    """An event as a reader of the stream dispatches it."""

    id: str
    event: str
    data: str


@dataclass
class Reader:
    """Reads a stream as WHATWG HTML says a browser does, and keeps what a browser would send on reconnecting."""

    lines: AsyncIterator[bytes]
    last_event_id: str = ""
    retry: int | None = None
    comments: list[str] = field(default_factory=list)

    async def next(self) -> Received | None:
        """The next event; None at the stream's end."""
        async with asyncio.timeout(DEADLINE):
            return await self._next()

    async def _next(self) -> Received | None:
        name, data = "message", list[str]()
        async for raw in self.lines:
            line = raw.decode().rstrip("\n")
            key, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if not line:
                if data:
                    return Received(self.last_event_id, name, "\n".join(data))
                name = "message"
            elif key == "":
                self.comments.append(value)
            elif key == "id":
                self.last_event_id = value
            elif key == "event":
                name = value
            elif key == "data":
                data.append(value)
            elif key == "retry":
                self.retry = int(value)
        return None

    async def take(self, number: int) -> list[Received]:
        """The next `number` events."""
        events = [await self.next() for _ in range(number)]
        assert None not in events, f"the stream ended after {[event and event.id for event in events]}"
        return [event for event in events if event is not None]


class FeedServer:
    """The feed's server on a loopback port of its own; it can be stopped and started again at the same address."""

    def __init__(self, feed: AlertFeed, settings: Settings | None = None, routers: Sequence[APIRouter] = ()) -> None:
        self.settings = settings or Settings()
        self._feed = feed
        self._routers = routers
        self._port = 0
        self._stop = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Its address, without a slash at its end."""
        return f"http://127.0.0.1:{self._port}"

    async def start(self, *, ready: bool = True) -> None:
        """Serve, and wait until it answers (that it is ready, unless `ready` is False)."""
        listener = ops.listen("127.0.0.1", self._port)
        self._port = listener.getsockname()[1]
        self._stop = asyncio.Event()
        self._running = asyncio.ensure_future(server.run(self.settings, self._feed, listener, self._stop, self._routers))
        async with aiohttp.ClientSession() as session:

            async def answers() -> bool:
                async with session.get(f"{self.url}{'/readyz' if ready else '/healthz'}") as answer:
                    return answer.status == 200

            await until(answers)

    async def stop(self) -> None:
        """Stop as SIGTERM would; raises what ended it, if anything else did."""
        self._stop.set()
        if self._running is not None:
            running, self._running = self._running, None
            await running


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Poll until it holds; TimeoutError after DEADLINE."""
    async with asyncio.timeout(DEADLINE):
        while not await condition():  # noqa: ASYNC110 - what is awaited happens in another program
            await asyncio.sleep(0.01)


@dataclass
class Stage:
    """A feed server on an in-memory log, and the newsroom that writes to it."""

    log: MemoryLog
    newsroom: Newsroom
    feed: Faltering
    server: FeedServer
    session: aiohttp.ClientSession

    async def json(self, path: str, status: int = 200) -> object:
        """The JSON at a path."""
        async with self.session.get(f"{self.server.url}{path}") as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    @contextlib.asynccontextmanager
    async def stream(self, path: str = "/v1/alerts/stream", *, last: str | None = None) -> AsyncIterator[Reader]:
        """A reader of the stream, with `last` as the header Last-Event-ID."""
        headers = {"Last-Event-ID": last} if last is not None else {}
        async with self.session.get(f"{self.server.url}{path}", headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            assert answer.headers["Content-Type"].startswith("text/event-stream")
            yield Reader(answer.content)


@contextlib.asynccontextmanager
async def stage(settings: Settings | None = None) -> AsyncIterator[Stage]:
    """A running server; stopped at the end, also on failure."""
    log = MemoryLog(settings or Settings())
    feed = Faltering(MemoryAlertFeed(log))
    running = FeedServer(feed, settings)
    timeout = aiohttp.ClientTimeout(total=None, sock_read=60)
    async with aiohttp.ClientSession(timeout=timeout, read_bufsize=2**24) as session:
        await running.start()
        try:
            yield Stage(log, Newsroom(MemoryAlertLog(log)), feed, running, session)
        finally:
            await running.stop()


def numbered(count: int, start: int = 1) -> list[Alert]:
    """Alerts `alert-1`, `alert-2`, …, each new."""
    return [builders.alert(f"alert-{number}", title=f"خبر {number}") for number in range(start, start + count)]


UPDATED, RETRACTED = AlertType.UPDATED, AlertType.RETRACTED
