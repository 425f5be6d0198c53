"""What else is said of a sitting: its kind and its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.detect.un_session.cue import distance
from streams.core.detect.un_session.status import is_margin_of
from streams.core.model import Organ, Outcome, SittingKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streams.core.detect.un_session.holder import Trigger
    from streams.core.detect.un_session.sentence import Sentence
    from streams.core.detect.vocabulary import Mention

_KIND = 3
"""Words between a sitting and its adjective."""
_KIND_OF_ACT = 24
_KIND_OF_VERB = 1
"""Words between a body that meets and how it does."""
_OUTCOME = 25


def kind(sentence: Sentence, trigger: Trigger, owned: Sequence[Mention], organ: Organ) -> SittingKind:
    """The most telling kind named beside the sitting."""
    near = [SittingKind(cue.name) for cue in owned if cue.group == "kind" and _is_said_of(sentence, trigger, cue)]
    for found in (SittingKind.EMERGENCY, SittingKind.CLOSED, SittingKind.REGULAR):
        if found in near:
            return found
    return SittingKind.REGULAR if _is_yearly(sentence, trigger, organ) else SittingKind.UNSPECIFIED


def _is_yearly(sentence: Sentence, trigger: Trigger, organ: Organ) -> bool:
    """Whether its very name says that it is held every year or so: the assembly's session, the general debate."""
    if trigger.rule == "sitting.gathering" or (organ is Organ.UNGA and is_margin_of(sentence, trigger)):
        return True
    if trigger.rule == "sitting.elliptic" or organ is Organ.UNSC:
        return False
    groups = ("annual",) if organ is Organ.UNGA else ("annual", "term")
    return any(sentence.gap(cue, trigger.noun) == 0 for cue in sentence.of(*groups))


def _is_said_of(sentence: Sentence, trigger: Trigger, cue: Mention) -> bool:
    """Whether an adjective stands so near that it says what sort of sitting it is, and not what is said there or about."""
    noun, body = trigger.noun, trigger.body
    acts = [m for m in sentence.of("acts", "vote") if noun.start <= m.start and m.end <= noun.end]  # «doit se prononcer»
    if acts and cue.name == SittingKind.REGULAR:
        # «صوت على التجديد السنوي للولاية»: what is voted on yearly is voted on in a regular sitting.
        return sentence.gap(cue, noun) <= _KIND_OF_ACT
    is_ahead = sentence.vocabulary.adjectives_follow and cue.end <= noun.start
    is_secret = noun.group == "vote" and noun.start <= cue.start and cue.end <= noun.end  # a ballot, no closed sitting
    if any(noun.end <= m.start <= cue.start and sentence.gap(noun, m) for m in sentence.of("sitting")):
        return False  # of the sitting named next: «في ختام دورته، عقد دورة طارئة»
    is_known = trigger.rule == "sitting.anaphora"
    is_first = cue.start <= noun.start and sentence.vocabulary.adjectives_follow
    if is_ahead or is_secret or (is_known and is_first):
        return False
    words, reach = sentence.gap(cue, noun), _KIND_OF_VERB if is_known else _KIND
    if noun.group == "meets" and noun.end <= body.start and body.end <= cue.start:
        words, reach = sentence.gap(cue, body), _KIND_OF_VERB
    if words > reach or any(not sentence.is_of_day(m) for m in sentence.inside(noun, cue, "about")):
        return False
    if noun.group != "meets" and noun.end <= body.start and body.end <= cue.start and not sentence.pauses_between(body, cue):
        return sentence.gap(body, cue) == 0
    return True


def is_long(sentence: Sentence, trigger: Trigger, organ: Organ, kind: SittingKind) -> bool:
    """Whether it is a session of weeks: the Assembly's yearly one, a regular one of the Human Rights Council."""
    if kind is not SittingKind.REGULAR or organ in (Organ.UNSC, Organ.UN_OTHER):
        return False
    if organ is Organ.UNGA:
        return trigger.noun.group not in ("vote", "acts")
    return any(sentence.gap(cue, trigger.noun) == 0 for cue in sentence.of("annual", "term"))


def outcome(sentence: Sentence, trigger: Trigger, owned: Iterable[Mention], organ: Organ) -> Outcome | None:
    """How it ended: a veto outranks what else is said."""
    found = sorted((distance(sentence, trigger, cue), cue.name) for cue in owned if cue.group == "outcome")
    names = [name for far, name in found if far <= _OUTCOME]
    if organ is not Organ.UNSC:
        names = [name for name in names if name != Outcome.VETOED]  # nobody has a veto there
    elif Outcome.VETOED in names:
        return Outcome.VETOED
    return Outcome(names[0]) if names else None
