"""What copies must agree in: how a text begins, which numbers it gives and of what, and which words it uses at all.

Packed into at most 300 bytes: `LEAD` words of the beginning, 16 bits of hash each; which of them have a mark, and these;
`NUMBERS` numbers (value, negative where it stands at the beginning, and the words after and before); the set of all words that
say something and, where there may be more numbers than these, that of all of them, a bit each (B. Bloom, 1970).
"""

from __future__ import annotations

import math
import struct
import zlib
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from streams.core.dedup.marks import AFTER_NAMES, NAME, NEGATION, son_of, titles
from streams.core.dedup.vocabulary import HASH, MARK_SHIFT, MILD_BIT, NAMING_BIT, ONE, described

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from streams.core.dedup.batch import Texts

LEAD, NUMBERS = 37, 9
_VOCABULARY = 8 * 96
"""Bits of the set of a text's words, one a word."""
NEWS = 25
"""Within so many words a text says what is new."""
_SET = 16
"""Bytes of the set of all values: bit by bit, so that a number of a long list is rarely taken for absent."""
_MARKED = (LEAD + 7) // 8
_FULL = 0.7
"""A set of more than so many of its bits tells nothing."""
_NUMBER, _VALUE = struct.Struct("<fHH"), struct.Struct("<f")
_IS_NAMING, _IS_MILD = ONE << NAMING_BIT, ONE << MILD_BIT
_MOST_WORTH = 1e30


class Number(NamedTuple):
    """A number and hashes of the words that say something on either side of it, 0 for none."""

    value: float
    after: int
    before: int
    ahead: bool
    """Whether it stands among the first `NEWS` words."""


class Facts(NamedTuple):
    """The facts of one text."""

    lead: tuple[int, ...]
    """Hashes of the words the text begins with, in order."""
    marks: tuple[int, ...]
    """The mark of each (`marks`)."""
    numbers: tuple[Number, ...]
    words: int
    """The set of all words."""
    values: int
    """The set of all numbers, those behind the first `NUMBERS` too, a bit each."""

    def lacks(self, number: float) -> bool:
        """Whether a number stands nowhere in the text; of a text with many, rarely False where it is so."""
        if len(self.numbers) < NUMBERS:
            return all(one.value != number for one in self.numbers)
        return not self.values & _bit(number)

    def has(self, word: int) -> bool:
        """Whether a word of another text's beginning stands anywhere in this; sometimes True where it does not."""
        return bool(self.words >> word % _VOCABULARY & 1)

    @property
    def vocabulary(self) -> float:
        """How many different words say something, estimated from their set."""
        return _members(self.words)

    def shared(self, other: Facts) -> float:
        """Share of the different words of the text with fewer that the other has too, estimated."""
        one, two = self.vocabulary, other.vocabulary
        return max(0.0, one + two - _members(self.words | other.words)) / max(1.0, min(one, two))

    def new(self, other: Facts, head: int) -> float:
        """Share of the first `head` words that the whole other text does not have, estimated; 1 where its set is too full."""
        full = other.words.bit_count() / _VOCABULARY
        if not self.lead or full > _FULL:
            return 1.0
        lead = self.lead[:head]
        missed = sum(not other.has(word) for word in lead)
        return min(1.0, missed / len(lead) / (1 - full))


def _members(words: int) -> float:
    return -_VOCABULARY * math.log(1 - min(words.bit_count(), _VOCABULARY - 1) / _VOCABULARY)


@lru_cache(4096)
def _bit(number: float) -> int:
    """The place of a number in a set."""
    return 1 << zlib.crc32(_VALUE.pack(number)) % (8 * _SET)


def unpack(data: bytes) -> Facts:
    """The facts of a fingerprint; none of an empty one."""
    if not data:
        return Facts((), (), (), 0, 0)
    lead, given = data[:2]
    at = 2 + 2 * lead
    marked = int.from_bytes(data[at : at + _MARKED], "little")
    at += _MARKED
    marks = [0] * lead
    for place in range(lead):
        if marked >> place & 1:
            marks[place], at = data[at], at + 1
    end = at + given * _NUMBER.size
    numbers = tuple([Number(abs(v), after, before, v < 0) for v, after, before in _NUMBER.iter_unpack(data[at:end])])
    words = end + _VOCABULARY // 8
    values = int.from_bytes(data[words:], "little")
    if given < NUMBERS:
        for one in numbers:
            values |= _bit(one.value)
    return Facts(
        struct.unpack_from(f"<{lead}H", data, 2), tuple(marks), numbers, int.from_bytes(data[end:words], "little"), values
    )


