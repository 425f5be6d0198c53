"""The numbers of a text, those of several words as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from streams.core.dedup.number_words import combined
from streams.core.dedup.vocabulary import JOINING_BIT, NUMBER_BIT, ONE, described, values

if TYPE_CHECKING:
    import numpy.typing as npt

_IS_NUMBER = ONE << NUMBER_BIT
REACH = 2
"""How far apart two words of one number may stand."""
_MOST_WORDS = 10
_LEAST_JOINED = 100.0
"""A figure is multiplied by words from here on: "260 thousand", but not "5, ten"."""


def numbered(
    words: npt.NDArray[np.uint64], texts: list[bytes]
) -> tuple[npt.NDArray[np.uint64], list[tuple[int, float]], npt.NDArray[np.intp]]:
    """The words with each number of several words as one, the numbers by their place among them, and which places are gone."""
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
        return words, numbers, np.array([], np.intp)
    changed, kept = words.copy(), np.ones(words.size, bool)
    for first, last, worth in joined:
        changed[first] = described([f"{worth:.10g}".replace(".", "_").encode()])[0]
        kept[first + 1 : last + 1] = False
    return changed[kept], numbers, np.flatnonzero(~kept)


def _runs(places: list[int], texts: list[bytes], words: npt.NDArray[np.uint64]) -> list[list[int]]:
    """The places of number words by the number they make together."""
    runs: list[list[int]] = []
    for place in places:
        if runs and place - runs[-1][-1] <= REACH and _goes_on(runs[-1], place, texts, words):
            runs[-1].append(place)
        else:
            runs.append([place])
    return runs


def _goes_on(run: list[int], place: int, texts: list[bytes], words: npt.NDArray[np.uint64]) -> bool:
    """Whether the number word at `place`, one or two words behind a number, belongs to it."""
    last = run[-1]
    if texts[place][-1:].isdigit() or len(run) >= _MOST_WORDS:
        return False
    if place > last + 1 and not (words[last + 1] >> JOINING_BIT) & ONE:
        return False
    worth = values()[texts[place]]
    return worth >= _LEAST_JOINED or worth != values()[texts[last]]
