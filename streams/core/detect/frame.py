"""A sitting as one sentence tells it, and how several tellings of one sitting become one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from streams.core.model import SittingKind, SittingStatus

if TYPE_CHECKING:
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


@dataclass(frozen=True, slots=True)
class Frame:
    """One telling. `certain` is False where the status is only what a bare verb form or its absence suggests.

    `is_vote` marks a vote, which may fall on another day than the sitting told of beside it; `days` are the folded words
    of `when`.
    """

    body: Organ
    kind: SittingKind
    status: SittingStatus
    certain: bool
    span: Span
    rule: str
    is_vote: bool = False
    when: str | None = None
    days: frozenset[str] = field(default_factory=frozenset)
    topic: str | None = None
    requested_by: tuple[str, ...] = ()
    outcome: Outcome | None = None
    current: bool = True


def _same_kind(first: Frame, then: Frame) -> bool:
    return first.kind is then.kind or SittingKind.UNSPECIFIED in (first.kind, then.kind)


def _same_day(first: Frame, then: Frame) -> bool:
    return not first.days or not then.days or bool(first.days & then.days)


def _same_stage(first: Frame, then: Frame) -> bool:
    if first.status is then.status or not first.certain or not then.certain:
        return True
    if SittingStatus.REQUESTED in (first.status, then.status):
        # First asked for, then set: one. Set already, and one of another kind asked for: two.
        return first.status is SittingStatus.REQUESTED or first.kind is then.kind
    if _ASIDE & {first.status, then.status}:
        return True
    return SittingStatus.IN_PROGRESS in (first.status, then.status)


def is_same(first: Frame, then: Frame) -> bool:
    """Whether two tellings, in the order of the text, are of one sitting."""
    if first.body is not then.body or first.current is not then.current or not _same_kind(first, then):
        return False
    if first.is_vote is not then.is_vote and (first.days or then.days) and not first.days & then.days:
        return False
    return _same_day(first, then) and _same_stage(first, then)


def merge(first: Frame, then: Frame) -> Frame:
    """One frame of two: what is certain and further on wins, what is told once is kept; the first telling is the evidence."""
    status, certain = first.status, first.certain
    if (then.certain, _STAGES.index(then.status)) > (certain, _STAGES.index(status)):
        status, certain = then.status, then.certain
    return replace(
        first,
        kind=then.kind if first.kind is SittingKind.UNSPECIFIED else first.kind,
        status=status,
        certain=certain,
        when=first.when or then.when,
        days=first.days | then.days,
        topic=first.topic or then.topic,
        requested_by=tuple(dict.fromkeys((*first.requested_by, *then.requested_by))),
        outcome=first.outcome or then.outcome,
    )


def merged(frames: list[Frame]) -> list[Frame]:
    """Tellings, in the order of the text, as sittings."""
    found: list[Frame] = []
    for frame in frames:
        for number, earlier in enumerate(found):
            if is_same(earlier, frame):
                found[number] = merge(earlier, frame)
                break
        else:
            found.append(frame)
    return found
