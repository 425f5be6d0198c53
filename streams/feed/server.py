"""The feed's application, and serving it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from importlib import resources
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, FastAPI, Header, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.middleware import Middleware
from starlette.staticfiles import StaticFiles

from streams import ops
from streams.core.errors import Rejected, Unavailable
from streams.core.model import AlertKind, Tier
from streams.core.model import Query as Selection
from streams.feed import page
from streams.feed.api import alerts_router, feeds_router, reader_cursor
from streams.feed.card import card
from streams.feed.headers import SecurityHeaders
from streams.feed.hub import Hub
from streams.feed.incidents import incidents_router
from streams.feed.stream import Stream, View, open_stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.ports import AlertFeed
    from streams.settings import Settings

CARD_VIEW = View(card, lambda _why, _last, alerts: page.cards(alerts[: page.SHOWN]))

UNREAD_MS = 30_000
"""How long the kernel holds on to a connection whose reader takes nothing, before it resets it."""


def page_router(feed: AlertFeed, hub: Hub) -> APIRouter:
    """`/` and the stream of rendered cards behind it: each card is rendered once a process, not once a reader."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def home(tier: Tier | None = None, kind: AlertKind | None = None) -> HTMLResponse:
        try:
            last = (await feed.bounds()).last  # before the alerts: what happens in between comes twice, and is not lost
            alerts = await feed.recent(Selection(tier=tier, kind=kind, limit=page.SHOWN))
        except Unavailable:
            return HTMLResponse(page.unavailable(), 503, {"Retry-After": "5"})
        return HTMLResponse(page.page(alerts, cursor=last, tier=tier, kind=kind))

    @router.get("/fragments/stream", response_class=Stream)
    async def stream_cards(
        last_event_id: Annotated[str | None, Header()] = None,
        cursor_parameter: Annotated[str | None, Query(alias="last_event_id")] = None,
    ) -> Response:
        return Stream(await open_stream(hub, feed, reader_cursor(last_event_id, cursor_parameter), CARD_VIEW))

    return router


async def _rejected(_: Request, error: Exception) -> Response:
    detail = error.detail if isinstance(error, Rejected) else ""
    return JSONResponse({"detail": detail}, 400)


async def _unavailable(_: Request, error: Exception) -> Response:
    return JSONResponse({"detail": f"The alert log does not answer now; try again soon ({error})."}, 503, {"Retry-After": "2"})


def create_app(settings: Settings, feed: AlertFeed, *, routers: Sequence[APIRouter] = ()) -> FastAPI:
    """The feed as an ASGI application. `app.state.hub` must be run beside it (`run` does), else its streams answer 503.

    `routers` are further parts of the API, such as the webhook endpoints.
    """
    hub = Hub(feed)

    async def ready() -> dict[str, str]:
        return {"redis": hub.down} if hub.down is not None else {}

    app = FastAPI(
        title="wirewatch",
        summary="Alerts on escalation and on sittings of UN bodies, from news wires.",
        version="1",
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
        middleware=[Middleware(SecurityHeaders), *ops.middleware(settings)],
        exception_handlers={Rejected: _rejected, Unavailable: _unavailable},
    )
    app.state.hub = hub
    app.router.routes.extend(ops.routes(ready))
    for router in (
        page_router(feed, hub),
        alerts_router(feed, hub),
        incidents_router(feed),
        feeds_router(feed, settings),
        *routers,
    ):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=str(resources.files("streams.feed") / "static")))
    return app


async def run(
    settings: Settings, feed: AlertFeed, listener: socket.socket, stop: asyncio.Event, routers: Sequence[APIRouter] = ()
) -> None:
    """Serve the feed on `listener` until `stop`; the streams of all clients are ended first, so that stopping is quick.

    Raises whatever bug ended the reading of the alert log.
    """
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # Connections inherit it. A reader that is alive but takes nothing would keep its connection for ever.
        with contextlib.suppress(OSError):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MS)
    app = create_app(settings, feed, routers=routers)
    hub: Hub = app.state.hub
    closing = asyncio.Event()
    reading, stopping = asyncio.ensure_future(hub.run()), asyncio.ensure_future(stop.wait())
    serving = asyncio.ensure_future(ops.serve(app, listener, closing))
    try:
        await asyncio.wait({reading, stopping, serving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        hub.close()
        closing.set()
        stopping.cancel()
        await asyncio.wait({reading, serving})
    await serving
    await reading
