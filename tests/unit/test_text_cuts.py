"""Sentences and page furniture."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.text.fold import fold
from streams.core.text.furniture import kept
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


def keeping(text):
    folded = fold(text).text
    return "".join(folded[a:b] for a, b in kept(folded))


def test_a_box_at_the_end_goes_with_all_behind_it():
    text = "فقرة أولى من الخبر.\nفقرة ثانية من الخبر.\nالأكثر قراءة\nمجلس الأمن يجتمع\n20:15\nغارات على البلدة"
    assert "غارات" not in keeping(text)
    assert "فقره ثانيه" in keeping(text)


def test_a_pages_head_goes_and_the_headline_stays():
    text = "21.5 C\nAleppo\nالسبت, مارس 8, 2025\n\nاجتماع لبحث الأوضاع\n\nقال المتحدث كذا."
    assert keeping(text).split("\n")[0] == "اجتماع لبحث الاوضاع"


def test_a_pointer_goes_with_the_headline_it_points_to():
    text = "فقرة أولى.\nاقرأ أيضا:\nغارات على البلدة\nفقرة ثانية."
    assert "غارات" not in keeping(text)
    assert "فقره ثانيه" in keeping(text)


@given(st.text(max_size=300))
def test_kept_ranges_are_in_order_and_inside(text):
    folded = fold(text).text
    ranges = kept(folded)
    assert all(0 <= a < b <= len(folded) for a, b in ranges)
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(ranges))
