"""The life of a sitting: a pure state machine folded over what was reported of it (detection.md, "Incidents").

Reports are folded in the order of publication, never of arrival, so that any order of arrival ends alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.model import Incident, Organ, SittingKind, SittingStatus, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streams.core.model import Session

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


def ordered(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Steps by (published, article): the one order in which they are folded."""
    return tuple(sorted(steps, key=lambda step: (step.published, step.article)))


def status_of(steps: Sequence[Step]) -> SittingStatus:
    """Where a sitting stands after these steps (at least one), folded through `TRANSITIONS`."""
    standing = steps[0].status
    for step in steps[1:]:
        if step.status in TRANSITIONS[standing]:
            standing = step.status
    return standing


def fold(incident: str, body: Organ, steps: Iterable[Step], sessions: Sequence[Session]) -> Incident:
    """The incident that these steps, and what each article in force says of the sitting, amount to.

    Args:
        incident: its id.
        body: the body that sits.
        steps: what every version of every article reported (at least one).
        sessions: the frames of the articles in force, oldest first; later ones amend earlier ones.
    """
    told = ordered(steps)
    # Forty copies tell one step: the first to tell it stands for all.
    history = tuple({(step.status, step.quote): step for step in reversed(told)}.values())[::-1]
    kinds = {session.kind for session in sessions}
    return Incident(
        id=incident,
        body=body,
        kind=next((kind for kind in _SPECIFIC if kind in kinds), SittingKind.UNSPECIFIED),
        status=status_of(told),
        date=next((s.date for s in reversed(sessions) if s.date is not None), None),
        topic=next((s.topic for s in sessions if s.topic is not None), None),
        requested_by=tuple(dict.fromkeys(name for s in sessions for name in s.requested_by)),
        outcome=next((s.outcome for s in reversed(sessions) if s.outcome is not None), None),
        history=history,
    )
