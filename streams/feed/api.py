"""What programs read: alerts as JSON, as a stream, and as feeds."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Header, HTTPException, Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from streams.codec import encode_alert, to_json
from streams.core import model
from streams.feed import cursor, syndication
from streams.feed.stream import Stream, View, open_stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.ports import AlertFeed
    from streams.feed.hub import Hub
    from streams.settings import Settings

JSON = "application/json"


class Selection(BaseModel):
    """Which alerts. An unknown name is refused: a misspelt filter must not answer with everything."""

    model_config = ConfigDict(extra="forbid")

    since: AwareDatetime | None = Field(
        None, description="Changed at or after this time: RFC 3339 with its zone, `+` written %2B."
    )
    tier: model.Tier | None = None
    kind: model.AlertKind | None = None
    lang: str | None = Field(None, pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", description="Language of the text, like ar.")
    place: str | None = Field(None, min_length=1, max_length=100)
    limit: int = Field(100, ge=1, le=1000)

    def query(self) -> model.Query:
        """The selection as the log's own."""
        return model.Query(
            since=self.since, tier=self.tier, kind=self.kind, language=self.lang, place=self.place, limit=self.limit
        )


class Alerts(BaseModel):
    """Current alerts, newest change first, and where in the stream to go on from."""

    alerts: list[model.Alert]
    cursor: str = Field(description="Give it to /v1/alerts/stream as last_event_id: nothing is missed in between.")


class Problem(BaseModel):
    """What went wrong, in words."""

    detail: str


UNAVAILABLE: dict[int | str, dict[str, Any]] = {
    503: {"model": Problem, "description": "The alert log does not answer; try again."}
}


def _snapshot(why: str, last: str, alerts: Sequence[model.Alert]) -> str:
    return to_json({"reason": why, "cursor": last, "alerts": alerts}).decode()


JSON_VIEW = View(lambda alert: encode_alert(alert).decode(), _snapshot)


def reader_cursor(header: str | None, parameter: str | None) -> str | None:
    """Where a reader of the stream wants to go on: the header, which browsers send on reconnecting, beats the address.

    Raises:
        Rejected: `bad-cursor`.
    """
    text = header or parameter
    return cursor.parse(text) if text else None


def alerts_router(feed: AlertFeed, hub: Hub) -> APIRouter:
    """`/v1/alerts`, one alert, and the stream."""
    router = APIRouter(prefix="/v1/alerts", tags=["alerts"], responses=UNAVAILABLE)

    @router.get("", response_model=Alerts)
    async def list_alerts(selection: Annotated[Selection, Query()]) -> Response:
        """Current alerts, newest change first; retracted ones are left out."""
        last = (await feed.bounds()).last  # before the alerts: what happens in between comes twice, and is not lost
        found = await feed.recent(selection.query())
        return Response(to_json({"alerts": found, "cursor": last}), media_type=JSON)

    @router.get(
        "/stream",
        response_class=Stream,
        status_code=200,  # FastAPI asks the response class for it, and an event stream has none to tell
        responses={
            200: {
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
                "description": "Events `alert`, `update` and `retract` carry an alert as JSON; `gap` carries "
                '{"reason", "cursor", "alerts"}: the cursor was trimmed or foreign, and these alerts replace all known ones.',
            },
            400: {"model": Problem, "description": "The cursor is malformed."},
        },
    )
    async def stream_alerts(
        last_event_id: Annotated[str | None, Header(description="Beats the parameter; browsers send it by themselves.")] = None,
        cursor_parameter: Annotated[
            str | None, Query(alias="last_event_id", description="The id of the last event known, or `earliest`.")
        ] = None,
    ) -> Response:
        """Alert events as they come, behind `Last-Event-ID` first."""
        after = reader_cursor(last_event_id, cursor_parameter)
        return Stream(await open_stream(hub, feed, after, JSON_VIEW))

    @router.get("/{alert}", response_model=model.Alert, responses={404: {"model": Problem, "description": "No such alert."}})
    async def get_alert(alert: Annotated[str, Path(max_length=200)]) -> Response:
        """One alert as it stands now, also when retracted."""
        found = await feed.get(alert)
        if found is None:
            raise HTTPException(404, "There is no alert with this id; alerts are kept 90 days after their last change.")
        return Response(encode_alert(found), media_type=JSON)

    return router


def _conditional(request: Request, body: bytes, media_type: str) -> Response:
    """The body with its ETag, or 304 where the reader has it."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    headers = {"ETag": etag}
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def feeds_router(feed: AlertFeed, settings: Settings) -> APIRouter:
    """`/feeds/alerts.{atom,rss,json}`."""
    router = APIRouter(prefix="/feeds", tags=["feeds"], responses=UNAVAILABLE)
    unchanged: dict[int | str, dict[str, Any]] = {304: {"description": "Unchanged since the ETag in If-None-Match."}}

    def place(request: Request) -> tuple[str, str]:
        """Where readers reach us, and the document's own address below that."""
        base = (settings.public_url or str(request.base_url)).rstrip("/")
        return base, f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path

    @router.get("/alerts.atom", response_class=Response, responses={**unchanged, 200: {"content": {"application/atom+xml": {}}}})
    async def atom(request: Request, selection: Annotated[Selection, Query()]) -> Response:
        """Atom (RFC 4287)."""
        base, path = place(request)
        body = syndication.atom(await feed.recent(selection.query()), base=base, path=path)
        return _conditional(request, body, "application/atom+xml; charset=utf-8")

    @router.get("/alerts.rss", response_class=Response, responses={**unchanged, 200: {"content": {"application/rss+xml": {}}}})
    async def rss(request: Request, selection: Annotated[Selection, Query()]) -> Response:
        """RSS 2.0."""
        base, path = place(request)
        body = syndication.rss(await feed.recent(selection.query()), base=base, path=path)
        return _conditional(request, body, "application/rss+xml; charset=utf-8")

    @router.get("/alerts.json", response_class=Response, responses={**unchanged, 200: {"content": {"application/feed+json": {}}}})
    async def json_feed(request: Request, selection: Annotated[Selection, Query()]) -> Response:
        """JSON Feed 1.1."""
        base, path = place(request)
        document = syndication.json_feed(await feed.recent(selection.query()), base=base, path=path)
        return _conditional(request, to_json(document), "application/feed+json; charset=utf-8")

    return router
