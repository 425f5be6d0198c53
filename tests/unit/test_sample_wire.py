"""The bundled sample wire: what it holds, and that the detectors find in it what a careful reader does."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from importlib.resources import files

import pytest

from streams import app
from streams.core.dedup.fingerprint import content_key
from streams.core.model import Reported
from streams.ingest.files import read
from streams.ingest.item import Item
from streams.settings import Settings

WIRE = files("streams").joinpath("sample", "wire.jsonl")
LINES = [json.loads(line) for line in WIRE.read_text(encoding="utf-8").splitlines()]
ITEMS = list(read([str(WIRE)], source="demo"))
EXPECTED = json.loads(files("streams").joinpath("sample", "expected.json").read_text(encoding="utf-8"))
FIRST = {item.article.uri: item.article for item in reversed(ITEMS)}
LAST = {item.article.uri: item.article for item in ITEMS}
KEYS = {item.article.id: content_key(item.article) for item in ITEMS}


@pytest.fixture(scope="module")
def assess():
    return app.assessor(Settings()).assess


def test_every_line_is_an_article_of_one_day():
    assert len(ITEMS) == len(LINES) == EXPECTED["articles"] >= 28
    assert all(isinstance(item, Item) for item in ITEMS)
    times = [item.article.published for item in ITEMS]
    assert max(times) - min(times) < timedelta(days=1)
    assert all(60 <= len(item.article.body.text.split()) <= 250 for item in ITEMS)


def test_languages_and_outlets():
    languages = Counter(item.article.language for item in ITEMS)
    assert languages["ar"] > len(ITEMS) / 2
    assert languages["en"] >= 3
    assert languages["fr"] >= 3
    assert len({item.article.outlet for item in ITEMS}) >= 8


def test_every_accepted_form_is_there():
    forms = Counter("simple" if "text" in line else "1.x" if "body_text" in line else "3.1" for line in LINES)
    assert forms["1.x"] == 1
    assert forms["simple"] >= 3
    assert forms["3.1"] > len(LINES) / 2
    assert sum("uri" not in line and "id" not in line for line in LINES) == 1
    only_html = [line for line in LINES if [b["contentType"] for b in line.get("bodies", [])] == ["text/html"]]
    assert len(only_html) == 1


def test_copies_and_repeats_are_those_promised():
    ids = [item.article.id for item in ITEMS]
    assert len(ids) - len(set(ids)) == EXPECTED["repeats"]
    assert len(KEYS) - len(set(KEYS.values())) == EXPECTED["exact"]


def test_copies_differ_in_spelling_only():
    exact = [story for story in EXPECTED["alerts"] if "carriers" in story]
    texts = set()
    for story in exact:
        versions = {KEYS[item.article.id] for item in ITEMS if item.article.uri == story["uri"]}
        for uri in story["carriers"]:
            assert content_key(FIRST[uri]) in versions
            texts.add(FIRST[uri].body.text)
    assert any("ـ" in text for text in texts)  # tatweel
    assert any("\u0650" in text for text in texts)  # kasra
    assert any("غارات جويه" in text for text in texts)  # ta marbuta without its dots


def test_the_agencys_story_has_three_versions():
    versions = [item.article.version for item in ITEMS if item.article.uri == EXPECTED["alerts"][0]["uri"]]
    assert versions == ["1", "2", "3"]


def test_every_article_is_expected_to_do_one_thing():
    alerts = EXPECTED["alerts"]
    speaking = {uri for story in alerts for uri in (story["uri"], *story.get("carriers", []), *story.get("reports", []))}
    assert not speaking & set(EXPECTED["silent"])
    assert speaking | set(EXPECTED["silent"]) == set(FIRST)
    assert {FIRST[uri].language for uri in speaking} == {"ar", "en", "fr"}


@pytest.mark.parametrize("story", EXPECTED["alerts"], ids=lambda story: story["story"])
def test_what_must_be_found_is_found(assess, story):
    found = assess(LAST[story["uri"]])
    if story["kind"] == "escalation":
        assert found.escalation.value is Reported.REPORT
        assert set(story["categories"]) <= set(found.escalation.categories)
    else:
        for uri in (story["uri"], *story.get("reports", [])):
            (sitting,) = [session for session in assess(LAST[uri]).sessions if session.current]
            assert sitting.body == story["body"]
            assert sitting.kind == story.get("sitting", sitting.kind)


def test_the_sitting_is_asked_for_then_set_then_held(assess):
    story = [item.article for item in ITEMS if item.article.uri == EXPECTED["alerts"][0]["uri"]]
    assert [[s.status for s in assess(article).sessions] for article in story] == [["requested"], ["scheduled"], ["held"]]


@pytest.mark.parametrize("uri", EXPECTED["silent"])
def test_traps_stay_silent(assess, uri):
    found = assess(FIRST[uri])
    assert found.escalation.value is not Reported.REPORT
    assert not [session for session in found.sessions if session.current]
