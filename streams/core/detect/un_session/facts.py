"""What else is said of a sitting: its kind, its outcome, what it is about, who asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.detect.un_session.status import distance, is_margin_of
from streams.core.model import Organ, Outcome, SittingKind, SittingStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streams.core.detect.un_session.holder import Trigger
    from streams.core.detect.un_session.sentence import Sentence
    from streams.core.detect.vocabulary import Mention

_KIND = 3
"""Words between a sitting and its adjective."""
_KIND_OF_ACT = 24
_OUTCOME = 25
_TOPIC = 25
_ASKED = 12
_CHAIN = 4
"""Words between the parties of one list."""


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


def topic(sentence: Sentence, trigger: Trigger) -> str | None:
    """The first place named behind the sitting."""
    last = trigger.noun if trigger.noun.end > trigger.body.end else trigger.body
    behind = [m for m in sentence.of("topic") if m.start >= last.end and sentence.gap(last, m) <= _TOPIC]
    return behind[0].name if behind else None


def requesters(sentence: Sentence, trigger: Trigger) -> tuple[str, ...]:
    """Parties named right after "asked for by", or as the subject of a verb of asking."""
    noun = trigger.noun
    parties = sentence.of("party", "topic")
    for asked in sentence.of("asked_by"):
        if sentence.gap(asked, noun) <= _ASKED:
            return _chain(sentence, asked, parties)
    asking = [m for m in sentence.of("status") if m.name == SittingStatus.REQUESTED and m.end <= noun.start]
    if not asking or sentence.gap(asking[-1], noun) > 2 * _ASKED:
        return ()
    verb = asking[-1]
    inside = tuple(dict.fromkeys(m.name for m in parties if verb.end <= m.start and m.end <= noun.start))
    if inside:
        return inside
    before = [m for m in parties if m.end <= verb.start and sentence.gap(m, verb) <= 1]
    return (before[-1].name,) if before else ()


def _chain(sentence: Sentence, asked: Mention, parties: Iterable[Mention]) -> tuple[str, ...]:
    found: list[str] = []
    last = asked
    for party in parties:
        if party.start >= last.end and sentence.gap(last, party) <= _CHAIN and sentence.none_between(last, party, "sitting"):
            found.append(party.name)
            last = party
    return tuple(dict.fromkeys(found))
