"""Folding: one spelling for one word, and exact ways back."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streams.core.text.code_page import OTHER, decoded, encoded
from streams.core.text.fold import fold, fold_char, fold_each

ARABIC = "ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءأإآؤئٱیکے َُِّْٰـ«»،؛؟٠١٢٣۴۵ﷲﻻﻷﷺ\u200b\u200f\u202e\n\t "
LATIN = "abcÉèßœŁøİI’—…ﬁ½ＡЙёΩ中が한🙂\ud800\udfff\x00\x1f\u2028\u00a0"
TEXT = st.one_of(
    st.text(),
    st.text(alphabet=ARABIC),
    st.text(alphabet=ARABIC + LATIN),
    st.text(alphabet=st.characters(codec=None, exclude_categories=())),
)


@pytest.mark.parametrize(
    "spellings",
    [
        ["طارئ", "طارىء", "طاريء", "طَارِئ"],
        ["مجلس الأمن", "مجلس الامن", "مَجْلِسُ الأَمْنِ", "مجـلس الأمـن", "مج\u200bلس الأمن", "\u202bمجلس الأمن\u202c"],
        ["الدولي", "الدولى", "الدولی"],
        ["هيئة", "هيئه", "هيئۃ"],
        ["شيء", "شئ", "شىء"],
        ["كتاب", "کتاب"],
        ["الله", "ﷲ"],
        ["لا لأ", "ﻻ ﻷ"],
        ["2024", "٢٠٢٤", "۲۰۲۴"],
        ["élan", "E\u0301LAN", "elan"],
        ["l'onu", "L’ONU"],
        ["a b", "a\u00a0b", "a\tb", "a\u3000b"],
        ["a\nb", "a\u2028b", "a\u0085b"],
        ["strasse", "Straße"],
        ["联合国安全理事会", "聯合國安全理事會"],
    ],
)
def test_spellings_of_one_word_meet(spellings):
    assert len({fold(spelling).text for spelling in spellings}) == 1


@pytest.mark.parametrize(("one", "other"), [("مجلس الأمن", "مجلس الأمناء"), ("ماء", "ما"), ("دعاء", "دعا"), ("حمص", "حماة")])
def test_words_that_differ_stay_apart(one, other):
    assert fold(one).text != fold(other).text


def test_marks_belong_to_their_letter_and_controls_to_nobody():
    folded = fold("في مَجْلِسِ\u200f الأمن")
    start = folded.text.index("مجلس")
    low, high = folded.source(start, start + 4)
    assert folded.original[low:high] == "مَجْلِسِ"


def test_a_match_within_a_ligature_is_the_whole_ligature():
    folded = fold("قال ﷺ كذا")
    start = folded.text.index("الله")
    assert folded.original[slice(*folded.source(start, start + 4))] == "ﷺ"


def test_nothing_outside_ascii_is_left_but_words():
    for code in range(0x3000):
        for char in fold_char(chr(code)):
            assert char.isascii() or unicodedata.category(char)[0] in "LMNC", hex(code)


def slowly(text):
    """The folding letter by letter, and for each of its characters the place in `text` it comes from."""
    wide = [(char, place) for place, letter in enumerate(text) for char in fold_char(letter)]
    kept = []
    after_ya = False
    for char, place in wide:
        if not (char == "ء" and after_ya):
            kept.append((char, place))
            after_ya = char == "ي"
    return "".join(char for char, _ in kept), [place for _, place in kept]


@given(TEXT)
@example("يءء ﻻ…ﷺ\ud83d\ude42🙂")
@example("".join(map(chr, range(0xFB50, 0xFE00))) + "x")
def test_a_text_folds_as_its_letters_do(text):
    expected, places = slowly(text)
    folded = fold(text)
    assert folded.text == expected
    assert [folded.source(i, i + 1)[0] for i in range(len(expected))] == places


@given(TEXT)
def test_folding_is_idempotent(text):
    once = fold(text).text
    assert fold(once).text == once


@given(TEXT, st.data())
def test_spans_fold_again_to_what_matched(text, data):
    folded = fold(text)
    if not folded.text:
        return
    start = data.draw(st.integers(0, len(folded.text) - 1))
    end = data.draw(st.integers(start + 1, len(folded.text)))
    low, high = folded.source(start, end)
    assert 0 <= low < high <= len(text)
    again = fold(text[low:high]).text
    # Equal, save where the range cuts a one-to-many letter in two: then the whole letter is answered.
    assert folded.text[start:end] in again
    if all(len(fold_char(char)) <= 1 for char in text[low:high]):
        assert again == folded.text[start:end]


@given(TEXT)
@example("يءء ﻻ")
def test_the_way_back_is_monotone_and_covers(text):
    folded = fold(text)
    spans = [folded.source(i, i + 1) for i in range(len(folded.text))]
    assert all(a[0] <= b[0] and a[1] <= b[1] for a, b in itertools.pairwise(spans))
    if spans:
        assert fold(text[spans[0][0] : spans[-1][1]]).text == folded.text


def test_an_empty_range_has_an_empty_source():
    low, high = fold("ab").source(1, 1)
    assert low == high


@given(st.lists(TEXT, max_size=5))
@example(["يء", "ءa", "\uffff", "x"])
@example(["ي", "ء"])
@example(["ﷺ", "", "🙂"])
def test_many_texts_fold_as_each_does(texts):
    together, apart = fold_each(texts), [fold(text) for text in texts]
    assert [f.text for f in together] == [f.text for f in apart]
    assert [f.codes for f in together] == [f.codes for f in apart]
    for one, other in zip(together, apart, strict=True):
        assert [one.source(i, i + 2) for i in range(len(one.text) - 1)] == [
            other.source(i, i + 2) for i in range(len(other.text) - 1)
        ]


@given(TEXT)
@example("مجلس 中 a")
def test_the_code_page_has_a_byte_for_each_letter(text):
    folded = fold(text)
    assert len(folded.codes) == len(folded.text)
    for byte, char in zip(folded.codes, folded.text, strict=True):
        assert encoded(char) == (None if byte == OTHER else bytes([byte]))
    assert OTHER in folded.codes or decoded(folded.codes) == folded.text
    assert all(folded.piece(i, i + 3) == folded.text[i : i + 3] for i in range(len(folded.text)))
