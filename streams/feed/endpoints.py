"""`/v1/endpoints…`: webhook subscribers over HTTP. All of it, reading too, asks for the write token (`ops.Access`)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from fastapi.routing import APIRoute
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from streams.core.errors import Rejected
from streams.core.model import AlertKind, Attempt, Tier
from streams.webhooks import endpoints

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from streams.core.ports import Subscribers
    from streams.settings import Settings

Id = Annotated[str, Path(max_length=100)]

_STATUS = {"no-endpoint": 404, "no-event": 404, "disabled": 409, "too-many": 409}
"""HTTP status of a rejection, by its reason; the rest are 422."""


class _Strict(BaseModel):
    """An unknown name is refused: a misspelt filter must not subscribe to everything."""

    model_config = ConfigDict(extra="forbid")


class NewEndpoint(_Strict):
    """Where to, and what of. No tiers or no kinds means all."""

    url: str = Field(max_length=2048, description="https://…; neither name and password nor a fragment in it.")
    tiers: list[Tier] = Field(default=[], max_length=len(Tier))
    kinds: list[AlertKind] = Field(default=[], max_length=len(AlertKind))


class ShownEndpoint(BaseModel):
    """An endpoint; of its URL only what stands before the path, because tokens stand behind that."""

    id: str
    url: str
    enabled: bool
    disabled_why: str
    tiers: list[Tier]
    kinds: list[AlertKind]
    created: AwareDatetime
    old_secret_valid_until: AwareDatetime | None


class CreatedEndpoint(ShownEndpoint):
    """The only answer that holds the secret."""

    secret: str


class Rotated(BaseModel):
    """The new secret, shown once; the old one signs beside it for 24 h."""

    secret: str


class Resend(_Strict):
    """Which event."""

    event_id: str = Field(min_length=1, max_length=200)


class Recover(_Strict):
    """From when on: RFC 3339 with its zone."""

    since: AwareDatetime


class Owed(BaseModel):
    """The event that will be sent; `GET …/attempts` tells what came of it."""

    event_id: str


class Recovered(BaseModel):
    """How many events will be sent again."""

    owed: int


class _Route(APIRoute):
    """Says what was rejected with the status it deserves."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with rejections as HTTP errors."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except Rejected as rejection:
                raise HTTPException(_STATUS.get(rejection.reason, 422), rejection.detail) from None

        return handled


def _same_origin(request: Request, response: Response) -> None:
    """A browser that holds the token as a password sends it for any page that asks: only our own may write.

    Answers hold secrets, so nothing may keep them.
    """
    if request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        raise HTTPException(403, "Another site's page may not do this.")
    response.headers["Cache-Control"] = "no-store"


def router(settings: Settings, subscribers: Subscribers) -> APIRouter:
    """The endpoints API over these subscribers."""
    api = APIRouter(prefix="/v1/endpoints", tags=["webhooks"], route_class=_Route, dependencies=[Depends(_same_origin)])
    _keeping(api, settings, subscribers)
    _sending(api, subscribers)
    return api


def _keeping(api: APIRouter, settings: Settings, subscribers: Subscribers) -> None:
    """What endpoints there are."""

    @api.post("", status_code=201)
    async def create(new: NewEndpoint) -> CreatedEndpoint:
        """Add an endpoint: it is sent every matching event from now on. The secret is shown here and never again."""
        endpoint, secret = await endpoints.register(
            subscribers, new.url, settings=settings, now=datetime.now(UTC), tiers=new.tiers, kinds=new.kinds
        )
        return CreatedEndpoint(**endpoints.shown(endpoint), secret=secret)

    @api.get("")
    async def list_all() -> list[ShownEndpoint]:
        """Every endpoint, oldest first."""
        return [ShownEndpoint(**endpoints.shown(endpoint)) for endpoint in await subscribers.list()]

    @api.get("/{endpoint_id}")
    async def get_one(endpoint_id: Id) -> ShownEndpoint:
        """One endpoint."""
        return ShownEndpoint(**endpoints.shown(await endpoints.get(subscribers, endpoint_id)))

    @api.delete("/{endpoint_id}", status_code=204)
    async def remove(endpoint_id: Id) -> None:
        """Remove an endpoint and all it is owed."""
        await endpoints.remove(subscribers, endpoint_id)

    @api.post("/{endpoint_id}/rotate-secret")
    async def rotate_secret(endpoint_id: Id) -> Rotated:
        """A new secret; the old one signs beside it for 24 h."""
        return Rotated(secret=await endpoints.rotate(subscribers, endpoint_id, now=datetime.now(UTC)))

    @api.post("/{endpoint_id}/enable")
    async def enable(endpoint_id: Id) -> ShownEndpoint:
        """Put an endpoint that was disabled (it answered 410) back in service."""
        return ShownEndpoint(**endpoints.shown(await endpoints.enable(subscribers, endpoint_id)))


def _sending(api: APIRouter, subscribers: Subscribers) -> None:
    """What they are sent."""

    @api.post("/{endpoint_id}/test", status_code=202)
    async def test(endpoint_id: Id) -> Owed:
        """Send a test event."""
        return Owed(event_id=await endpoints.test(subscribers, endpoint_id, now=datetime.now(UTC)))

    @api.get("/{endpoint_id}/attempts")
    async def attempts(endpoint_id: Id, limit: Annotated[int, Query(ge=1, le=100)] = 50) -> list[Attempt]:
        """The latest attempts, newest first."""
        await endpoints.get(subscribers, endpoint_id)
        return list(await subscribers.attempts(endpoint_id, limit=limit))

    @api.post("/{endpoint_id}/resend", status_code=202)
    async def resend(endpoint_id: Id, which: Resend) -> Owed:
        """Send one event again, under its own id."""
        await endpoints.resend(subscribers, endpoint_id, which.event_id, now=datetime.now(UTC))
        return Owed(event_id=which.event_id)

    @api.post("/{endpoint_id}/recover", status_code=202)
    async def recover(endpoint_id: Id, start: Recover) -> Recovered:
        """Send every matching event since a time again, each under its own id."""
        return Recovered(owed=await endpoints.recover(subscribers, endpoint_id, start.since, now=datetime.now(UTC)))
