"""What copies must agree in: how a text begins, which numbers it gives and of what, and which words it uses at all.

Packed into at most 300 bytes: `LEAD` words of the beginning (16 bits of hash, 8 of mark), `NUMBERS` numbers (value, the words
after and before), and the `WORDS` smallest hashes of all words that say something.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from streams.core.dedup.marks import AFTER_NAMES, NAME, NEGATION
from streams.core.dedup.number_words import combined
from streams.core.dedup.sketch import mixed
from streams.core.dedup.vocabulary import (
    HASH,
    JOINING_BIT,
    MARK_SHIFT,
    MILD_BIT,
    NAMING_BIT,
    NUMBER_BIT,
    ONE,
    STOP_BIT,
    described,
    value,
)

if TYPE_CHECKING:
    import numpy.typing as npt

LEAD, NUMBERS, WORDS = 45, 10, 40
_SAYS_SO, _OF_ALL = 16, 0xFFFF
_NUMBER = np.dtype([("value", "<f4"), ("after", "<u2"), ("before", "<u2")])
_LEAST_JOINED = 100.0
"""A figure is multiplied by words from here on: "260 thousand", but not "5, ten"."""


@dataclass(frozen=True, slots=True)
class Number:
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

    @cached_property
    def values(self) -> frozenset[float]:
        """All numbers."""
        return frozenset(number.value for number in self.numbers)


def unpack(data: bytes) -> Facts:
    """The facts of a fingerprint; none of an empty one."""
    if not data:
        return Facts((), (), (), frozenset(), 0)
    lead, numbers, words = data[:3]
    at = 3 + 2 * lead
    hashes = np.frombuffer(data, "<u2", lead, 3)
    found = np.frombuffer(data, _NUMBER, numbers, at + lead)
    smallest: list[int] = np.frombuffer(data, "<u2", words, at + lead + numbers * _NUMBER.itemsize).tolist()
    return Facts(
        tuple(hashes.tolist()),
        tuple(data[at : at + lead]),
        tuple(Number(*one) for one in found.tolist()),
        frozenset(smallest),
        smallest[-1] if words == WORDS else _OF_ALL,
    )


def _short(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint16]:
    """16 bits of each word's hash, never 0."""
    return np.maximum(((words & HASH) >> np.uint64(_SAYS_SO)).astype(np.uint16), np.uint16(1))


def numbered(words: npt.NDArray[np.uint64], texts: list[bytes]) -> tuple[npt.NDArray[np.uint64], list[tuple[int, float]]]:
    """The words with each number of several words as one, and the numbers by their place among them."""
    places: list[int] = np.flatnonzero((words >> NUMBER_BIT) & ONE).tolist()
    if not places:
        return words, []
    runs: list[tuple[int, int, list[float]]] = []
    for place in places:
        text = texts[place]
        worth = value(text.decode("utf-8", "surrogatepass")) or 0.0
        if runs and _goes_on(runs[-1], place, text, worth, words):
            first, _, values = runs[-1]
            runs[-1] = (first, place, [*values, worth])
        else:
            runs.append((place, place, [worth]))
    kept = np.ones(words.size, bool)
    changed = words.copy()
    numbers: list[tuple[int, float]] = []
    gone = 0
    for first, last, values in runs:
        worth = combined(values) if last > first else values[0]
        if worth != 1.0 or texts[first].isdigit():  # "one" is an article as often as a number
            numbers.append((first - gone, worth))
        if last > first:
            changed[first] = described([f"{worth:.10g}".replace(".", "_").encode()])[0]
            kept[first + 1 : last + 1] = False
            gone += last - first
    return (changed[kept] if gone else changed), numbers


def _goes_on(run: tuple[int, int, list[float]], place: int, text: bytes, worth: float, words: npt.NDArray[np.uint64]) -> bool:
    """Whether the number word at `place` belongs to the number before it."""
    _, last, values = run
    if text[:1].isdigit():
        return False
    near = place == last + 1 or (place == last + 2 and bool((words[last + 1] >> JOINING_BIT) & ONE))
    return near and (worth >= _LEAST_JOINED or worth != values[-1]) and len(values) < NUMBERS


def pack(words: npt.NDArray[np.uint64], numbers: list[tuple[int, float]], names: frozenset[int]) -> bytes:
    """The facts of a text as bytes.

    Args:
        words: as `described` and `numbered` give them.
        numbers: their places and values.
        names: hashes of the words that capitals tell as names.
    """
    telling = np.flatnonzero(((words >> STOP_BIT) & ONE) == 0)
    if not telling.size:
        return b""
    said = words[telling]
    short = _short(said)
    first = said[:LEAD]
    marks = ((first >> MARK_SHIFT) & np.uint64(0xFF)).astype(np.uint8)
    naming = np.flatnonzero((first[:-1] >> NAMING_BIT) & ONE) + 1
    marks[naming[marks[naming] == 0]] = NAME
    mild = np.flatnonzero((first[1:] >> MILD_BIT) & ONE)
    marks[mild[marks[mild] == NEGATION]] = 0
    if names:
        plain: list[int] = (first & HASH).tolist()
        for place, word in enumerate(plain):
            if word in names and not marks[place]:
                marks[place] = NAME
    _mark_chinese(first, marks)
    facts = np.zeros(min(len(numbers), NUMBERS), _NUMBER)
    for row, (place, worth) in enumerate(numbers[:NUMBERS]):
        index = int(telling.searchsorted(place))
        after = short[index + 1] if index + 1 < short.size else 0
        before = short[index - 1] if index else 0
        facts[row] = (min(worth, 1e30), after, before)
    smallest = np.unique(mixed((said & HASH).astype(np.uint32)) >> np.uint32(_SAYS_SO)).astype("<u2")[:WORDS]
    lead = short[:LEAD].astype("<u2")
    return bytes((lead.size, facts.size, smallest.size)) + lead.tobytes() + marks.tobytes() + facts.tobytes() + smallest.tobytes()


def _mark_chinese(words: npt.NDArray[np.uint64], marks: npt.NDArray[np.uint8]) -> None:
    ends = np.flatnonzero(np.isin(words & HASH, described([sign.encode() for sign in sorted(AFTER_NAMES)]) & HASH))
    for end in ends.tolist():
        before = slice(max(0, end - 2), end)
        marks[before][marks[before] == 0] = NAME
