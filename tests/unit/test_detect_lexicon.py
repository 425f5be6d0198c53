"""Lexicon files: what is refused, and how it is said."""

from __future__ import annotations

import pytest

from streams.core.assess import Assessor
from streams.core.detect.lexicon import LexiconError, Lexicons, parse
from streams.core.model import Category

GOOD = """
language = "en"
[[rule]]
id = "a"
category = "strike"
weight = 20
any = ["air strike"]
"""


def test_a_small_one():
    lexicon = parse("en.toml", GOOD)
    assert [(rule.id, rule.category, rule.weight) for rule in lexicon.rules] == [("a", Category.STRIKE, 20.0)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("weight = 20", "weight = 200"), ["en.toml", "rule a", "weight"]),
        (("weight = 20", 'weight = "20"'), ["rule a", "weight", "number"]),
        (("weight = 20\n", ""), ["rule a", "weight is missing"]),
        (('category = "strike"', 'category = "storm"'), ["rule a", "category", "civilian_harm"]),
        (('any = ["air strike"]', "any = []"), ["rule a", "any is empty"]),
        (('any = ["air strike"]', 'any = ["air strike", "Air Strike"]'), ["rule a", "twice"]),
        (('any = ["air strike"]', 'any = ["(air strike"]'), ["rule a", "(air"]),
        (('any = ["air strike"]', 'any = ["air strike"]\nanny = ["x"]'), ["rule a", "unknown field anny"]),
        (('language = "en"', 'language = "fr"'), ["en.toml", "language"]),
        (('id = "a"', ""), ["rule number 1", "id is missing"]),
        (("[[rule]]", "[[rule]"), ["en.toml", "not TOML", "line 3"]),
    ],
)
def test_what_is_wrong_is_named(change, words):
    with pytest.raises(LexiconError) as caught:
        parse("en.toml", GOOD.replace(*change))
    assert all(word in str(caught.value) for word in words)


def test_an_id_twice():
    with pytest.raises(LexiconError, match="id a is given twice"):
        parse("en.toml", GOOD + GOOD.split("\n", 2)[2])


@pytest.mark.parametrize("path", ["notes.txt", "EN.toml", "other/en.toml", "un_session/x/en.toml", "README.toml"])
def test_unknown_files_are_refused(path):
    with pytest.raises(LexiconError, match="no detector reads"):
        Lexicons.parse({path: GOOD})


def test_no_lexicon_at_all():
    with pytest.raises(LexiconError, match="there is no"):
        Lexicons.parse({})


def test_the_version_is_of_the_contents(lexicon_files):
    version = Lexicons.parse(lexicon_files).version
    assert len(version) == 16
    assert Lexicons.parse(dict(reversed(lexicon_files.items()))).version == version
    assert Lexicons.parse({**lexicon_files, "en.toml": lexicon_files["en.toml"] + "# a word\n"}).version != version


def test_the_bundled_ones_are_of_the_promised_size(lexicon_files):
    lexicons = Lexicons.parse(lexicon_files)
    terms = {name: sum(len(rule.any) for rule in lexicon.rules) for name, lexicon in lexicons.escalation.items()}
    assert terms["ar"] >= 150
    for name in ("en", "fr", "es", "ru", "zh"):
        assert terms[name] >= 120, name
    for lexicon in lexicons.escalation.values():
        assert {rule.category for rule in lexicon.rules} == set(Category)
    assert set(lexicons.sessions) == {"ar", "en", "es", "fr", "ru", "zh"}


AIR_RAID = """
language = "en"
[[rule]]
id = "strike"
category = "strike"
weight = 20
any = ["air raid"]
"""


def test_an_absent_guard_touches_what_is_undated_below_the_lead(article):
    lexicon = (
        AIR_RAID
        + """
[[guard]]
id = "undated"
scope = "passage"
absent = true
factor = 0.5
any = ["today"]
"""
    )
    assess = Assessor(Lexicons.parse({"en.toml": lexicon})).assess
    guards = lambda text: [hit.guards for hit in assess(article({"lang": "en", "text": text})).escalation.hits]  # noqa: E731
    lead, filler = "One thing. Another thing.", "Nothing of note."
    assert guards("An air raid hit.") == [()]
    assert guards(f"{lead} {filler} An air raid hit.") == [("undated",)]
    assert guards(f"{lead} {filler} An air raid hit. It was today.") == [()]
    # A lead that says when speaks for the rest by half.
    weights = lambda text: [hit.weight for hit in assess(article({"lang": "en", "text": text})).escalation.hits]  # noqa: E731
    assert weights(f"{lead} {filler} An air raid hit.") == [10]
    assert weights(f"Today one thing. Another thing. {filler} {filler} An air raid hit.") == [15]
    with pytest.raises(LexiconError, match="absent goes with the scopes passage and article"):
        Lexicons.parse({"en.toml": lexicon.replace('"passage"', '"sentence"')})


