"""Whether one article tells a reader of another anything new, from their fingerprints alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streams.core.dedup.sketch import overlap
from streams.core.model import Decision

if TYPE_CHECKING:
    from datetime import timedelta

    from streams.core.model import Fingerprint

_CONTAINED = 0.5


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a later article stands to an earlier one: `new`, `exact`, `near`, `excerpt` or `update`, and why, in words."""

    verdict: Decision
    similarity: float
    """Share of the shorter text's shingles that stand in the longer one, estimated; 0 to 1."""
    why: str


def compare(a: Fingerprint, b: Fingerprint, *, apart: timedelta) -> Likeness:  # noqa: ARG001 - for what is written anew each day
    """What `b` is to the earlier `a`, published `apart` from it."""
    if a.exact == b.exact and a.exact:
        return Likeness(Decision.EXACT, 1.0, "same text")
    shared = overlap(a.sketch, b.sketch)
    if shared.containment >= _CONTAINED:
        return Likeness(Decision.NEAR, shared.containment, f"{shared.containment:.0%} of its text")
    return Likeness(Decision.NEW, shared.containment, f"{shared.containment:.0%} of its text")
