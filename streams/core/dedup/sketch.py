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
_BITS, _LARGEST = 16, 0xFFFF
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


def packed(hashes: npt.NDArray[np.uint32]) -> bytes:
    """A sketch in half its size: how far its hashes were shifted right for the last to fit in 16 bits, and those bits of each.

    Of two texts one hash in 250 is the same by chance then, which shifts what they share by less than a hundredth.
    """
    if not hashes.size:
        return b""
    shift = max(0, int(hashes[-1]).bit_length() - _BITS)
    return bytes((shift,)) + (hashes >> np.uint32(shift)).astype("<u2").tobytes()


class Overlap(NamedTuple):
    """How much two texts share, estimated: `containment` of the smaller set of shingles in the larger, and Jaccard."""

    containment: float
    jaccard: float


def overlap(one: bytes, other: bytes) -> Overlap:
    """Compares two sketches as `packed` makes them, in the coarser measure of the two.

    Only the range both cover counts: up to the lower of the largest hashes of sketches that are full.
    """
    if not one or not other:
        return Overlap(0.0, 0.0)
    shift = max(one[0], other[0])
    a, b = _at(one, shift), _at(other, shift)
    limit = min((part[-1] for part in (a, b) if len(part) == SIZE), default=_LARGEST)
    in_a, in_b = {*a[: bisect_right(a, limit)]}, {*b[: bisect_right(b, limit)]}
    shared = len(in_a & in_b)
    return Overlap(shared / max(1, min(len(in_a), len(in_b))), shared / max(1, len(in_a) + len(in_b) - shared))


def _at(sketch: bytes, shift: int) -> tuple[int, ...]:
    """The hashes of a sketch as if shifted so far."""
    hashes = unpack(f"<{len(sketch) // 2}H", sketch[1:])
    more = shift - sketch[0]
    return tuple([value >> more for value in hashes]) if more else hashes
