"""What alerts and events are called, and which version of an article comes after which."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from streams.core.dedup.versions import supersedes
from streams.core.model import AlertKind

if TYPE_CHECKING:
    from streams.core.model import AlertType, Applied, Article


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def escalation_id(story: str) -> str:
    """The alert of a story's escalation: one a story."""
    return _digest(AlertKind.ESCALATION, story)


def incident_id(index: str, year: int, number: int) -> str:
    """The `number`-th incident of an index (a body and a place) that opens with a report of `year` (ADR 3)."""
    return _digest(AlertKind.UN_SESSION, index, str(year), str(number))


def event_id(alert: str, kind: AlertType, cause: str) -> str:
    """The id of an event, equal however often it is computed (delivery.md, identity)."""
    return _digest(alert, kind, cause)


def is_known(article: Article, applied: Applied | None) -> bool:
    """Whether this very version was taken in before: dedup may emit it again (delivery.md, rule 5)."""
    return applied is not None and (article.version == applied.version or article.version in applied.earlier)


def is_newer(article: Article, applied: Applied | None) -> bool:
    """Whether an article supersedes what was applied: by integer version, else by time, else by its later offset.

    A version that was applied before never does, wherever it stands.
    """
    if applied is None:
        return True
    if is_known(article, applied):
        return False
    return supersedes(article.version, article.published, old=applied.version, old_published=applied.published)
