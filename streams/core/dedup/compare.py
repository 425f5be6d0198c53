"""Whether one article tells a reader of another anything new, from their fingerprints alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streams.core.dedup.facts import unpack
from streams.core.dedup.marks import DAY, NAME, NEGATION, sides_of, turns
from streams.core.dedup.sketch import overlap
from streams.core.model import Decision

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from streams.core.dedup.facts import Facts
    from streams.core.model import Fingerprint


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a later article stands to an earlier one: `new`, `exact`, `near`, `excerpt` or `update`, and why, in words."""

    verdict: Decision
    similarity: float
    """Share of the shorter text's shingles that stand in the longer one, estimated; 0 to 1."""
    why: str


FLASH = 12
"""Texts with fewer words that say something are single sentences."""
_HEAD = 30
"""Words of a beginning that are looked for in the other; the other's may begin some words later."""
_NEWS = 25
"""Within so many words a text says what is new."""
_ALIKE = 0.7
"""Share of the beginnings from which a turn of events cannot be what is new."""
_UNLIKE, _LINE = 0.2, 0.45
"""Share of the text below which nothing is a copy; from which on two texts are of one line."""
_SAME = 0.88
"""Share of the text from which on it is a copy whatever comes first: only the order was changed."""
_LIGHT, _USUAL, _A_NOVEL_WORD, _FEW, _MANY, _MOST_WORDS = 0.55, 0.7, 0.05, 3, 8, 0.8
"""A beginning lightly edited: what the beginnings share, less 0.05 for each word beyond three of the longest run that is new,
is at least 0.55, more or less by as much as the whole shares less or more than 0.7."""
_MOST, _NEARLY_ALL_WORDS, _ALL_BUT_FEW_WORDS = 0.6, 0.88, 0.94
"""A beginning in other words: it has few in a row that are new, and the whole hardly any, beside so much of the same text."""
_SHORTER, _ALL_WORDS = 0.75, 0.82
"""Condensed by another desk: at most so long, and with so many of its words in the longer."""
_TRIMMED = 0.7
_MORE_WORDS = 2


def _lead_share(one: Facts, other: Facts) -> float:
    """Share of the runs of three words at the beginning of one text that stand near the beginning of the other."""
    lead = one.lead[:_HEAD]
    runs = list(zip(lead, lead[1:], lead[2:], strict=False))
    there = set(zip(other.lead, other.lead[1:], other.lead[2:], strict=False))
    return sum(run in there for run in runs) / max(1, len(runs))


def _novel(one: Facts, other: Facts) -> int:
    """The longest run of words at the beginning of one text none of which the other begins with."""
    there = set(other.lead)
    longest = run = 0
    for word in one.lead[:_HEAD]:
        run = 0 if word in there else run + 1
        longest = max(longest, run)
    return longest


def _word_share(one: Facts, other: Facts) -> float:
    """Share of the words of the text with fewer that the other has too, estimated."""
    reach = min(one.reach, other.reach)
    a, b = ({word for word in facts.words if word <= reach} for facts in (one, other))
    return len(a & b) / max(1, min(len(a), len(b)))


