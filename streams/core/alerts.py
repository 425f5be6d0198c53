"""What becomes of alerts when an article is judged: state + evidence -> new state and, perhaps, an event.

Pure and deterministic: ids are hashes of what they name, and no clock is read. The caller hands in the snapshot it
read and writes the answer back whole (delivery.md, rule 5).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from streams.core import incident as incidents
from streams.core.assess import session_tier
from streams.core.model import (
    Alert,
    AlertKind,
    AlertState,
    AlertType,
    Applied,
    Carrier,
    Event,
    Evidence,
    Finding,
    Incident,
    Reading,
    Reported,
    Step,
    Stored,
)
from streams.core.text.passages import passages

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime, timedelta

    from streams.core.model import Article, Assessment, Session, Snapshot, Verdict

MAX_TITLE = 500
"""Code points of a title as published; a headline of megabytes must not reach every subscriber."""
MAX_EARLIER = 100
"""Earlier versions of an article that are remembered as applied."""
MAX_CARRIERS = 500
"""Carriers an alert keeps by name. Past it the newest are counted by no one: forty copies are news, five hundred are not."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One article of a batch with everything that was found out about it.

    `content` is the fold of its text (`dedup.fingerprint`), None for an empty one or where it feeds no alert; `stamp` is
    the CreateTime of its `wire.articles.v1` record.
    """

    article: Article
    verdict: Verdict
    assessment: Assessment
    content: str | None
    offset: int
    stamp: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """What a batch changes: to be written whole, or computed again from a fresh snapshot."""

    states: tuple[Stored, ...]
    current: dict[str, Alert]
    applied: dict[str, Applied]
    events: tuple[Event, ...]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def escalation_id(story: str) -> str:
    """The alert of a story's escalation: one a story."""
    return _digest(AlertKind.ESCALATION, story)


def session_id(story: str, body: str, ordinal: int) -> str:
    """The alert of a story's `ordinal`-th current sitting of a body, in the order of the text."""
    return _digest(AlertKind.UN_SESSION, story, body, str(ordinal))


def event_id(alert: str, kind: AlertType, cause: str) -> str:
    """The id of an event, equal however often it is computed (delivery.md, identity)."""
    return _digest(alert, kind, cause)


def fed(story: str, assessment: Assessment) -> dict[str, Session | None]:
    """The alerts an assessment feeds, by id: a sitting, or None for the escalation (contracts.md, "What makes an alert")."""
    found: dict[str, Session | None] = {}
    if assessment.escalation.value is Reported.REPORT:
        found[escalation_id(story)] = None
    ordinals: dict[str, int] = {}
    for session in assessment.sessions:
        if session.current:
            ordinals[session.body] = ordinals.get(session.body, -1) + 1
            found[session_id(story, session.body, ordinals[session.body])] = session
    return found


def is_newer(article: Article, applied: Applied | None) -> bool:
    """Whether an article supersedes what was applied: by integer version, else by time, else by its later offset.

    A version that was applied before never does, wherever it stands: dedup may emit it again (delivery.md, rule 5).
    """
    if applied is None:
        return True
    if article.version == applied.version or article.version in applied.earlier:
        return False
    if article.version.isascii() and article.version.isdigit() and applied.version.isascii() and applied.version.isdigit():
        return int(article.version) > int(applied.version)
    if article.published is not None and applied.published is not None:
        return article.published >= applied.published
    return True


def _reading(judged: Judged, session: Session | None) -> Reading:
    article, assessment = judged.article, judged.assessment
    if session is None:
        escalation = assessment.escalation
        marks = [(hit.span, hit.rule) for hit in escalation.hits]
        return Reading(
            tier=escalation.tier,
            score=escalation.score,
            title=article.title[:MAX_TITLE],
            language=assessment.language,
            categories=escalation.categories,
            hits=escalation.hits,
            session=None,
            passages=passages(article, marks),
            lexicon=assessment.lexicon,
        )
    tier, score = session_tier(session)
    return Reading(
        tier=tier,
        score=score,
        title=article.title[:MAX_TITLE],
        language=assessment.language,
        categories=(),
        hits=(),
        session=session,
        passages=passages(article, [(session.span, session.rule)]),
        lexicon=assessment.lexicon,
    )


