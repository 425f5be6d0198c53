"""Bottom-k sketches: of a text's 3-word shingles the 128 with the smallest hashes stand for all of them.

A. Broder, "On the resemblance and containment of documents" (1997); E. Cohen and H. Kaplan, "Summarizing data using
bottom-k sketches" (2007).
"""

from __future__ import annotations

from bisect import bisect_right
from struct import unpack
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

SIZE = 128
_WORDS_A_SHINGLE = 3
_ODD = np.uint32(0x9E3779B1)
_MIX_A, _MIX_B = np.uint32(0x85EBCA6B), np.uint32(0xC2B2AE35)


def mixed(hashes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Hashes whose every bit depends on every bit of the old (the finaliser of MurmurHash3)."""
    hashes = hashes ^ (hashes >> np.uint32(16))
    hashes *= _MIX_A
    hashes ^= hashes >> np.uint32(13)
    hashes *= _MIX_B
    hashes ^= hashes >> np.uint32(16)
    return hashes


def shingles(words: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """The hashes of all runs of three words, in order; of a shorter text that of the whole."""
    if words.size < _WORDS_A_SHINGLE:
        return mixed(words[:1] * _ODD + words[-1:]) if words.size else words
    return mixed((words[:-2] * _ODD + words[1:-1]) * _ODD + words[2:])


def distinct(hashes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """These, each once, ascending. `np.unique` takes four times as long for as few as an article has."""
    hashes = np.sort(hashes)
    if hashes.size < 2:  # noqa: PLR2004 - one is distinct
        return hashes
    first = np.empty(hashes.size, bool)
    first[0] = True
    np.not_equal(hashes[1:], hashes[:-1], out=first[1:])
    return hashes[first]


def pairs(words: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """The hashes of all pairs of different words, whatever their order: what short texts have in common."""
    words = distinct(words)
    low, high = np.triu_indices(words.size, 1)
    return mixed(words[low] * _ODD + words[high]) if low.size else mixed(words)


def bigrams(words: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """The hashes of all runs of two words, in order."""
    return mixed((words[:-1] ^ _MIX_A) * _ODD + words[1:])


def sketch(hashes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """The `SIZE` smallest of these, each once, ascending."""
    return distinct(hashes)[:SIZE]


class Overlap(NamedTuple):
    """How much two texts share, estimated: `containment` of the smaller set of shingles in the larger, and Jaccard."""

    containment: float
    jaccard: float


def overlap(one: bytes, other: bytes) -> Overlap:
    """Compares two sketches of little-endian 32-bit hashes.

    Only the range both cover counts: below the lower of the largest hashes of sketches that are full.
    """
    if not one or not other:
        return Overlap(0.0, 0.0)
    a, b = unpack(f"<{len(one) // 4}I", one), unpack(f"<{len(other) // 4}I", other)
    limit = min((part[-1] for part in (a, b) if len(part) == SIZE), default=0xFFFFFFFF)
    in_a, in_b = bisect_right(a, limit), bisect_right(b, limit)
    shared = len({*a[:in_a]}.intersection(b[:in_b]))
    return Overlap(shared / max(1, min(in_a, in_b)), shared / max(1, in_a + in_b - shared))
