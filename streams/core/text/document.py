"""An article as detectors read it: every field folded, cut into sentences, page furniture out."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from streams.core.model import Span
from streams.core.text.evasion import is_disguised, plain
from streams.core.text.fold import WORD, Folded, fold
from streams.core.text.furniture import Furniture
from streams.core.text.language import language
from streams.core.text.sentences import sentences

if TYPE_CHECKING:
    from streams.core.model import Article, Field

_CHINESE = "\u3400-\u4dbf\u4e00-\u9fff"
_WORD = re.compile(f"[{_CHINESE}]|(?:(?![{_CHINESE}]){WORD})+")
"""A word; Chinese writes no blanks, and each of its characters counts as one."""


@dataclass(frozen=True)
class Part:
    """One field. Ranges are half-open, in code points of the folded text; `kept` is what is no furniture."""

    field: Field
    is_headline: bool
    folded: Folded
    kept: tuple[tuple[int, int], ...]

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

    @cached_property
    def _words(self) -> list[int]:
        return [match.start() for match in _WORD.finditer(self.folded.text)]

    @cached_property
    def _starts(self) -> list[int]:
        return [start for start, _ in self.sentences]

    def span(self, start: int, end: int) -> Span:
        """A range of the folded text as a span of the original."""
        low, high = self.folded.source(start, end)
        return Span(self.field.pointer, low, high, self.field.text[low:high])

    def is_disguised(self, start: int, end: int) -> bool:
        """Whether the original spells a range of the folded text so as not to be found (`evasion`)."""
        return is_disguised(self.span(start, end).quote)


@dataclass(frozen=True)
class Document:
    """An article ready to be searched, headline first."""

    article: Article
    language: str
    parts: tuple[Part, ...]


_PLAIN = Furniture()


def document(article: Article, furniture: Furniture = _PLAIN) -> Document:
    """Fold and cut an article; total on any text. Without `furniture` only lines known by their form are left out."""
    parts = []
    headline = article.headline.pointer if article.headline is not None else None
    for field in article.fields:
        folded = fold(plain(field.text))
        is_headline = field.pointer == headline
        kept = [(0, len(folded.text))] if is_headline else furniture.kept(folded)
        parts.append(Part(field, is_headline, folded, tuple(kept)))
    text = "\n".join(field.text for field in article.fields)
    return Document(article, language(article.language, text), tuple(parts))


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
