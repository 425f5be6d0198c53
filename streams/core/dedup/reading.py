"""The words of many articles at once, as flat arrays; no word is an object of its own until somebody asks for it.

Folded text is read in the code page where it holds no letter without a byte there, and else in UTF-8: articles that need one and
articles that need the other are never of the same words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np

from streams.core.dedup.known import SPARE, Known
from streams.core.dedup.vocabulary import blanked, described_word, has_han, spaced
from streams.core.text import code_page
from streams.core.text.code_page import OTHER

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from streams.core.text.fold import Folded

BEGINNING = 600
"""Code points of an original that capitals and signs are looked for in."""
_DATELINE = re.compile(rb"""\s*(?:\([^()\n]{2,60}\)|[^\n().:"!?-]{2,40})\s*-\s+""")
_CASED = bytes(chr(code) in "abcdefghijklmnopqrstuvwxyz" for code in range(0x80)) + bytes(
    "а" <= letter <= "я" for letter in code_page.LETTERS.ljust(0x80)
)
"""1 for letters that have capitals, in the code page: a table for `bytes.translate`."""
_Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Field:
    """A folded field and the ranges of it that are no page furniture, in code points; a headline has no dateline."""

    folded: Folded
    kept: Sequence[_Range]
    is_body: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read of one article."""

    exact: bytes
    """All its words, furniture included, with a blank between; in UTF-8 or in the code page. Empty where there are none."""
    field: int | None
    """The field its copies are told by: the last that says anything; None where all of it is furniture, which is taken then."""
    words: Sequence[_Range]
    """The places of the words its copies are told by, in `Words`."""
    has_han: bool
    has_capitals: bool
    """False where it has no capital that could tell a name."""


class Words:
    """The words of articles that are read together, by their place: what each is worth, and its bytes."""

    def __init__(self, data: npt.NDArray[np.uint8], *, in_page: bool) -> None:
        self._data = data
        self._in_page = in_page
        is_word = data != ord(" ")
        edges = np.flatnonzero(is_word[1:] != is_word[:-1]) + 1
        self.starts = edges[0::2]
        self.sizes = edges[1::2] - self.starts
        is_word[1:] |= is_word[:-1]
        self._spelt = data[is_word].tobytes()
        self._ends = np.concatenate(([0], np.cumsum(self.sizes + 1)))

    def described(self) -> npt.NDArray[np.uint64]:
        """What each is worth (`vocabulary`)."""
        return _known(in_page=self._in_page).look_up(self._data, self.starts, self.sizes)

    def spelt(self, bounds: Sequence[int]) -> list[bytes]:
        """The words from each of these places to the next, a blank between."""
        ends = self._ends.take(bounds).tolist()
        return [self._spelt[low : high - 1] if low < high else b"" for low, high in pairwise(ends)]

    def __getitem__(self, place: int) -> bytes:
        """One word, in UTF-8."""
        start = int(self.starts[place])
        word = self._data[start : start + int(self.sizes[place])].tobytes()
        return code_page.decoded(word).encode() if self._in_page else word


@cache
def _known(*, in_page: bool) -> Known:
    def decoded(word: bytes) -> str:
        return code_page.decoded(word) if in_page else word.decode("utf-8", "surrogatepass")

    return Known(lambda word: described_word(decoded(word)))


def is_in_page(fields: Sequence[Field]) -> bool:
    """Whether all letters of an article have a byte in the code page."""
    return not any(OTHER in field.folded.codes for field in fields)


def read(articles: Sequence[Sequence[Field]], *, in_page: bool) -> tuple[Words, list[Reading]]:
    """The words of these articles, given by their fields, headline first, and what of them is read of each."""
    data, kept = _sheets([field for fields in articles for field in fields], in_page=in_page)
    begins = [*accumulate([len(sheet) + 1 for sheet in data], initial=1)]
    sheet = b"\n".join((b"", *data, b" " * SPARE))
    clean = blanked(sheet)
    words = Words(clean, in_page=in_page)
    edges = [begin + place for begin, ranges in zip(begins, kept, strict=False) for edge in ranges for place in edge]
    places = iter(np.searchsorted(words.starts, edges).tolist())
    ranges = [[(next(places), next(places)) for _ in some] for some in kept]
    firsts = [*accumulate(map(len, articles), initial=0)]
    bounds = np.searchsorted(words.starts, begins).take(firsts).tolist()
    cased = _cased(sheet, begins) if in_page else []
    found = []
    for number, (text, low, high) in enumerate(zip(words.spelt(bounds), bounds, bounds[1:], strict=False)):
        begin, end = firsts[number], firsts[number + 1]
        field, chosen = _told_by(ranges[begin:end])
        if field is None and low < high:
            chosen = [(low, high)]
        found.append(
            Reading(
                text,
                field,
                chosen,
                not in_page and field is not None and has_han(articles[number][field].folded.original[:BEGINNING]),
                field is not None and (not in_page or cased[begin + field]),
            )
        )
    return words, found


def _told_by(fields: Sequence[Sequence[_Range]]) -> tuple[int | None, list[_Range]]:
    """The last field that has words, and its ranges of them."""
    for number in range(len(fields) - 1, -1, -1):
        filled = [words for words in fields[number] if words[0] < words[1]]
        if filled:
            return number, filled
    return None, []


def _cased(sheet: bytes, begins: Sequence[int]) -> list[bool]:
    """Of each field whether it has a letter that may have been a capital."""
    letters = np.flatnonzero(np.frombuffer(sheet.translate(_CASED), np.uint8))
    bounds = np.searchsorted(letters, begins)
    found: list[bool] = (bounds[1:] > bounds[:-1]).tolist()
    return found


def _sheets(fields: Sequence[Field], *, in_page: bool) -> tuple[list[bytes], list[list[_Range]]]:
    """Each field as bytes, and the ranges of them that its article is told by."""
    sheets, kept = [], []
    for field in fields:
        ranges = _behind_dateline(field)
        if in_page:
            sheets.append(field.folded.codes)
            kept.append(ranges)
        else:
            sheet, encoded = _in_utf8(field.folded.text, ranges)
            sheets.append(sheet)
            kept.append(encoded)
    return sheets, kept


def _behind_dateline(field: Field) -> list[_Range]:
    """What is kept of a field, without the dateline before its first words."""
    ranges = [*field.kept]
    if field.is_body and ranges:
        low, high = ranges[0]
        dateline = _DATELINE.match(field.folded.codes, low, high)
        if dateline and dateline.end() < high:
            ranges[0] = (dateline.end(), high)
    return ranges


def _in_utf8(text: str, ranges: Sequence[_Range]) -> tuple[bytes, list[_Range]]:
    pieces: list[bytes] = []
    encoded: list[_Range] = []
    at = place = 0

    def add(piece: str) -> None:
        nonlocal at
        pieces.append(spaced(piece).encode("utf-8", "surrogatepass"))
        at += len(pieces[-1]) + 1

    for low, high in ranges:
        if place < low:
            add(text[place:low])
        begin = at
        add(text[low:high])
        encoded.append((begin, at - 1))
        place = high
    add(text[place:])
    return b"\n".join(pieces), encoded
