"""What is kept of an article in Redis, byte for byte: a change of it needs another number in the names of its keys."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from articles import article, claim, text
from hypothesis import given
from hypothesis import strategies as st

from streams.core.dedup.sketch import SIZE, overlap, packed
from streams.core.model import Partition
from streams.store import keys, packing

HASHES = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=400, unique=True).map(lambda some: sorted(some)[:SIZE])


def test_another_layout_has_another_number():
    bodies = [text("a", 300), "قتل 12 شخصا في غارة على المدينة القديمة ظهر الثلاثاء وأصيب 30 آخرون", "三十人在北京受伤", ""]
    claims = [claim(n, article(f"urn:{n}", body, alt_ids=("x",))) for n, body in enumerate(bodies)]
    found = hashlib.sha256(packing.packed(Partition("wire.articles.v1", 0), claims, 72 * 3_600_000)).hexdigest()[:16]
    assert {keys.SEEN: found} == {"{ww:seen}:3:": "5c0d8af1f02a64af"}
    assert all(name.startswith(keys.SEEN) for name in (keys.SEEN_FENCES, keys.SEEN_BATCHES, keys.SEEN_SLOTS))


@given(HASHES)
def test_a_sketch_holds_itself(hashes):
    sketch = packed(np.array(hashes, np.uint32))
    assert len(sketch) == 1 + 2 * len(hashes)
    assert overlap(sketch, sketch) == (1.0, 1.0)


@pytest.mark.parametrize("size", [130, 400, 4000, 40_000])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 1.0])
def test_half_the_bits_tell_nearly_as_much(size, share):
    chance = np.random.default_rng(size)
    hashes = np.unique(chance.integers(0, 2**32, 3 * size, np.uint32))
    chance.shuffle(hashes)
    both, one, other = [*np.split(hashes, [round(share * size), size])[:2], hashes[size : 2 * size - round(share * size)]]
    first, second = (np.sort(np.concatenate((both, own)))[:SIZE] for own in (one, other))
    assert overlap(packed(first), packed(second)).containment == pytest.approx(_exactly(first, second), abs=0.02)


def _exactly(first, second):
    limit = min(part[-1] for part in (first, second))
    a, b = {*first[first <= limit].tolist()}, {*second[second <= limit].tolist()}
    return len(a & b) / min(len(a), len(b))
