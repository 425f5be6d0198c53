"""What else is said of a sitting: its kind and its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.detect.un_session.status import distance, is_margin_of
from streams.core.model import Organ, Outcome, SittingKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streams.core.detect.un_session.holder import Trigger
    from streams.core.detect.un_session.sentence import Sentence
    from streams.core.detect.vocabulary import Mention

_KIND = 3
"""Words between a sitting and its adjective."""
_KIND_OF_ACT = 24
_OUTCOME = 25


def kind(sentence: Sentence, trigger: Trigger, owned: Sequence[Mention], organ: Organ) -> SittingKind:
    """The most telling kind named beside the sitting."""
    near = []
    for cue in owned:
        # «صوت على التجديد السنوي للولاية»: what is voted on yearly is voted on in a regular sitting.
        is_act = trigger.noun.group in ("acts", "vote") and cue.name == SittingKind.REGULAR
        if cue.group != "kind" or sentence.gap(cue, trigger.noun) > (_KIND_OF_ACT if is_act else _KIND):
            continue
        if sentence.vocabulary.adjectives_follow and cue.end <= trigger.noun.start and not is_act:
            continue
        near.append(SittingKind(cue.name))
    for found in (SittingKind.EMERGENCY, SittingKind.CLOSED, SittingKind.REGULAR):
        if found in near:
            return found
    if organ is Organ.UNGA and is_margin_of(sentence, trigger):
        return SittingKind.REGULAR
    if trigger.rule == "sitting.gathering":
        return SittingKind.REGULAR
    if organ is not Organ.UNSC and any(sentence.gap(cue, trigger.noun) == 0 for cue in sentence.of("annual")):
        return SittingKind.REGULAR
    return SittingKind.UNSPECIFIED


def outcome(sentence: Sentence, trigger: Trigger, owned: Iterable[Mention]) -> Outcome | None:
    """How it ended: a veto outranks what else is said."""
    found = sorted((distance(sentence, trigger, cue), cue.name) for cue in owned if cue.group == "outcome")
    names = [name for far, name in found if far <= _OUTCOME]
    if Outcome.VETOED in names:
        return Outcome.VETOED
    return Outcome(names[0]) if names else None
