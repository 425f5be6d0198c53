"""Which UN body a sitting belongs to, and what a body does when it sits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from streams.core.detect.un_session.cue import ASIDE
from streams.core.model import Organ, Outcome, SittingStatus
from streams.core.text.fold import WORD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.detect.un_session.sentence import Sentence
    from streams.core.detect.vocabulary import Mention

_ADJECTIVES = 3
"""Words that may stand between a noun and what is said of it."""
_DEFINITE = 2
"""Words that may stand between "the session" and "of the Council"."""
_BESIDE = 4
"""Words that may stand between a sitting and the body it is of."""
_RELATIVE = 8
"""The same in «الجلسة التي كان المجلس يعتزم عقدها»."""
_SUBJECT = 9
"""The same where the body does the sitting: «عقد مجلس الأمن مساء أمس في نيويورك جلسة»."""
_OWN = 20
"""The same before a possessive: «أعلن رئيس الجمعية … أن دورتها»."""
_WITHIN = 30
"""The same before "in a session", of what was done there."""
_BEYOND = 14
"""The same where a verb of sitting stands right before the body: «جلسة دعت إليها … يعقدها المجلس»."""
_MARGIN = 2
"""Words between "on the margins" and what they are of."""
_TOLD = 8
"""Words between "informed" and the body that was, behind who did: «أبلغ المدير العام للوكالة مجلس الأمن»."""
_OF_PRESIDENCY = (SittingStatus.REQUESTED, *ASIDE)
"""What is asked of a body's presidency, or decided by it."""
_VERBS = (("meets", 3), ("acts", 3), ("address", 3))
"""Words between a body and what it does: meeting, voting, being addressed."""
_NEXT_CLAUSE = re.compile(f", *و(?={WORD})")
"""Arabic begins its next clause so: a body named there has nothing to do with a sitting named before."""


class Trigger(NamedTuple):
    """What tells of a sitting: a noun or verb, the body whose it is, and the words of both."""

    noun: Mention
    body: Mention
    rule: str


def _is_apart(sentence: Sentence, body: Mention) -> bool:
    """Whether the body's name belongs to something else: a resolution of the Council, its members, its reform."""
    before = [m for m in sentence.of("apart") if m.end <= body.start and not sentence.gap(m, body)]
    # "On the last day of the mandate, the Council …" is not "the mandate of the Council".
    return any(not sentence.pauses_between(m, body) for m in before) or _is_of_other(sentence, body)


def _is_of_other(sentence: Sentence, body: Mention) -> bool:
    """The same of words behind it: a Security Council resolution."""
    return any(m.start >= body.end and not sentence.gap(body, m) for m in sentence.of("apart_behind"))


def _is_asked(sentence: Sentence, body: Mention, after: int) -> bool:
    """Whether the body is whom something is asked of or told to: «طالب مجلس الأمن»."""
    return any(
        verb.start >= after and verb.end <= body.start and sentence.gap(verb, body) == 0
        for verb in sentence.of("status", "address")
        if verb.group == "address" or verb.name == SittingStatus.REQUESTED
    )


def _is_another(sentence: Sentence, noun: Mention, body: Mention, gap: int) -> bool:
    """Whether a body behind a noun has another one: a sitting named between, or «جلسته» of whoever was named before."""
    if gap > _ADJECTIVES and sentence.inside(noun, body, "sitting", "vote"):
        return True
    return gap > 1 and any(m.start <= noun.start < m.end for m in sentence.of("own"))


def _behind(sentence: Sentence, noun: Mention, body: Mention, *, is_definite: bool) -> int | None:
    """What it costs to read «جلسة طارئة لمجلس الأمن», `a session of the Council`: None where it is not so."""
    gap = sentence.gap(noun, body)
    if _is_apart(sentence, body) or _is_asked(sentence, body, noun.end):
        return None
    if _is_another(sentence, noun, body, gap) or sentence.inside(noun, body, "margin", "clause"):
        return None
    led = any(v.start >= noun.end and sentence.gap(v, body) <= 1 for v in sentence.inside(noun, body, "meets", "aspect"))
    related = bool(sentence.inside(noun, body, "relative"))
    if not led and not related and sentence.pauses_between(noun, body):
        return None
    reach = _RELATIVE if related else _DEFINITE if is_definite else _BESIDE
    if gap > reach and not (led and not is_definite and gap <= _BEYOND):
        return None
    # A genitive binds closer than the subject of the sentence.
    return gap - 2 if gap <= _ADJECTIVES else gap


