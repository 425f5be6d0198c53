"""The life of a sitting: a pure state machine folded over what was reported of it (detection.md, "Incidents").

Reports are folded in the order of publication, never of arrival, so that any order of arrival ends alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streams.core.model import Fact, Incident, SittingKind, SittingStatus, Step

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence

    from streams.core.model import Outcome, Session

_S = SittingStatus

TRANSITIONS: dict[SittingStatus, frozenset[SittingStatus]] = {
    _S.REQUESTED: frozenset({_S.SCHEDULED, _S.IN_PROGRESS, _S.HELD, _S.SUSPENDED, _S.POSTPONED, _S.CANCELLED}),
    _S.SCHEDULED: frozenset({_S.IN_PROGRESS, _S.HELD, _S.SUSPENDED, _S.POSTPONED, _S.CANCELLED}),
    _S.IN_PROGRESS: frozenset({_S.HELD, _S.SUSPENDED, _S.POSTPONED, _S.CANCELLED}),
    _S.HELD: frozenset({_S.SUSPENDED}),  # reports differ: one calls over what another calls broken off
    _S.SUSPENDED: frozenset({_S.IN_PROGRESS, _S.HELD, _S.CANCELLED}),
    _S.POSTPONED: frozenset({_S.SCHEDULED, _S.IN_PROGRESS, _S.HELD, _S.CANCELLED}),
    _S.CANCELLED: frozenset({_S.REQUESTED, _S.SCHEDULED}),
}
"""Which report may follow which; any other adds a source and moves nothing (a late report of an earlier stage)."""

_SPECIFIC = (SittingKind.EMERGENCY, SittingKind.CLOSED, SittingKind.REGULAR, SittingKind.UNSPECIFIED)
_MOST_ARTICLES = 20
"""Articles named for one value of a fact, the first by publication; the rest stand among the alert's sources."""


@dataclass(frozen=True, slots=True)
class Account:
    """What one article version says of a sitting. Copies of one text give the same `text`.

    `in_force` is False for what an earlier version said of it: that no longer decides how the sitting stands.
    """

    article: str
    outlet: str
    text: str
    published: dt.datetime
    session: Session
    in_force: bool = True


@dataclass(frozen=True, slots=True)
class Life:
    """An incident with the account its standing rests on, in whose words it is told."""

    incident: Incident
    standing: Account


def _first_of_each_text(accounts: Iterable[Account]) -> Iterator[Account]:
    seen: set[str] = set()
    for account in accounts:
        if account.text not in seen:
            seen.add(account.text)
            yield account


def _standing(told: Sequence[Account]) -> Account:
    """The account that moved the sitting last, folded through `TRANSITIONS`."""
    last = told[0]
    for account in told[1:]:
        if account.session.status in TRANSITIONS[last.session.status]:
            last = account
    return last


def _history(told: Iterable[Account], last: Account) -> tuple[Step, ...]:
    """Every text's step once; forty copies tell one, and so do versions that say the same.

    `last` is where the sitting stands, whatever earlier versions made of it.
    """
    standing: SittingStatus | None = None
    steps: dict[tuple[SittingStatus, str], Step] = {}
    for account in told:
        status, quote = account.session.status, account.session.span.quote
        moved = standing is None or status in TRANSITIONS[standing] or account is last
        standing = status if moved else standing
        step = Step(status, account.article, account.outlet, account.published, quote, moved)
        steps.setdefault((status, quote), step)
    return tuple(steps.values())


def _dates(told: Sequence[Account], everything: Sequence[Account]) -> tuple[dt.date | None, dt.date | None]:
    """The date of the sitting, and the old one where it was put off."""
    dated = [account.session for account in told if account.session.date is not None]
    put_off = [session.date for session in dated if session.status is _S.POSTPONED]
    if not put_off:
        return (dated[-1].date if dated else None), None
    others = (a.session.date for a in reversed(everything) if a.session.date not in {None, put_off[-1]})
    return put_off[-1], next(others, None)


def _outcome(told: Sequence[Account]) -> Outcome | None:
    """The latest that says how a vote went; that none was taken counts where none is told of."""
    said = [account.session.outcome for account in reversed(told) if account.session.outcome is not None]
    return next((outcome for outcome in said if outcome != "no_outcome"), said[0] if said else None)


def _facts(everything: Iterable[Account]) -> tuple[Fact, ...]:
    """Every value given for a date, a kind, a topic, a requester and an outcome, with the articles that give it."""
    found: dict[str, dict[str, list[str]]] = {name: {} for name in ("date", "kind", "topic", "requested_by", "outcome")}
    for account in everything:
        session = account.session
        kind = None if session.kind is SittingKind.UNSPECIFIED else session.kind
        said = [("date", session.date), ("kind", kind), ("topic", session.topic), ("outcome", session.outcome)]
        for name, value in (*said, *(("requested_by", party) for party in session.requested_by)):
            if value is not None:
                found[name].setdefault(str(value), []).append(account.article)
    return tuple(
        Fact(name, value, tuple(articles[:_MOST_ARTICLES]))
        for name, values in found.items()
        for value, articles in values.items()
    )


def fold(incident: str, accounts: Iterable[Account], *, merged_into: str | None = None) -> Life:
    """The incident that these accounts amount to, at least one of them in force.

    Args:
        incident: its id.
        accounts: what every article in force says of the sitting, and what its earlier versions said.
        merged_into: the incident it turned out to be, where it is one that was retracted for that.
    """
    everything = sorted(accounts, key=lambda account: (account.published, account.article))
    texts = list(_first_of_each_text(everything))
    told = list(_first_of_each_text(account for account in everything if account.in_force))
    standing = _standing(told)
    outcome = _outcome(told)
    date, moved_from = _dates(told, everything)
    kinds = {account.session.kind for account in texts}
    folded = Incident(
        id=incident,
        body=standing.session.body,
        kind=next(kind for kind in _SPECIFIC if kind in kinds),
        status=standing.session.status,
        date=date,
        topic=next((a.session.topic for a in told if a.session.topic is not None), None),
        requested_by=tuple(dict.fromkeys(party for a in texts for party in a.session.requested_by)),
        outcome=outcome,
        history=_history(texts, standing),
        moved_from=moved_from,
        facts=_facts(everything),
        merged_into=merged_into,
    )
    # Of those who report this stage, the first who also reports how the vote went tells it.
    says = (a for a in told if a.session.status is standing.session.status and outcome and a.session.outcome is outcome)
    return Life(folded, next(says, standing))
