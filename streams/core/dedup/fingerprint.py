"""What is kept of an article to tell its copies by: never its text."""

from __future__ import annotations

import hashlib
import re
import zlib
from typing import TYPE_CHECKING

import numpy as np

from streams.core.dedup.sketch import KEYS, shingles, sketch
from streams.core.model import Fingerprint
from streams.core.text.fold import WORD, fold
from streams.core.text.furniture import Furniture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.model import Article

_WORDS = re.compile(f"{WORD}+")
_PLAIN = Furniture()
EMPTY = Fingerprint(b"", b"", (), b"", 0)


def _exact(words: Sequence[str], unread: Sequence[str]) -> bytes:
    data = " ".join([*words, *unread]).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=16).digest()


def content_key(article: Article) -> str | None:
    """32 hex digits (BLAKE2b, 128 bits) over the folded words of headline and body; None where there is no word.

    Tashkeel, hamza and ya forms, digits' script, case, punctuation and white space make no difference; beyond
    `READ_LIMIT` every character does.
    """
    text = "\n".join(field.text for field in article.fields)
    words = _WORDS.findall(fold(text).text)
    return _exact(words, article.unread).hex() if words else None


def fingerprints(articles: Sequence[Article], furniture: Furniture = _PLAIN) -> list[Fingerprint]:
    """The fingerprint of each article, in order; total on any text. One call a batch is cheaper than one an article.

    Args:
        articles: at most some hundreds; their texts are in memory together.
        furniture: phrases of page furniture, left out of all but `exact` (`Lexicons.furniture`).
    """
    return [_fingerprint(article, furniture) for article in articles]


def _fingerprint(article: Article, furniture: Furniture) -> Fingerprint:
    folded = [fold(field.text).text for field in article.fields]
    if not any(map(_WORDS.search, folded)):
        return EMPTY
    exact = _exact([word for text in folded for word in _WORDS.findall(text)], article.unread)
    body = folded[-1]
    kept = "".join(body[low:high] for low, high in furniture.kept(body))
    words = _WORDS.findall(kept) or _WORDS.findall(folded[0])
    hashes = np.array([zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in words], np.uint32)
    smallest = sketch(shingles(hashes))
    return Fingerprint(exact, smallest.astype("<u4").tobytes(), tuple(smallest[:KEYS].tolist()), b"", len(words))
