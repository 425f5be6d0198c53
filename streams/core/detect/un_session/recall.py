"""Sittings told of without their body's name: another of the same body, or "the session" told of before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from streams.core.detect.terms import WITHOUT_BLANKS
from streams.core.detect.un_session.cue import ASIDE, distance
from streams.core.detect.un_session.frame import merge
from streams.core.detect.un_session.holder import Trigger, is_margin
from streams.core.model import SittingKind, SittingStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.detect.un_session.frame import Frame
    from streams.core.detect.un_session.sentence import Sentence
    from streams.core.detect.vocabulary import Mention
    from streams.core.model import Organ

_FOREIGN = 3
"""Words between "the session" and a body that is none of the UN's."""
_SUBJECT = 1
"""Words between a verb and the body that is its subject."""
_EARLIER = 6
"""Words between a sitting and "before that"."""
_SAME_KIND = (SittingKind.EMERGENCY, SittingKind.CLOSED)


def others(sentence: Sentence, found: Sequence[Trigger], organ: Organ | None, last: Frame | None) -> list[Trigger]:
    """Nouns that name no body but tell of another sitting of the one named last: «مشاورات مغلقة»."""
    if organ is None or sentence.of("foreign"):
        return []
    taken = [(t.noun.start, t.noun.end) for t in found]
    if last is None or last.body is organ:
        # "The closed session" is the one told of; a vote may be another.
        votes = sentence.of("vote")
        known = [m for m in sentence.of("anaphora") if not any(m.start <= v.start < m.end for v in votes)]
        asked = last is not None and last.status is SittingStatus.REQUESTED
        is_told = asked or (last is not None and any(t.noun.group == "sitting" for t in found))
        taken += [(m.start, m.end) for m in known if is_told or sentence.is_definite(m)]
    return [
        Trigger(noun._replace(group="sitting"), noun._replace(name=organ), "sitting.elliptic")
        for noun in sentence.of("elliptic")
        if not any(a < noun.end and noun.start < b for a, b in taken) and not is_margin(sentence, noun)
    ]


def again(sentence: Sentence, found: Sequence[Trigger]) -> list[Trigger]:
    """Verbs whose subject is the body that met or voted in the clause before: «عقد المجلس جلسة أمس، ويصوت غدا على …»."""
    if any(m.name in (SittingStatus.SUSPENDED, SittingStatus.POSTPONED) for m in sentence.of("status")):
        return []  # «علقت الجلسة، على أن تستأنف غدا»
    met = [t for t in found if any(sentence.gap(verb, t.body) <= _SUBJECT for verb in sentence.of("aspect", "status"))]
    taken = [*(t.noun for t in found), *sentence.of("closes")]
    return [
        Trigger(verb._replace(group="sitting"), verb._replace(name=before[-1].body.name), "sitting.elliptic")
        for verb in sentence.of("aspect")
        if verb.name == SittingStatus.SCHEDULED
        and (before := [t for t in met if max(t.noun.end, t.body.end) <= verb.start])
        and sentence.begins_clause(verb)
        and sentence.has_no_subject(verb)
        and not any(noun.start < verb.end and verb.start < noun.end for noun in taken)
    ]


def known(sentence: Sentence, found: Sequence[Trigger], last: Frame) -> list[Trigger]:
    """Where "the session" stands for the one told of last."""
    taken = [(min(t.noun.start, t.body.start), max(t.noun.end, t.body.end)) for t in found]
    return [
        Trigger(noun, noun._replace(name=last.body), "sitting.anaphora")
        for noun in sentence.of("anaphora")
        if not any(a < noun.end and noun.start < b for a, b in taken)
        and not _is_foreign(sentence, noun)
        and not is_margin(sentence, noun)
    ]


def _is_foreign(sentence: Sentence, noun: Mention) -> bool:
    """Whether "the session" is another organisation's: it stands beside, or ahead where a language has no word for "the"."""
    foreign = sentence.of("foreign")
    if sentence.vocabulary.language in WITHOUT_BLANKS and not sentence.of("body"):
        return any(m.end <= noun.start for m in foreign)
    return any(sentence.gap(noun, m) <= _FOREIGN for m in foreign)


def is_other(sentence: Sentence, trigger: Trigger, status: SittingStatus) -> bool:
    """Whether the sentence says that it is not the sitting told of before: «وكانت أقرت قبل ذلك», «وعاد إلى الانعقاد»."""
    if sentence.part.is_headline:
        return False
    if trigger.rule == "sitting.elliptic" and any(m.start == trigger.noun.start for m in sentence.of("meets")):
        return True
    if status is SittingStatus.HELD and any(distance(sentence, trigger, m) <= _EARLIER for m in sentence.of("earlier")):
        return True
    # «أعقبت الجلسة مشاورات مغلقة»
    return any(sentence.gap(m, trigger.noun) <= _EARLIER and m.end <= trigger.noun.start for m in sentence.of("follows"))


def added(last: Frame, told: Frame) -> Frame:
    """A telling with what is said of the same sitting without its body's name."""
    is_aside = told.certain and (
        told.status in ASIDE
        or (told.when is not None and last.status is SittingStatus.REQUESTED and told.status is SittingStatus.SCHEDULED)
    )
    # «وكان من المقرر أن تلتئم الجلسة الثلاثاء»
    is_set = told.certain and told.status is SittingStatus.SCHEDULED and told.date is not None
    names_day = is_aside or (is_set and last.when is None and last.status is not SittingStatus.HELD)
    # «وبدأ الاجتماع الاثنين»
    is_begun = told.certain and told.status in (SittingStatus.HELD, SittingStatus.IN_PROGRESS) and last.when is None
    names_day |= is_begun and last.date is None and (told.status is last.status or not last.certain)
    return merge(
        last,
        replace(
            told,
            kind=_sharper(last.kind, told.kind),
            status=told.status if is_aside else last.status,
            certain=last.certain or is_aside,
            when=told.when if names_day else None,
            date=told.date if names_day else None,
            topic=None,
        ),
    )


def is_own(last: Frame, told: Frame) -> bool:
    """Whether "the closed consultations" of a day to come are others than the sitting told of as held."""
    if last.status is not SittingStatus.HELD or told.kind not in _SAME_KIND or told.kind is last.kind:
        return False
    return told.certain and told.date is not None and last.date is not None and told.date > last.date


def _sharper(last: SittingKind, told: SittingKind) -> SittingKind:
    """The kind of a sitting when "the session" is told to be urgent, closed or a regular one."""
    return told if told is SittingKind.EMERGENCY or last is SittingKind.UNSPECIFIED else last


def sharpened(last: Frame, told: Frame) -> Frame:
    """The telling before, where the one without a body tells that it was urgent: «وعارضته ثلاث دول في جلسة طارئة»."""
    is_same = last.body is told.body and last.current and last.status is told.status
    if is_same and last.kind is SittingKind.UNSPECIFIED and told.kind is SittingKind.EMERGENCY:
        return replace(last, kind=told.kind)
    return last


def names_itself(sentence: Sentence, frame: Frame) -> bool:
    """Whether an elliptic telling says enough to be a sitting of its own: a day, what became of it, or its kind by the body."""
    if frame.when is not None or frame.status in ASIDE or frame.is_other:
        return True
    if frame.status is SittingStatus.REQUESTED and frame.certain and frame.kind is SittingKind.EMERGENCY:
        return True  # «ولم يحسم مصير الطلب الذي قدمته كولومبيا لعقد اجتماع طارئ»
    return bool(sentence.of("body")) and frame.kind in _SAME_KIND
