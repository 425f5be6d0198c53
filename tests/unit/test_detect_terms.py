"""Terms and the matcher: clitics, endings, boundaries, nesting."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.detect.matcher import Matcher
from streams.core.detect.terms import Term, TermError
from streams.core.text.fold import WORD, fold


def found(terms, text, language="ar"):
    folded = fold(text)
    matches = Matcher([Term(term, language) for term in terms]).find(folded.text)
    return [(terms[m.term], text[slice(*folded.source(m.start, m.end))]) for m in matches]


@pytest.mark.parametrize(
    "text",
    [
        "غارة جوية",
        "الغارة الجوية",
        "والغارة الجوية",
        "بغارة جوية",
        "للغارة الجوية",
        "وبالغارة الجوية",
        "غارة  جوية",
        "غارةً جويةً",
        "«غارة جوية»",
        "غارة\u200f جوية،",
    ],
)
def test_clitics_and_spelling(text):
    assert len(found(["غارة جوية"], text)) == 1


@pytest.mark.parametrize("text", ["غارة. جوية", "غارة\nجوية", "مغارة جوية", "غارة جويةً2", "مغارات", "غارة"])
def test_no_match_across_boundaries(text):
    assert found(["غارة جوية"], text) == []


def test_the_board_of_trustees_is_not_the_council():
    assert found(["مجلس الأمن"], "اجتماع مجلس الأمناء") == []
    assert found(["مجلس الأمن"], "اجتماع لمجلس الأمن.") == [("مجلس الأمن", "لمجلس الأمن")]


def test_nested_and_overlapping_terms_are_all_found():
    assert {t for t, _ in found(["هجوم", "هجوم واسع", "واسع النطاق"], "هجوم واسع النطاق")} == {"هجوم", "هجوم واسع", "واسع النطاق"}


def test_alternatives_gaps_and_endings():
    assert found(["سيطر(ت|وا|) .. على"], "سيطرت القوات أمس على البلدة") == [("سيطر(ت|وا|) .. على", "سيطرت القوات أمس على")]
    assert found(["سيطر(ت|وا|) .. على"], "سيطرت واحد اثنان ثلاثة أربعة خمسة على") == []
    assert found(["bombard*"], "They bombarded it; the bombardment went on.", "en") == [
        ("bombard*", "bombarded"),
        ("bombard*", "bombardment"),
    ]
    assert found(["(air strike|raid)"], "An air-strike and a raid", "en") == [
        ("(air strike|raid)", "air-strike"),
        ("(air strike|raid)", "raid"),
    ]


@pytest.mark.parametrize(
    ("term", "text", "quote"),
    [
        ("空袭", "以军空袭加沙城", "空袭"),
        ("造成 .. 死亡", "袭击造成“至少”20人死亡。", "造成“至少”20人死亡"),
        ("(战机|军机) .. 轰炸", "F-16战机轰炸阵地", "战机轰炸"),
        ("边境 交火", "边境 交火", "边境 交火"),
    ],
)
def test_chinese_needs_no_blanks(term, text, quote):
    assert found([term], text, "zh") == [(term, quote)]


@pytest.mark.parametrize("text", ["造成停电。无人死亡", "造成停电，无人死亡", "造成一二三四五六七八九十一死亡"])
def test_a_chinese_gap_stays_within_its_clause(text):
    assert found(["造成 .. 死亡"], text, "zh") == []


def test_two_spellings_of_hamza_on_waw():
    assert len(found(["مسؤول"], "قال مسئول ومسؤول")) == 2


@pytest.mark.parametrize("term", ["", " ", "..", ".. كلمة", "كلمة ..", "(أ|ب", "كلمة)", "*", "a*b", "ـ", "(a*|b)c"])
def test_terms_that_cannot_be_read(term):
    with pytest.raises(TermError):
        Term(term, "ar")


@given(st.text(alphabet="غارة جويلاون.\n\u064e\u200b🙂\ud800", max_size=120))
@settings(max_examples=60)
def test_every_match_folds_to_its_words(text):
    for _, quote in found(["غارة", "جوي*"], text):
        assert fold(quote).text.strip() == fold(quote).text
        assert "غاره" in fold(quote).text or "جوي" in fold(quote).text


def by_regex(terms, text):
    """Every term at every end by its Python expression alone, looking back as far as it likes."""
    found = set()
    for number, term in enumerate(terms):
        for end in range(1, len(text) + 1):
            if end == len(text) or not re.match(WORD, text[end]):
                start = term.begin(text, end, reach=end)
                if start is not None:
                    found.add((number, start, end))
    return found


TERMS = {
    "ar": ["غارة", "غارة جوية", "جوي*", "ال(غارة|جولة)", "(غارة|جولة جو) و", "غار(ة|)", "غارة .. جو", "(و|جو|) غارة", "جول"],
    "en": ["a", "a b", "a* b", "(a|b a) b", "l'a", "a.b", "a .. b", "(a|)b", "b.", "'a b"],
}
MATCHERS = {language: Matcher([Term(term, language) for term in terms]) for language, terms in TERMS.items()}


@pytest.mark.parametrize("language", TERMS)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_the_matcher_finds_what_the_expressions_find(language, data):
    alphabet = {"ar": 'غارةجويلوةا  -.\n"🙂', "en": "aabbl'.  -\n\"é🙂"}[language]
    words = [re.sub(r"[()*|]", "", term) for term in TERMS[language]]
    text = fold(
        "".join(data.draw(st.lists(st.one_of(st.sampled_from(alphabet), st.sampled_from([*words, " "])), max_size=30)))
    ).text
    matcher = MATCHERS[language]
    assert set(matcher.find(text)) == by_regex([Term(term, language) for term in TERMS[language]], text)


def test_a_term_too_large_for_the_engine_is_named():
    huge = " .. ".join(f"({'|'.join(f'w{i}x{j}*' for j in range(40))})" for i in range(60))
    with pytest.raises(TermError, match="too large"):
        Matcher([Term("small", "en"), Term(huge, "en")]).warm()


def test_threads_share_a_matcher():
    matcher = Matcher([Term("قصف", "ar"), Term("هجوم", "ar")])
    text = "قصف وهجوم " * 200
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda _: len(matcher.find(text)), range(40)))
    assert counts == [400] * 40


MIXED_TERMS = [("غارة", "ar"), ("غارة جوية", "ar"), ("安理会 .. 开会", "zh"), ("nato", "zh"), ("nato", "en")]
MIXED = Matcher([Term(*term) for term in MIXED_TERMS])
PIECES = ["غارة", "جوية", "(جو", "安理会", "开会", "nato", " ", "\n", "...", "ﷺ", "🙂"]


@given(st.lists(st.lists(st.sampled_from(PIECES)).map("".join), max_size=4))
@settings(max_examples=60, deadline=None)
def test_many_texts_are_searched_as_each_is(texts):
    matcher = MIXED
    assert matcher.find_each([fold(text) for text in texts]) == [matcher.find(text) for text in texts]


def test_letters_outside_the_code_page_are_found():
    found = MIXED.find(fold("غارة: NATO和安理会今天开会").text)
    assert [(match.term, match.start, match.end) for match in found] == [(0, 0, 4), (3, 6, 10), (2, 11, 18)]
