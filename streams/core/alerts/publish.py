"""An alert as readers see it, derived from its evidence."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from streams.core.alerts.origins import origins
from streams.core.assess import session_tier
from streams.core.incident import life
from streams.core.model import Alert, AlertKind, Decision, Finding, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from streams.core.model import AlertState, AlertType, Carrier, Evidence, Session

_REWORDED = (Decision.NEAR, Decision.EXCERPT)


def in_order(state: AlertState) -> list[tuple[str, Evidence]]:
    """The evidence of an alert by (published, article)."""
    return sorted(state.evidence.items(), key=lambda item: (item[1].carrier.published, item[0]))


def article_id(carrier: Carrier) -> str:
    """The article version a carrier is."""
    return f"{carrier.source}|{carrier.uri}|{carrier.version}"


def _finding(hit: Hit | Session, article: str) -> Finding:
    span = hit.span
    if isinstance(hit, Hit):
        what, weight, guards = str(hit.category), hit.weight, hit.guards
    else:
        what, weight, guards = str(AlertKind.UN_SESSION), 1.0, ()
    return Finding(hit.rule, what, span.field, span.start, span.end, span.quote, weight, guards, article)


def _accounts(state: AlertState) -> Iterator[life.Account]:
    for item in state.evidence.values():
        carrier = item.carrier
        outlet = carrier.outlet or carrier.source
        if item.session is not None:
            yield life.Account(article_id(carrier), outlet, item.reading, carrier.published, item.session)
        for told in item.earlier:
            yield life.Account(told.article, outlet, told.article, told.published, told.session, in_force=False)


def life_of(state: AlertState, *, facts: bool = True) -> life.Life | None:
    """The incident an alert is about, None for an escalation's. Without `facts` it does not list who gives which."""
    if state.kind is not AlertKind.UN_SESSION:
        return None
    return life.fold(state.id, _accounts(state), merged_into=state.merged_into, facts=facts)


def facts(state: AlertState) -> tuple[object, ...]:
    """What must differ for subscribers to be told at once: everything but who else says so."""
    lived = life_of(state, facts=False)
    if lived is None:
        own = (item.reading for item in state.evidence.values() if item.carrier.verdict not in _REWORDED)
        return (state.retracted, frozenset(own), origins(state))
    told = lived.incident
    return (state.retracted, told.kind, told.status, told.date, told.moved_from, told.topic, told.requested_by, told.outcome)


def publish(state: AlertState, kind: AlertType, *, now: datetime) -> Alert:
    """The alert as readers see it.

    Args:
        state: with at least one piece of evidence, or the last one it had where it is retracted.
        kind: what has happened to it.
        now: the time of detection.
    """
    evidence = in_order(state)
    lived = life_of(state)
    readings = [state.readings[item.reading] for _, item in evidence]
    if lived is None:
        # The article that opened the story tells it, in its latest version; without it, its oldest copy does.
        opener = state.evidence.get(state.story.rpartition("|")[0], evidence[0][1])
        lead, article = state.readings[opener.reading], article_id(opener.carrier)
        findings = [_finding(hit, article) for hit in lead.hits]
        tier = min((reading.tier for reading in readings), key=lambda t: t.rank)
        score = max(reading.score for reading in readings)
    else:
        # The words shown are those of the report the standing rests on, not of the first call for the sitting.
        lead, told, said = state.readings[lived.standing.text], lived.incident, lived.standing.session
        findings = [_finding(said, lived.standing.article)]
        tier, score = session_tier(replace(said, kind=told.kind, status=told.status, outcome=told.outcome))
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
        incident=lived.incident if lived is not None else None,
        findings=tuple(findings),
        passages=lead.passages,
        places=(),
        sources=tuple(item.carrier for _, item in evidence),
        origins=origins(state),
        published=evidence[0][1].carrier.published,
        detected=now,
        lexicon=lead.lexicon,
        late=state.late,
    )
