"""Values of the model for tests: each builder gives something whole and valid, and takes what a test cares about."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from streams.core.model import (
    Alert,
    AlertKind,
    AlertState,
    AlertType,
    Carrier,
    Category,
    Commit,
    Decision,
    Event,
    Evidence,
    Finding,
    Hit,
    Incident,
    Organ,
    Partition,
    Passage,
    Reading,
    Segment,
    Session,
    SittingKind,
    SittingStatus,
    Span,
    Step,
    Stored,
    Tier,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.model import Applied

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
"""A fixed moment, so that no value depends on when a test runs."""
STORIES = Partition("wire.stories.v1", 0)
_BODY, _QUOTE = "/bodies/0/value", "قصفت المدفعية"


def carrier(uri: str = "urn:a", *, source: str = "wire", version: str = "1", verdict: Decision = Decision.NEW) -> Carrier:
    """An article that carries an alert."""
    return Carrier(source, uri, version, "Example Agency", f"https://news.example/{version}", NOON, verdict)


def session(status: SittingStatus = SittingStatus.SCHEDULED) -> Session:
    """A sitting of the Security Council."""
    span = Span(_BODY, 0, 12, "مجلس الأمن ")
    return Session(Organ.UNSC, SittingKind.EMERGENCY, status, span, "un.unsc", when="غدا", date=NOON.date(), requested_by=("SO",))


def alert(  # noqa: PLR0913 - a test names only what it cares about
    identity: str = "alert-1",
    *,
    kind: AlertKind = AlertKind.ESCALATION,
    what: AlertType = AlertType.CREATED,
    tier: Tier = Tier.ALERT,
    language: str = "ar",
    places: tuple[str, ...] = ("SD-KH",),
    sequence: int = 1,
    detected: datetime = NOON,
    title: str = "قصف على أطراف المدينة",
) -> Alert:
    """An alert as published, with every field filled."""
    sitting = Incident(
        f"{identity}-incident",
        Organ.UNSC,
        SittingKind.EMERGENCY,
        SittingStatus.SCHEDULED,
        NOON.date(),
        "topic",
        ("SO",),
        None,
        (Step(SittingStatus.SCHEDULED, "wire|urn:a|1", "Example Agency", NOON, "يعقد"),),
    )
    return Alert(
        id=identity,
        type=what,
        kind=kind,
        sequence=sequence,
        tier=tier,
        score=52,
        title=title,
        language=language,
        story="wire|urn:a|1",
        categories=(Category.STRIKE,),
        incident=sitting if kind is AlertKind.UN_SESSION else None,
        findings=(Finding("strike.shell", Category.STRIKE, _BODY, 0, len(_QUOTE), _QUOTE, 40.0, ("near",), "wire|urn:a|1"),),
        passages=(Passage(_BODY, 0, (Segment(_QUOTE, "strike.shell"), Segment(" أمس"))),),
        places=places,
        sources=(carrier(),),
        origins=1,
        published=NOON - timedelta(minutes=1),
        detected=detected,
        lexicon="2026.1",
    )


def state(
    identity: str = "alert-1", *, kind: AlertKind = AlertKind.ESCALATION, sequence: int = 1, retracted: bool = False
) -> AlertState:
    """The state behind `alert(identity)`."""
    reading = Reading(
        tier=Tier.ALERT,
        score=52,
        title="قصف على أطراف المدينة",
        language="ar",
        categories=(Category.STRIKE,),
        hits=(Hit("strike.shell", Category.STRIKE, Span(_BODY, 0, len(_QUOTE), _QUOTE), 40.0),),
        passages=(Passage(_BODY, 0, (Segment(_QUOTE, "strike.shell"),)),),
        lexicon="2026.1",
    )
    return AlertState(
        id=identity,
        kind=kind,
        story="wire|urn:a|1",
        sequence=sequence,
        evidence={"wire|urn:a": Evidence(carrier(), "content-1")},
        readings={"content-1": reading},
        told=NOON,
        retracted=retracted,
    )


def event(published: Alert, cause: str = "wire|urn:a|1") -> Event:
    """The event that tells of an alert; its id follows from alert, type and cause, as in production."""
    identity = hashlib.sha256(f"{published.id}\n{published.type}\n{cause}".encode()).hexdigest()[:32]
    return Event(identity, cause, published)


def commit(  # noqa: PLR0913 - as above
    *alerts: Alert,
    fence: int = -1,
    last: int = 0,
    revisions: Mapping[str, int] | None = None,
    applied: Mapping[str, Applied] | None = None,
    cause: str = "wire|urn:a|1",
    partition: Partition = STORIES,
    silent: bool = False,
) -> Commit:
    """A batch that writes these alerts, with an event each unless `silent`. `revisions` default to 0: they are new."""
    stored = tuple(
        Stored(
            state(a.id, kind=a.kind, sequence=a.sequence, retracted=a.type is AlertType.RETRACTED), (revisions or {}).get(a.id, 0)
        )
        for a in alerts
    )
    events = () if silent else tuple(event(a, cause) for a in alerts)
    return Commit(partition, fence, last, stored, {a.id: a for a in alerts}, dict(applied or {}), events)
