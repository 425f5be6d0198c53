"""The numbers of a text, those of several words as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from streams.core.dedup.number_words import combined
from streams.core.dedup.vocabulary import JOINING_BIT, NUMBER_BIT, ONE, described, worth

if TYPE_CHECKING:
    from typing import Protocol

    import numpy.typing as npt

    class Spelt(Protocol):
        """Words in UTF-8 by their place."""

        def __getitem__(self, place: int, /) -> bytes: ...


_IS_NUMBER = ONE << NUMBER_BIT
REACH = 2
"""How far apart two words of one number may stand."""
_MOST_WORDS = 10
_LEAST_JOINED = 100.0
"""A figure is multiplied by words from here on: "260 thousand", but not "5, ten"."""


def numbered(
    words: npt.NDArray[np.uint64], texts: Spelt
) -> tuple[npt.NDArray[np.uint64], list[tuple[int, float]], npt.NDArray[np.intp]]:
    """The words with each number of several words as one, the numbers by their place among them, and which places are gone."""
    numbers: list[tuple[int, float]] = []
    joined: list[tuple[int, int, float]] = []
    gone = 0
    for run in _runs(np.flatnonzero(words & _IS_NUMBER).tolist(), texts, words):
        first, last = run[0], run[-1]
        value = worth(texts[first]) if last == first else combined([worth(texts[place]) for place in run])
        if value != 1.0 or texts[first][-1:].isdigit():  # "one" is an article as often as a number
            numbers.append((first - gone, value))
        if last > first:
            joined.append((first, last, value))
            gone += last - first
    if not joined:
        return words, numbers, np.array([], np.intp)
    changed, kept = words.copy(), np.ones(words.size, bool)
    for first, last, value in joined:
        changed[first] = described([f"{value:.10g}".replace(".", "_").encode()])[0]
        kept[first + 1 : last + 1] = False
    return changed[kept], numbers, np.flatnonzero(~kept)


def _runs(places: list[int], texts: Spelt, words: npt.NDArray[np.uint64]) -> list[list[int]]:
    """The places of number words by the number they make together."""
    runs: list[list[int]] = []
    for place in places:
        if runs and place - runs[-1][-1] <= REACH and _goes_on(runs[-1], place, texts, words):
            runs[-1].append(place)
        else:
            runs.append([place])
    return runs


def _goes_on(run: list[int], place: int, texts: Spelt, words: npt.NDArray[np.uint64]) -> bool:
    """Whether the number word at `place`, one or two words behind a number, belongs to it."""
    last = run[-1]
    if texts[place][-1:].isdigit() or len(run) >= _MOST_WORDS:
        return False
    if place > last + 1 and not (words[last + 1] >> JOINING_BIT) & ONE:
        return False
    value = worth(texts[place])
    return value >= _LEAST_JOINED or value != worth(texts[last])