def _in_order(state: AlertState) -> list[tuple[str, Evidence]]:
    return sorted(state.evidence.items(), key=lambda item: (item[1].carrier.published, item[0]))


def _article_id(carrier: Carrier) -> str:
    return f"{carrier.source}|{carrier.uri}|{carrier.version}"


def _findings(reading: Reading, article: str) -> tuple[Finding, ...]:
    found = [(hit.rule, str(hit.category), hit.span, hit.weight, hit.guards) for hit in reading.hits]
    if reading.session is not None:
        found.append((reading.session.rule, str(AlertKind.UN_SESSION), reading.session.span, 1.0, ()))
    return tuple(
        Finding(rule, category, span.field, span.start, span.end, span.quote, weight, guards, article)
        for rule, category, span, weight, guards in found
    )


def _incident(state: AlertState, readings: Sequence[Reading]) -> Incident | None:
    sessions = [reading.session for reading in readings if reading.session is not None]
    if not sessions:
        return None
    return incidents.fold(state.id, sessions[0].body, state.history, sessions)


def publish(state: AlertState, kind: AlertType, *, now: datetime) -> Alert:
    """The alert as readers see it: derived from its evidence, told in the words of the article that opened its story.

    Args:
        state: with at least one piece of evidence, or the last one it had where it is retracted.
        kind: what has happened to it.
        now: the time of detection.
    """
    evidence = _in_order(state)
    readings = [state.readings[item.reading] for _, item in evidence]
    # The article that opened the story tells it, in its latest version; without it, its oldest copy does.
    opener = state.evidence.get(state.story.rpartition("|")[0], evidence[0][1])
    lead, carrier = state.readings[opener.reading], opener.carrier
    incident = _incident(state, readings)
    if incident is not None and lead.session is not None:
        tier, score = session_tier(replace(lead.session, kind=incident.kind, status=incident.status, outcome=incident.outcome))
        # The words shown are those of the report the standing rests on, not of the first call for the sitting.
        standing = next((r for r in reversed(readings) if r.session and r.session.status is incident.status), lead)
        carrier = next(item.carrier for (_, item), r in zip(evidence, readings, strict=True) if r is standing)
        lead = standing
    else:
        tier = min((reading.tier for reading in readings), key=lambda t: t.rank)
        score = max(reading.score for reading in readings)
    return Alert(
        id=state.id,
        type=kind,
        kind=state.kind,
        sequence=state.sequence,
        tier=tier,
        score=score,
        title=lead.title,
        language=lead.language,
        story=state.story,
        categories=tuple(dict.fromkeys(c for reading in readings for c in reading.categories)),
        incident=incident,
        findings=_findings(lead, _article_id(carrier)),
        passages=lead.passages,
        places=(),
        sources=tuple(item.carrier for _, item in evidence),
        origins=len({item.reading for _, item in evidence}),
        published=evidence[0][1].carrier.published,
        detected=now,
        lexicon=lead.lexicon,
    )


def _facts(state: AlertState) -> tuple[object, ...]:
    """What must differ for subscribers to be told at once: everything but who else carries the same text."""
    readings = [state.readings[item.reading] for _, item in _in_order(state)]
    incident = _incident(state, readings)
    standing = (
        (incident.kind, incident.status, incident.date, incident.topic, incident.requested_by, incident.outcome)
        if incident
        else ()
    )
    return (state.retracted, frozenset(item.reading for item in state.evidence.values()), *standing)


