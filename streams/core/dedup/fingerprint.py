"""The identity of a text's content: equal for texts that differ in spelling habits only."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from streams.core.text.fold import WORD, fold

if TYPE_CHECKING:
    from streams.core.model import Article

_WORDS = re.compile(f"{WORD}+")


def content_key(article: Article) -> str | None:
    """32 hex digits (BLAKE2b, 128 bits) over the folded words of headline and body; None where there is no word.

    Tashkeel, hamza and ya forms, digits' script, case, punctuation and white space make no difference; beyond
    `READ_LIMIT` every character does.
    """
    text = "\n".join(field.text for field in article.fields)
    words = _WORDS.findall(fold(text).text)
    if not words:
        return None
    data = " ".join([*words, *article.unread]).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=16).hexdigest()
