"""A batch taken into the alerts of a snapshot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from streams.core.alerts.identity import escalation_id, event_id, is_known, is_newer
from streams.core.alerts.judged import indexes, other_taken_back, sitting_lookups
from streams.core.alerts.publish import facts, publish
from streams.core.alerts.sittings import Sittings
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
    IndexEntry,
    Reading,
    Reported,
    Stored,
)
from streams.core.text.passages import passages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from streams.core.alerts.judged import Judged
    from streams.core.model import Session, Snapshot

MAX_TITLE = 500
"""Code points of a title as published; a headline of megabytes must not reach every subscriber."""
MAX_EARLIER = 100
"""Earlier versions of an article that are remembered as applied."""
MAX_CARRIERS = 500
"""Carriers an alert keeps by name. Past it the newest are counted by no one: forty copies are news, five hundred are not."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a batch changes: to be written whole, or computed again from a fresh snapshot."""

    states: tuple[Stored, ...]
    current: dict[str, Alert]
    applied: dict[str, Applied]
    events: tuple[Event, ...]
    entries: dict[str, IndexEntry]


def _reading(judged: Judged, session: Session | None) -> Reading:
    article, assessment = judged.article, judged.assessment
    title = article.title[:MAX_TITLE]
    if session is None:
        escalation = assessment.escalation
        marks = [(hit.span, hit.rule) for hit in escalation.hits]
        return Reading(
            tier=escalation.tier,
            score=escalation.score,
            title=title,
            language=assessment.language,
            categories=escalation.categories,
            hits=escalation.hits,
            passages=passages(article, marks),
            lexicon=assessment.lexicon,
        )
    tier, score = session_tier(session)
    return Reading(
        tier=tier,
        score=score,
        title=title,
        language=assessment.language,
        categories=(),
        hits=(),
        passages=passages(article, [(session.span, session.rule)]),
        lexicon=assessment.lexicon,
    )


def _carrier(judged: Judged) -> Carrier:
    article = judged.article
    return Carrier(
        source=article.source,
        uri=article.uri,
        version=article.version,
        outlet=article.outlet,
        url=article.url,
        published=judged.published,
        verdict=judged.verdict.verdict,
        of=judged.verdict.of,
        agency=judged.agency,
    )


def _entry(state: AlertState) -> IndexEntry:
    """Where an incident is found: by every place and date of its reports, and by when they were published."""
    sessions = [(item, item.session) for item in state.evidence.values() if item.session is not None]
    times = [int(item.carrier.published.timestamp()) for item, _ in sessions]
    return IndexEntry(
        indexes=tuple(sorted({name for _, session in sessions for name in indexes(session)})),
        first=min(times),
        last=max(times),
        dates=tuple(sorted({session.date for _, session in sessions if session.date is not None})),
    )


