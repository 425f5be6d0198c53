"""The words of many texts as flat arrays: one call of numpy for all costs little more than one for each.

Between texts stand words of nobody (`_BETWEEN`), so many that no number and no shingle reaches across.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from streams.core.dedup.numbers import numbered
from streams.core.dedup.sketch import bigrams, shingles
from streams.core.dedup.vocabulary import MARK_SHIFT, ONE, STOP_BIT, described

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

_BETWEEN = [b".."] * 3
_IS_STOP = ONE << STOP_BIT
_SHORT = np.uint32(16)


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a batch. Arrays in the order of the text, as long as it has words that say something, save where told."""

    size: int
    """Its words, a number of several words as one."""
    said: npt.NDArray[np.uint64]
    """Its words that say something, as `described` gives them."""
    hashes: npt.NDArray[np.uint32]
    """Their hashes; of all its words where it has hardly any that say something."""
    short: npt.NDArray[np.uint16]
    """16 bits of the hashes, never 0."""
    marks: npt.NDArray[np.uint8]
    bigrams: npt.NDArray[np.uint32]
    """One less."""
    shingles: npt.NDArray[np.uint32]
    """Of all its words; two less than these, or one where they are fewer than three."""
    numbers: Sequence[tuple[float, int, int, int]]
    """Its numbers, each with the short hashes of the words that say something after and before it, 0 for none, and its place."""


def texts(batch: Sequence[list[bytes]]) -> Iterator[Text]:
    """Each text of a batch, given by its words, in order."""
    flat: list[bytes] = [*_BETWEEN]
    begins, ends = [], []
    for words in batch:
        begins.append(len(flat))
        flat += words
        ends.append(len(flat))
        flat += _BETWEEN
    found, numbers, gone = numbered(described(flat), flat)
    bounds = np.array([begins, ends])
    bounds -= np.searchsorted(gone, bounds)
    hashes = found.astype(np.uint32)  # the lower half
    telling = np.flatnonzero((found & _IS_STOP) == 0)
    said, said_hashes = found[telling], hashes[telling]
    short = np.maximum((said_hashes >> _SHORT).astype(np.uint16), np.uint16(1))
    marks = (said >> MARK_SHIFT).astype(np.uint8)
    twos, threes = bigrams(said_hashes), shingles(hashes)
    places = telling.searchsorted([place for place, _ in numbers])
    around = short.copy()
    first, last = telling.searchsorted(bounds)
    around[np.concatenate((first - 1, last))] = 0  # words of nobody on either side
    after, before = around[places + 1].tolist(), around[places - 1].tolist()
    given = [(worth, a, b, place) for (_, worth), a, b, place in zip(numbers, after, before, places.tolist(), strict=True)]
    numbered_from, numbered_to = np.searchsorted([place for place, _ in numbers], bounds)
    rows = np.stack((*bounds, first, last, numbered_from, numbered_to), axis=1).tolist()
    for begin, end, low, high, number, stop in rows:
        size = end - begin
        few = high - low < 2  # noqa: PLR2004 - one word makes no pair
        yield Text(
            size,
            said[low:high],
            hashes[begin:end] if few else said_hashes[low:high],
            short[low:high],
            marks[low:high],
            twos[low : max(low, high - 1)],
            threes[begin : end - 2] if size > 2 else shingles(hashes[begin:end]),  # noqa: PLR2004 - a shingle has three
            [(worth, a, b, place - low) for worth, a, b, place in given[number:stop]],
        )