def _ahead(sentence: Sentence, noun: Mention, body: Mention) -> int | None:
    """What it costs to read «عقد مجلس الأمن جلسة», `the Council held a session`, `the Council's session`."""
    gap = sentence.gap(noun, body)
    if _is_of_other(sentence, body) or any(
        f.start >= noun.end and sentence.gap(noun, f) <= _ADJECTIVES - 1 for f in sentence.of("foreign")
    ):
        return None
    if any(m.start <= noun.start < m.end for m in sentence.of("own")):
        return gap if gap <= _OWN else None
    # «…، لكن الاجتماع» is the one told of before.
    is_parted = gap > _DEFINITE and sentence.pauses_between(noun, body)
    is_known = gap and _is_definite(sentence, noun) and (is_parted or sentence.right_before(noun, "within"))
    # «إحاطة أمام المجلس حول التحضير للاقتراع»: what it hears about
    is_subject = gap and noun.group == "vote" and sentence.inside(body, noun, "about")
    if is_known or is_subject or (gap > 1 and sentence.inside(noun, body, "sitting", "vote")):
        return None
    # «رسالة إلى رئاسة المجلس تطلب عقد جلسة»: what is asked of its presidency is the Council's.
    asked = [m for m in sentence.inside(noun, body, "status") if m.name in _OF_PRESIDENCY]
    if gap and not asked and sentence.right_before(body, "apart"):
        return None
    if gap and any(other is not body for other in sentence.inside(noun, body, "body", "gathering")):
        return None
    verbs = [
        v for v in sentence.of("meets", "aspect", "status") if sentence.gap(v, body) <= 1 or body.end <= v.start < noun.start
    ]
    reach = _SUBJECT if verbs else _BESIDE
    if _holds_it(sentence, noun):
        reach = _WITHIN
    is_clause = any(m.start >= noun.end and sentence.gap(noun, m) <= 1 for m in sentence.of("meets"))  # «في جلسة عقدت أمس»
    if sentence.right_before(noun, "within") and sentence.of("acts") and (is_clause or not sentence.inside(noun, body, "clause")):
        reach = _WITHIN  # «رشح المجلس رسميا … في مشاورات مغلقة»
    return gap if gap <= reach else None


def _holds_it(sentence: Sentence, noun: Mention) -> bool:
    """Whether a verb whose subject was named before follows: «… وينتظر أن يناقشه في جلسة يعقدها الخميس»."""
    for verb in sentence.of("aspect"):
        if verb.start >= noun.end and not sentence.gap(noun, verb):
            behind = (*sentence.days, *((m.start, m.end) for m in sentence.of("within", "about")))
            return any(0 <= start - verb.end <= 1 for start, _ in behind)
    return False


def _is_definite(sentence: Sentence, noun: Mention) -> bool:
    """Whether it is "the session"."""
    return any((m.start, m.end) == (noun.start, noun.end) for m in sentence.of("anaphora"))


def holder(sentence: Sentence, noun: Mention, bodies: Sequence[Mention]) -> Mention | None:
    """The UN body a sitting noun belongs to, or None."""
    # "The session … the Council" in one sentence is not "a session of the Council".
    is_definite = _is_definite(sentence, noun)
    costs: list[tuple[int, int, Mention]] = []
    for body in bodies:
        if not sentence.none_between(noun, body, "foreign"):
            continue
        is_behind = body.start >= noun.end
        cost = _behind(sentence, noun, body, is_definite=is_definite) if is_behind else _ahead(sentence, noun, body)
        if cost is not None:
            costs.append((cost, body.start, body))
    return min(costs)[2] if costs else None


def _doer(sentence: Sentence, verb: Mention, bodies: Sequence[Mention], reach: int) -> Mention | None:
    """The body that stands right beside a verb as its subject or object, or None."""
    for body in sorted(bodies, key=lambda b: sentence.gap(verb, b)):
        is_told = verb.group == "address" and verb.end <= body.start and not sentence.inside(verb, body, "within")
        is_told = is_told and not sentence.holds("that", verb, body)
        if sentence.gap(verb, body) > (_TOLD if is_told else reach) or _is_apart(sentence, body):
            continue
        low, high = sentence.between(verb, body)
        if sentence.none_between(verb, body, "foreign", "sitting") and not _NEXT_CLAUSE.search(sentence.text, low, high + 2):
            return body
    return None


def is_margin(sentence: Sentence, *mentions: Mention) -> bool:
    """Whether one of these is only where something else takes place beside."""
    return any(sentence.right_before(mention, "margin", reach=_MARGIN) for mention in mentions) and not _takes_place(
        sentence, mentions[-1]
    )


def _takes_place(sentence: Sentence, body: Mention) -> bool:
    """Whether "on the margins of" a yearly session tells of the session itself as taking place (docs/evaluation.md)."""
    if body.name != Organ.UNGA:
        return False
    if any(m.start >= body.end and sentence.gap(body, m) <= 1 for m in sentence.of("place")):
        return True
    return any(sentence.gap(m, body) <= _BESIDE for m in sentence.of("takes_place"))


def _is_vote(sentence: Sentence) -> bool:
    """Whether a sentence without a day tells of a vote as of an event."""
    return bool(sentence.of("ballot")) or any(m.name == Outcome.ADOPTED for m in sentence.of("outcome"))


