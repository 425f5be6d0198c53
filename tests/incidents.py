"""Reports of sittings for tests, and workers that take them in as agents do: read, compute, write, again when stale."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from streams.agents.detect import read_for
from streams.core import alerts
from streams.core.errors import Stale
from streams.core.model import (
    AlertKind,
    AlertType,
    Article,
    Assessment,
    Commit,
    Decision,
    Escalation,
    Field,
    Organ,
    Partition,
    Query,
    Reported,
    Session,
    SittingKind,
    SittingStatus,
    Span,
    Tier,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stores import World

    from streams.core.model import Alert, Event

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
BODY = "The Security Council was asked to meet."
_QUIET = Escalation(Reported.NONE, (), 0, Tier.INFO, ())


def frame(status=SittingStatus.SCHEDULED, on=None, *, topic="Sudan", kind=SittingKind.UNSPECIFIED, quote="", **more):
    """A frame of the Security Council; `quote` tells it from others of the same status."""
    return Session(
        Organ.UNSC, kind, status, Span("/bodies/0/value", 4, 20, quote or f"{status}"), "en", date=on, topic=topic, **more
    )


def reported(  # noqa: PLR0913 - a builder
    uri, *frames, version="1", hours=0.0, text=None, killed=False, verdict=Decision.NEW, of=None
):
    """An article that tells of these sittings, published so many hours after noon."""
    at = NOON + timedelta(hours=hours)
    status = "canceled" if killed else "usable"
    article = Article(
        "desk", uri, version, at, "en", None, Field("/bodies/0/value", BODY), pub_status=status, outlet=f"outlet of {uri}"
    )
    assessment = Assessment("en", _QUIET, frames, "lexicon-1")
    return alerts.Judged(article, Verdict(verdict, f"desk|{uri}|1", of), assessment, text or f"{uri}/{version}", 0, at)


@dataclass
class Desk:
    """A worker on one partition."""

    world: World
    number: int
    records: list[alerts.Judged]
    size: int = 1
    holds: tuple[Commit, list[alerts.Judged]] | None = None
    stale: int = field(default=0)
    wanted: set[str] = field(default_factory=set)

    @property
    def partition(self) -> Partition:
        return Partition("wire.stories.v1", self.number)

    async def step(self) -> bool:
        """Compute a batch, or write the one computed; False when nothing is left."""
        if self.holds is not None:
            commit, self.holds = self.holds[0], None
            try:
                await self.world.log.write(commit)
            except Stale:  # read again, with what was to be written, as the stage does
                self.stale += 1
                self.wanted.update(stored.state.id for stored in commit.states)
            else:
                self.wanted.clear()
            return True
        numbered = [replace(record, offset=n) for n, record in enumerate(self.records)]
        fence = (await self.world.log.read(self.partition, [], [])).fence
        batch = numbered[fence + 1 : fence + 1 + self.size]
        if not batch:
            return False
        snapshot = await read_for(self.world.log, self.partition, batch, self.wanted)
        plan = alerts.apply(snapshot, batch, now=NOON, carrier_interval=timedelta(days=365), late_after=timedelta.max)
        revisions = {name: index.revision for name, index in snapshot.indexes.items()}
        last = batch[-1].offset
        parts = (plan.states, plan.current, plan.applied, plan.events, revisions, plan.entries)
        self.holds = (Commit(self.partition, snapshot.fence, last, *parts), batch)
        return True


async def play(world: World, *records: alerts.Judged, partition: int = 0) -> None:
    """Take records in, one at a time, behind those the partition has."""
    fence = (await world.log.read(Partition("wire.stories.v1", partition), [], [])).fence
    desk = Desk(world, partition, [*([records[0]] * (fence + 1)), *records])
    while await desk.step():
        pass


async def events(world: World) -> list[Event]:
    """The whole log."""
    return [entry.event for entry in await world.feed.tail("0-0", count=10_000, block_ms=None)]


async def sittings(world: World) -> list[Alert]:
    """The sittings that stand, by their first report."""
    found = await world.feed.recent(Query(kind=AlertKind.UN_SESSION, limit=1000))
    return sorted(found, key=lambda alert: (alert.published, alert.story, alert.id))


def substance(found: Sequence[Alert]) -> list[Alert]:
    """Alerts without what tells in which order their reports came (ids, counters), sorted by all the rest."""
    same = {"id": "", "sequence": 0, "type": AlertType.UPDATED}
    bare = (replace(a, **same, incident=a.incident and replace(a.incident, id="")) for a in found)
    return sorted(bare, key=repr)


async def types(world: World) -> list[str]:
    """What happened, in order."""
    return [event.alert.type.removeprefix("alert.") for event in await events(world)]
