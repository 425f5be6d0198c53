"""What copies must agree in: how a text begins, which numbers it gives and of what, and which words it uses at all.

Packed into at most 300 bytes: `LEAD` words of the beginning (16 bits of hash, 8 of mark), `NUMBERS` numbers (value, the words
after and before), and the `WORDS` smallest hashes of all words that say something.
"""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from streams.core.dedup.marks import AFTER_NAMES, NAME, NEGATION
from streams.core.dedup.sketch import distinct
from streams.core.dedup.vocabulary import HASH, MILD_BIT, NAMING_BIT, ONE, described

if TYPE_CHECKING:
    import numpy.typing as npt

    from streams.core.dedup.batch import Text

LEAD, NUMBERS, WORDS = 40, 10, 40
_SET = 16
"""Bytes of the set of all values: bit by bit, so that a number of a long list is rarely taken for absent."""
_OF_ALL = 0xFFFF
_NUMBER, _VALUE = struct.Struct("<fHH"), struct.Struct("<f")
_IS_NAMING, _IS_MILD = ONE << NAMING_BIT, ONE << MILD_BIT
_MOST_WORTH = 1e30


class Number(NamedTuple):
    """A number and hashes of the words that say something on either side of it, 0 for none."""

    value: float
    after: int
    before: int


class Facts(NamedTuple):
    """The facts of one text."""

    lead: tuple[int, ...]
    """Hashes of the words the text begins with, in order."""
    marks: tuple[int, ...]
    """The mark of each (`marks`)."""
    numbers: tuple[Number, ...]
    words: frozenset[int]
    reach: int
    """All words whose hash is at most this are in `words`."""

    values: int
    """The set of all numbers, those behind the first `NUMBERS` too, a bit each."""

    def lacks(self, number: float) -> bool:
        """Whether a number stands nowhere in the text; rarely False where it is so."""
        return not self.values & _bit(number)


@lru_cache(4096)
def _bit(number: float) -> int:
    """The place of a number in a set."""
    return 1 << zlib.crc32(_VALUE.pack(number)) % (8 * _SET)


def unpack(data: bytes) -> Facts:
    """The facts of a fingerprint; none of an empty one."""
    if not data:
        return Facts((), (), (), frozenset(), 0, 0)
    lead, numbers, words = data[:3]
    at = 3 + 2 * lead
    end = at + lead + numbers * _NUMBER.size
    smallest = struct.unpack_from(f"<{words}H", data, end)
    return Facts(
        struct.unpack_from(f"<{lead}H", data, 3),
        tuple(data[at : at + lead]),
        tuple(map(Number._make, _NUMBER.iter_unpack(data[at + lead : end]))),
        frozenset(smallest),
        smallest[-1] if words == WORDS else _OF_ALL,
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
    for worth in {worth for worth, _, _ in text.numbers}:
        values |= _bit(min(worth, _MOST_WORTH))
    given = b"".join([_NUMBER.pack(min(worth, _MOST_WORTH), after, before) for worth, after, before in text.numbers[:NUMBERS]])
    smallest = distinct(text.spread)[:WORDS].astype("<u2").tobytes()
    lead = text.short[:LEAD].astype("<u2").tobytes()
    sizes = bytes((len(marks), len(given) // _NUMBER.size, len(smallest) // 2))
    return b"".join((sizes, lead, marks, given, smallest, values.to_bytes(_SET, "little")))


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
