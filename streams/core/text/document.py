"""An article as detectors read it: every field folded, cut into sentences, page furniture out."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from dataclasses import field as attribute
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from streams.core.model import Span
from streams.core.text.code_page import IS_WORD, OTHER
from streams.core.text.evasion import plain_each
from streams.core.text.fold import WORDS, Folded, fold_each
from streams.core.text.furniture import Furniture
from streams.core.text.language import SAMPLE as LANGUAGE_SAMPLE
from streams.core.text.language import language
from streams.core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streams.core.model import Article, Field

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)


class Searcher(Protocol[_T_co]):
    """What finds things in many texts at once: a matcher."""

    def find_each(self, texts: Sequence[Folded]) -> Sequence[Sequence[_T_co]]:
        """What it finds in each of the texts."""
        ...


@dataclass(frozen=True)
class Part:
    """One field. Ranges are half-open, in code points of the folded text; `kept` is what is no furniture."""

    field: Field
    is_headline: bool
    folded: Folded
    kept: tuple[tuple[int, int], ...]
    _found: dict[Searcher[Any], Sequence[Any]] = attribute(default_factory=dict, init=False, repr=False, compare=False)

    def found(self, searcher: Searcher[_T]) -> Sequence[_T]:
        """What a matcher finds in the folded text, furniture included."""
        if searcher not in self._found:
            search([self], searcher)
        return self._found[searcher]

    @cached_property
    def sentences(self) -> tuple[tuple[int, int], ...]:
        """The sentences of what is kept."""
        text = self.folded.text
        return tuple((low + a, low + b) for low, high in self.kept for a, b in sentences(text[low:high]))

    def sentence_at(self, place: int) -> int:
        """The number of the sentence that holds `place`; -1 where none does (page furniture)."""
        number = bisect_right(self._starts, place) - 1
        return number if number >= 0 and place < self.sentences[number][1] else -1

    def words_between(self, start: int, end: int, other_start: int, other_end: int) -> int:
        """How many words stand between two places; 0 where they touch or overlap."""
        low, high = (end, other_start) if end <= other_start else (other_end, start)
        return max(0, bisect_left(self._words, high) - bisect_left(self._words, low))

    def is_any_within(self, start: int, end: int, places: Iterable[tuple[int, int]], most: int) -> bool:
        """Whether any of these places stands within so many words of the first: `words_between`, of many."""
        words = self._words
        first, behind = bisect_left(words, start), bisect_left(words, end)
        for low, high in places:
            between = bisect_left(words, low) - behind if end <= low else first - bisect_left(words, high)
            if between <= most:
                return True
        return False

    @cached_property
    def _words(self) -> list[int]:
        codes = self.folded.codes
        if OTHER not in codes:
            in_word = np.frombuffer(b"\0" + codes.translate(IS_WORD), np.uint8)
            starts: list[int] = np.flatnonzero(in_word[1:] > in_word[:-1]).tolist()
            return starts
        return [match.start() for match in WORDS.finditer(self.folded.text)]

    @cached_property
    def _starts(self) -> list[int]:
        return [start for start, _ in self.sentences]

    def span(self, start: int, end: int) -> Span:
        """A range of the folded text as a span of the original."""
        low, high = self.folded.source(start, end)
        return Span(self.field.pointer, low, high, self.field.text[low:high])


@dataclass(frozen=True)
class Document:
    """An article ready to be searched, headline first."""

    article: Article
    language: str
    parts: tuple[Part, ...]


def search(parts: Sequence[Part], searcher: Searcher[Any]) -> None:
    """Look in all of these parts at once for what `Part.found` then answers: it costs less than one by one."""
    note(parts, searcher, searcher.find_each([part.folded for part in parts]))


def note(parts: Sequence[Part], searcher: Searcher[_T], found: Sequence[Sequence[_T]]) -> None:
    """What `searcher` found in each of these parts, for `Part.found` to answer."""
    for part, some in zip(parts, found, strict=True):
        part._found[searcher] = some  # noqa: SLF001 - this is how parts are searched together


_PLAIN = Furniture()


def document(article: Article, furniture: Furniture = _PLAIN) -> Document:
    """Fold and cut an article; total on any text. Without `furniture` only lines known by their form are left out."""
    return documents([article], furniture)[0]


def documents(articles: Sequence[Article], furniture: Furniture = _PLAIN) -> list[Document]:
    """`document` of each of these articles, which costs less than one by one."""
    fields = [article.fields for article in articles]
    folded = fold_each(plain_each([field.text for some in fields for field in some]))
    kept = iter(furniture.kept_each(folded))
    languages = [
        language(article.language, "\n".join([field.text[:LANGUAGE_SAMPLE] for field in some]))
        for article, some in zip(articles, fields, strict=True)
    ]
    texts = iter(folded)
    folds = [[next(texts) for _ in some] for some in fields]
    found = []
    for article, name, some, own in zip(articles, languages, fields, folds, strict=True):
        headline = article.headline.pointer if article.headline is not None else None
        parts = []
        for field_, text in zip(some, own, strict=True):
            is_headline, ranges = field_.pointer == headline, next(kept)
            whole = ((0, len(text.codes)),)
            parts.append(Part(field_, is_headline, text, whole if is_headline else tuple(ranges)))
        found.append(Document(article, name, tuple(parts)))
    return found


def furniture(document: Document) -> list[Span]:
    """What of an article is page furniture, in reading order: with what is kept, the whole of every field."""
    found = []
    for part in document.parts:
        text, place = part.field.text, 0
        for kept in [*part.kept, None]:
            low, high = part.folded.source(*kept) if kept else (len(text), len(text))
            if place < low:
                found.append(Span(part.field.pointer, place, low, text[place:low]))
            place = max(place, high)
    return found
