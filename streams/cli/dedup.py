"""`wirewatch dedup`: the verdicts of articles in the order given, on the in-memory seen index."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from streams import codec
from streams.core.dedup import versions
from streams.core.dedup.fingerprint import fingerprints
from streams.core.model import Decision, Partition, Verdict
from streams.store.memory_seen import MemorySeen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from streams.core.model import Article
    from streams.core.text.furniture import Furniture
    from streams.settings import Settings

_BATCH = 128
_PARTITION = Partition("offline", 0)


async def judged(settings: Settings, articles: Iterable[Article], furniture: Furniture) -> AsyncIterator[bytes]:
    """One JSON line an article, in order. Its own time stands for Kafka's; without one, that of the latest before it.

    `id`, `of` and `story` are the articles' uris, as `check` prints them.
    """
    seen, given, offset = MemorySeen(settings), iter(articles), 0
    latest = datetime(1970, 1, 1, tzinfo=UTC)
    while batch := list(islice(given, _BATCH)):
        claims = []
        for article, text in zip(batch, fingerprints(batch, furniture), strict=True):
            at = article.published or latest
            latest = max(latest, at)
            claims.append(versions.claim(article, text, offset=offset, at=at))
            offset += 1
        for article, claimed in zip(batch, await seen.claim(_PARTITION, claims), strict=True):
            yield _line(article, claimed.verdict)


def _line(article: Article, verdict: Verdict | None) -> bytes:
    told = verdict or Verdict(Decision.EXACT, article.id, article.id, 1.0, "this very version came before")
    return codec.to_json(
        {
            "id": article.uri,
            "verdict": told.verdict,
            "of": told.of and _uri(told.of),
            "story": _uri(told.story),
            "similarity": told.similarity,
            "why": told.why,
        }
    )


def _uri(article_id: str) -> str:
    return versions.key_of(article_id).partition("|")[2]
