"""Whether one article tells a reader of another anything new, from their fingerprints alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streams.core.dedup.facts import unpack
from streams.core.dedup.marks import DAY, NAME, NEGATION, matters
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


def _lead_share(one: Facts, other: Facts, words: int = 30) -> float:
    """Share of the runs of three words at the beginning of one text that stand near the beginning of the other."""
    lead = one.lead[:words]
    runs = list(zip(lead, lead[1:], lead[2:], strict=False))
    there = set(zip(other.lead, other.lead[1:], other.lead[2:], strict=False))
    return sum(run in there for run in runs) / max(1, len(runs))


def _word_share(one: Facts, other: Facts) -> float:
    reach = min(one.reach, other.reach)
    a, b = ({word for word in facts.words if word <= reach} for facts in (one, other))
    return len(a & b) / max(1, min(len(a), len(b)))


def contradiction(a: Facts, b: Facts, words: int = 25) -> str | None:
    """What two texts say differently, in words; None where they agree as far as can be told."""
    only_a, only_b = (
        [number for number in one.numbers if number.value not in other.values] for one, other in ((a, b), (b, a))
    )
    for one in only_a:
        for other in only_b:
            if (one.after and one.after == other.after) or (one.before and one.before == other.before):
                return f"{one.value:g} became {other.value:g}"
    ahead_a, ahead_b = (
        {mark: word for word, mark in zip(one.lead[:words], one.marks, strict=False) if mark and word not in there}
        for one, there in ((a, set(b.lead)), (b, set(a.lead)))
    )
    if NAME in ahead_a and NAME in ahead_b:
        return "another place or party"
    if DAY in ahead_a and DAY in ahead_b:
        return "another day"
    marks_a, marks_b = set(a.marks[:words]), set(b.marks[:words])
    for mark in ahead_a.keys() - marks_b:
        matter = matters().get(mark)
        if matter and any(matters().get(side) == matter for side in ahead_b.keys() - marks_a):
            return f"another state of {matter}"
    if (NEGATION in ahead_a and NEGATION not in b.marks) or (NEGATION in ahead_b and NEGATION not in a.marks):
        return "a negation"
    return None


def compare(a: Fingerprint, b: Fingerprint, *, apart: timedelta) -> Likeness:  # noqa: ARG001
    """What `b` is to the earlier `a`, published `apart` from it."""
    if a.exact == b.exact and a.exact:
        return Likeness(Decision.EXACT, 1.0, "same text")
    shared = overlap(a.sketch, b.sketch)
    facts_a, facts_b = unpack(a.facts), unpack(b.facts)
    lead = max(_lead_share(facts_a, facts_b), _lead_share(facts_b, facts_a))
    words = _word_share(facts_a, facts_b)
    against = contradiction(facts_a, facts_b)
    why = f"c={shared.containment:.2f} j={shared.jaccard:.2f} lead={lead:.2f} words={words:.2f} {against}"
    dup = not against and (
        (lead >= 0.5 and shared.containment >= 0.3)
        or (shared.containment >= 0.9)
    )
    if dup:
        return Likeness(Decision.NEAR, shared.containment, why)
    return Likeness(Decision.NEW, shared.containment, why)
