"""What the seen index's answer means for one article: the verdict and its words. Pure, so that both stores judge alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streams.core.dedup.compare import compare
from streams.core.model import Claim, Claimed, Decision, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from streams.core.dedup.fingerprint import Fingerprint

REPEAT = Claimed(None)
"""The same article version stands elsewhere in the topic: it is dropped."""


def exact(of: str, story: str) -> Verdict:
    """A copy, word for word after folding, of article `of`."""
    return Verdict(Decision.EXACT, story, of=of, similarity=1.0, why=f"same text as {of}")


def new(claim: Claim, story: str) -> Verdict:
    """An article whose text nobody had before. It opens a story, or stays in that of its versions."""
    text = "no text to compare" if claim.content is None else "first with this text"
    why = text if story == claim.article else f"{text}; another version opened the story"
    return Verdict(Decision.NEW, story, why=why)


def story_of(claim: Claim, *, version: str | None, text: str | None) -> str:
    """The story a claim joins: its earlier versions' before that of its text's first article, else one of its own.

    Version is judged before content (delivery.md, rule 4), so a rewritten article never leaves the alert it feeds.
    """
    return version or text or claim.article


def judged(claim: Claim, *, of: str | None, story: str) -> Claimed:
    """The answer for a claim in `story` whose text `of` was first with, None where nobody was."""
    return Claimed(new(claim, story) if of is None else exact(of, story))


@dataclass(frozen=True, slots=True)
class Candidate:
    """An earlier article that owns a key of the one to be judged. `at` is its Kafka timestamp."""

    article: str
    story: str
    fingerprint: Fingerprint
    at: datetime


_RANK = (Decision.EXACT, Decision.NEAR, Decision.EXCERPT, Decision.UPDATE)


def likest(fingerprint: Fingerprint, at: datetime, candidates: Iterable[Candidate]) -> Verdict | None:
    """What an article is to the earlier ones it shares keys with; None where it is new beside them all.

    A copy is one whatever else it updates: exact before near, near before excerpt, excerpt before update; then the most
    similar, then the earliest, then the lower id, so that the order candidates come in makes no difference.
    """
    found = []
    for one in candidates:
        likeness = compare(one.fingerprint, fingerprint, apart=abs(at - one.at))
        if likeness.verdict in _RANK:
            found.append((_RANK.index(likeness.verdict), -likeness.similarity, one.at, one.article, one.story, likeness))
    if not found:
        return None
    _, _, _, article, story, best = min(found)
    return Verdict(best.verdict, story, of=article, similarity=round(best.similarity, 2), why=f"{best.why} of {article}")
