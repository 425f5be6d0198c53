"""Every accepted input as canonical ninjs 3.1: identity, texts, and the IPTC's own examples against the IPTC's own schema."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams import codec
from streams.core.errors import Rejected
from streams.ingest.canonical import MADE_URI, canonical, from_text
from streams.ingest.item import packed

GENERATIONS = ("ninjs-1", "ninjs-2", "ninjs-3")


@pytest.fixture(scope="module")
def schema(shared):
    ninjs = json.loads((shared / "formats" / "ninjs-schema_3.1.json").read_text(encoding="utf-8"))
    geo = jsonschema_rs.Registry([("https://geojson.org/schema/GeoJSON.json", {"type": "object"})])
    return jsonschema_rs.Draft202012Validator(ninjs, registry=geo, validate_formats=True)


def examples(shared):
    paths = sorted(path for generation in GENERATIONS for path in (shared / "formats" / generation).glob("*.json"))
    assert len(paths) >= 15
    return {path: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def errors(schema, record):
    return [f"{error.instance_path}: {error.message}" for error in schema.iter_errors(record)]


def body_of(record):
    return codec.decode_article(codec.to_json(record), source="t").body


def test_every_example_of_every_generation_becomes_valid_3_1(shared, schema):
    for path, record in examples(shared).items():
        made = canonical(record)
        assert errors(schema, made) == [], path
        article = codec.decode_article(codec.to_json(made), source="files")
        assert article.uri == record["uri"], path
        assert article.published is not None, path
        assert article.title, path
        assert article.body.pointer == "/bodies/0/value", path
        assert len(article.body.text) > 100, path


def test_the_three_generations_of_one_example_are_one_record(shared):
    names = ("001_simple_example", "004_simple_text_article", "005_complex_text_article")
    for name in names:
        versions = [json.loads((shared / "formats" / g / f"{name}.json").read_text(encoding="utf-8")) for g in GENERATIONS]
        first, *others = [canonical(version) for version in versions]
        for other in others:
            assert {k: v for k, v in other.items() if k != "bodies"} == {k: v for k, v in first.items() if k != "bodies"}
            assert other["bodies"][0] == first["bodies"][0]
            assert [b["contentType"] for b in other["bodies"]] == [b["contentType"] for b in first["bodies"]]


def test_renditions_and_associations_of_generation_1_survive(shared):
    record = json.loads((shared / "formats/ninjs-1/007_multimedia.json").read_text(encoding="utf-8"))
    picture, portrait = canonical(record)["associations"]
    assert (picture["name"], portrait["name"]) == ("mainpic", "portrait")
    assert picture["renditions"][0]["name"] == "main"
    assert picture["renditions"][0]["contentType"] == "image/jpg"
    assert picture["objects"][0]["uri"] == "http://www.wikidata.org/entity/Q190542"
    assert picture["places"][2]["uri"] == "http://cvx.iptc.org/iso3166-1a2/it"


def test_every_property_of_generation_1_has_a_valid_place(schema):
    made = canonical(
        {
            "uri": "http://a.example/1",
            "type": "text",
            "mimetype": "text/plain",
            "representationtype": "complete",
            "profile": "text-only",
            "version": "7",
            "firstcreated": "2025-03-11T08:00:00Z",
            "versioncreated": "2025-03-11T09:00:00Z",
            "contentcreated": "2025-03-11T07:00:00Z",
            "embargoed": "2025-03-11T09:00:00Z",
            "pubstatus": "usable",
            "urgency": 3.0,
            "copyrightholder": "h",
            "copyrightnotice": "n",
            "usageterms": "t",
            "ednote": "e",
            "language": "ar",
            "person": [{"name": "p", "rel": "about", "code": "x"}],
            "organisation": [{"name": "o", "scheme": "http://s.example/", "code": "c"}],
            "place": [{"name": "l", "contactinfo": [{"type": "web", "value": "v"}]}],
            "subject": [{"name": "s", "relevance": 5}],
            "event": [{"name": "e"}],
            "object": [{"name": "o", "scheme": "abc", "code": "1"}],
            "infosource": [{"name": "Wire", "rel": "where"}],
            "title": "a title is metadata",
            "byline": "b",
            "headline": "العنوان",
            "headline_sub": "عنوان فرعي",
            "slugline": "s",
            "located": "l",
            "charcount": 4.0,
            "wordcount": 1,
            "body_text": "نص",
            "body_xhtml": "<p>نص</p>",
            "description_text": "وصف",
            "renditions": {"main": {"href": "http://a.example/p.jpg", "mimetype": "image/jpeg", "width": 4.0, "sizeinbytes": 9}},
            "altids": {"doi": "10.1/2", "number": 5},
            "trustindicator": [{"scheme": "http://cv.example/", "code": "x", "title": "t", "href": "http://a.example/t"}],
            "$standard": {"name": "ninjs", "version": "1.3"},
            "genre": [{"name": "g", "code": "c"}],
            "expires": "2025-04-11T09:00:00Z",
            "rightsinfo": {"langid": "http://r.example/", "linkedrights": "http://r.example/1"},
            "digitalsourcetype": {"name": "d"},
        }
    )
    assert errors(schema, made) == []
    assert made["by"] == "b"
    assert made["embargoedUntil"] == "2025-03-11T09:00:00Z"
    assert made["people"] == [{"name": "p", "rel": "about", "literal": "x"}]
    assert made["objects"] == [{"name": "o", "literal": "abc:1"}]
    assert made["infoSources"] == [{"name": "Wire", "role": "where"}]
    assert made["trustIndicators"][0]["role"] == "http://cv.example/x"
    assert made["altIds"] == [{"role": "doi", "value": "10.1/2"}, {"role": "number", "value": "5"}]
    assert made["standard"]["version"] == "3.1"
    assert made["bodies"][0] == {"role": "main", "contentType": "text/plain", "value": "نص", "charCount": 4, "wordCount": 1}
    assert made["bodies"][1]["contentType"] == "text/html"
    assert [h["role"] for h in made["headlines"]] == ["main", "sub"]


def test_a_canonical_record_is_left_as_it_is(shared):
    lines = (shared / "wires" / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines:
        record = json.loads(line)
        assert canonical(record) == record
        assert canonical(canonical(record)) == canonical(record)


def test_the_simple_form(schema):
    record = {
        "id": "tag:paper.example,2025:1",
        "title": "عنوان",
        "text": "متن الخبر",
        "published": "2025-03-11T09:00:00+03:00",
        "lang": "ar",
        "source": "صحيفة",
        "url": "https://paper.example/1",
    }
    made = canonical(record)
    assert errors(schema, made) == []
    article = codec.decode_article(codec.to_json(made), source="files")
    assert (article.uri, article.outlet, article.language) == ("tag:paper.example,2025:1", "صحيفة", "ar")
    assert (article.headline.text, article.body.text) == ("عنوان", "متن الخبر")
    assert article.published.isoformat() == "2025-03-11T09:00:00+03:00"
    assert article.url == "https://paper.example/1"
    assert article.version == codec.content_version("عنوان", "متن الخبر")
    assert article.id == f"files|tag:paper.example,2025:1|{article.version}"


def test_gold_articles_keep_id_text_and_labels(shared):
    for name in ("dev", "authored"):
        for line in (shared / "gold" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            made = canonical(record)
            assert made["uri"] == record["id"]
            assert body_of(made).text == record["text"]
            assert made["escalation"] == record["escalation"]


def test_further_fields_stay():
    made = canonical({"uri": "u", "headline": "h", "ourOwn": {"deep": [1, {"contenttype": "x"}]}, "language": None})
    assert made["ourOwn"] == {"deep": [1, {"contenttype": "x"}]}
    assert "language" not in made
    assert canonical({"id": 7, "text": "t", "corpus": "c"})["corpus"] == "c"


def test_plain_text_is_whole_and_gets_no_headline():
    article = packed(from_text("سطر أول\n\nسطر ثان\n", "stem"), source="files", where="x").article
    assert article.headline is None
    assert article.body.text == "سطر أول\n\nسطر ثان\n"
    assert article.uri == "stem"


def test_without_uri_it_is_called_after_its_content():
    record = {"headlines": [{"value": "h"}], "bodies": [{"value": "b"}]}
    made = canonical(record)
    assert made["uri"] == MADE_URI + codec.content_hash("h", "b")
    assert made["version"] == codec.content_version("h", "b")
    assert canonical({"title": "h", "text": "b", "id": ""})["uri"] == made["uri"]


@pytest.mark.parametrize(
    ("given_version", "version"), [("3", "3"), (3, "3"), (3.0, "3"), ("2025-03-11T09:00Z", "2025-03-11T09:00Z"), (0, "0")]
)
def test_versions_are_text(given_version, version):
    assert canonical({"uri": "u", "headline": "h", "version": given_version})["version"] == version


def test_null_is_nothing_and_huge_numbers_pass():
    made = canonical({"uri": "u", "headline": "h", "urgency": 1e300, "charcount": None, "version": 1e20, "place": None})
    assert made["version"] == "100000000000000000000"
    assert not made.keys() & {"places", "charcount", "charCount"}
    assert packed(made, source="s", where="w").article.title == "h"


@pytest.mark.parametrize("none", [None, ""])
def test_no_version_is_the_contents(none):
    assert canonical({"uri": "u", "headline": "h", "version": none})["version"] == codec.content_version("h", "")


def test_a_kill_without_version_is_another_version_than_what_it_kills():
    article = {"uri": "u", "headline": "h", "body_text": "b"}
    kill = canonical(article | {"pubstatus": "canceled"})
    assert kill["version"] != canonical(article)["version"]
    assert kill["pubStatus"] == "canceled"
    assert canonical(article | {"pubstatus": "cancelled"})["pubStatus"] == "canceled"


def test_a_kill_needs_no_text_but_a_uri():
    assert canonical({"uri": "u", "pubStatus": "canceled", "version": 2})["version"] == "2"
    with pytest.raises(Rejected, match="no-uri"):
        canonical({"headline": "h", "pubStatus": "canceled"})


def test_html_stands_beside_its_plain_text():
    made = canonical({"uri": "u", "headline": "h", "body_xhtml": "<p>أول</p><p>ثان</p>"})
    plain, markup = made["bodies"]
    assert plain == {"role": "main", "contentType": "text/plain", "value": "أول\nثان"}
    assert markup["contentType"] == "text/html"
    assert markup["value"] == "<p>أول</p><p>ثان</p>"


@pytest.mark.parametrize(
    ("bodies", "text"),
    [
        ([{"value": "a"}, {"role": "main", "value": "b"}], "b"),
        ([{"role": "summary", "value": "short"}, {"role": "main", "contentType": "text/html", "value": "<p>long</p>"}], "long"),
        ([{"role": "main", "contentType": "text/html", "value": "<p>long</p>"}, {"role": "main", "value": "plain"}], "plain"),
        ([{"role": "main", "value": "  "}, {"contentType": "text/html; charset=utf-8", "value": "<b>x</b>"}], "x"),
        ([{"contentType": "application/nitf+xml", "value": "<nitf><p>n</p></nitf>"}], "n"),
        ([{"contentType": "TEXT/PLAIN; charset=utf-8", "value": "v"}], "v"),
    ],
)
def test_the_main_body_comes_first_and_is_plain(bodies, text):
    made = canonical({"uri": "u", "bodies": bodies})
    assert made["bodies"][0]["value"] == text
    assert made["bodies"][0]["role"] == "main"
    assert body_of(made).text == text
    assert body_of(made).pointer == "/bodies/0/value"


@pytest.mark.parametrize(
    ("given_time", "kept", "told"),
    [
        ("2025-03-11T09:00:00Z", "2025-03-11T09:00:00Z", 0),
        ("2025-03-11 09:00:00+0300", "2025-03-11T09:00:00+03:00", 0),
        ("2025-03-11T09:00:00", "2025-03-11T09:00:00", 1),
        ("yesterday", "yesterday", 1),
        (1741680000, 1741680000, 1),
    ],
)
def test_times_are_rfc_3339_or_told_of(given_time, kept, told):
    notes = []
    assert canonical({"uri": "u", "headline": "h", "versionCreated": given_time}, notes.append)["versionCreated"] == kept
    assert len(notes) == told
    simple = canonical({"id": "i", "text": "t", "published": given_time})
    assert ("versionCreated" in simple) == (told == 0)
    assert ("published" in simple) == (told == 1)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([], "bad-shape"),
        (None, "bad-shape"),
        ("text", "bad-shape"),
        (5, "bad-shape"),
        ({}, "bad-shape"),
        ({"title": "a schema has a title too", "type": "object"}, "bad-shape"),
        ({"id": "i", "text": 5}, "bad-shape"),
        ({"id": "i", "text": ["t"]}, "bad-shape"),
        ({"uri": "u", "headlines": "h"}, "bad-shape"),
        ({"uri": "u", "bodies": [{"role": "main"}]}, "bad-shape"),
        ({"uri": "u", "bodies": ["b"]}, "bad-shape"),
        ({"uri": "u", "headline": "h", "x": json.loads("[" * 500 + "]" * 500)}, "too-deep"),
        ({"uri": "u"}, "no-text"),
        ({"uri": "u", "headline": " ", "body_text": "\n"}, "no-text"),
        ({"uri": "u", "bodies": [{"contentType": "text/html", "value": "<p> </p>"}]}, "no-text"),
        ({"id": "i", "text": ""}, "no-text"),
        ({"uri": " ", "headline": "h"}, "bad-uri"),
        ({"uri": "a\nb", "headline": "h"}, "bad-uri"),
        ({"uri": ["u"], "headline": "h"}, "bad-uri"),
        ({"uri": "u" * 2049, "headline": "h"}, "bad-uri"),
        ({"uri": "u", "headline": "h", "version": "1|2"}, "bad-version"),
        ({"uri": "u", "headline": "h", "version": {"n": 1}}, "bad-version"),
        ({"uri": "u", "headline": "h", "version": True}, "bad-version"),
        ({"uri": "u", "headline": "h", "pubStatus": "spiked"}, "bad-status"),
    ],
)
def test_what_is_no_article_is_rejected_with_a_reason(value, reason):
    with pytest.raises(Rejected) as rejected:
        canonical(value)
    assert rejected.value.reason == reason
    assert rejected.value.detail


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
# fmt: off
NAMES = st.sampled_from([
    "uri", "id", "title", "text", "published", "lang", "source", "url",
    "headline", "headlines", "body_text", "body_xhtml", "bodies", "versionCreated", "versioncreated", "version",
    "pubStatus", "pubstatus", "urgency", "infoSources", "infosource", "place", "associations", "renditions",
    "altids", "$standard", "charcount", "rightsinfo",
])
# fmt: on


@given(st.dictionaries(NAMES, JSON, max_size=8))
def test_any_object_is_canonical_for_good_or_rejected(record):
    try:
        made = canonical(record)
    except Rejected:
        return
    item = packed(made, source="s", where="o")
    assert canonical(made) == made
    assert item.article.uri == made["uri"]
    assert item.article.version == made["version"]
    assert codec.decode_record(item.key, item.value) == item.article
