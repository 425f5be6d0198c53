"""`/v1/incidents`: sittings, each with its life, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from streams.codec import to_json
from streams.core import model
from streams.feed.api import JSON, UNAVAILABLE, Problem

if TYPE_CHECKING:
    from streams.core.ports import AlertFeed


class Chosen(BaseModel):
    """Which sittings. An unknown name is refused: a misspelt filter must not answer with everything."""

    model_config = ConfigDict(extra="forbid")

    body: model.Organ | None = None
    status: model.SittingStatus | None = None
    since: AwareDatetime | None = Field(
        None, description="Changed at or after this time: RFC 3339 with its zone, `+` written %2B."
    )
    tier: model.Tier | None = None
    limit: int = Field(100, ge=1, le=1000)

    def query(self) -> model.Query:
        """The selection as the log's own."""
        kind = model.AlertKind.UN_SESSION
        return model.Query(since=self.since, tier=self.tier, kind=kind, body=self.body, status=self.status, limit=self.limit)


class Listed(BaseModel):
    """A sitting with what its alert, of the same id, says of it; the alert also has the words found."""

    id: str
    type: model.AlertType
    tier: model.Tier
    title: str
    language: str
    incident: model.Incident
    sources: list[model.Carrier]
    origins: int
    published: AwareDatetime
    detected: AwareDatetime


class Incidents(BaseModel):
    """Sittings, newest change first, and where in the alert stream to go on from."""

    incidents: list[Listed]
    cursor: str = Field(description="Give it to /v1/alerts/stream as last_event_id: nothing is missed in between.")


def _listed(alert: model.Alert) -> dict[str, object]:
    return {name: getattr(alert, name) for name in Listed.model_fields}


def incidents_router(feed: AlertFeed) -> APIRouter:
    """`/v1/incidents` and one of them."""
    router = APIRouter(prefix="/v1/incidents", tags=["incidents"], responses=UNAVAILABLE)

    @router.get("", response_model=Incidents)
    async def list_incidents(chosen: Annotated[Chosen, Query()]) -> Response:
        """Sittings, newest change first; retracted and merged ones are left out."""
        last = (await feed.bounds()).last  # before the alerts: what happens in between comes twice, and is not lost
        found = [_listed(alert) for alert in await feed.recent(chosen.query())]
        return Response(to_json({"incidents": found, "cursor": last}), media_type=JSON)

    @router.get("/{incident}", response_model=Listed, responses={404: {"model": Problem, "description": "No such sitting."}})
    async def get_incident(incident: Annotated[str, Path(max_length=200)]) -> Response:
        """One sitting as it stands now, also when retracted; `merged_into` says what it turned out to be."""
        found = await feed.get(incident)
        if found is None or found.incident is None:
            raise HTTPException(404, "There is no sitting with this id; they are kept 90 days after their last change.")
        return Response(to_json(_listed(found)), media_type=JSON)

    return router
