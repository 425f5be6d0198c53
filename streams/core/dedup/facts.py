"""What copies must agree in: how a text begins, which numbers it gives and of what, and which words it uses at all.

Packed into at most 300 bytes: `LEAD` words of the beginning (16 bits of hash, 8 of mark), `NUMBERS` numbers (value, the words
after and before), and the `WORDS` smallest hashes of all words that say something.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from streams.core.dedup.marks import AFTER_NAMES, NAME, NEGATION
from streams.core.dedup.number_words import combined
from streams.core.dedup.sketch import distinct, mixed
from streams.core.dedup.vocabulary import (
    HASH,
    JOINING_BIT,
    MARK_SHIFT,
    MILD_BIT,
    NAMING_BIT,
    NUMBER_BIT,
    ONE,
    described,
    values,
)

if TYPE_CHECKING:
    import numpy.typing as npt

LEAD, NUMBERS, WORDS = 40, 10, 40
_SET = 16
"""Bytes of the set of all values: bit by bit, so that a number of a long list is rarely taken for absent."""
_SAYS_SO, _OF_ALL = 16, 0xFFFF
_NUMBER, _VALUE = struct.Struct("<fHH"), struct.Struct("<f")
_IS_NUMBER, _IS_NAMING, _IS_MILD = (ONE << bit for bit in (NUMBER_BIT, NAMING_BIT, MILD_BIT))
_REACH, _MOST_WORTH = 2, 1e30
_LEAST_JOINED = 100.0
"""A figure is multiplied by words from here on: "260 thousand", but not "5, ten"."""


class Number(NamedTuple):
    """A number and hashes of the words that say something on either side of it, 0 for none."""

    value: float
    after: int
    before: int


@dataclass(frozen=True)
class Facts:
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
        tuple(Number(*one) for one in _NUMBER.iter_unpack(data[at + lead : end])),
        frozenset(smallest),
        smallest[-1] if words == WORDS else _OF_ALL,
        int.from_bytes(data[-_SET:], "little"),
    )


def _short(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint16]:
    """16 bits of each word's hash, never 0."""
    return np.maximum(((words & HASH) >> np.uint64(_SAYS_SO)).astype(np.uint16), np.uint16(1))


def numbered(words: npt.NDArray[np.uint64], texts: list[bytes]) -> tuple[npt.NDArray[np.uint64], list[tuple[int, float]]]:
    """The words with each number of several words as one, and the numbers by their place among them."""
    worth_of = values()
    numbers: list[tuple[int, float]] = []
    joined: list[tuple[int, int, float]] = []
    gone = 0
    for run in _runs(np.flatnonzero(words & _IS_NUMBER).tolist(), texts, words):
        first, last = run[0], run[-1]
        worth = worth_of[texts[first]] if last == first else combined([worth_of[texts[place]] for place in run])
        if worth != 1.0 or texts[first][-1:].isdigit():  # "one" is an article as often as a number
            numbers.append((first - gone, worth))
        if last > first:
            joined.append((first, last, worth))
            gone += last - first
    if not joined:
        return words, numbers
    changed, kept = words.copy(), np.ones(words.size, bool)
    for first, last, worth in joined:
        changed[first] = described([f"{worth:.10g}".replace(".", "_").encode()])[0]
        kept[first + 1 : last + 1] = False
    return changed[kept], numbers


def _runs(places: list[int], texts: list[bytes], words: npt.NDArray[np.uint64]) -> list[list[int]]:
    """The places of number words by the number they make together."""
    runs: list[list[int]] = []
    for place in places:
        if runs and place - runs[-1][-1] <= _REACH and _goes_on(runs[-1], place, texts, words):
            runs[-1].append(place)
        else:
            runs.append([place])
    return runs


def _goes_on(run: list[int], place: int, texts: list[bytes], words: npt.NDArray[np.uint64]) -> bool:
    """Whether the number word at `place`, one or two words behind a number, belongs to it."""
    last = run[-1]
    if texts[place][-1:].isdigit() or len(run) >= NUMBERS:
        return False
    if place > last + 1 and not (words[last + 1] >> JOINING_BIT) & ONE:
        return False
    worth = values()[texts[place]]
    return worth >= _LEAST_JOINED or worth != values()[texts[last]]


def pack(
    words: npt.NDArray[np.uint64],
    telling: npt.NDArray[np.intp],
    numbers: list[tuple[int, float]],
    names: frozenset[int],
    *,
    with_han: bool = False,
) -> bytes:
    """The facts of a text as bytes.

    Args:
        words: as `described` and `numbered` give them.
        telling: the places of those that say something, ascending.
        numbers: their places and values.
        names: hashes of the words that capitals tell as names.
        with_han: whether signs tell names too.
    """
    if not telling.size:
        return b""
    said = words[telling]
    short = _short(said)
    marks = _marks(said[:LEAD], names, with_han=with_han)
    facts, values = b"", 0
    for worth in {worth for _, worth in numbers}:
        values |= _bit(min(worth, _MOST_WORTH))
    given = numbers[:NUMBERS]
    if given:
        around = [0, *short.tolist(), 0]
        places: list[int] = telling.searchsorted([place for place, _ in given]).tolist()
        rows = ((min(worth, _MOST_WORTH), around[i + 2], around[i]) for i, (_, worth) in zip(places, given, strict=True))
        facts = b"".join(_NUMBER.pack(*row) for row in rows)
    smallest = distinct(mixed(said.astype(np.uint32)) >> np.uint32(_SAYS_SO)).astype("<u2")[:WORDS]
    lead = short[:LEAD].astype("<u2")
    return (
        bytes((lead.size, len(given), smallest.size))
        + lead.tobytes()
        + marks
        + facts
        + smallest.tobytes()
        + values.to_bytes(_SET, "little")
    )


def _marks(first: npt.NDArray[np.uint64], names: frozenset[int], *, with_han: bool) -> bytes:
    """The marks of the words a text begins with, those that their neighbours tell included."""
    marks = (first >> MARK_SHIFT).astype(np.uint8)
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
