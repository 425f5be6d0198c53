"""The words of many texts as flat arrays: one call of numpy for all costs little more than one for each.

Between texts stand words of nobody (`_BETWEEN`), so many that no number and no shingle reaches across.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from streams.core.dedup.numbers import numbered
from streams.core.dedup.sketch import bigrams, shingles
from streams.core.dedup.vocabulary import ONE, STOP_BIT, described

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from streams.core.dedup.reading import Reading, Words

_BETWEEN, _NOBODY = 3, b".."
_IS_STOP = ONE << STOP_BIT
_SHORT = np.uint32(16)
_OWNER = np.uint64(32)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where each text begins and ends in an array, half-open."""

    begins: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]

    def places(self, fewer: int = 0) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """All places of all texts, in order, without the last `fewer` of each, and beside each the number of its text."""
        sizes = np.maximum(self.ends - self.begins - fewer, 0)
        owners = np.repeat(np.arange(sizes.size), sizes)
        before = np.cumsum(sizes) - sizes
        return np.arange(owners.size) + (self.begins - before).take(owners), owners

    def heads(self, size: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """A row a text: its first `size` places, and whether it has them."""
        places = self.begins[:, None] + np.arange(size)
        return places, places < self.ends[:, None]


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts of one batch. A number of several words is one word."""

    hashes: npt.NDArray[np.uint32]
    """The hashes of all words."""
    every: Bounds
    """The texts in these."""
    said: npt.NDArray[np.uint64]
    """The words that say something, as `described` gives them."""
    short: npt.NDArray[np.uint16]
    """16 bits of their hashes, never 0."""
    telling: Bounds
    """The texts in these two."""
    numbers: Sequence[Sequence[tuple[float, int, int, int]]]
    """Of each text its numbers.

    Each with the short hashes of the words that say something after and before it, 0 for none, and its place among those."""

    def shingles(self) -> tuple[npt.NDArray[np.uint32], list[int]]:
        """The hashes of the runs of three words of each text, each once, ascending; where each text's begin, the last's end."""
        places, owners = self.every.places(2)
        found = np.sort(owners.astype(np.uint64) << _OWNER | shingles(self.hashes).take(places))
        first = np.ones(found.size, bool)
        np.not_equal(found[1:], found[:-1], out=first[1:])
        found = found[first]
        texts = np.arange(self.every.begins.size + 1, dtype=np.uint64) << _OWNER
        return found.astype(np.uint32), np.searchsorted(found, texts).tolist()

    def beginnings(self, words: int) -> list[list[int]]:
        """The hashes of the runs of two of the first words that say something, of each text, ascending."""
        places, there = self.telling.heads(words - 1)
        there &= places < self.telling.ends[:, None] - 1
        twos = bigrams(self.said.astype(np.uint32))
        found = np.where(there, twos.take(np.minimum(places, twos.size - 1)), np.uint64(1) << _OWNER)
        found.sort(axis=1)
        return [row[:size] for row, size in zip(found.tolist(), there.sum(axis=1).tolist(), strict=True)]


class _Spelt:
    """The words of the flat arrays."""

    def __init__(self, words: Words, flat: npt.NDArray[np.int64]) -> None:
        self._words, self._flat = words, flat

    def __getitem__(self, place: int) -> bytes:
        known = int(self._flat[place])
        return self._words[known] if known >= 0 else _NOBODY


def texts(words: Words, readings: Sequence[Reading]) -> Texts:
    """The words copies are told by, of each reading in order."""
    ranges = [(low, high, number) for number, one in enumerate(readings) for low, high in one.words]
    lows, highs, owners = np.array(ranges, np.int64).reshape(-1, 3).T
    chosen, pieces = Bounds(lows, highs).places()
    owners = owners.take(pieces)
    flat = np.full(chosen.size + _BETWEEN * (len(readings) + 1), -1, np.int64)
    flat[np.arange(chosen.size) + _BETWEEN * (owners + 1)] = chosen
    numbers_of, between = np.arange(len(readings)), _BETWEEN * np.arange(1, len(readings) + 1)
    begins, ends = (np.searchsorted(owners, numbers_of, side) + between for side in ("left", "right"))
    worth = np.append(words.described(), described([_NOBODY])).take(flat)  # -1 is the last
    found, numbers, gone = numbered(worth, _Spelt(words, flat))
    begins -= np.searchsorted(gone, begins)
    ends -= np.searchsorted(gone, ends)
    hashes = found.astype(np.uint32)  # the lower half
    telling = np.flatnonzero((found & _IS_STOP) == 0)
    said = found[telling]
    short = np.maximum((said.astype(np.uint32) >> _SHORT).astype(np.uint16), np.uint16(1))
    known = Bounds(telling.searchsorted(begins), telling.searchsorted(ends))
    at = np.array([place for place, _ in numbers], np.int64)
    around = _around([worth for _, worth in numbers], telling.searchsorted(at), short, known)
    rows = zip(np.searchsorted(at, begins).tolist(), np.searchsorted(at, ends).tolist(), strict=True)
    return Texts(hashes, Bounds(begins, ends), said, short, known, [around[low:high] for low, high in rows])


def _around(
    numbers: Sequence[float], places: npt.NDArray[np.int64], short: npt.NDArray[np.uint16], known: Bounds
) -> list[tuple[float, int, int, int]]:
    """Each number with the words that say something on either side of it, and its place in its text."""
    around = short.copy()
    around[np.concatenate((known.begins - 1, known.ends))] = 0  # words of nobody on either side
    owners = np.maximum(known.begins.searchsorted(places, "right") - 1, 0)
    own = places - known.begins.take(owners)
    return list(zip(numbers, around[places + 1].tolist(), around[places - 1].tolist(), own.tolist(), strict=True))