class _Batch:
    """The alerts a batch touches, as they change from article to article."""

    def __init__(self, snapshot: Snapshot, *, now: datetime, carrier_interval: timedelta, late_after: timedelta) -> None:
        self._revisions = {alert: stored.revision for alert, stored in snapshot.alerts.items()}
        self._states = {alert: stored.state for alert, stored in snapshot.alerts.items()}
        self._sittings = Sittings(snapshot.alerts, snapshot.indexes)
        self._applied = dict(snapshot.applied)
        self._touched: dict[str, AlertState] = {}
        self._told: dict[str, Alert] = {}
        self._events: list[Event] = []
        self._fresh: dict[str, Applied] = {}
        self._facts: dict[str, tuple[AlertState, tuple[object, ...]]] = {}
        self._now = now
        self._interval = carrier_interval
        self._late_after = late_after

    def plan(self) -> Plan:
        states = tuple(Stored(state, self._revisions.get(alert, 0)) for alert, state in self._touched.items())
        current = {alert: self._told.get(alert) or self._published(state) for alert, state in self._touched.items()}
        entries = {alert: _entry(state) for alert, state in self._touched.items() if state.kind is AlertKind.UN_SESSION}
        return Plan(states, current, self._fresh, tuple(self._events), entries)

    def take(self, judged: Judged) -> None:
        article = judged.article
        before = self._applied.get(article.key)
        if before is not None and not is_newer(article, before):
            if not is_known(article, before):
                self._apply(article.key, replace(before, earlier=(article.version, *before.earlier)[:MAX_EARLIER]))
                self._settle_all(self._sittings.take_earlier(judged), judged)
            return
        reports = judged.usable and judged.assessment.escalation.value is Reported.REPORT
        feeds = (escalation_id(judged.verdict.story),) if reports else ()
        earlier = (before.version, *before.earlier)[:MAX_EARLIER] if before is not None else ()
        self._apply(article.key, Applied(article.version, article.published, feeds, earlier, sitting_lookups(judged)))
        for alert in before.alerts if before is not None else ():
            if alert not in feeds:
                self._withdraw(alert, article.key, judged)
        if (other := other_taken_back(judged)) is not None:
            self._take_back(other, judged)
        for alert in feeds:
            self._add(alert, judged)
        text = judged.content or article.id
        changes = self._sittings.take(judged, _carrier(judged), text, lambda session: _reading(judged, session))
        self._settle_all(changes, judged)

    def _apply(self, key: str, applied: Applied) -> None:
        self._applied[key] = self._fresh[key] = applied

    def _take_back(self, key: str, judged: Judged) -> None:
        """Withdraw what another article says, which this one takes back by an alternative id; its version stays applied."""
        before = self._applied.get(key)
        if before is None:
            return
        self._apply(key, replace(before, alerts=(), sittings=()))
        for alert in before.alerts:
            self._withdraw(alert, key, judged)
        self._settle_all(self._sittings.take_back(key), judged)

    def _withdraw(self, alert: str, article: str, judged: Judged) -> None:
        state = self._states.get(alert)
        if state is None or state.kind is not AlertKind.ESCALATION or article not in state.evidence:
            return  # sittings are withdrawn by what stands in their indexes
        left = {key: item for key, item in state.evidence.items() if key != article}
        # The last evidence stays to be shown: a retraction must say what it takes back.
        after = replace(state, evidence=left) if left else replace(state, retracted=True)
        self._settle(state, after, judged)

    def _add(self, alert: str, judged: Judged) -> None:
        article = judged.article
        state = self._states.get(alert)
        before = state or AlertState(alert, AlertKind.ESCALATION, judged.verdict.story, 0, {}, {}, judged.stamp)
        if state is not None and article.key not in state.evidence and len(state.evidence) >= MAX_CARRIERS:
            return
        kept = {} if before.retracted else before.evidence
        key = judged.content or article.id
        after = replace(
            before,
            evidence={**kept, article.key: Evidence(_carrier(judged), key)},
            readings={**before.readings, key: _reading(judged, None)},
            retracted=False,
        )
        self._settle(state, after, judged)

    def _settle_all(self, changes: Sequence[tuple[AlertState | None, AlertState]], judged: Judged) -> None:
        for before, after in changes:
            self._settle(before, after, judged)

    def _settle(self, before: AlertState | None, after: AlertState, judged: Judged) -> None:
        used = {item.reading for item in after.evidence.values()}
        after = replace(after, readings={key: reading for key, reading in after.readings.items() if key in used})
        told = facts(after)
        kind = self._event_kind(before, after, told, judged)
        if kind is not None:
            after = replace(after, sequence=after.sequence + 1, told=judged.stamp, late=self._is_late(judged))
        self._states[after.id] = self._touched[after.id] = after
        self._sittings.settled(after)
        self._told.pop(after.id, None)
        self._facts[after.id] = (after, told)
        if kind is not None:
            alert = self._told[after.id] = publish(after, kind, now=self._now)
            self._events.append(Event(event_id(after.id, kind, judged.article.id), judged.article.id, alert))

    def _is_late(self, judged: Judged) -> bool:
        return (judged.before or self._now) - judged.stamp > self._late_after

    def _published(self, state: AlertState) -> Alert:
        """As it stands, where nobody was told of its last change."""
        return publish(state, AlertType.CREATED if state.sequence == 1 else AlertType.UPDATED, now=self._now)

    def _facts_of(self, state: AlertState) -> tuple[object, ...]:
        """Its facts, as they were worked out when it was settled in this batch, else now."""
        known = self._facts.get(state.id)
        return known[1] if known is not None and known[0] is state else facts(state)

    def _event_kind(
        self, before: AlertState | None, after: AlertState, told: tuple[object, ...], judged: Judged
    ) -> AlertType | None:
        if before is None:
            return AlertType.CREATED
        if after.retracted:
            return AlertType.RETRACTED
        if self._facts_of(before) != told or judged.stamp - before.told >= self._interval:
            return AlertType.UPDATED
        return None


def apply(
    snapshot: Snapshot,
    batch: Sequence[Judged],
    *,
    now: datetime,
    carrier_interval: timedelta,
    late_after: timedelta,
) -> Plan:
    """Take a batch of judged articles into the alerts of a snapshot, in order; those at or below the fence change nothing.

    Args:
        snapshot: what `AlertLog.read` answers for `articles`, `touching` and `lookups` of this batch.
        batch: in offset order.
        now: the time of detection.
        carrier_interval: the least time, by the records' own stamps, between two events about new carriers alone.
        late_after: the age of a record, by its own stamp, above which its events are late.
    """
    work = _Batch(snapshot, now=now, carrier_interval=carrier_interval, late_after=late_after)
    for judged in batch:
        if judged.offset > snapshot.fence:
            work.take(judged)
    return work.plan()
