"""Places and parties. Sentences of the six languages, half of them ambiguous, stand in tests/cases/places.json."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.detect.lexicon import LexiconError, Lexicons
from streams.core.detect.places import Gazetteer, Place, PlaceKind
from streams.core.detect.places_file import Facts, PlaceNames, parse
from streams.core.text.fold import fold

CASES = json.loads((Path(__file__).parents[1] / "cases/places.json").read_text(encoding="utf-8"))
LANGUAGES = {"ar", "en", "es", "fr", "ru", "zh"}
MEMBERS = """
AD AE AF AG AL AM AO AR AT AU AZ BA BB BD BE BF BG BH BI BJ BN BO BR BS BT BW BY BZ CA CD CF CG CH CI CL CM CN CO CR CU CV CY CZ
DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FM FR GA GB GD GE GH GM GN GQ GR GT GW GY HN HR HT HU ID IE IL IN IQ IR IS IT JM JO JP
KE KG KH KI KM KN KP KR KW KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MG MH MK ML MM MN MR MT MU MV MW MX MY MZ NA NE NG NI
NL NO NP NR NZ OM PA PE PG PH PK PL PT PW PY QA RO RS RU RW SA SB SC SD SE SG SI SK SL SM SN SO SR SS ST SV SY SZ TD TG TH TJ TL
TM TN TO TR TT TV TZ UA UG US UY UZ VC VE VN VU WS YE ZA ZM ZW
"""
TOML = 'language = "en"\n[country]\nXX = ["utopia"]\n'


def marked(case):
    marks = [pytest.mark.xfail(reason=case["xfail"], strict=True)] if "xfail" in case else []
    return pytest.param(case, id=case["id"], marks=marks)


@pytest.mark.parametrize("case", [marked(case) for case in CASES])
def test_cases(case, lexicons):
    text = fold(case["text"]).text
    found = lexicons.gazetteer.find(text, case["lang"])
    expected = [(fold(p["words"]).text, p["name"], p["kind"]) for p in case["places"]]
    assert [(text[p.start : p.end], p.name, p.kind.value) for p in found] == expected


def test_there_are_enough_cases_of_every_language():
    assert len({case["id"] for case in CASES}) == len(CASES) >= 80
    assert set(Counter(case["lang"] for case in CASES)) == LANGUAGES
    assert sum(not case["places"] for case in CASES) >= 30


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_member_of_the_united_nations_has_a_name(language, lexicon_files):
    codes = set(MEMBERS.split())
    assert len(codes) == 193
    files = [parse(path, language, lexicon_files[path]) for path in (f"countries/{language}.toml", f"places/{language}.toml")]
    assert codes <= {key for names in files for _, table, key in names.terms if table == "country"}


def test_a_country_answers_its_code_and_a_city_its_country(lexicons):
    text = "syrian shells hit aleppo, said damascus to the arab group"
    found = lexicons.gazetteer.find(text, "en")
    assert found == [
        Place(0, 6, "SY", "Syria", PlaceKind.DEMONYM, "SY"),
        Place(18, 24, "aleppo", "Aleppo", PlaceKind.CITY, "SY"),
        Place(31, 39, "SY", "Syria", PlaceKind.CAPITAL, "SY"),
        Place(47, 57, "arab-group", "Arab Group", PlaceKind.GROUP, None),
    ]
    assert lexicons.gazetteer.country("CD") == "DR Congo"
    assert lexicons.gazetteer.country("XX") is None


def test_a_language_without_names_has_no_places(lexicons):
    assert lexicons.gazetteer.find("in syrien", "de") == []
    assert Gazetteer().find("syria", "en") == []


@given(
    text=st.text(alphabet="السودان جنوب مالي و في عمان.\n 南苏丹刚果(金) jordan us georgia guinea-bissau", max_size=80),
    data=st.data(),
)
def test_any_text_is_read_in_order_without_overlap(lexicons, text, data):
    folded = fold(text).text
    found = lexicons.gazetteer.find(folded, data.draw(st.sampled_from(sorted(LANGUAGES))))
    assert all(0 <= place.start < place.end <= len(folded) for place in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


def test_a_place_that_is_not_known_is_told_by_file_and_line(lexicon_files):
    with pytest.raises(LexiconError) as error:
        Lexicons.parse({**lexicon_files, "places/it.toml": TOML.replace("en", "it", 1)})
    assert str(error.value) == "places/it.toml:3: [country]: 'XX' is not in [country] of mul.toml"


def test_a_city_of_no_country_is_told():
    names = parse("places/en.toml", "en", 'language = "en"\n[city]\nNowhere = ["nowhere"]\n')
    assert isinstance(names, PlaceNames)
    with pytest.raises(LexiconError, match="Nowhere is in 'XX', which is no country"):
        Gazetteer(Facts({"SY": "Syria"}, {"city": {"Nowhere": "XX"}}), [names])


def test_the_readings_of_a_name_follow_the_words_beside_it():
    data = """
language = "en"
[country]
GE = ["georgia"]
[[reading]]
of = ["georgia"]
near = ["atlanta"]
unless = ["tbilisi"]
words = 3
"""
    names = parse("places/en.toml", "en", data)
    gazetteer = Gazetteer(Facts({"GE": "Georgia"}), [names])
    texts = ["georgia", "georgia, near atlanta", "georgia lies far from atlanta", "atlanta, georgia and tbilisi"]
    assert [len(gazetteer.find(text, "en")) for text in texts] == [1, 0, 1, 1]
