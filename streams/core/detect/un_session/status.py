"""How far a sitting has come: what the words around it say, and what its day says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streams.core.model import SittingStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streams.core.detect.un_session.holder import Trigger
    from streams.core.detect.un_session.sentence import Placed, Sentence
    from streams.core.detect.vocabulary import Mention

_REACH = {
    SittingStatus.CANCELLED: 16,
    SittingStatus.POSTPONED: 16,
    SittingStatus.SUSPENDED: 8,
    SittingStatus.REQUESTED: 18,
    SittingStatus.SCHEDULED: 11,
    SittingStatus.IN_PROGRESS: 4,
    SittingStatus.HELD: 5,
}
_ASPECT = 14
_FAR = 99
_MARGIN = 2
_PAUSES = frozenset(",;:")
ASIDE = (SittingStatus.CANCELLED, SittingStatus.POSTPONED, SittingStatus.SUSPENDED)


class Stage(NamedTuple):
    """A status, and whether it is said in so many words (`certain`) or only suggested by a bare verb form or its absence."""

    status: SittingStatus
    certain: bool


class Side(NamedTuple):
    """Which side of the article's day the nearest day lies by its own words (None: left open), and how near it stands."""

    side: int | None
    distance: int


def distance(sentence: Sentence, trigger: Trigger, cue: Placed) -> int:
    """How far a word stands from a sitting."""
    return min(sentence.distance(cue, trigger.noun), sentence.distance(cue, trigger.body))


def is_margin_of(sentence: Sentence, trigger: Trigger) -> bool:
    """Whether it is told of only as what something else takes place on the margins of: the yearly session."""
    return trigger.rule == "sitting.margin" or sentence.right_before(trigger.noun, "margin", reach=_MARGIN)


def cues(sentence: Sentence, trigger: Trigger, owned: Sequence[Mention]) -> dict[SittingStatus, int]:
    """The statuses whose words stand near enough, each with how near."""
    found: dict[SittingStatus, int] = {}
    for cue in owned:
        if cue.group != "status":
            continue
        status = SittingStatus(cue.name)
        far = distance(sentence, trigger, cue)
        if far > _REACH[status]:
            continue
        if status is SittingStatus.REQUESTED and cue.start >= trigger.noun.start and cue.start >= trigger.body.start:
            continue  # what is asked for in a sitting is another matter
        if status is SittingStatus.REQUESTED and _is_within(sentence, trigger, cue):
            continue
        found[status] = min(far, found.get(status, far))
    return found


def _is_within(sentence: Sentence, trigger: Trigger, cue: Mention) -> bool:
    """Whether something is asked for in or after the sitting («طالب … خلال جلسة»), or the asking is over («بناء على طلبها،»)."""
    if sentence.text[cue.end : cue.end + 1] in _PAUSES:
        return True
    return any(
        cue.end <= m.start and m.end <= trigger.noun.start and not sentence.gap(m, trigger.noun) for m in sentence.of("within")
    )


def stage(sentence: Sentence, trigger: Trigger, owned: Sequence[Mention], day: Side) -> tuple[Stage, bool]:
    """The status a sentence gives a sitting, and whether its day agrees with it."""
    said = cues(sentence, trigger, owned)
    for status in (*ASIDE, SittingStatus.REQUESTED):
        if status in said:
            return Stage(status, certain=True), True
    if is_margin_of(sentence, trigger):
        is_ahead = SittingStatus.SCHEDULED in said or day.side == 1
        return Stage(SittingStatus.SCHEDULED if is_ahead else SittingStatus.IN_PROGRESS, certain=is_ahead), day.side == 1
    if any(cue.group == "outcome" for cue in owned):
        said.setdefault(SittingStatus.HELD, _ASPECT)
    found = _of_day_and_words(said, day)
    if found is None:
        return _of_form(sentence, trigger, owned), True
    disagrees = -1 if found in (SittingStatus.SCHEDULED, SittingStatus.IN_PROGRESS) else 1
    return Stage(found, certain=True), day.side != disagrees


def _of_day_and_words(said: Mapping[SittingStatus, int], day: Side) -> SittingStatus | None:
    """What the day and the words beside say together; of two that disagree the nearer wins."""
    ahead, over = said.get(SittingStatus.SCHEDULED, _FAR), said.get(SittingStatus.HELD, _FAR)
    if day.side == 1 and over >= day.distance:
        return SittingStatus.SCHEDULED
    if day.side == -1 and ahead >= min(day.distance, over):
        return SittingStatus.HELD
    if ahead < _FAR:
        return SittingStatus.SCHEDULED
    if said.get(SittingStatus.IN_PROGRESS, _FAR) < min(over + 1, _FAR):
        return SittingStatus.IN_PROGRESS
    return SittingStatus.HELD if over < _FAR else None


def _of_form(sentence: Sentence, trigger: Trigger, owned: Sequence[Mention]) -> Stage:
    """What the bare form of a verb suggests; without one a headline speaks of what is to come, a text of what was."""
    forms = sorted((distance(sentence, trigger, m), m.start, m.name) for m in owned if m.group == "aspect")
    if forms and forms[0][0] <= _ASPECT:
        status = SittingStatus(forms[0][2])
        return Stage(status, certain=status is not SittingStatus.SCHEDULED)
    if trigger.noun.group in ("acts", "address"):
        return Stage(SittingStatus.HELD, certain=True)
    return Stage(SittingStatus.SCHEDULED if sentence.part.is_headline else SittingStatus.HELD, certain=False)
