"""What is kept of an article to tell its copies by: never its text."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import numpy as np

from streams.core.dedup import facts
from streams.core.dedup.compare import FLASH
from streams.core.dedup.sketch import bigrams, pairs, shingles, sketch
from streams.core.dedup.vocabulary import HASH, ONE, STOP_BIT, described, tokens
from streams.core.model import Fingerprint
from streams.core.text.fold import fold
from streams.core.text.furniture import Furniture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.model import Article

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
    return [_fingerprint(article, furniture) for article in articles]


def _fingerprint(article: Article, furniture: Furniture) -> Fingerprint:
    folded = [fold(field.text).text for field in article.fields]
    all_words = [tokens(text) for text in folded]
    if not any(all_words):
        return EMPTY
    exact = _exact([word for words in all_words for word in words], article.unread)
    texts, original = all_words[0], article.fields[0].text
    if article.body is not None:
        kept = _kept(folded[-1], furniture)
        body = all_words[-1] if kept == folded[-1] else tokens(kept)
        if body or not texts:
            texts, original = body or all_words[-1], article.body.text
    words, numbers = facts.numbered(described(texts), texts)
    packed = facts.pack(words, numbers, _names(original))
    hashes = (words & HASH).astype(np.uint32)
    telling = hashes[((words >> STOP_BIT) & ONE) == 0]
    if telling.size < FLASH:
        smallest = sketch(pairs(telling if telling.size > 1 else hashes))
        keys = smallest[:_KEYS]
    else:
        smallest = sketch(shingles(hashes))
        keys = np.concatenate((smallest[: _KEYS // 2], np.unique(bigrams(telling[:_BEGINNING]))[: _KEYS // 2]))
    return Fingerprint(exact, smallest.astype("<u4").tobytes(), tuple(keys.tolist()), packed, words.size)


def _kept(folded: str, furniture: Furniture) -> str:
    """The article without page furniture and without the dateline before its first words."""
    ranges = furniture.kept(folded)
    whole = len(ranges) == 1 and ranges[0] == (0, len(folded))
    text = folded if whole else "".join(folded[low:high] for low, high in ranges)
    dateline = _DATELINE.match(text)
    return text[dateline.end() :] if dateline and dateline.end() < len(text) else text


def _names(original: str) -> frozenset[int]:
    """Hashes of the words that capitals tell as names, at a text's beginning and within its sentences."""
    head = original[:_CAPITALS_WITHIN]
    if not _CAPITAL.search(head):
        return frozenset()
    found = tokens(fold(" ".join(_NAME.findall(head))).text)
    return frozenset((described(found) & HASH).tolist())
