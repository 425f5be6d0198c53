"""The published schemas in docs/schemas against the code: real records validate, and neither moves without the other."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import jsonschema_rs
import pytest
import yaml
from aiokafka.structs import ConsumerRecord
from pydantic import TypeAdapter

from streams import codec
from streams.agents import dead_letter, dedup, detect
from streams.core.errors import Rejected
from streams.core.model import (
    Alert,
    AlertKind,
    AlertType,
    Carrier,
    Category,
    Decision,
    Finding,
    Incident,
    Organ,
    Outcome,
    Passage,
    Segment,
    SittingKind,
    SittingStatus,
    Step,
    Tier,
    Verdict,
)
from streams.ingest.files import read
from streams.ingest.topics import specs
from streams.settings import Settings

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
NOON = dt.datetime(2025, 3, 11, 12, tzinfo=dt.UTC)
ANNOTATIONS = {"title", "description", "default", "$id", "$schema", "minimum", "maximum", "minItems", "minLength", "pattern"}

SITTING = Alert(
    id="a",
    type=AlertType.CREATED,
    kind=AlertKind.UN_SESSION,
    sequence=1,
    tier=Tier.URGENT,
    score=70,
    title="جلسة طارئة",
    language="ar",
    story="s|u|1",
    categories=(),
    incident=Incident(
        id="i",
        body=Organ.UNSC,
        kind=SittingKind.EMERGENCY,
        status=SittingStatus.HELD,
        date=NOON.date(),
        topic="Sudan",
        requested_by=("Algeria",),
        outcome=Outcome.NO_OUTCOME,
        history=(Step(SittingStatus.HELD, "s|u|1", "وكالة", NOON, "عقد"),),
    ),
    findings=(Finding("un.sitting", "un_session", "/bodies/0/value", 0, 3, "عقد", 1.0, ("negation",), "s|u|1"),),
    passages=(Passage("/bodies/0/value", 0, (Segment("عقد", "un.sitting"), Segment(" المجلس"))),),
    places=("السودان",),
    sources=(Carrier("s", "u", "1", "وكالة", None, NOON, Decision.NEW),),
    origins=1,
    published=NOON,
    detected=NOON,
    lexicon="ab12",
)
STRIKE = replace(
    SITTING,
    kind=AlertKind.ESCALATION,
    type=AlertType.RETRACTED,
    incident=None,
    categories=(Category.STRIKE,),
    findings=(),
    sources=(Carrier("s", "u", "1", "وكالة", "https://a.example/1", NOON, Decision.EXACT),),
)


def schema(name):
    return json.loads((SCHEMAS / name).read_text(encoding="utf-8"))


def validator(name):
    return jsonschema_rs.Draft202012Validator(schema(name), validate_formats=True)


def shape(node):
    """A schema without what people read and without ranges: types, names and what is required."""
    if not isinstance(node, dict):
        return node
    kept = {}
    for key, value in node.items():
        if key in {"properties", "$defs"}:
            kept[key] = {name: shape(sub) for name, sub in value.items()}
        elif key == "anyOf":
            kept[key] = [shape(option) for option in value]
        elif key not in ANNOTATIONS:
            kept[key] = shape(value)
    if "properties" in kept:
        kept["required"] = list(kept["properties"])  # what is encoded is complete, defaults included
    return kept


@pytest.fixture(scope="module")
def asyncapi():
    return yaml.safe_load((SCHEMAS / "asyncapi.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("alert", [SITTING, STRIKE], ids=["sitting", "escalation"])
def test_encoded_alerts_validate(alert):
    encoded = json.loads(codec.encode_alert(alert))
    validator("alert.schema.json").validate(encoded)
    for name in encoded:
        assert not validator("alert.schema.json").is_valid({k: v for k, v in encoded.items() if k != name}), name


def test_the_alert_schema_is_the_codes():
    published = schema("alert.schema.json")
    assert shape(published) == shape(TypeAdapter(Alert).json_schema(mode="serialization"))


def test_every_property_of_an_alert_is_explained():
    published = schema("alert.schema.json")
    for owner in (published, *published["$defs"].values()):
        assert owner["description"]
        assert all(sub.get("description") for sub in owner.get("properties", {}).values())


def test_canonical_articles_validate(shared):
    wires = [str(files("streams").joinpath("sample", "wire.jsonl")), str(shared / "wires" / "articles.jsonl")]
    wires += [str(shared / "formats" / generation) for generation in ("ninjs-1", "ninjs-2", "ninjs-3")]
    articles = list(read(wires))
    assert len(articles) > 50
    for item in articles:
        validator("article.schema.json").validate(json.loads(item.value))


@pytest.mark.parametrize(
    "record",
    [
        {"version": "1", "bodies": [{"role": "main", "contentType": "text/plain", "value": "t"}]},
        {"uri": "u", "version": "1"},
        {"uri": "u", "version": "1|2", "headlines": [{"role": "main", "contentType": "text/plain", "value": "t"}]},
        {"uri": "u", "version": "1", "bodies": [{"role": "main", "contentType": "text/html", "value": "<p>t"}]},
        {
            "uri": "u",
            "version": "1",
            "pubStatus": "spiked",
            "headlines": [{"role": "main", "contentType": "text/plain", "value": "t"}],
        },
    ],
)
def test_what_is_not_canonical_does_not_validate(record):
    assert not validator("article.schema.json").is_valid(record)


def test_the_channels_are_the_topics(asyncapi):
    settings = Settings()
    names = {"articles": settings.articles_topic, "stories": settings.stories_topic, "deadLetters": settings.dead_letter_topic}
    assert {name: channel["address"] for name, channel in asyncapi["channels"].items()} == names
    for name, address in names.items():
        told = asyncapi["channels"][name]["bindings"]["kafka"]["topicConfiguration"]
        wanted = specs(settings)[address].configs
        assert told["cleanup.policy"] == [wanted["cleanup.policy"]]
        assert all(str(told[key]) == wanted[key] for key in ("retention.ms", "max.message.bytes"))


def test_article_headers_validate(asyncapi):
    headers = jsonschema_rs.Draft202012Validator(asyncapi["components"]["schemas"]["articleHeaders"], validate_formats=True)
    keys = jsonschema_rs.Draft202012Validator(asyncapi["components"]["schemas"]["key"])
    named = set(asyncapi["components"]["schemas"]["articleHeaders"]["properties"])
    seen = set()
    for item in read([str(files("streams").joinpath("sample", "wire.jsonl"))]):
        told = {name: value.decode() for name, value in item.headers}
        headers.validate(told)
        keys.validate(item.key.decode())
        seen |= told.keys()
    assert seen == named


def test_verdicts_validate(asyncapi):
    schemas = asyncapi["components"]["schemas"]
    assert list(schemas["storyHeaders"]["properties"]) == [codec.VERDICT_HEADER, codec.OFFSET_HEADER, codec.EMITTED_HEADER]
    written = {codec.OFFSET_HEADER: codec.encode_offset(41), codec.EMITTED_HEADER: codec.encode_emitted(NOON)}
    told = {codec.VERDICT_HEADER: "{}", **{name: value.decode() for name, value in written.items()}}
    jsonschema_rs.Draft202012Validator(schemas["storyHeaders"]).validate(told)
    assert codec.decode_emitted(tuple(written.items())) == NOON
    assert schemas["verdict"]["properties"]["verdict"]["enum"] == list(Decision)
    check = jsonschema_rs.Draft202012Validator(schemas["verdict"])
    for verdict in (Verdict(Decision.NEW, "s|u|1"), Verdict(Decision.EXACT, "s|u|1", "s|u|1", 1.0, "same text")):
        encoded = json.loads(codec.encode_verdict(verdict))
        check.validate(encoded)
        assert set(encoded) == set(schemas["verdict"]["properties"])


def test_dead_letter_headers_validate(asyncapi):
    described = asyncapi["components"]["schemas"]["deadLetterHeaders"]
    record = ConsumerRecord(
        topic="wire.articles.v1",
        partition=3,
        offset=41,
        timestamp=1,
        timestamp_type=0,
        key=b"s|u",
        value=b"{",
        checksum=None,
        serialized_key_size=3,
        serialized_value_size=1,
        headers=(),
    )
    for stage in (dedup.STAGE, detect.STAGE):
        letter = dead_letter.letter(record, Rejected("bad-json", "not JSON"), stage=stage, now=NOON, partition=3)
        told = {name: value.decode() for name, value in letter.headers}
        jsonschema_rs.Draft202012Validator(described, validate_formats=True).validate(told)
        assert set(told) == set(described["properties"])


def test_references_lead_somewhere(asyncapi):
    def references(node):
        if isinstance(node, dict):
            yield from ([node["$ref"]] if isinstance(node.get("$ref"), str) else ())
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    found = list(references(asyncapi))
    assert len(found) > 10
    for reference in found:
        if reference.startswith("#/"):
            node = asyncapi
            for part in reference[2:].split("/"):
                node = node[part]
        else:
            assert (SCHEMAS / reference).is_file()
