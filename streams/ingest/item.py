"""What reading a wire yields: an article ready for Kafka, or the reason why there is none (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streams import codec

if TYPE_CHECKING:
    from streams.core.model import Article
    from streams.ingest.generations import Record

_SOURCE = re.compile(r"[A-Za-z0-9._-]{1,100}")


@dataclass(frozen=True, slots=True)
class Item:
    """One article and where it stood: `where` is `path`, `path:line` or `path:[index]`."""

    where: str
    article: Article
    value: bytes

    @property
    def key(self) -> bytes:
        """The Kafka key, `source|uri`."""
        return self.article.key.encode()

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        """CloudEvents 1.0, Kafka binding, binary mode. No `ce_time` where the wire gives no time: none is made up."""
        headers = [
            ("ce_specversion", "1.0"),
            ("ce_id", self.article.id),
            ("ce_source", self.article.source),
            ("ce_type", "wirewatch.article.v1"),
            ("content-type", "application/json"),
        ]
        if self.article.published is not None:
            headers.insert(4, ("ce_time", self.article.published.isoformat()))
        return [(name, value.encode()) for name, value in headers]


@dataclass(frozen=True, slots=True)
class Failure:
    """What was not accepted: `reason` is a stable code, `detail` says in words what is wrong and what would mend it."""

    where: str
    reason: str
    detail: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}: {self.detail}"


class Unreadable(Failure):
    """An input that gives no article."""


def source_name(name: str) -> str:
    """`name`, if a source may be called so.

    Raises:
        ValueError: with what is allowed. The name is part of every Kafka key, before a `|`.
    """
    if not _SOURCE.fullmatch(name):
        raise ValueError(f"a source is called by letters, digits, - _ and . (at most 100), not {name!r}")
    return name


def packed(record: Record, *, source: str, where: str) -> Item:
    """The item of a canonical record.

    Raises:
        Rejected: as the pipeline itself would.
    """
    value = codec.to_json(record)
    return Item(where, codec.decode_article(value, source=source), value)
