"""One reader of the alert log a process, and a bounded queue for each client of the stream."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import structlog

from streams.core.errors import Unavailable
from streams.feed import cursor
from streams.metrics import SSE_DROPPED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streams.core.model import Entry
    from streams.core.ports import AlertFeed

log = structlog.get_logger(__name__)

QUEUE = 256
"""Entries a client may lag behind before it is dropped; it comes back with its cursor and reads the log instead."""
BATCH = 500
BLOCK_MS = 1000
"""Below the shortest sensible Redis timeout, so that a quiet log is not taken for a dead one."""
BACKOFF = (0.1, 0.2, 0.5, 1.0, 2.0)
PATIENCE = 10.0
"""Seconds without the log after which clients are let go: a page must not call itself live for long when nothing can come."""


class Broadcast:
    """An entry on its way to every client: each view of it is rendered once, whatever the number of clients."""

    __slots__ = ("_rendered", "entry", "order")

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.order = cursor.order(entry.stream_id)
        self._rendered: dict[Callable[[Entry], bytes], bytes] = {}

    def rendered(self, view: Callable[[Entry], bytes]) -> bytes:
        """The entry's bytes on the wire in one view."""
        if view not in self._rendered:
            self._rendered[view] = view(self.entry)
        return self._rendered[view]


class Client:
    """The queue of one client. `since` is the hub's place when it came: everything behind that is queued for it."""

    def __init__(self, since: str, size: int) -> None:
        self.since = since
        self._ended = False
        self._queue: asyncio.Queue[Broadcast | None] = asyncio.Queue(size)

    def offer(self, item: Broadcast) -> bool:
        """Queue an entry; False where the client is too far behind."""
        try:
            self._queue.put_nowait(item)
        except asyncio.QueueFull:
            return False
        return True

    def end(self) -> None:
        """Let the client go; what it has not taken it will ask for again."""
        self._ended = True
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(None)

    async def take(self) -> list[Broadcast]:
        """All that is queued, at least one entry; empty once the client has been let go."""
        if self._ended:
            return []
        items = [await self._queue.get()]
        while not self._queue.empty():
            items.append(self._queue.get_nowait())
        return [item for item in items if item is not None]


class Hub:
    """Reads the log once and hands each entry to every client; survives the log's absence and resumes where it was."""

    def __init__(self, feed: AlertFeed, *, queue: int = QUEUE, patience: float = PATIENCE) -> None:
        self._feed = feed
        self._size = queue
        self._patience = patience
        self._clients: set[Client] = set()
        self._closed = asyncio.Event()
        self._position: str | None = None
        self._down: str | None = "the alert log has not been read yet"

    @property
    def down(self) -> str | None:
        """Why nothing can come now, in words; None while the log is being read."""
        return "the feed is stopping" if self._closed.is_set() else self._down

    @contextlib.contextmanager
    def subscribe(self) -> Iterator[Client]:
        """Everything broadcast from here on, for one client.

        Raises:
            Unavailable: the log is not being read now.
        """
        if self._position is None or self._closed.is_set():
            raise Unavailable(self.down or "the alert log is not being read")
        client = Client(self._position, self._size)
        self._clients.add(client)
        try:
            yield client
        finally:
            self._clients.discard(client)

    def close(self) -> None:
        """End every client's stream and `run`; there is no way back."""
        self._closed.set()
        self._release(None)

    async def run(self) -> None:
        """Read until `close`. Only `Unavailable` is survived: anything else is a bug, and the caller's to end on."""
        failures, since = 0, 0.0
        clock = asyncio.get_running_loop().time
        while not self._closed.is_set():
            try:
                await self._step(checked=failures == 0)
            except Unavailable as error:
                since = since if failures else clock()
                self._down = f"the alert log does not answer ({error})"
                if failures == 0:
                    log.warning("alert log unavailable", error=str(error), position=self._position)
                if clock() - since >= self._patience:
                    self._release("unavailable")
                delay = BACKOFF[min(failures, len(BACKOFF) - 1)]
                failures += 1
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._closed.wait(), delay)
            else:
                if failures:
                    log.info("alert log is back", position=self._position)
                failures, self._down = 0, None

    async def _step(self, *, checked: bool) -> None:
        """One read. `checked` is False when the log may have been exchanged for another since the last one."""
        if self._position is None:
            self._position = (await self._feed.bounds()).last
            return
        if not checked:
            await self._check(self._position)
        entries = await self._until_closed(self._position)
        for entry in entries:
            item = Broadcast(entry)
            for client in [c for c in self._clients if not c.offer(item)]:
                self._drop(client, "slow")
            self._position = entry.stream_id
        if not entries and not self._closed.is_set():
            await self._check(self._position)

    async def _until_closed(self, after: str) -> list[Entry]:
        """The next entries, or none at once when the hub is closed meanwhile."""
        reading = asyncio.ensure_future(self._feed.tail(after, count=BATCH, block_ms=BLOCK_MS))
        closing = asyncio.ensure_future(self._closed.wait())
        try:
            await asyncio.wait({reading, closing}, return_when=asyncio.FIRST_COMPLETED)
            return reading.result() if reading.done() else []
        finally:
            for task in (reading, closing):
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Unavailable):
                await reading

    async def _check(self, position: str) -> None:
        """Where the log was rolled back or trimmed past us, clients are let go: on return they get `gap` and a snapshot."""
        bounds = await self._feed.bounds()
        why = cursor.lost(position, bounds)
        if why is not None:
            log.warning("alert log exchanged or trimmed", why=why, position=position, first=bounds.first, last=bounds.last)
            self._release(why)
            self._position = bounds.last

    def _drop(self, client: Client, reason: str) -> None:
        self._clients.discard(client)
        client.end()
        SSE_DROPPED.labels(reason).inc()

    def _release(self, reason: str | None) -> None:
        for client in tuple(self._clients):
            if reason is not None:
                self._drop(client, reason)
            else:
                client.end()
        self._clients.clear()
