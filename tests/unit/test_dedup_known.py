"""The table of words: whatever they are, each is worth what is said of it."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.dedup import known
from streams.core.dedup.known import SPARE, Known

WORDS = st.lists(st.binary(min_size=1, max_size=90).map(lambda word: word.replace(b"\0", b"\1")), max_size=60)


def look_up(table, words):
    data = np.frombuffer(b" ".join(words) + b" " * SPARE, np.uint8)
    sizes = np.array([len(word) for word in words], np.int64)
    return table.look_up(data, np.cumsum(sizes + 1) - sizes - 1, sizes).tolist()


@given(st.lists(WORDS, max_size=4))
def test_words_of_any_length(batches):
    table = Known(zlib.crc32)
    for words in batches:
        assert look_up(table, words) == [zlib.crc32(word) for word in words]


def test_a_word_is_worked_out_once():
    asked = []
    table = Known(lambda word: asked.append(word) or len(word))
    for _ in range(2):
        assert look_up(table, [b"one", b"three", b"one", b"t" * 200]) == [3, 5, 3, 200]
    assert sorted(asked) == [b"one", b"three", b"t" * 200]


def test_more_words_than_it_keeps(monkeypatch):
    monkeypatch.setattr(known, "_MOST", 50)
    table = Known(zlib.crc32)
    for start in (0, 30, 0, 60):
        words = [f"w{number}".encode() for number in range(start, start + 80)]
        assert look_up(table, words) == [zlib.crc32(word) for word in words]


def test_words_that_share_a_slot(monkeypatch):
    monkeypatch.setattr(known, "_SLOTS", 64)
    monkeypatch.setattr(known, "_MASK", np.uint64(63))
    monkeypatch.setattr(known, "_MOST", 60)
    table = Known(zlib.crc32)
    words = [f"w{number}".encode() for number in range(60)]
    for _ in range(2):
        assert look_up(table, words) == [zlib.crc32(word) for word in words]


@pytest.mark.parametrize("size", [7, 8, 9, 16, 17, 63, 64, 65, 72, 73])
def test_words_that_differ_in_their_last_byte(size):
    words = [b"a" * (size - 1) + end for end in (b"b", b"c")]
    assert look_up(Known(zlib.crc32), words) == [zlib.crc32(word) for word in words]
