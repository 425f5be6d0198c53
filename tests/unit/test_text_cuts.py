"""Sentences."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.text.sentences import sentences


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("قال كذا.وأضاف غيره", ["قال كذا.", "وأضاف غيره"]),
        ("The U.N. envoy met Gen. Smith. He left.", ["The U.N. envoy met Gen. Smith.", "He left."]),
        ("بلغ 3.5 في المئة. انتهى", ["بلغ 3.5 في المئة.", "انتهى"]),
        ("«هذا كلام». وهذا غيره", ["«هذا كلام».", "وهذا غيره"]),
        ("line one\nline two", ["line one", "line two"]),
        ("一句。两句！", ["一句。", "两句！"]),
        ("增长3.5%.7日交火.f-16轰炸", ["增长3.5%.7日交火.", "f-16轰炸"]),
        ("一方开火；另一方还击", ["一方开火；", "另一方还击"]),
        ("", []),
    ],
)
def test_sentences(text, parts):
    assert [text[a:b] for a, b in sentences(text)] == parts


@given(st.text(alphabet="ab. \n؟!«»د", max_size=300))
def test_sentences_lose_nothing_but_white_space(text):
    ranges = sentences(text)
    assert all(a < b for a, b in ranges)
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(ranges))
    assert "".join("".join(text[a:b].split()) for a, b in ranges) == "".join(text.split())


def test_an_endless_sentence_is_cut():
    assert all(b - a <= 2000 for a, b in sentences("word " * 100_000))
