"""One client's stream: what it missed from the log, then live from the hub, with nothing lost or doubled at the seam."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse, SendTimeoutError

from streams.core.errors import Unavailable
from streams.core.model import Query
from streams.feed import cursor, sse
from streams.metrics import SSE_CLIENTS, SSE_DROPPED

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from starlette.types import Receive, Scope, Send

    from streams.core.model import Alert, Entry
    from streams.core.ports import AlertFeed
    from streams.feed.hub import Hub

log = structlog.get_logger(__name__)

PING_SECONDS = 15.0
SEND_TIMEOUT = 20.0
"""Seconds a client may take nothing at all; uvicorn's and the kernel's buffers are full before this clock starts."""
PAGE = 200
SNAPSHOT = 1000


class View:
    """How one kind of reader gets entries: `data` renders an alert, `snapshot` the current alerts after a gap.

    `snapshot` is given why, the cursor to go on from, and the alerts.
    """

    def __init__(self, data: Callable[[Alert], str], snapshot: Callable[[str, str, Sequence[Alert]], str]) -> None:
        self._data = data
        self._snapshot = snapshot

    def entry(self, entry: Entry) -> bytes:
        """An entry as its event."""
        alert = entry.event.alert
        return sse.event(sse.EVENTS[alert.type], self._data(alert), stream_id=entry.stream_id)

    def gap(self, why: str, last: str, alerts: Sequence[Alert]) -> bytes:
        """One event for the whole snapshot, so that a reader cut off in its midst keeps its old cursor and asks again."""
        return sse.event("gap", self._snapshot(why, last, alerts), stream_id=last)


class Stream(EventSourceResponse):
    """An event stream whose frozen readers are dropped and counted rather than reported as our failure."""

    def __init__(self, events: AsyncIterator[bytes], *, ping: float = PING_SECONDS, send_timeout: float = SEND_TIMEOUT) -> None:
        super().__init__(
            events,
            ping=ping,
            send_timeout=send_timeout,
            ping_message_factory=lambda: ServerSentEvent(comment=sse.PING, sep="\n"),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream until its end, or until the reader has taken nothing for too long."""
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            SSE_DROPPED.labels("frozen").inc()


async def open_stream(hub: Hub, feed: AlertFeed, after: str | None, view: View) -> AsyncIterator[bytes]:
    """Place a reader in the log before its first byte is sent, so that what fails here still can be an HTTP status.

    `after` is a cursor of `cursor.parse`, or None for a reader that wants only what comes from now on.

    Raises:
        Unavailable: the log does not answer.
    """
    if hub.down is not None:
        raise Unavailable(hub.down)
    bounds = await feed.bounds()
    why = cursor.lost(after, bounds) if after is not None else None
    if after is not None and why is None:
        return _events(hub, feed, after, b"", view)
    # The end of the log is read before the snapshot: what happens in between comes twice, and is not lost.
    first = view.gap(why, bounds.last, await feed.recent(Query(limit=SNAPSHOT))) if why is not None else b""
    return _events(hub, feed, bounds.last, first, view)


async def _missed(feed: AlertFeed, after: str) -> list[Entry]:
    """The next entries straight from the log.

    Raises:
        LookupError: trimming may have passed `after` while the reader took its time.
    """
    entries = await feed.tail(after, count=PAGE, block_ms=None)
    if cursor.lost(after, await feed.bounds()) is not None:
        raise LookupError(after)
    return entries


async def _events(hub: Hub, feed: AlertFeed, after: str, first: bytes, view: View) -> AsyncIterator[bytes]:
    """Far behind, a reader goes at its own pace; it gets a queue only for the last stretch, so that it cannot overflow it."""
    with SSE_CLIENTS.track_inprogress():
        try:
            yield sse.opening(None if first else after) + first
            entries = await _missed(feed, after)
            while entries:
                yield b"".join(view.entry(entry) for entry in entries)
                after = entries[-1].stream_id
                entries = await _missed(feed, after) if len(entries) == PAGE else []
            with hub.subscribe() as client:
                # What the hub handed out before we came is in the log by now.
                while cursor.order(after) < cursor.order(client.since) and (entries := await _missed(feed, after)):
                    yield b"".join(view.entry(entry) for entry in entries)
                    after = entries[-1].stream_id
                seam = cursor.order(after)
                while items := await client.take():
                    chunk = b"".join(item.rendered(view.entry) for item in items if item.order > seam)
                    if chunk:
                        yield chunk
        except Unavailable as error:
            log.info("stream ended: the alert log does not answer", error=str(error), after=after)
        except LookupError:
            SSE_DROPPED.labels("trimmed").inc()