def test_a_dated_guard_is_in_force_beside_a_year_before_the_articles(article):
    lexicon = (
        AIR_RAID
        + """
[[guard]]
id = "past_year"
scope = "near"
words = 6
dated = true
factor = 0.5
any = ["in"]
"""
    )
    assess = Assessor(Lexicons.parse({"en.toml": lexicon})).assess
    entry = {"lang": "en", "published": "2025-05-01T00:00:00+00:00"}
    guards = lambda text, **more: [  # noqa: E731
        hit.guards for hit in assess(article(entry | {"text": text} | more)).escalation.hits
    ]
    assert guards("An air raid hit it in May 2024.") == [()]
    assert guards("An air raid hit it in 2024.") == [("past_year",)]
    assert guards("An air raid hit it in 2025.") == [()]
    assert guards("An air raid hit in 20245 and in a port.") == [()]
    assert guards("An air raid hit it in 2024.", published="2024-05-01T00:00:00+00:00") == [()]
    assert guards("An air raid hit it in 2024.", published=None) == [()]


def test_an_inside_guard_stands_in_the_gap_of_a_hit(article):
    lexicon = """
language = "en"
[[rule]]
id = "strike"
category = "strike"
weight = 20
any = ["army .. shelled"]
[[guard]]
id = "negation"
scope = "inside"
factor = 0.2
any = ["never"]
"""
    assess = Assessor(Lexicons.parse({"en.toml": lexicon})).assess
    guards = lambda text: [hit.guards for hit in assess(article({"lang": "en", "text": text})).escalation.hits]  # noqa: E731
    assert guards("The army has never shelled it.") == [("negation",)]
    assert guards("Never was the army quiet: the army shelled it, and never again.") == [()]


def test_an_article_without_a_word_of_who_bears_arms_tells_of_none(article):
    lexicon = (
        AIR_RAID
        + """
[[rule]]
id = "war"
category = "clash"
weight = 0
background = true
any = ["civil war"]
[[guard]]
id = "unarmed"
scope = "article"
absent = true
count = 2
factor = 0.5
any = ["army", "rebels"]
"""
    )
    assess = Assessor(Lexicons.parse({"en.toml": lexicon})).assess

    def judged(text):
        found = assess(article({"lang": "en", "text": text})).escalation
        return found.value, found.hits[0].weight

    # Each sentence but one has room for a word of it, up to the count.
    assert judged("An air raid hit.") == ("report", 20)
    assert judged("One thing. An air raid hit.") == ("none", 10)
    assert judged("One thing. Another thing. An air raid hit.") == ("none", 5)
    assert judged("The army came. Another thing. An air raid hit.") == ("background", 10)
    assert judged("The army came. The rebels went. Nothing of note. An air raid hit.") == ("report", 20)
    # Words of the matter itself stay background.
    assert judged("One thing. Another thing. The civil war came.") == ("background", 0)


def test_a_vague_word_tells_of_violence_only_in_company(article):
    lexicon = """
language = "en"
[[rule]]
id = "word"
category = "clash"
weight = 0
background = true
vague = true
any = ["war", "truce"]
"""
    assess = Assessor(Lexicons.parse({"en.toml": lexicon})).assess
    found = lambda text: assess(article({"lang": "en", "text": text})).escalation  # noqa: E731
    long = "One thing. Another thing. A third thing."
    assert found(f"{long} A war of words.").value == "none"
    assert [hit.guards for hit in found(f"{long} A war of words.").hits] == [("context", "alone")]
    assert found(f"{long} A war and a truce.").value == "background"
    assert found("War looms.").value == "background"


def test_a_topic_counts_words_that_two_terms_share_once(article):
    lexicon = """
language = "en"
[[rule]]
id = "strike"
category = "strike"
weight = 20
any = ["bombed"]
[[guard]]
id = "sport"
scope = "article"
count = 2
factor = 0
any = ["cup final", "final"]
"""
    assess = Assessor(Lexicons.parse({"en.toml": lexicon})).assess
    guards = lambda text: [hit.guards for hit in assess(article({"lang": "en", "text": text})).escalation.hits]  # noqa: E731
    assert guards("They bombed the town during the cup final.") == [()]
    assert guards("They bombed in the cup final, their second final.") == [("sport",)]


def test_arabic_has_four_hundred_terms_before_expansion_and_every_category(lexicon_files):
    rules = [rule for rule in parse("ar.toml", lexicon_files["ar.toml"]).rules if not rule.background]
    assert sum(len(rule.any) for rule in rules) >= 400
    assert {rule.category for rule in rules} == set(Category)
