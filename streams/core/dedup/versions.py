"""Versions of one article: what they go by, and which comes after which (delivery.md, identity)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.model import Claim

if TYPE_CHECKING:
    from datetime import datetime

    from streams.core.model import Article, Fingerprint

USABLE = "usable"
_MOST_NAMES = 8


def claim(article: Article, fingerprint: Fingerprint, *, offset: int, at: datetime) -> Claim:
    """What an article claims: nothing by its text where it takes an article back. Names reach no further than its own source.

    Args:
        article: as decoded.
        fingerprint: of this article.
        offset: of its record in its partition.
        at: its record's Kafka timestamp.
    """
    usable = article.pub_status == USABLE
    others = [f"{article.source}|{uri}" for uri in article.alt_ids]
    evolved = [f"{article.source}|{uri}" for uri in article.evolved_from if uri != article.uri]
    return Claim(
        article=article.id,
        offset=offset,
        at=at,
        fingerprint=fingerprint,
        names=tuple(dict.fromkeys((article.key, *others)))[:_MOST_NAMES],
        evolved=tuple(dict.fromkeys(evolved))[:_MOST_NAMES] if usable else (),
        published=None if article.published is None else _whole(article.published),
        usable=usable,
    )


def _whole(moment: datetime) -> datetime:
    """To the millisecond, as the index keeps it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def key_of(article_id: str) -> str:
    """The `source|uri` of an article id; a version has no `|` in it."""
    return article_id.rpartition("|")[0]


def version_of(article_id: str) -> str:
    """The version of an article id."""
    return article_id.rpartition("|")[2]


def supersedes(version: str, published: datetime | None, *, old: str, old_published: datetime | None) -> bool:
    """Whether a version that came later is the newer one: as integers where both are, else by time, else because it came later.

    `store/claim.lua` has the same rule in its own words.
    """
    if version.isascii() and version.isdigit() and old.isascii() and old.isdigit():
        return int(version) > int(old)
    if published is not None and old_published is not None:
        return published >= old_published
    return True
