"""A sitting as one sentence tells it, and how several tellings of one sitting become one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from streams.core.model import SittingKind, SittingStatus

if TYPE_CHECKING:
    import datetime as dt

    from streams.core.model import Organ, Outcome, Span

_STAGES = (
    SittingStatus.REQUESTED,
    SittingStatus.SCHEDULED,
    SittingStatus.IN_PROGRESS,
    SittingStatus.HELD,
    SittingStatus.POSTPONED,
    SittingStatus.SUSPENDED,
    SittingStatus.CANCELLED,
)
_ASIDE = frozenset({SittingStatus.POSTPONED, SittingStatus.SUSPENDED, SittingStatus.CANCELLED})
_OPEN = frozenset({SittingStatus.REQUESTED, SittingStatus.SCHEDULED, SittingStatus.IN_PROGRESS})


@dataclass(frozen=True, slots=True)
class Frame:
    """One telling. `certain` is False where the status is only what a bare verb form or its absence suggests.

    `is_vote` marks a vote, which may fall on another day than the sitting told of beside it. `is_elliptic` marks a telling
    that names no body ("the session"): it adds to what was told before, or tells of another sitting of the same body.
    """

    body: Organ
    kind: SittingKind
    status: SittingStatus
    certain: bool
    span: Span
    rule: str
    is_vote: bool = False
    is_elliptic: bool = False
    is_headline: bool = False
    is_other: bool = False
    """Told to be another sitting than those before."""
    is_told: bool = False
    """A verb form tells the status: «التأم» is of a sitting that may go on."""
    is_long: bool = False
    """A session of weeks, with sittings of its own days in it."""
    when: str | None = None
    date: dt.date | None = None
    topic: str | None = None
    requested_by: tuple[str, ...] = ()
    outcome: Outcome | None = None
    current: bool = True


def _same_kind(first: Frame, then: Frame) -> bool:
    if first.kind is then.kind or SittingKind.UNSPECIFIED in (first.kind, then.kind):
        return True
    # «مشاورات عاجلة مغلقة» is told of as urgent here and as closed there.
    return {first.kind, then.kind} == {SittingKind.EMERGENCY, SittingKind.CLOSED} and _one_day(first, then)


def _one_day(first: Frame, then: Frame) -> bool:
    return first.date is not None and first.date == then.date


def _same_day(first: Frame, then: Frame) -> bool:
    if first.date is None or then.date is None:
        return True
    if first.date == then.date:
        return True
    if first.status is then.status is SittingStatus.POSTPONED:
        return True  # once more
    # A sitting put off has an old day and a new one.
    return {first.status, then.status} in ({SittingStatus.POSTPONED, status} for status in _OPEN)


def _same_stage(first: Frame, then: Frame) -> bool:
    if first.status is then.status or not first.certain or not then.certain or _one_day(first, then):
        return True
    stages = {first.status, then.status}
    if SittingStatus.REQUESTED in stages:
        if SittingKind.REGULAR in (first.kind, then.kind) and first.kind is not then.kind:
            return False  # nobody has to ask for the monthly one
        # First asked for, then set: one. Set already, and one of another kind asked for: two.
        return first.status is SittingStatus.REQUESTED or first.kind is then.kind or then.kind is SittingKind.UNSPECIFIED
    if _ASIDE & stages:
        return SittingStatus.HELD not in stages or SittingStatus.SUSPENDED in stages
    return SittingStatus.IN_PROGRESS in stages


def _is_within(first: Frame, then: Frame) -> bool:
    """Whether one is a sitting of a day of its own in the other, a session of weeks."""
    if first.is_long is then.is_long:
        return False
    session, sitting = (first, then) if first.is_long else (then, first)
    return session.status is SittingStatus.IN_PROGRESS and sitting.when is not None and not _one_day(first, then)


def is_same(first: Frame, then: Frame) -> bool:
    """Whether two tellings, in the order of the text, are of one sitting."""
    if then.is_other or _is_within(first, then) or first.current is not then.current or not _same_kind(first, then):
        return False
    if first.body is not then.body or not _same_day(first, then) or not _same_stage(first, then):
        return False
    if first.is_vote is not then.is_vote and (first.when or then.when) and not _one_day(first, then):
        return not (first.when and then.when) and first.is_headline is not then.is_headline
    if first.topic and then.topic and first.topic != then.topic and first.kind is not then.kind and not _one_day(first, then):
        return SittingKind.UNSPECIFIED in (first.kind, then.kind)
    return True


def _weight(frame: Frame) -> tuple[bool, bool, int]:
    """How much a telling's status counts: what is certain, then what a verb form tells, then what is further on."""
    return frame.certain, frame.is_told and not frame.certain, _STAGES.index(frame.status)


def _goes_on(first: Frame, then: Frame) -> bool:
    """Whether one says that it goes on, and the other in a verb's form only that it began."""
    for one, other in ((first, then), (then, first)):
        if one.status is SittingStatus.IN_PROGRESS and one.certain and other.status is SittingStatus.HELD and other.is_told:
            return other.date is None or one.date is None or one.date == other.date
    return False


def _is_new_day(first: Frame, then: Frame) -> bool:
    """Whether the second tells the day it was put off to; of two such days the later."""
    if then.status is not SittingStatus.POSTPONED or not then.when:
        return False
    if first.status is not SittingStatus.POSTPONED or first.date is None or then.date is None:
        return True
    return then.date > first.date


def merge(first: Frame, then: Frame) -> Frame:
    """One frame of two: what is certain and further on wins, what is told once is kept; the first telling is the evidence."""
    status, certain = first.status, first.certain
    if _goes_on(first, then):
        status, certain = SittingStatus.IN_PROGRESS, True
    elif _weight(then) > _weight(first):
        status, certain = then.status, then.certain
    kind = then.kind if first.kind is SittingKind.UNSPECIFIED else first.kind
    date, when = (first.date, first.when) if first.when or first.date else (then.date, then.when)
    if _is_new_day(first, then) or (date is None and then.date is not None):
        date, when = then.date, then.when
    return replace(
        first,
        kind=SittingKind.EMERGENCY if SittingKind.EMERGENCY in (first.kind, then.kind) else kind,
        status=status,
        certain=certain,
        when=when,
        date=date,
        is_vote=first.is_vote and then.is_vote,
        is_headline=first.is_headline and then.is_headline,
        is_long=first.is_long or then.is_long,
        topic=first.topic or then.topic,
        requested_by=tuple(dict.fromkeys((*first.requested_by, *then.requested_by))),
        outcome=first.outcome or then.outcome,
    )


def _match(found: list[Frame], frame: Frame) -> int | None:
    """Which of the sittings a telling is of: the one of its day, else the last of its stage, else the last that fits."""
    fitting = [number for number, earlier in enumerate(found) if is_same(earlier, frame)]
    same_day = [number for number in fitting if _one_day(found[number], frame)]
    if same_day:
        return same_day[0]
    same_stage = [number for number in fitting if found[number].status is frame.status]
    return (same_stage or fitting)[-1] if fitting else None


def merged(frames: list[Frame]) -> list[Frame]:
    """Tellings, in the order of the text, as sittings. An elliptic telling of nothing of its own is none."""
    found: list[Frame] = []
    for frame in frames:
        number = _match(found, frame)
        if number is not None:
            found[number] = merge(found[number], frame)
        else:
            found.append(frame)
    return found