def pack_each(texts: Texts, names: Sequence[frozenset[int]], with_han: Sequence[bool]) -> list[bytes]:
    """The facts of each text as bytes; none of one without a word that says something.

    Args:
        texts: of a batch.
        names: of each, hashes of the words that capitals tell as names.
        with_han: of each, whether signs tell names too.
    """
    places, there = texts.telling.heads(LEAD)
    places = np.minimum(places, texts.said.size - 1)
    first = np.where(there, texts.said.take(places), np.uint64(0))
    marks = _marks(first)
    leads = texts.short.astype("<u2").take(places)
    every, owners = texts.telling.places()
    words = np.zeros((len(names), _VOCABULARY), bool)
    words[owners, texts.short.take(every) % _VOCABULARY] = True
    sets = np.packbits(words, axis=1, bitorder="little").tobytes()
    found = []
    for number, size in enumerate(there.sum(axis=1).tolist()):
        if names[number]:
            _mark_names(first[number, :size], marks[number, :size], names[number])
        if with_han[number]:
            _mark_chinese(first[number, :size], marks[number, :size])
        given, values = _numbers(texts.numbers[number])
        found.append(
            b"".join(
                (
                    bytes((size, len(given) // _NUMBER.size)),
                    leads[number, :size].tobytes(),
                    _sparse(marks[number, :size].tobytes()),
                    given,
                    sets[number * _VOCABULARY // 8 : (number + 1) * _VOCABULARY // 8],
                    values,
                )
            )
            if size
            else b""
        )
    return found


def _numbers(numbers: Sequence[tuple[float, int, int, int]]) -> tuple[bytes, bytes]:
    """The first numbers of a text, and the set of all where these need not be all."""
    values = 0
    if len(numbers) >= NUMBERS:
        for worth in {worth for worth, _, _, _ in numbers}:
            values |= _bit(min(worth, _MOST_WORTH))
    given = [
        _NUMBER.pack(min(worth, _MOST_WORTH) * (-1 if place < NEWS else 1), after, before)
        for worth, after, before, place in numbers[:NUMBERS]
    ]
    return b"".join(given), values.to_bytes(_SET, "little") if values else b""


def _sparse(marks: bytes) -> bytes:
    """Which words have a mark, a bit each, and the marks of those: most have none."""
    marked = 0
    if any(marks):
        for place, mark in enumerate(marks):
            if mark:
                marked |= 1 << place
    return marked.to_bytes(_MARKED, "little") + marks.replace(b"\0", b"")


def _marks(first: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
    """The marks of the words texts begin with, a row a text, those that their neighbours tell included; 0 is no word."""
    marks = (first >> MARK_SHIFT).astype(np.uint8)
    behind = marks[:, 1:]
    behind[((first[:, :-1] & _IS_NAMING) != 0) & (behind == 0) & (first[:, 1:] != 0)] = NAME
    before = marks[:, :-1]
    before[((first[:, 1:] & _IS_MILD) != 0) & (before == NEGATION)] = 0
    _mark_persons(first, marks)
    return marks


@cache
def _hashes(words: Callable[[], Sequence[str]]) -> npt.NDArray[np.uint64]:
    return described([word.encode() for word in words()]) & HASH


@cache
def between_names() -> frozenset[int]:
    """Words between a name and the father's, as `Facts.lead` has them: who they stand beside tells nothing."""
    return frozenset(np.maximum(_hashes(son_of) >> np.uint64(16), np.uint64(1)).tolist())


def _mark_persons(first: npt.NDArray[np.uint64], marks: npt.NDArray[np.uint8]) -> None:
    """Mark the two words behind a title, and those before and behind what stands between a name and the father's."""
    words = first & HASH
    is_title, is_son = (np.isin(words, _hashes(known)) for known in (titles, son_of))
    named = np.zeros_like(is_title)
    named[:, 1:] |= is_title[:, :-1] | is_son[:, :-1]
    named[:, 2:] |= is_title[:, :-2]
    named[:, :-1] |= is_son[:, 1:]
    marks[named & (marks == 0) & (first != 0) & ~is_title & ~is_son] = NAME


def _mark_names(words: npt.NDArray[np.uint64], marks: npt.NDArray[np.uint8], names: frozenset[int]) -> None:
    for place, word in enumerate((words & HASH).tolist()):
        if word in names and not marks[place]:
            marks[place] = NAME


def _mark_chinese(words: npt.NDArray[np.uint64], marks: npt.NDArray[np.uint8]) -> None:
    ends = np.flatnonzero(np.isin(words & HASH, described([sign.encode() for sign in sorted(AFTER_NAMES)]) & HASH))
    for end in ends.tolist():
        before = slice(max(0, end - 2), end)
        marks[before][marks[before] == 0] = NAME
