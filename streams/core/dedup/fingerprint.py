"""What is kept of an article to tell its copies by: never its text."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import numpy as np

from streams.core.dedup import facts
from streams.core.dedup.batch import texts
from streams.core.dedup.compare import FLASH
from streams.core.dedup.sketch import distinct, pairs, sketch
from streams.core.dedup.vocabulary import HASH, described, has_han, tokens
from streams.core.model import Fingerprint
from streams.core.text.fold import fold, fold_each
from streams.core.text.furniture import Furniture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.model import Article, Field
    from streams.core.text.fold import Folded

_PLAIN = Furniture()
_KEYS, _BEGINNING = 8, 20
"""Half of the keys are of the whole text, half of the first words that say something: a text condensed to a fifth keeps those."""
_DATELINE = re.compile(r"""\s*(?:\([^()\n]{2,60}\)|[^\n().:"!?-]{2,40})\s*-\s+""")
_CAPITALS_WITHIN = 600
_NAME = re.compile(r"(?<=[^\W\d_A-ZА-ЯЁÀ-Þ])[,;]?[ \n]+(?:[ldL]['’])?([A-ZА-ЯЁÀ-ÖØ-Þ]\w{2,})")
_CAPITAL = re.compile("[A-ZА-ЯЁ]")


EMPTY = Fingerprint(b"", b"", (), b"", 0)


def _exact(words: Sequence[bytes], unread: Sequence[str]) -> bytes:
    data = b" ".join([*words, *(text.encode("utf-8", "surrogatepass") for text in unread)])
    return hashlib.blake2b(data, digest_size=16).digest()


def content_key(article: Article) -> str | None:
    """32 hex digits (BLAKE2b, 128 bits) over the folded words of headline and body; None where there is no word.

    Tashkeel, hamza and ya forms, digits' script, case, punctuation and white space make no difference; beyond
    `READ_LIMIT` every character does.
    """
    words = [word for field in article.fields for word in tokens(fold(field.text).text)]
    return _exact(words, article.unread).hex() if words else None


def fingerprints(articles: Sequence[Article], furniture: Furniture = _PLAIN) -> list[Fingerprint]:
    """The fingerprint of each article, in order; total on any text.

    Args:
        articles: of any number.
        furniture: phrases of page furniture, left out of all but `exact` (`Lexicons.furniture`).
    """
    read = _read_each(articles, furniture)
    found: list[Fingerprint] = []
    for (exact, _, original), text in zip(read, texts([words for _, words, _ in read]), strict=True):
        if not exact:
            found.append(EMPTY)
            continue
        if text.said.size < FLASH:
            smallest = sketch(pairs(text.hashes))
            keys = smallest[:_KEYS]
        else:
            smallest = sketch(text.shingles)
            keys = np.concatenate((smallest[: _KEYS // 2], distinct(text.bigrams[: _BEGINNING - 1])[: _KEYS // 2]))
        packed = facts.pack(text, _names(original), with_han=has_han(original))
        found.append(Fingerprint(exact, smallest.astype("<u4").tobytes(), tuple(keys.tolist()), packed, text.size))
    return found


_Read = tuple[bytes, list[bytes], str]
"""What is exact of an article, the words its copies are told by, and how the text begins that has them."""


def _read_each(articles: Sequence[Article], furniture: Furniture) -> list[_Read]:
    fields = [article.fields for article in articles]
    folded = iter(fold_each([field.text for one in fields for field in one]))
    texts = [[next(folded) for _ in one] for one in fields]
    # The body is the last field; a headline alone has no furniture.
    bodies = furniture.kept_each([one[-1] for one, article in zip(texts, articles, strict=True) if article.body is not None])
    kept = iter(bodies)
    return [
        _read(
            article,
            list(zip(one, text, [None] * (len(one) - 1) + [next(kept) if article.body is not None else None], strict=True)),
        )
        if one
        else (b"", [], "")
        for article, one, text in zip(articles, fields, texts, strict=True)
    ]


def _read(article: Article, fields: Sequence[tuple[Field, Folded, list[tuple[int, int]] | None]]) -> _Read:
    every: list[bytes] = []
    words: list[bytes] = []
    original = ""
    for field, folded, ranges in fields:
        kept: list[bytes] = []
        for piece, is_kept in [(folded.text, True)] if ranges is None else _pieces(folded.text, ranges):
            found = tokens(piece)
            every += found
            if is_kept:
                kept += found
        if kept:  # the body where it says anything, and else the headline
            words, original = kept, field.text[:_CAPITALS_WITHIN]
    return (_exact(every, article.unread), words or every, original) if every else (b"", [], "")


def _pieces(folded: str, ranges: Sequence[tuple[int, int]]) -> list[tuple[str, bool]]:
    """A body in pieces: those of the article, and page furniture and the dateline before its first words."""
    pieces: list[tuple[str, bool]] = []
    place = 0
    for low, high in ranges:
        if not any(kept for _, kept in pieces):
            dateline = _DATELINE.match(folded, low, high)
            start = dateline.end() if dateline and dateline.end() < high else low
        else:
            start = low
        if place < start:
            pieces.append((folded[place:start], False))
        pieces.append((folded[start:high], True))
        place = high
    if place < len(folded):
        pieces.append((folded[place:], False))
    return pieces


def _names(original: str) -> frozenset[int]:
    """Hashes of the words that capitals tell as names, at a text's beginning and within its sentences."""
    if not _CAPITAL.search(original):
        return frozenset()
    found = tokens(fold(" ".join(_NAME.findall(original))).text)
    return frozenset((described(found) & HASH).tolist())