def _changed_number(a: Facts, b: Facts) -> str | None:
    """A number of one thing in one text and another number of it in the other, neither of which both have."""
    only_a, only_b = ([number for number in one.numbers if other.lacks(number.value)] for one, other in ((a, b), (b, a)))
    for one in only_a:
        for other in only_b:
            if (one.after and one.after == other.after) or (one.before and one.before == other.before):
                return f"{one.value:g} became {other.value:g}"
    return None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What two texts say differently, in words; `elsewhere` where it is of another place, party or day."""

    why: str
    elsewhere: bool = False


def contradiction(a: Facts, b: Facts, lead: float) -> Contradiction | None:
    """The weightiest contradiction of two texts whose beginnings share `lead`; None where they agree as far as can be told.

    A word counts against a text only where it stands at the beginning of one and nowhere near the beginning of the other.
    """
    ahead_a, ahead_b = _ahead(a, b), _ahead(b, a)
    if _replaced(ahead_a, ahead_b, NAME):
        return Contradiction("another place or party", elsewhere=True)
    changed = _changed_number(a, b) or _other_side(a, b)
    if changed:
        return Contradiction(changed)
    if _denies(a, b) or _denies(b, a):
        return Contradiction("a negation")
    turn = _turn(a, b, lead) or _turn(b, a, lead)
    if turn:
        return Contradiction(turn)
    return Contradiction("another day", elsewhere=True) if _replaced(ahead_a, ahead_b, DAY) else None


def _other_side(a: Facts, b: Facts) -> str | None:
    """A matter on whose different sides two texts begin."""
    sides = sides_of()
    only_a, only_b = _ahead(a, b).keys() - set(b.marks[:_NEWS]), _ahead(b, a).keys() - set(a.marks[:_NEWS])
    matters = {sides[mark] for mark in only_a if mark in sides} & {sides[mark] for mark in only_b if mark in sides}
    return f"another state of {min(matters)}" if matters else None


def _turn(one: Facts, other: Facts, lead: float) -> str | None:
    """A turn of events one text begins with and the other does not know of."""
    ahead = _ahead(one, other)
    turn = min((mark for mark in ahead.keys() & turns() if mark not in other.marks), default=None)
    if turn and (lead < _ALIKE or _is_clause(ahead[turn], one, other)):
        return f"news of {sides_of()[turn]}"
    return None


def _ahead(one: Facts, other: Facts) -> dict[int, set[int]]:
    """The marked words at the beginning of one text that the other does not begin with: by mark, the words beside them."""
    there = set(other.lead)
    around = (0, *one.lead, 0)
    ahead: dict[int, set[int]] = {}
    for place, mark in enumerate(one.marks[:_NEWS]):
        if mark and one.lead[place] not in there:
            ahead.setdefault(mark, set()).update((around[place], around[place + 2]))
    return ahead


def _denies(one: Facts, other: Facts) -> bool:
    """Whether one text negates at its beginning a word that the other, which negates nothing there, begins with as well."""
    if NEGATION in other.marks:
        return False
    negated = (word for mark, word in zip(one.marks[:_NEWS], one.lead[1:], strict=False) if mark == NEGATION)
    return not set(other.lead).isdisjoint(negated)


def _is_clause(beside: set[int], a: Facts, b: Facts) -> bool:
    """Whether the words on either side of a word are new as well: not a synonym but something that is told."""
    return len(beside) > 1 and beside.isdisjoint({0, *a.lead} & {0, *b.lead})


def _replaced(one: Mapping[int, set[int]], other: Mapping[int, set[int]], mark: int) -> bool:
    """Whether a marked word stands in the place of another: beside the same word."""
    return not one.get(mark, set()).isdisjoint(other.get(mark, set()))


def _is_same_flash(a: Facts, b: Facts) -> bool:
    """Whether two single sentences say the same: one has all words of the other, and at most two more."""
    one, other = set(a.lead), set(b.lead)
    return (one <= other or other <= one) and len(one ^ other) <= _MORE_WORDS and a.values == b.values


def compare(a: Fingerprint, b: Fingerprint, *, apart: timedelta) -> Likeness:  # noqa: ARG001 - an index may hold days or months
    """What `b` is to the earlier `a`, published `apart` from it. Who is earlier decides between `near` and `excerpt` only."""
    if a.exact == b.exact and a.exact:
        return Likeness(Decision.EXACT, 1.0, "the same words")
    contained, _ = overlap(a.sketch, b.sketch)
    facts_a, facts_b = unpack(a.facts), unpack(b.facts)
    lead = max(_lead_share(facts_a, facts_b), _lead_share(facts_b, facts_a))
    words = _word_share(facts_a, facts_b)
    said = f"{contained:.0%} of its text, {lead:.0%} of its beginning, {words:.0%} of its words"
    if contained < _UNLIKE and lead < _UNLIKE:
        return Likeness(Decision.NEW, contained, said)
    shorter = min(a.words, b.words) <= _SHORTER * max(a.words, b.words)
    is_condensed = shorter and words >= _ALL_WORDS
    against = contradiction(facts_a, facts_b, 1.0 if is_condensed else lead)
    if max(len(facts_a.lead), len(facts_b.lead)) < FLASH:
        is_copy = _is_same_flash(facts_a, facts_b)
    else:
        novel = _novel(facts_a, facts_b), _novel(facts_b, facts_a)
        light = lead - _A_NOVEL_WORD * (min(max(novel), _MANY) - _FEW) + (contained - _USUAL)
        is_copy = (
            contained >= _SAME
            or (light >= _LIGHT and words >= _MOST_WORDS)
            or (sum(novel) < 2 * _FEW and words >= _NEARLY_ALL_WORDS and contained >= _MOST)
            or (words >= _ALL_BUT_FEW_WORDS and contained >= _USUAL)
            or (is_condensed and contained >= _UNLIKE)
        )
    if is_copy and not against:
        trimmed = b.words <= _TRIMMED * a.words
        return Likeness(Decision.EXCERPT if trimmed else Decision.NEAR, contained, said)
    if is_copy or (contained >= _LINE and lead >= _UNLIKE):
        elsewhere = against is not None and against.elsewhere
        reason = against.why if against else "it begins otherwise"
        return Likeness(Decision.NEW if elsewhere else Decision.UPDATE, contained, f"{said}, but {reason}")
    return Likeness(Decision.NEW, contained, said)