class _Batch:
    """The alerts a batch touches, as they change from article to article."""

    def __init__(self, snapshot: Snapshot, *, now: datetime, carrier_interval: timedelta) -> None:
        self._revisions = {alert: stored.revision for alert, stored in snapshot.alerts.items()}
        self._states = {alert: stored.state for alert, stored in snapshot.alerts.items()}
        self._applied = dict(snapshot.applied)
        self._touched: dict[str, AlertState] = {}
        self._current: dict[str, Alert] = {}
        self._events: list[Event] = []
        self._fresh: dict[str, Applied] = {}
        self._now = now
        self._interval = carrier_interval

    def plan(self) -> Plan:
        states = tuple(Stored(state, self._revisions.get(alert, 0)) for alert, state in self._touched.items())
        return Plan(states, self._current, self._fresh, tuple(self._events))

    def take(self, judged: Judged) -> None:
        article, story = judged.article, judged.verdict.story
        before = self._applied.get(article.key)
        if not is_newer(article, before):
            return
        feeds = fed(story, judged.assessment) if article.pub_status == "usable" else {}
        earlier = (before.version, *before.earlier)[:MAX_EARLIER] if before is not None else ()
        applied = Applied(article.version, article.published, tuple(feeds), earlier)
        self._applied[article.key] = self._fresh[article.key] = applied
        for alert in before.alerts if before is not None else ():
            if alert not in feeds:
                self._withdraw(alert, judged)
        for alert, session in feeds.items():
            self._add(alert, session, judged)

    def _withdraw(self, alert: str, judged: Judged) -> None:
        state = self._states.get(alert)
        if state is None or judged.article.key not in state.evidence:
            return
        left = {key: item for key, item in state.evidence.items() if key != judged.article.key}
        told = tuple(step for step in state.history if step.article.rpartition("|")[0] != judged.article.key)
        # The last evidence stays to be shown: a retraction must say what it takes back.
        after = replace(state, evidence=left, history=told) if left else replace(state, retracted=True)
        self._settle(state, after, judged)

    def _add(self, alert: str, session: Session | None, judged: Judged) -> None:
        article, stamp = judged.article, judged.stamp
        carrier = Carrier(
            source=article.source,
            uri=article.uri,
            version=article.version,
            outlet=article.outlet,
            url=article.url,
            published=article.published or stamp,
            verdict=judged.verdict.verdict,
        )
        kind = AlertKind.ESCALATION if session is None else AlertKind.UN_SESSION
        state = self._states.get(alert)
        before = state or AlertState(alert, kind, judged.verdict.story, 0, {}, {}, stamp)
        if state is not None and article.key not in state.evidence and len(state.evidence) >= MAX_CARRIERS:
            return
        kept = {} if before.retracted else before.evidence
        key = judged.content or article.id
        history = before.history
        if session is not None:
            step = Step(session.status, article.id, carrier.published, session.span.quote)
            history = incidents.ordered((*(() if before.retracted else history), step))
        after = replace(
            before,
            evidence={**kept, article.key: Evidence(carrier, key)},
            readings={**before.readings, key: _reading(judged, session)},
            history=history,
            retracted=False,
        )
        self._settle(state, after, judged)

    def _settle(self, before: AlertState | None, after: AlertState, judged: Judged) -> None:
        used = {item.reading for item in after.evidence.values()}
        after = replace(after, readings={key: reading for key, reading in after.readings.items() if key in used})
        kind = self._event_kind(before, after, judged)
        if kind is not None:
            after = replace(after, sequence=after.sequence + 1, told=judged.stamp)
        shown = kind or (AlertType.CREATED if after.sequence == 1 else AlertType.UPDATED)
        alert = publish(after, shown, now=self._now)
        self._states[after.id] = self._touched[after.id] = after
        self._current[after.id] = alert
        if kind is not None:
            self._events.append(Event(event_id(after.id, kind, judged.article.id), judged.article.id, alert))

    def _event_kind(self, before: AlertState | None, after: AlertState, judged: Judged) -> AlertType | None:
        if before is None:
            return AlertType.CREATED
        if after.retracted:
            return AlertType.RETRACTED
        if _facts(before) != _facts(after) or judged.stamp - before.told >= self._interval:
            return AlertType.UPDATED
        return None


def apply(snapshot: Snapshot, batch: Sequence[Judged], *, now: datetime, carrier_interval: timedelta) -> Plan:
    """Take a batch of judged articles into the alerts of a snapshot, in order; those at or below the fence change nothing.

    Args:
        snapshot: holding every alert that `touching` names for this batch, and all that its articles feed already.
        batch: in offset order.
        now: the time of detection.
        carrier_interval: the least time, by the records' own stamps, between two events about new carriers alone.
    """
    work = _Batch(snapshot, now=now, carrier_interval=carrier_interval)
    for judged in batch:
        if judged.offset > snapshot.fence:
            work.take(judged)
    return work.plan()


def touching(batch: Sequence[Judged]) -> Iterator[str]:
    """The ids of all alerts a batch may touch, to be read with its articles before `apply`."""
    for judged in batch:
        yield from fed(judged.verdict.story, judged.assessment)
