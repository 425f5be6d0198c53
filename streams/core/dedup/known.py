"""What words are worth, asked of thousands at once: a hash table in numpy, filled as words are met.

A dictionary of `bytes` costs a quarter of a microsecond a word, most of it for making the word and the number; here words stay
bytes of one array. A word goes by 64 bits made of its bytes; different words that share them are the one thing that can go wrong.
"""

from __future__ import annotations

import hashlib
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

SPARE = 8
"""Bytes an array of words must have behind the last one: eight are read at a time."""
_SLOTS = 1 << 18
_MASK = np.uint64(_SLOTS - 1)
_MOST = 100_000
"""Words kept; a stranger may send as many as he likes."""
_LONG = 64
"""Bytes of a word from which on it is hashed by itself."""
_ODD, _HALF, _ZERO = np.uint64(0xD6E8FEB86659FD93), np.uint64(32), np.uint64(0)
_FIRST = np.array([(1 << 8 * size) - 1 for size in range(SPARE + 1)], np.uint64)


def _stirred(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """One to one, every bit depending on every bit (P. Evensen's rrmxmx in its short form)."""
    words = words ^ (words >> _HALF)
    words *= _ODD
    words ^= words >> _HALF
    words *= _ODD
    words ^= words >> _HALF
    return words


def _word(data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64], place: int) -> bytes:
    start = int(starts[place])
    return data[start : start + int(sizes[place])].tobytes()


def _hashes(data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """64 bits a word, never 0."""
    eights = np.ndarray((data.size - SPARE + 1,), "<u8", data.data, strides=(1,))
    found = _stirred(eights[starts] & _FIRST.take(np.minimum(sizes, SPARE)))
    longer = np.flatnonzero(sizes > SPARE)
    at = SPARE
    while longer.size and at < _LONG:
        left = sizes[longer] - at
        found[longer] = _stirred(found[longer] * _ODD + (eights[starts[longer] + at] & _FIRST.take(np.minimum(left, SPARE))))
        at += SPARE
        longer = longer[left > SPARE]
    for place in longer.tolist():
        digest = hashlib.blake2b(_word(data, starts, sizes, place), digest_size=8).digest()
        found[place] = int.from_bytes(digest, "little")
    found[found == _ZERO] = np.uint64(1)
    return found


class Known:
    """What `work` says of words, worked out once each. Safe to share between threads."""

    def __init__(self, work: Callable[[bytes], int]) -> None:
        self._work = work
        self._lock = Lock()
        self._clear()

    def _clear(self) -> None:
        self._keys, self._worth = np.zeros(_SLOTS, np.uint64), np.zeros(_SLOTS, np.uint64)
        self._count = 0

    def look_up(
        self, data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.uint64]:
        """What each of these words is worth.

        Args:
            data: the bytes they stand in, and at least `SPARE` more.
            starts: where each begins.
            sizes: bytes of each, one at least.
        """
        hashes = _hashes(data, starts, sizes)
        with self._lock:
            slots = (hashes & _MASK).view(np.int64)
            found = self._worth.take(slots)
            there = self._keys.take(slots)
            missing = np.flatnonzero(there != hashes)
            unknown = [missing[there[missing] == _ZERO]]
            missing = missing[there[missing] != _ZERO]
            while missing.size:  # taken by another word: the next slot
                slots[missing] = (slots[missing] + 1) % _SLOTS
                there = self._keys.take(slots[missing])
                right = there == hashes[missing]
                found[missing[right]] = self._worth.take(slots[missing[right]])
                unknown.append(missing[there == _ZERO])
                missing = missing[~right & (there != _ZERO)]
            new = np.concatenate(unknown)
            if new.size:
                self._learn(hashes, new, found, lambda place: _word(data, starts, sizes, place))
        return found

    def _learn(
        self,
        hashes: npt.NDArray[np.uint64],
        new: npt.NDArray[np.intp],
        found: npt.NDArray[np.uint64],
        spelt: Callable[[int], bytes],
    ) -> None:
        """Work out what the words at the places `new` are worth."""
        keys, first, which = np.unique(hashes[new], return_index=True, return_inverse=True)
        worth = np.empty(keys.size, np.uint64)
        for number, (key, place) in enumerate(zip(keys.tolist(), new[first].tolist(), strict=True)):
            worth[number] = said = self._work(spelt(place))
            self._keep(key, said)
        found[new] = worth[which]

    def _keep(self, key: int, said: int) -> None:
        if self._count >= _MOST:
            self._clear()
        slot = key % _SLOTS
        while self._keys[slot]:
            slot = (slot + 1) % _SLOTS
        self._keys[slot], self._worth[slot] = key, said
        self._count += 1
