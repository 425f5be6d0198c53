"""What is kept of an article to tell its copies by: never its text."""

from __future__ import annotations

import hashlib
import re
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from streams.core.dedup import facts
from streams.core.dedup.batch import texts
from streams.core.dedup.compare import FLASH
from streams.core.dedup.reading import BEGINNING, Field, is_in_page, read
from streams.core.dedup.sketch import SIZE, packed, pairs, sketch
from streams.core.dedup.vocabulary import HASH, described, tokens
from streams.core.model import Fingerprint
from streams.core.text.fold import fold, fold_each
from streams.core.text.furniture import Furniture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.dedup.reading import Reading
    from streams.core.model import Article

_PLAIN = Furniture()
_KEYS, _BEGINNING = 8, 20
"""Half of the keys are of the whole text, half of the first words that say something: a text condensed to a fifth keeps those."""
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
    fields = _fields(articles, furniture)
    found = [EMPTY] * len(articles)
    in_page = [is_in_page(some) for some in fields]
    for which in (True, False):
        chosen = [number for number, is_so in enumerate(in_page) if is_so is which and fields[number]]
        if chosen:
            texts_of = [articles[number] for number in chosen]
            for number, made in zip(chosen, _made(texts_of, [fields[n] for n in chosen], in_page=which), strict=True):
                found[number] = made
    return found


def _fields(articles: Sequence[Article], furniture: Furniture) -> list[list[Field]]:
    """Each article's folded fields with what of them is no furniture."""
    fields = [article.fields for article in articles]
    folded = iter(fold_each([field.text for some in fields for field in some]))
    read = [[Field(text, [(0, len(text.codes))], is_body=False) for text in islice(folded, len(some))] for some in fields]
    # The body is the last field; a headline alone has no furniture.
    with_body = [some for some, article in zip(read, articles, strict=True) if article.body is not None]
    for some, kept in zip(with_body, furniture.kept_each([some[-1].folded for some in with_body]), strict=True):
        some[-1] = Field(some[-1].folded, kept, is_body=True)
    return read


def _made(articles: Sequence[Article], fields: Sequence[Sequence[Field]], *, in_page: bool) -> list[Fingerprint]:
    """The fingerprints of articles read in one alphabet."""
    words, readings = read(fields, in_page=in_page)
    batch = texts(words, readings)
    names = [_names(one, some) for one, some in zip(readings, fields, strict=True)]
    told = facts.pack_each(batch, names, [one.has_han for one in readings])
    runs, bounds = batch.shingles()
    beginnings = batch.beginnings(_BEGINNING)
    sizes = (batch.every.ends - batch.every.begins).tolist()
    telling = zip(batch.telling.begins.tolist(), batch.telling.ends.tolist(), strict=True)
    found = []
    for number, (low, high) in enumerate(telling):
        reading = readings[number]
        if not reading.exact:
            found.append(EMPTY)
            continue
        if high - low < FLASH:
            begin, end = batch.every.begins[number], batch.every.ends[number]
            few = high - low < 2  # noqa: PLR2004 - one word makes no pair
            smallest = sketch(pairs(batch.hashes[begin:end] if few else batch.said[low:high].astype(np.uint32)))
            keys = smallest[:_KEYS].tolist()
        else:
            smallest = runs[bounds[number] : bounds[number + 1]][:SIZE]
            keys = [*smallest[: _KEYS // 2].tolist(), *[*dict.fromkeys(beginnings[number])][: _KEYS // 2]]
        found.append(
            Fingerprint(
                _exact([reading.exact], articles[number].unread),
                packed(smallest),
                tuple(keys),
                told[number],
                sizes[number],
            )
        )
    return found


def _names(reading: Reading, fields: Sequence[Field]) -> frozenset[int]:
    """Hashes of the words that capitals tell as names, at a text's beginning and within its sentences."""
    if reading.field is None or not reading.has_capitals:
        return frozenset()
    original = fields[reading.field].folded.original[:BEGINNING]
    if not _CAPITAL.search(original):
        return frozenset()
    found = tokens(fold(" ".join(_NAME.findall(original))).text)
    return frozenset((described(found) & HASH).tolist())
