"""Whether one article tells a reader of another anything new, from their fingerprints alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streams.core.dedup.contradiction import contradiction
from streams.core.dedup.facts import unpack
from streams.core.dedup.sketch import overlap
from streams.core.model import Decision

if TYPE_CHECKING:
    from streams.core.dedup.facts import Facts
    from streams.core.model import Fingerprint


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a later article stands to an earlier one: `new`, `exact`, `near`, `excerpt` or `update`, and why, in words."""

    verdict: Decision
    similarity: float
    """Share of the shorter text's shingles that stand in the longer one, estimated; 0 to 1."""
    why: str


FLASH = 16
"""Texts with fewer words that say something are single sentences."""
_HEAD = 30
"""Words of a beginning that are looked for in the other; the other's may begin some words later."""
_NOTHING, _UNLIKE, _LINE = 0.05, 0.2, 0.45
"""Share of the text below which nothing is looked at; below which nothing is a copy; from which on two texts are of one line."""
_SAME = 0.88
"""Share of the text from which on it is a copy whatever comes first: only the order was changed."""
_LIGHT, _USUAL, _A_NOVEL_WORD, _FEW, _MANY, _MOST_WORDS = 0.55, 0.7, 0.05, 3, 8, 0.8
"""A beginning lightly edited: what the beginnings share, less 0.05 for each word beyond three of the longest run that is new,
is at least 0.55, more or less by as much as the whole shares less or more than 0.7."""
_NO_NEWS, _TOLD, _PART = 0.165, 0.75, 0.3
"""A beginning in other words: hardly any of its words are new to the other text, with which it shares most words and a part."""
_ALL_BUT_FEW_WORDS = 0.94
"""Share of the words from which on the order alone was changed."""
_SHORTER, _ALL_WORDS = 0.75, 0.82
"""Condensed by another desk: at most so long, and with so many of its words in the longer."""
_EDITED_WORDS, _EDITED_NEW, _EDITED_RUN = 0.75, 0.33, 4
"""Edited line by line, so that hardly three words in a row are left: most words are the same, hardly any of either beginning is
new to the other text, never many in a row, and neither has a number at its beginning that the other lacks. Others who tell of
the same event share less than half of the words."""
_OPENING, _BYLINE, _SYNONYMS = 14, 4, 1
"""One first sentence: so many words either begins with, but for a synonym, stand in the other's beginning; before one of them may
come a byline of so many."""
_SAME_OPENING, _CUT = 0.5, 0.4
"""Of one first sentence and cut differently behind it: what the beginnings share in runs, and the shorter text at least."""
_OWN_WORDS, _OWN_RUN = 0.4, 5
"""A beginning of its own: so many of its words, so many in a row, are nowhere in the other."""
_TRIMMED = 0.7
_MORE_WORDS = 2


def _lead_share(a: Facts, b: Facts) -> float:
    """Share of the runs of three words at the beginning of one text that stand near the beginning of the other; the greater."""
    if a.lead[:_HEAD] == b.lead[:_HEAD]:
        return 1.0
    runs_a, runs_b = ([*zip(one.lead, one.lead[1:], one.lead[2:], strict=False)] for one in (a, b))
    all_a, all_b = set(runs_a), set(runs_b)
    first_a, first_b = runs_a[: _HEAD - 2], runs_b[: _HEAD - 2]
    here, there = (sum(run in known for run in first) for first, known in ((first_a, all_b), (first_b, all_a)))
    return max(here / max(1, len(first_a)), there / max(1, len(first_b)))


def _novel(one: Facts, other: Facts) -> int:
    """The longest run of words at the beginning of one text none of which the other begins with."""
    there = set(other.lead)
    longest = run = 0
    for word in one.lead[:_HEAD]:
        run = 0 if word in there else run + 1
        longest = max(longest, run)
    return longest


def _opening(one: Facts, other: Facts) -> tuple[int, int]:
    """How many words stand before one text begins as the other does, and how many of it they go together, but for a synonym."""
    there = set(other.lead)
    before = next((place for place, word in enumerate(one.lead) if word in there), len(one.lead))
    together = new = 0
    for word in one.lead[before:]:
        new += word not in there
        if new > _SYNONYMS:
            break
        together += 1
    return before, together


def _is_cut_otherwise(a: Facts, b: Facts) -> bool:
    """Whether both have one first sentence, whatever is left of the rest of it in either."""
    (before_a, together_a), (before_b, together_b) = _opening(a, b), _opening(b, a)
    return min(together_a, together_b) >= _OPENING and min(before_a, before_b) == 0 and max(before_a, before_b) <= _BYLINE


