"""Fingerprints: words, numbers, facts, sketches, keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.dedup.compare import compare
from streams.core.dedup.facts import LEAD, NUMBERS, Facts, unpack
from streams.core.dedup.fingerprint import EMPTY, fingerprints
from streams.core.dedup.number_words import chinese, combined
from streams.core.dedup.numbers import numbered
from streams.core.dedup.sketch import SIZE, overlap
from streams.core.dedup.vocabulary import described, stem, tokens
from streams.core.model import Article, Decision, Field
from streams.core.text.fold import fold

TEXT = st.text(max_size=300) | st.lists(
    st.sampled_from(["قتل", "خمسة", "12", "مئة", "ألف", "في", "حمص", "not", "Paris", "三", "万", "市", "1,5", "-", "(", "\n"]),
    max_size=80,
).map(" ".join)


def article(text, title=None):
    head = Field("/headlines/0/value", title) if title is not None else None
    return Article("s", "u", "1", None, None, head, Field("/bodies/0/value", text))


def one(text, title=None):
    return fingerprints([article(text, title)])[0]


def values(text):
    words = tokens(fold(text).text)
    return [worth for _, worth in numbered(described(words), words)[1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("قتل ثمانمئة شخص", [800]),
        ("نسبة واحد وسبعين في المئة", [71]),
        ("ألفين وتسعمئة محتجز", [2900]),
        ("مليونين ومئتي ألف حبة", [2_200_000]),
        ("نحو 260 ألف مدني", [260_000]),
        ("ثلاثة عشر صوتا", [13]),
        ("بين 20 و30 شخصا", [20, 30]),
        ("قتل ٣ أشخاص و٤٫٥ في المئة", [3, 4.5]),
        ("two hundred and sixty thousand people", [260_000]),
        ("thirty-eight rescuers in 385,000 homes", [38, 385_000]),
        ("trente et un kilomètres", [31]),
        ("soixante-dix fidèles et quatre-vingt-onze blessés", [70, 91]),
        ("treinta y cuatro policías, 1.659.837 pesos", [34, 1_659_837]),
        ("сорок восемь детей, пятьдесят тысяч рублей", [48, 50_000]),
        ("三十一层楼宇，两百辆车，12万人", [31, 200, 120_000]),
        ("a man, one of the crew", []),
    ],
)
def test_numbers_in_figures_and_words(text, expected):
    assert values(text) == expected


def test_parts_of_numbers():
    assert combined([4.0, 20.0, 10.0]) == 90
    assert [chinese(run) for run in ("十", "一亿三千万", "二〇二六", "万")] == [10, 130_000_000, 2026, 10_000]


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("والمصارف", "مصارف"),
        ("بغارة", "غارة"),
        ("الروسية", "روسيا"),
        ("المصريين", "مصر"),
        ("لبنانية", "لبنان"),
        ("سيعقد", "يعقد"),
        ("crossed", "cross"),
        ("городами", "городах"),
    ],
)
def test_inflection_makes_no_difference(word, other):
    assert stem(fold(word).text) == stem(fold(other).text)


def test_facts_of_a_beginning():
    facts = unpack(one("تعتمد روسيا 12 قرارا جديدا يوم الثلاثاء ولا تعتمد سواها أبدا بعد اليوم كما قال متحدث رسمي باسمها").facts)
    assert facts.numbers[0].value == 12
    assert facts.numbers[0].after == facts.lead[facts.lead.index(facts.numbers[0].after)]
    assert not facts.lacks(12)
    assert facts.lacks(13)
    assert facts.numbers[0].ahead
    assert unpack(b"") == Facts((), (), (), 0, 0)


def test_no_words_claim_nothing():
    assert one(" …!", title="؟") == EMPTY
    assert compare(EMPTY, EMPTY).verdict is Decision.NEW


def test_the_headline_counts_where_the_body_says_nothing_and_only_there():
    alone = one("…", title="انفجار يهز ميناء المدينة القديمة")
    assert alone.keys == one("انفجار يهز ميناء المدينة القديمة").keys
    assert one("وقع انفجار في الميناء", title="أ").keys == one("وقع انفجار في الميناء", title="ب").keys


def test_a_dateline_is_no_part_of_the_text():
    body = "تعرضت دورية لإطلاق نار مساء أمس وأصيب اثنان من أفرادها نقلا إلى المستشفى القريب لتلقي العلاج اللازم"
    assert one(f"جازان - واس: {body}").sketch != b""
    assert one(f"جازان - {body}").sketch == one(body).sketch


@given(TEXT, st.none() | TEXT)
def test_bounds(text, title):
    found = one(text, title)
    assert len(found.exact) in {0, 16}
    assert len(found.sketch) <= 4 * SIZE
    assert len(found.keys) <= 8
    assert len(found.facts) <= 300
    facts = unpack(found.facts)
    assert len(facts.lead) == len(facts.marks) <= LEAD
    assert len(facts.numbers) <= NUMBERS
    assert found == one(text, title)


@given(st.lists(TEXT, max_size=6))
def test_a_batch_is_its_articles_one_by_one(some):
    assert fingerprints([article(text) for text in some]) == [one(text) for text in some]


@given(TEXT, TEXT)
def test_likeness_is_total_and_a_text_is_like_itself(text, other):
    a, b = one(text), one(other)
    assert 0 <= compare(a, b).similarity <= 1
    if a != EMPTY:
        assert compare(a, one(text)).verdict is Decision.EXACT
    assert overlap(a.sketch, b.sketch) == overlap(b.sketch, a.sketch)


def test_containment_of_a_long_text_in_a_longer_one():
    words = [f"كلمة{n}" for n in range(900)]
    half, whole = one(" ".join(words[:300])), one(" ".join(words))
    found = overlap(half.sketch, whole.sketch)
    assert found.containment > 0.9
    assert found.jaccard == pytest.approx(1 / 3, abs=0.12)


@given(st.integers(20, 250), st.integers(0, 200), st.integers(0, 200))
def test_shared_and_new_words_are_estimated(both, own, others):
    a, b = (
        unpack(one(" ".join([*(f"كلمة{n}" for n in range(both)), *(f"{name}{n}" for n in range(more))])).facts)
        for name, more in (("ثوب", own), ("بيت", others))
    )
    assert a.shared(b) == pytest.approx(both / (both + min(own, others)), abs=0.2)
    assert a.new(b, 20) == 0


def test_words_nobody_has_are_new():
    a, b = (unpack(one(" ".join(f"{name}{n}" for n in range(100))).facts) for name in ("ثوب", "بيت"))
    assert a.new(b, 30) > 0.8
    assert a.shared(b) < 0.15


def test_of_many_numbers_those_behind_are_known_too():
    facts = unpack(one(" ".join(f"سعر {n} ريال" for n in range(100, 130))).facts)
    assert len(facts.numbers) == NUMBERS
    assert not any(facts.lacks(n) for n in range(100, 130))
    assert sum(facts.lacks(n) for n in range(200, 300)) > 60
