"""How far a sitting has come: what the words around it say, and what its day says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streams.core.detect.un_session.cue import ASIDE, cues, distance
from streams.core.model import Organ, SittingStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streams.core.detect.un_session.holder import Trigger
    from streams.core.detect.un_session.sentence import Sentence
    from streams.core.detect.vocabulary import Mention

_ASPECT = 14
_FAR = 99
_VETO = "sitting.veto"
"""What was vetoed was voted on: nothing beside it says otherwise."""
_CLOSES = 2
"""Words between a session and what tells that it goes on or when it ends."""
_MARGIN = 2
_MUCH_NEARER = 4


class Stage(NamedTuple):
    """A status, and whether it is said in so many words (`certain`) or only suggested by a bare verb form or its absence."""

    status: SittingStatus
    certain: bool
    is_told: bool = False
    """Whether a verb form tells it, however uncertain."""


class Side(NamedTuple):
    """Which side of the article's day the nearest day lies by its own words (None: left open), and how near it stands."""

    side: int | None
    distance: int
    is_fixed: bool = False
    """Whether it was set after the sitting had been asked for."""
    is_named: bool = False
    """Whether there is a day at all."""


def is_margin_of(sentence: Sentence, trigger: Trigger) -> bool:
    """Whether it is told of only as what something else takes place on the margins of: the yearly session."""
    return trigger.rule == "sitting.margin" or sentence.right_before(trigger.noun, "margin", reach=_MARGIN)


def _led_by(sentence: Sentence, trigger: Trigger) -> list[Mention]:
    """What is said of a status between a sitting and the body behind it."""
    behind = trigger.body.start >= trigger.noun.end
    return sentence.inside(trigger.noun, trigger.body, "status") if behind else []


def _is_opened(trigger: Trigger, said: Mapping[SittingStatus, int]) -> bool:
    """Whether a session of weeks was opened on a day gone by: it goes on. The Council's sittings end the day they begin."""
    if trigger.body.name == Organ.UNSC or trigger.noun.group != "sitting" or SittingStatus.IN_PROGRESS not in said:
        return False
    return said[SittingStatus.IN_PROGRESS] < said.get(SittingStatus.HELD, _FAR)


def stage(
    sentence: Sentence, trigger: Trigger, owned: Sequence[Mention], day: Side, *, is_long: bool = False
) -> tuple[Stage, bool]:
    """The status a sentence gives a sitting, and whether its day agrees with it. A session of weeks `is_long`."""
    said = cues(sentence, trigger, owned) if trigger.rule != _VETO else {SittingStatus.HELD: 0}
    if day.is_fixed:
        said.pop(SittingStatus.REQUESTED, None)
        said[SittingStatus.SCHEDULED] = 0
    if _is_set(sentence, trigger, day):
        said.pop(SittingStatus.REQUESTED, None)
    for status in (*ASIDE, SittingStatus.REQUESTED):
        if status in said:
            return Stage(status, certain=True), True
    if is_margin_of(sentence, trigger):
        is_ahead = SittingStatus.SCHEDULED in said or day.side == 1
        return Stage(SittingStatus.SCHEDULED if is_ahead else SittingStatus.IN_PROGRESS, certain=is_ahead), day.side == 1
    if any(cue.group == "outcome" and not _is_voted_on(sentence, cue, owned) for cue in owned):
        said.setdefault(SittingStatus.HELD, _ASPECT)
    if day.side == -1 and _is_opened(trigger, said):
        return Stage(SittingStatus.IN_PROGRESS, certain=True), True
    found = _of_day_and_words(said, day)
    if is_long and SittingStatus.HELD not in said and _goes_on(sentence, trigger, found, day):
        return Stage(SittingStatus.IN_PROGRESS, certain=True), True
    if found is None:
        return _of_form(sentence, trigger, owned), True
    disagrees = -1 if found in (SittingStatus.SCHEDULED, SittingStatus.IN_PROGRESS) else 1
    return Stage(found, certain=True), day.side != disagrees


def _is_set(sentence: Sentence, trigger: Trigger, day: Side) -> bool:
    """Whether what was asked for has its day: «دعت إلى اجتماع يعقده اليوم», «في الاجتماع الذي طلبت عقده مساء الأربعاء»."""
    if day.side in (0, 1) and any(m.name == SittingStatus.SCHEDULED for m in _led_by(sentence, trigger)):
        return True
    return day.is_named and _is_known(sentence, trigger)


def _is_known(sentence: Sentence, trigger: Trigger) -> bool:
    """Whether it is "the session that was asked for"."""
    if not any(m.start == trigger.noun.start for m in sentence.of("anaphora")):
        return False
    asked = [m.start for m in sentence.of("status") if m.name == SittingStatus.REQUESTED and m.start >= trigger.noun.end]
    return any(
        m.start >= trigger.noun.end and sentence.gap(trigger.noun, m) <= _CLOSES and asked and m.end <= asked[-1]
        for m in sentence.of("relative")
    )


def _is_voted_on(sentence: Sentence, outcome: Mention, owned: Sequence[Mention]) -> bool:
    """Whether it is what a vote to come is about: «يصوت المجلس غدا على تمديد ولاية البعثة». Headlines tell so of what was."""
    if sentence.part.is_headline:
        return False
    forms = [m for m in owned if m.group == "aspect" and m.end <= outcome.start]
    return bool(forms) and forms[-1].name == SittingStatus.SCHEDULED


def _goes_on(sentence: Sentence, trigger: Trigger, found: SittingStatus | None, day: Side) -> bool:
    """Whether a session of weeks goes on: something took place in it by now, or it is told when it ends."""
    if any(sentence.gap(m, trigger.noun) <= _CLOSES or sentence.gap(m, trigger.body) <= _CLOSES for m in sentence.of("closes")):
        return day.side != 1
    return found is SittingStatus.HELD


def _of_day_and_words(said: Mapping[SittingStatus, int], day: Side) -> SittingStatus | None:
    """What the day and the words beside say together; of two that disagree the nearer wins."""
    if said.get(SittingStatus.IN_PROGRESS, 0) < 0:
        return SittingStatus.IN_PROGRESS
    ahead, over = said.get(SittingStatus.SCHEDULED, _FAR), said.get(SittingStatus.HELD, _FAR)
    if day.side == 1 and over >= day.distance:
        return SittingStatus.SCHEDULED
    if day.side == -1 and ahead >= min(day.distance, over):
        return SittingStatus.HELD
    if ahead < _FAR and over + _MUCH_NEARER >= ahead:
        return SittingStatus.SCHEDULED
    if said.get(SittingStatus.IN_PROGRESS, _FAR) < min(over + 1, _FAR):
        return SittingStatus.IN_PROGRESS
    return SittingStatus.HELD if over < _FAR else None


def _of_form(sentence: Sentence, trigger: Trigger, owned: Sequence[Mention]) -> Stage:
    """What the bare form of a verb suggests; without one a headline speaks of what is to come, a text of what was."""
    told = [m for m in owned if m.group == "aspect" and not sentence.right_before(m, "denied")]
    forms = sorted((distance(sentence, trigger, m), m.start, m.name) for m in told)
    if forms and forms[0][0] <= _ASPECT:
        status = SittingStatus(forms[0][2])
        return Stage(status, certain=status is not SittingStatus.SCHEDULED, is_told=True)
    if trigger.noun.group in ("acts", "address"):
        return Stage(SittingStatus.HELD, certain=True)
    return Stage(SittingStatus.SCHEDULED if sentence.part.is_headline else SittingStatus.HELD, certain=False)
