"""Words of a status, and whether they are said of a sitting: of it and not of what is asked for there, came before or ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.model import SittingStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
_AFTER = 3
"""Words between "after" and the sitting it is after."""
_OPENED = 10
"""Words between "opened" and what was, behind who opened it."""
_WISHED = 1
_ITSELF = -1
_PAUSES = frozenset(",;:")
ASIDE = (SittingStatus.POSTPONED, SittingStatus.CANCELLED, SittingStatus.SUSPENDED)


def distance(sentence: Sentence, trigger: Trigger, cue: Placed) -> int:
    """How far a word stands from a sitting."""
    return min(sentence.distance(cue, trigger.noun), sentence.distance(cue, trigger.body))


def cues(sentence: Sentence, trigger: Trigger, owned: Sequence[Mention]) -> dict[SittingStatus, int]:
    """The statuses whose words stand near enough, each with how near: below 0 where it is said of the sitting's very noun."""
    found: dict[SittingStatus, int] = {}
    is_act = trigger.noun.group == "acts" and any(cue.group == "outcome" for cue in owned)
    for cue in owned:
        if cue.group != "status":
            continue
        status = SittingStatus(cue.name)
        if status is SittingStatus.REQUESTED and is_act:
            continue  # a draft "demanding a truce" that was voted down demanded no sitting
        if trigger.noun.group == "address" and cue.start >= max(trigger.noun.end, trigger.body.end):
            continue  # what was said there
        far = distance(sentence, trigger, cue)
        if far > _reach(trigger, cue, status) or not _IS_SAID.get(status, _is_meant)(sentence, trigger, cue):
            continue
        if status is SittingStatus.IN_PROGRESS and cue.start >= trigger.noun.end and not sentence.gap(trigger.noun, cue):
            far = _ITSELF  # «دورته المنعقدة منذ الاثنين»
        found[status] = min(far, found.get(status, far))
    return found


def _reach(trigger: Trigger, cue: Mention, status: SittingStatus) -> int:
    is_opened = status is SittingStatus.IN_PROGRESS and cue.end <= min(trigger.noun.start, trigger.body.start)
    return _OPENED if is_opened else _REACH[status]


def _is_asked_for(sentence: Sentence, trigger: Trigger, cue: Mention) -> bool:
    """Whether the sitting is asked for: not something in or after it («طالب … خلال جلسة»), nor long since («بناء على طلبها،»)."""
    if cue.start >= trigger.noun.start and cue.start >= trigger.body.start:
        return False
    if sentence.text[cue.end : cue.end + 1] in _PAUSES:
        return False
    within = [m for m in sentence.of("within") if cue.end <= m.start and m.end <= trigger.noun.start]
    # «طلبت انعقاد المجلس في جلسة» asks for the session all the same.
    return not any(not sentence.gap(m, trigger.noun) and not sentence.inside(cue, m, "meets") for m in within)


def _is_to_come(sentence: Sentence, trigger: Trigger, cue: Mention) -> bool:
    """Whether it is the sitting that is to come: not what it comes before, «جلسة قبيل الانتخابات», nor its end."""
    if any(m.start == cue.start for m in sentence.of("ahead_of")):
        return cue.start < trigger.noun.start
    return not any(m.start >= cue.end and sentence.gap(cue, m) <= 1 for m in sentence.of("closes"))


def _is_going_on(sentence: Sentence, trigger: Trigger, cue: Mention) -> bool:
    return not sentence.is_parted(cue, trigger.noun)


def _is_over(sentence: Sentence, trigger: Trigger, cue: Mention) -> bool:
    """Whether "after" is said of the sitting itself, not of what it followed: «عقب جلسة», not «جلسة عقب الغارات»."""
    if all(m.start != cue.start for m in sentence.of("within")):
        return True
    first = min(trigger.noun, trigger.body, key=lambda m: m.start)
    for word in (first, trigger.noun):
        if cue.end <= word.start and sentence.gap(cue, word) <= _AFTER and not sentence.pauses_between(cue, word):
            return True
    return cue.start <= trigger.noun.start < cue.end


def _is_meant(sentence: Sentence, trigger: Trigger, cue: Mention) -> bool:  # noqa: ARG001 - of the same form as the others
    """Whether it was put off or called off indeed, and not only wished to be."""
    return not sentence.right_before(cue, "wish", reach=_WISHED)


_IS_SAID: dict[SittingStatus, Callable[[Sentence, Trigger, Mention], bool]] = {
    SittingStatus.REQUESTED: _is_asked_for,
    SittingStatus.SCHEDULED: _is_to_come,
    SittingStatus.IN_PROGRESS: _is_going_on,
    SittingStatus.HELD: _is_over,
}
