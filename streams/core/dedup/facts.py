"""What copies must agree in: how a text begins, which numbers it gives and of what, and which words it uses at all.

Packed into at most 300 bytes: `LEAD` words of the beginning (16 bits of hash, 8 of mark); `NUMBERS` numbers (value, negative
where it stands at the beginning, and the words after and before); the set of all words that say something and that of all
numbers, a bit each (B. Bloom, 1970).
"""

from __future__ import annotations

import math
import struct
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from streams.core.dedup.marks import AFTER_NAMES, NAME, NEGATION
from streams.core.dedup.vocabulary import HASH, MILD_BIT, NAMING_BIT, ONE, described

if TYPE_CHECKING:
    import numpy.typing as npt

    from streams.core.dedup.batch import Text

LEAD, NUMBERS = 37, 9
_VOCABULARY = 8 * 96
"""Bits of the set of a text's words, one a word."""
NEWS = 25
"""Within so many words a text says what is new."""
_SET = 16
"""Bytes of the set of all values: bit by bit, so that a number of a long list is rarely taken for absent."""
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
    lead, numbers = data[:2]
    at = 2 + 2 * lead
    end = at + lead + numbers * _NUMBER.size
    return Facts(
        struct.unpack_from(f"<{lead}H", data, 2),
        tuple(data[at : at + lead]),
        tuple([Number(abs(v), after, before, v < 0) for v, after, before in _NUMBER.iter_unpack(data[at + lead : end])]),
        int.from_bytes(data[end:-_SET], "little"),
        int.from_bytes(data[-_SET:], "little"),
    )


def pack(text: Text, names: frozenset[int], *, with_han: bool = False) -> bytes:
    """The facts of a text as bytes.

    Args:
        text: one of a batch.
        names: hashes of the words that capitals tell as names.
        with_han: whether signs tell names too.
    """
    if not text.said.size:
        return b""
    marks = _marks(text.said[:LEAD], text.marks[:LEAD].copy(), names, with_han=with_han)
    values = 0
    for worth in {worth for worth, _, _, _ in text.numbers}:
        values |= _bit(min(worth, _MOST_WORTH))
    given = b"".join(
        [
            _NUMBER.pack(min(worth, _MOST_WORTH) * (-1 if place < NEWS else 1), after, before)
            for worth, after, before, place in text.numbers[:NUMBERS]
        ]
    )
    words = np.zeros(_VOCABULARY, bool)
    words[text.short % _VOCABULARY] = True
    lead = text.short[:LEAD].astype("<u2").tobytes()
    sizes = bytes((len(marks), len(given) // _NUMBER.size))
    return b"".join((sizes, lead, marks, given, np.packbits(words, bitorder="little").tobytes(), values.to_bytes(_SET, "little")))


def _marks(first: npt.NDArray[np.uint64], marks: npt.NDArray[np.uint8], names: frozenset[int], *, with_han: bool) -> bytes:
    """The marks of the words a text begins with, those that their neighbours tell included."""
    flags = int(np.bitwise_or.reduce(first))
    if flags & int(_IS_NAMING):
        naming = np.flatnonzero(first[:-1] & _IS_NAMING) + 1
        marks[naming[marks[naming] == 0]] = NAME
    if flags & int(_IS_MILD):
        mild = np.flatnonzero(first[1:] & _IS_MILD)
        marks[mild[marks[mild] == NEGATION]] = 0
    if names:
        for place, word in enumerate((first & HASH).tolist()):
            if word in names and not marks[place]:
                marks[place] = NAME
    if with_han:
        _mark_chinese(first, marks)
    return marks.tobytes()


def _mark_chinese(words: npt.NDArray[np.uint64], marks: npt.NDArray[np.uint8]) -> None:
    ends = np.flatnonzero(np.isin(words & HASH, described([sign.encode() for sign in sorted(AFTER_NAMES)]) & HASH))
    for end in ends.tolist():
        before = slice(max(0, end - 2), end)
        marks[before][marks[before] == 0] = NAME
