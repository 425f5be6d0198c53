"""Which words of a sentence belong together: sittings to their bodies, verbs to what they are done by or to.

Order of words is free; what counts is how many words stand between, and what kind of words they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streams.core.model import SittingKind, SittingStatus
from streams.core.text.fold import WORD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.detect.vocabulary import Mention
    from streams.core.text.document import Part

_ADJECTIVES = 3
"""Words that may stand between a noun and what is said of it."""
_DEFINITE = 2
"""Words that may stand between "the session" and "of the Council"."""
_BESIDE = 4
"""Words that may stand between a sitting and its body."""
_BEYOND = 14
"""The same where a verb of sitting stands right before the body: «جلسة دعت إليها … يعقدها المجلس»."""
_STOP = re.compile(r"[;:]|\.\s")
_NEXT_CLAUSE = re.compile(f", *و(?={WORD})")
"""Arabic begins its next clause so: a body named there has nothing to do with a sitting named before."""


class Sentence:
    """The mentions of one sentence, and how far apart they stand."""

    def __init__(self, part: Part, bounds: tuple[int, int], mentions: list[Mention]) -> None:
        self.part = part
        self.start, self.end = bounds
        self.text = part.folded.text
        self.mentions = mentions

    def of(self, *groups: str) -> list[Mention]:
        """Mentions of these groups, by place."""
        return [m for m in self.mentions if m.group in groups]

    def gap(self, one: Mention, other: Mention) -> int:
        """Words between two mentions."""
        return self.part.words_between(one.start, one.end, other.start, other.end)

    def between(self, one: Mention, other: Mention) -> tuple[int, int]:
        """The range between two mentions."""
        return (one.end, other.start) if one.end <= other.start else (other.end, one.start)

    def none_between(self, one: Mention, other: Mention, *groups: str) -> bool:
        """Whether no mention of these groups, nor the end of a clause, stands between the two."""
        low, high = self.between(one, other)
        if _STOP.search(self.text, low, max(low, high)):
            return False
        return not any(low <= m.start and m.end <= high for m in self.of(*groups))

    def is_object(self, body: Mention, verb: Mention) -> bool:
        """Whether a verb of asking or addressing stands right before the body, which then is whom it is done to."""
        asks = verb.group == "address" or verb.name == SittingStatus.REQUESTED
        return asks and verb.end <= body.start and self.gap(verb, body) == 0

    def is_denied(self, *anchors: Mention) -> bool:
        """Whether a verb of sitting right beside one of these has a negation right before it."""
        verbs = [v for v in self.of("meets", "aspect", "acts", "address") if any(self.gap(v, a) <= 1 for a in anchors)]
        return any(self.right_before(m, "denied") for m in (*anchors, *verbs))

    def right_before(self, mention: Mention, *groups: str) -> bool:
        """Whether a mention of these groups stands right before it."""
        return any(m.end <= mention.start and self.gap(m, mention) == 0 for m in self.of(*groups))


def _holds_after(sentence: Sentence, sitting: Mention, body: Mention, *, is_definite: bool) -> bool:
    """Whether a sitting noun belongs to a body named behind it: «جلسة طارئة لمجلس الأمن», `a session of the Council`."""
    gap = sentence.gap(sitting, body)
    if sentence.right_before(body, "apart"):
        return False
    if gap > _ADJECTIVES and not sentence.none_between(sitting, body, "sitting", "vote"):
        return False
    if any(m.start >= sitting.end and sentence.is_object(body, m) for m in sentence.of("status", "address")):
        return False
    led = any(v.start >= sitting.end and sentence.gap(v, body) <= 1 for v in sentence.of("meets", "aspect"))
    if not led and _NEXT_CLAUSE.search(sentence.text, sitting.end, body.start):
        return False
    return gap <= (_DEFINITE if is_definite else _BESIDE) or (led and (gap <= _BESIDE or not is_definite))


def _holds_before(sentence: Sentence, sitting: Mention, body: Mention) -> bool:
    """Whether it belongs to a body named before it: «عقد مجلس الأمن جلسة», `the Council held a session`."""
    gap = sentence.gap(sitting, body)
    if any(f.start >= sitting.end and sentence.gap(sitting, f) <= _ADJECTIVES for f in sentence.of("foreign")):
        return False
    if not sentence.none_between(sitting, body, "sitting", "vote"):
        return False
    return gap <= _ADJECTIVES or (gap <= 2 * _BESIDE and _is_led(sentence, sitting, body))


def _is_led(sentence: Sentence, sitting: Mention, body: Mention) -> bool:
    """Whether a verb of sitting stands beside one of the two, or between them."""
    return any(
        min(sentence.gap(v, body), sentence.gap(v, sitting)) <= 1 or (body.end <= v.start and v.end <= sitting.start)
        for v in sentence.of("meets", "aspect")
    )


def _sole_holder(sentence: Sentence, sitting: Mention, bodies: Sequence[Mention]) -> Mention | None:
    """An emergency session in a sentence that names one body only, and before it, is that body's.

    The answer stands at the sitting's own place: what is said around the body's name is said of something else.
    """
    is_emergency = any(m.name == SittingKind.EMERGENCY and sentence.gap(m, sitting) == 0 for m in sentence.of("kind"))
    names = {body.name for body in bodies}
    if is_emergency and len(names) == 1 and bodies[0].end <= sitting.start and not sentence.of("foreign"):
        return sitting._replace(group="body", name=bodies[0].name)
    return None


def holder(sentence: Sentence, sitting: Mention, bodies: Sequence[Mention]) -> Mention | None:
    """The UN body a sitting noun belongs to, or None."""
    # "The session … the Council" in one sentence is not "a session of the Council".
    is_definite = any((m.start, m.end) == (sitting.start, sitting.end) for m in sentence.of("anaphora"))
    found: list[tuple[int, Mention]] = []
    for body in bodies:
        gap = sentence.gap(sitting, body)
        if gap > _BEYOND or not sentence.none_between(sitting, body, "foreign"):
            continue
        if body.start >= sitting.end:
            if _holds_after(sentence, sitting, body, is_definite=is_definite):
                # A genitive binds closer than the subject of the sentence.
                found.append((gap - 2 if gap <= _ADJECTIVES else gap, body))
        elif _holds_before(sentence, sitting, body):
            found.append((gap, body))
    if found:
        return min(found, key=lambda pair: pair[0])[1]
    return None if is_definite else _sole_holder(sentence, sitting, bodies)


def doer(sentence: Sentence, verb: Mention, bodies: Sequence[Mention], reach: int) -> Mention | None:
    """The body that stands right beside a verb as its subject or object, or None."""
    for body in sorted(bodies, key=lambda b: sentence.gap(verb, b)):
        if sentence.gap(verb, body) > reach or sentence.right_before(body, "apart"):
            continue
        if sentence.none_between(verb, body, "foreign", "sitting") and not _NEXT_CLAUSE.search(
            sentence.text, verb.end, body.start
        ):
            return body
    return None
