"""Articles and claims for tests of near-duplicates: texts of plain words that share what a test says they share."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from functools import cache

from streams.core.dedup import versions
from streams.core.dedup.fingerprint import fingerprints
from streams.core.model import Article, Claim, Field

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
_SYLLABLES = ("ba", "ko", "mi", "ru", "ta", "le", "so", "ni", "du", "fa", "ge", "po")


@cache
def text(seed: str, words: int = 120) -> str:
    """So many words, the same for one seed, in sentences of twelve."""
    chosen = random.Random(seed)  # noqa: S311 - a made text
    made = ["".join(chosen.choices(_SYLLABLES, k=chosen.randint(2, 4))) for _ in range(words)]
    return " ".join(word + ("." if n % 12 == 11 else "") for n, word in enumerate(made))


def article(  # noqa: PLR0913 - a test names only what it cares about
    uri: str,
    body: str | None,
    *,
    version: str = "1",
    source: str = "wire",
    status: str = "usable",
    published: datetime | None = None,
    alt_ids: tuple[str, ...] = (),
    evolved_from: tuple[str, ...] = (),
) -> Article:
    """An article of this body and no headline."""
    field = None if body is None else Field("/bodies/0/value", body)
    return Article(source, uri, version, published, None, None, field, status, alt_ids=alt_ids, evolved_from=evolved_from)


def claim(offset: int, given: Article, at: timedelta = timedelta()) -> Claim:
    """The claim of an article whose record came `at` behind `START`."""
    return versions.claim(given, fingerprints([given])[0], offset=offset, at=START + at)