def _nouns(sentence: Sentence, bodies: list[Mention]) -> list[Trigger]:
    """Nouns of sitting and voting with the bodies they are of."""
    found: list[Trigger] = []
    last: Mention | None = None
    for noun in sentence.of("sitting", "vote"):
        body = holder(sentence, noun, bodies)
        if body is None or (found and last is not None and found[-1].body.name == body.name and not sentence.gap(last, noun)):
            last = noun if body is not None else last
            continue  # «جلسة مشاورات» is one
        last = noun
        if noun.group == "vote" and (any(trigger.body == body for trigger in found) or _is_without(sentence, noun)):
            continue  # «جلسة للتصويت» is one too, «من دون تصويت» none
        found.append(Trigger(noun, body, f"sitting.{noun.group}"))
    return found


def _is_without(sentence: Sentence, vote: Mention) -> bool:
    """Whether it is said that there was no vote."""
    return any(m.name == Outcome.NO_OUTCOME and m.start < vote.start < m.end for m in sentence.of("outcome"))


def _verbs(sentence: Sentence, nouns: list[Trigger], free: list[Mention], *, has_day: bool) -> list[Trigger]:
    """Verbs of sitting, voting and being addressed with the bodies beside them; «عقد جلسة» is told of already."""
    found: list[Trigger] = []
    for group, reach in _VERBS:
        if group == "acts" and not (has_day or sentence.part.is_headline or _is_vote(sentence)):
            continue
        spoken = _spoken(sentence) if group == "address" else []
        for verb in (*sentence.of(group), *spoken):
            if any(sentence.gap(verb, trigger.noun) == 0 for trigger in (*nouns, *found)):
                continue
            if group == "meets" and _is_asked_for(sentence, verb):
                continue
            taken = [trigger.body for trigger in found]
            body = _doer(sentence, verb, [b for b in free if b not in taken], reach)
            if body is not None:
                found.append(Trigger(verb, body, f"sitting.{group}"))
    return found


def _spoken(sentence: Sentence) -> list[Mention]:
    """Where a body is spoken to, far from who speaks: «قال مندوب فلسطين الدائم …، أمام مجلس الأمن»."""
    says = [m.start for m in sentence.of("says")]
    return [m._replace(group="address") for m in sentence.of("facing") if says and says[0] < m.start]


def _is_asked_for(sentence: Sentence, verb: Mention) -> bool:
    """Whether it is the name of an action behind "call for": what is to be held stands behind it, «دعا إلى عقد مؤتمر»."""
    return any(m.name == SittingStatus.REQUESTED and m.start < verb.start < m.end for m in sentence.of("aspect")) and not any(
        body.start >= verb.end and sentence.gap(verb, body) == 0 for body in sentence.of("body", "short")
    )


def _gatherings(sentence: Sentence, free: list[Mention], *, has_day: bool) -> list[Trigger]:
    """Bodies that are sittings themselves, and sessions that something takes place on the margins of."""
    found: list[Trigger] = []
    for body in free:
        verbs = sentence.of("meets", "status", "aspect")
        if body.group == "gathering" and (has_day or any(sentence.gap(verb, body) <= _ADJECTIVES for verb in verbs)):
            found.append(Trigger(body, body, "sitting.gathering"))
        elif sentence.right_before(body, "margin", reach=_BESIDE) and _takes_place(sentence, body):
            found.append(Trigger(body, body, "sitting.margin"))
    return found


def _tallies(sentence: Sentence, free: list[Mention], *, has_day: bool) -> list[Trigger]:
    """A body in a sentence that counts votes, whatever its verb: «Por 133 votos, la Asamblea General deploró …»."""
    if not (has_day or sentence.part.is_headline) or sentence.of("foreign"):
        return []
    bodies = [body for body in free if not _is_apart(sentence, body)]
    return [
        Trigger(tally._replace(group="acts"), body, "sitting.tally")
        for tally in sentence.of("tally")[:1]
        for body in bodies[:1]
        if not sentence.stops_between(tally, body)
    ]


def _summits(sentence: Sentence) -> list[Trigger]:
    """A summit on the premises of the UN."""
    if not sentence.of("premises") or not sentence.of("meets", "status", "aspect"):
        return []
    return [Trigger(noun, noun._replace(name=Organ.UN_OTHER), "sitting.summit") for noun in sentence.of("summit")[:1]]


def _covers(noun: Mention, body: Mention) -> bool:
    """Whether a name is the very sitting told of: the general debate."""
    return noun.start < body.end and body.start < noun.end


def triggers(sentence: Sentence, bodies: list[Mention], *, has_day: bool) -> list[Trigger]:
    """What tells of sittings of the bodies a sentence names."""
    found = _nouns(sentence, bodies)
    free = [body for body in bodies if all(t.body != body and not _covers(t.noun, body) for t in found)]
    found += _verbs(sentence, found, free, has_day=has_day)
    free = [body for body in free if all(t.body != body and not _covers(t.noun, body) for t in found)]
    found += _gatherings(sentence, free, has_day=has_day)
    found = found or _tallies(sentence, free, has_day=has_day) or _summits(sentence)
    return [t for t in found if not is_margin(sentence, t.noun, t.body)]