def _begins_anew(one: Facts, other: Facts) -> bool:
    """Whether a text begins with what the whole other text does not have: of an old story that is news."""
    if one.lead[:_HEAD] == other.lead[:_HEAD]:
        return False
    longest = run = 0
    for word in one.lead[:_HEAD]:
        run = 0 if other.has(word) else run + 1
        longest = max(longest, run)
    before, together = _opening(one, other)
    return longest >= _OWN_RUN and (before > _BYLINE or together <= _FEW) and one.new(other, _HEAD) >= _OWN_WORDS


def _is_edited(a: Facts, b: Facts, words: float) -> bool:
    """Whether one is the other edited line by line, whatever runs of words they share."""
    return (
        words >= _EDITED_WORDS
        and max(a.new(b, _HEAD), b.new(a, _HEAD)) <= _EDITED_NEW
        and max(_novel(a, b), _novel(b, a)) <= _EDITED_RUN
        and not any(one.ahead and other.lacks(one.value) for facts, other in ((a, b), (b, a)) for one in facts.numbers)
    )


def _is_same_flash(a: Facts, b: Facts) -> bool:
    """Whether two single sentences say the same: one has all words of the other, and at most two more."""
    one, other = set(a.lead), set(b.lead)
    return (one <= other or other <= one) and len(one ^ other) <= _MORE_WORDS and a.values == b.values


def compare(a: Fingerprint, b: Fingerprint) -> Likeness:
    """What `b` is to the earlier `a`.

    Who is earlier decides between `near` and `excerpt`, and whose own beginning is news: an old text behind a new beginning
    is an update, one that lost its beginning tells nothing new.
    """
    if a.exact == b.exact and a.exact:
        return Likeness(Decision.EXACT, 1.0, "the same words")
    if a.sketch and a.sketch == b.sketch and a.facts == b.facts:
        return Likeness(Decision.NEAR, 1.0, "the same text under another headline")
    contained, _ = overlap(a.sketch, b.sketch)
    if contained < _NOTHING:
        return Likeness(Decision.NEW, contained, f"{contained:.0%} of its text")
    return _likeness(a, b, contained)


def _likeness(a: Fingerprint, b: Fingerprint, contained: float) -> Likeness:
    """As `compare`, for texts that share something."""
    facts_a, facts_b = unpack(a.facts), unpack(b.facts)
    lead = _lead_share(facts_a, facts_b)
    words = facts_a.shared(facts_b)
    said = f"{contained:.0%} of its text, {lead:.0%} of its beginning, {words:.0%} of its words"
    is_flash = max(len(facts_a.lead), len(facts_b.lead)) < FLASH
    edited = contained < _LINE and not is_flash and _is_edited(facts_a, facts_b, words)
    if contained < _UNLIKE and lead < _UNLIKE and not edited:
        return Likeness(Decision.NEW, contained, said)
    shorter = min(a.words, b.words) <= _SHORTER * max(a.words, b.words)
    is_condensed = shorter and words >= _ALL_WORDS
    against = contradiction(facts_a, facts_b, 1.0 if is_condensed else lead)
    if is_flash:
        is_copy = _is_same_flash(facts_a, facts_b)
    else:
        novel = _novel(facts_a, facts_b), _novel(facts_b, facts_a)
        light = lead - _A_NOVEL_WORD * (min(max(novel), _MANY) - _FEW) + (contained - _USUAL)
        is_copy = (
            contained >= _SAME
            or edited
            or (light >= _LIGHT and words >= _MOST_WORDS)
            or (
                min(facts_a.new(facts_b, _HEAD), facts_b.new(facts_a, _HEAD)) <= _NO_NEWS
                and words >= _TOLD
                and contained >= _PART
            )
            or (words >= _ALL_BUT_FEW_WORDS and contained >= _USUAL)
            or (is_condensed and contained >= _UNLIKE)
            or (contained >= _CUT and lead >= _SAME_OPENING and _is_cut_otherwise(facts_a, facts_b))
        )
    begins_anew = is_copy and not is_flash and _begins_anew(facts_b, facts_a)
    if is_copy and not against and not begins_anew:
        trimmed = b.words <= _TRIMMED * a.words
        return Likeness(Decision.EXCERPT if trimmed else Decision.NEAR, contained, said)
    if is_copy or (contained >= _LINE and lead >= _UNLIKE):
        elsewhere = against is not None and against.elsewhere
        reason = against.why if against else "it begins with news" if begins_anew else "it begins otherwise"
        return Likeness(Decision.NEW if elsewhere else Decision.UPDATE, contained, f"{said}, but {reason}")
    return Likeness(Decision.NEW, contained, said)
