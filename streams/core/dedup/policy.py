"""What the seen index's answer means for one article: the verdict and its words. Pure, so that both stores judge alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streams.core.dedup.compare import compare
from streams.core.dedup.versions import key_of, supersedes, version_of
from streams.core.model import Claim, Claimed, Decision, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from streams.core.model import Fingerprint

REPEAT = Claimed(None)
"""The same article version stands elsewhere in the topic: it is dropped."""
COPIES = (Decision.EXACT, Decision.NEAR, Decision.EXCERPT)
"""Verdicts on articles that tell a reader nothing new."""
_RANK = (*COPIES, Decision.UPDATE)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is kept of an article version. `at` is its Kafka timestamp; a version that takes it back is not `usable`."""

    article: str
    at: datetime
    fingerprint: Fingerprint
    published: datetime | None
    usable: bool


@dataclass(frozen=True, slots=True)
class Earlier:
    """An article claimed earlier and the story it stands in."""

    seen: Seen
    story: str


@dataclass(frozen=True, slots=True)
class Before:
    """The article another is a version of, or, where `evolved`, was made from by its own word."""

    earlier: Earlier
    evolved: bool


def seen(claim: Claim) -> Seen:
    """What is kept of a claim."""
    return Seen(claim.article, claim.at, claim.fingerprint, claim.published, claim.usable)


def likest(fingerprint: Fingerprint, candidates: Iterable[Earlier]) -> Verdict | None:
    """What an article is to the earlier ones it shares keys with; None where it is new beside them all.

    A copy is one whatever else it updates: exact before near, near before excerpt, excerpt before update; then the most
    similar, then the earliest, then the lower id, so that the order candidates come in makes no difference.
    """
    found = []
    for one in candidates:
        text = one.seen
        likeness = compare(text.fingerprint, fingerprint)
        if likeness.verdict in _RANK:
            found.append((_RANK.index(likeness.verdict), -likeness.similarity, text.at, text.article, one.story, likeness))
    if not found:
        return None
    _, _, _, article, story, best = min(found, key=lambda item: item[:4])
    return Verdict(best.verdict, story, of=article, similarity=round(best.similarity, 2), why=f"{best.why} of {article}")


def decide(article: Seen, before: Before | None, owners: Sequence[Earlier], *, window: timedelta) -> Verdict:
    """The verdict on an article that was not claimed before.

    Version and status are judged before content (delivery.md, rule 4): an article never leaves the story of its versions.

    Args:
        article: the one to be judged.
        before: the highest version known of it, or the article it says it was made from.
        owners: the owners of its keys.
        window: how far apart in time two articles may be of which one is a copy.
    """
    if before is not None and (verdict := _version(article, before)) is not None:
        return verdict
    if not article.usable:
        return Verdict(Decision.KILL, article.article, why="takes back an article that has not come")
    key = key_of(article.article)
    near = [one for one in owners if abs(article.at - one.seen.at) <= window and key_of(one.seen.article) != key]
    found = likest(article.fingerprint, near)
    if found is not None:
        return found
    why = "like no article before it" if article.fingerprint.exact else "no text to compare"
    return Verdict(Decision.NEW, article.article, why=why)


def _version(article: Seen, before: Before) -> Verdict | None:
    """The verdict on a version of an article, or on what was made from one; None where they only share an alternative id."""
    earlier = before.earlier.seen
    likeness = compare(earlier.fingerprint, article.fingerprint)
    version, old = version_of(article.article), version_of(earlier.article)
    own = key_of(earlier.article) == key_of(article.article)

    def verdict(what: Decision, why: str) -> Verdict:
        similarity = None if what is Decision.KILL else round(likeness.similarity, 2)
        return Verdict(what, before.earlier.story, of=earlier.article, similarity=similarity, why=why)

    # What counts versions of one article says nothing of those of another.
    newer = not own or supersedes(version, article.published, old=old, old_published=earlier.published)
    if before.evolved:
        what = likeness.verdict if likeness.verdict in COPIES else Decision.UPDATE
        return verdict(what, f"made from {earlier.article}: {likeness.why}")
    if not article.usable:
        return verdict(Decision.KILL, f"takes back {earlier.article}" if newer else f"takes back an earlier version than {old}")
    if not own and likeness.verdict is Decision.NEW:
        return None  # sources give one alternative id to all articles of an event too
    if not newer:
        came = f"version {old}, which came before it"
        return verdict(Decision.NEAR, f"older than {came}") if earlier.usable else verdict(Decision.KILL, f"taken back by {came}")
    same = earlier.usable and likeness.verdict is Decision.EXACT
    what, how = (Decision.EXACT, "same text as") if same else (Decision.CORRECTION, f"{likeness.why}; takes the place of")
    return verdict(what, f"{how} {earlier.article}")
