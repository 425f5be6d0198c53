"""Whether one article tells a reader of another anything new, from their fingerprints alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streams.core.dedup.facts import unpack
from streams.core.dedup.marks import DAY, NAME, NEGATION, sides_of, turns
from streams.core.dedup.sketch import overlap
from streams.core.model import Decision

if TYPE_CHECKING:
    from datetime import timedelta

    from streams.core.dedup.facts import Facts
    from streams.core.dedup.fingerprint import Fingerprint


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a later article stands to an earlier one: `new`, `exact`, `near`, `excerpt` or `update`, and why, in words."""

    verdict: Decision
    similarity: float
    """Share of the shorter text's shingles that stand in the longer one, estimated; 0 to 1."""
    why: str


_HEAD = 30
"""Words of a beginning that are looked for in the other; the other's may begin some words later."""
_NEWS = 25
"""Within so many words a text says what is new."""
_FLASH = 12
_SAME = 0.88
"""Shared from here on, whatever is first."""


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


def contradiction(a: Facts, b: Facts, lead: float) -> str | None:
    """What two texts say differently, in words; None where they agree as far as can be told."""
    only_a, only_b = (
        [number for number in one.numbers if number.value not in other.values] for one, other in ((a, b), (b, a))
    )
    for one in only_a:
        for other in only_b:
            if (one.after and one.after == other.after) or (one.before and one.before == other.before):
                return f"{one.value:g} became {other.value:g}"
    ahead_a, ahead_b = (
        {mark for word, mark in zip(one.lead[:_NEWS], one.marks, strict=False) if mark and word not in there}
        for one, there in ((a, set(b.lead)), (b, set(a.lead)))
    )
    if NAME in ahead_a and NAME in ahead_b:
        return "another place or party"
    if DAY in ahead_a and DAY in ahead_b:
        return "another day"
    marks_a, marks_b = set(a.marks[:_NEWS]), set(b.marks[:_NEWS])
    sides = sides_of()
    for mark in ahead_a - marks_b:
        if any(sides.get(side) == sides[mark] for side in ahead_b - marks_a if mark in sides):
            return f"another state of {sides[mark]}"
    for ahead, there in ((ahead_a, b.marks), (ahead_b, a.marks)):
        if NEGATION in ahead and NEGATION not in there:
            return "a negation"
        if lead < _ALIKE:
            turn = next((mark for mark in ahead if mark in turns() and mark not in there), None)
            if turn:
                return f"news of {sides[turn]}"
    return None


_ALIKE = 0.75


def compare(a: Fingerprint, b: Fingerprint, *, apart: timedelta) -> Likeness:  # noqa: ARG001
    """What `b` is to the earlier `a`, published `apart` from it."""
    if a.exact == b.exact and a.exact:
        return Likeness(Decision.EXACT, 1.0, "same text")
    shared = overlap(a.sketch, b.sketch)
    facts_a, facts_b = unpack(a.facts), unpack(b.facts)
    lead = max(_lead_share(facts_a, facts_b), _lead_share(facts_b, facts_a))
    novel = max(_novel(facts_a, facts_b), _novel(facts_b, facts_a))
    words = _word_share(facts_a, facts_b)
    against = contradiction(facts_a, facts_b, lead)
    ratio = min(a.words, b.words) / max(a.words, b.words, 1)
    c = shared.containment
    why = f"c={c:.2f} j={shared.jaccard:.2f} lead={lead:.2f} words={words:.2f} run={novel} r={ratio:.2f} {against}"
    if max(len(facts_a.lead), len(facts_b.lead)) < _FLASH:
        sa, sb = set(facts_a.lead), set(facts_b.lead)
        dup = not against and (sa <= sb or sb <= sa) and len(sa ^ sb) <= 2 and facts_a.values == facts_b.values
    else:
        dup = not against and (
            c >= _SAME
            or (lead >= 0.6 and c >= 0.3 and novel <= 5)
            or (novel <= 3 and c >= 0.5 and words >= 0.8)
            or (words >= 0.85 and ratio <= 0.8 and c >= 0.2)
        )
    if dup:
        return Likeness(Decision.NEAR, c, why)
    return Likeness(Decision.NEW, c, why)
