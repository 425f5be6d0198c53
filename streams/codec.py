"""Bytes <-> model, with orjson. Bad bytes become `Rejected`; nothing else in the project parses records."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import TypeAdapter, ValidationError

from streams.core.errors import Rejected
from streams.core.model import (
    Alert,
    AlertState,
    Applied,
    Article,
    Attempt,
    Delivery,
    Endpoint,
    Field,
    Hit,
    Session,
    Span,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ARTICLE_LIMIT = 20 * 1024 * 1024
"""Bytes of the largest canonical record; the topics' sizes in `topics.toml` are made for it."""
VERSION_LIMIT = 256
"""Characters of a version: it stands in every id of its article."""
_MOST_URIS = 8
_PREDECESSORS = frozenset(
    {"evolvedfrom", "updateof", "updates", "replaces", "supersedes", "previousversion", "correctionof", "corrects"}
)
"""Relations (IPTC's itemrelation scheme and its like) by which an article takes the place of another, letters only."""
URI_LIMIT = 2048
"""Characters of a uri: it stands in every Kafka key, Redis key and header of the article."""
_OUTLET_LIMIT = 200
_LONG = 20
"""Digits of a number that is none of ours."""
_YEARS = range(1900, 2200)
LETTER_HEADERS = {
    **{name: f"__streams.errors.{name}" for name in ("exception", "message", "topic", "partition", "offset")},
    **{name: f"ww_{name}" for name in ("stage", "reason", "attempts", "time")},
}
"""Headers of a dead letter, by what they tell (KIP-1034 names; delivery.md, rule 3); whoever replays one takes them off."""
VERDICT_HEADER = "ww_verdict"
"""Kafka header of `wire.stories.v1` that holds the verdict; the record is otherwise the article's own, byte for byte."""

OFFSET_HEADER = "ww_offset"
"""Kafka header of `wire.stories.v1`: the offset of its article's record in the articles topic, same partition."""

EMITTED_HEADER = "ww_emitted"
"""Kafka header of `wire.stories.v1`: when `dedup` handed the article on, Unix milliseconds."""

_STATE, _ALERT, _APPLIED = TypeAdapter(AlertState), TypeAdapter(Alert), TypeAdapter(Applied)
_VERDICT, _ENDPOINT, _ATTEMPT, _DELIVERY = (
    TypeAdapter(Verdict),
    TypeAdapter(Endpoint),
    TypeAdapter(Attempt),
    TypeAdapter(Delivery),
)


def parse_json(data: bytes | str) -> Any:  # noqa: ANN401 - JSON is of any type until it is looked at
    """JSON as Python values.

    Raises:
        Rejected: `bad-json`.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise Rejected("bad-json", f"not JSON ({error})") from None


def stamp(milliseconds: int) -> datetime:
    """Kafka's CreateTime as a time.

    Raises:
        Rejected: `bad-timestamp`: no producer of ours writes one that is no time.
    """
    try:
        return datetime.fromtimestamp(milliseconds / 1e3, UTC)
    except (ValueError, OverflowError, OSError):
        raise Rejected("bad-timestamp", f"the record's timestamp {milliseconds} is no time") from None


def to_json(value: object) -> bytes:
    """Compact JSON of plain values and of the model's dataclasses."""
    return orjson.dumps(value)


def parse_time(value: object) -> datetime | None:
    """An RFC 3339 time with its zone, or None where there is none or it cannot be read.

    A time without a zone is None too: nothing may guess whose noon it was.
    """
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    # Year 1 or 9999 is what programs write for "no time", and leaves no room to reckon with days.
    return moment if moment.year in _YEARS else None


def content_hash(headline: str, body: str) -> str:
    """SHA-256 of headline and body, in hex: what an article without a uri is called after (delivery.md, identity)."""
    return hashlib.sha256(f"{headline}\n{body}".encode("utf-8", "surrogatepass")).hexdigest()


def content_version(headline: str, body: str) -> str:
    """The version of an article whose wire gives none: the first 12 hex digits of its content's hash."""
    return content_hash(headline, body)[:12]


def _text_field(items: object, name: str, *, kind: str | None) -> Field | None:
    """The main text of `headlines` or `bodies`: the first plain-text item, one with role `main` before others."""
    if items is None:
        return None
    if not isinstance(items, list):
        raise Rejected("bad-shape", f"{name} must be a list of objects with a value (ninjs 3)")
    found: tuple[bool, Field] | None = None
    for number, item in enumerate(items):
        value = item.get("value") if isinstance(item, dict) else None
        if not isinstance(value, str) or item.get("contentType", "text/plain") != "text/plain":
            continue
        main = kind is not None and item.get("role") == kind
        if found is None or (main and not found[0]):
            found = (main, Field(f"/{name}/{number}/value", value))
    return found[1] if found else None


def _optional(record: dict[str, Any], name: str) -> str | None:
    value = record.get(name)
    return value if isinstance(value, str) and value else None


def _page(record: dict[str, Any]) -> str | None:
    """The article's web page: `url` where a wire adds one, else the HTML rendition, ninjs's own place for it.

    Only http and https: the feed makes links of it.
    """
    renditions = record.get("renditions")
    items = [r for r in renditions if isinstance(r, dict)] if isinstance(renditions, list) else []
    offered = [
        record.get("url"),
        record.get("canonicalUrl"),
        *(r.get("href") for r in items if r.get("contentType") == "text/html"),
    ]
    return next(
        (u for u in offered if isinstance(u, str) and u.lower().startswith(("https://", "http://")) and len(u) <= URI_LIMIT), None
    )


def decode_article(value: bytes | None, *, source: str) -> Article:
    """A canonical record (ninjs 3.1 JSON) as an `Article` of `source`.

    Raises:
        Rejected: `empty`, `too-large`, `bad-json`, `bad-shape`, `no-uri`, `bad-uri`, `bad-version` or `no-text`.
    """
    if not value:
        raise Rejected("empty", "the record has no value")
    if len(value) > ARTICLE_LIMIT:  # Kafka limits what is written, and compressed it may be a thousand times as much
        raise Rejected("too-large", f"the article takes {len(value):,} bytes; at most {ARTICLE_LIMIT:,} pass through Kafka")
    record = parse_json(value)
    if not isinstance(record, dict):
        raise Rejected("bad-shape", "the record must be a JSON object (ninjs 3)")
    uri = _optional(record, "uri")
    if uri is None:
        raise Rejected("no-uri", "the record has no uri; wirewatch ingest makes one")
    if len(uri) > URI_LIMIT:
        raise Rejected("bad-uri", f"the uri must be of at most {URI_LIMIT} characters")
    headline = _text_field(record.get("headlines"), "headlines", kind="main")
    body = _text_field(record.get("bodies"), "bodies", kind="main")
    status = _optional(record, "pubStatus") or "usable"
    if headline is None and body is None and status == "usable":
        raise Rejected("no-text", "neither headlines[] nor bodies[] has a text/plain value")
    version = str(record.get("version") or "")
    if len(version) > VERSION_LIMIT or "|" in version:
        raise Rejected("bad-version", f"the version must be a number or one line without |, at most {VERSION_LIMIT} characters")
    outlets = record.get("infoSources")
    outlet = (
        next((o["name"] for o in outlets if isinstance(o, dict) and isinstance(o.get("name"), str)), "")
        if isinstance(outlets, list)
        else ""
    )
    urgency = record.get("urgency")
    associated = record.get("associations")
    return Article(
        source=source,
        uri=uri,
        version=version or content_version(headline.text if headline else "", body.text if body else ""),
        published=parse_time(record.get("versionCreated")),
        language=_optional(record, "language"),
        headline=headline,
        body=body,
        pub_status=status,
        urgency=urgency if isinstance(urgency, int) else None,
        outlet=outlet[:_OUTLET_LIMIT] or source,
        url=_page(record),
        alt_ids=_uris(record.get("altIds"), "value", lambda _: True),
        evolved_from=_uris(associated, "uri", _is_predecessor),
    )


def _uris(items: object, name: str, chosen: Callable[[dict[str, Any]], bool]) -> tuple[str, ...]:
    listed = items if isinstance(items, list) else []
    found = (item[name] for item in listed if isinstance(item, dict) and isinstance(item.get(name), str) and chosen(item))
    return tuple(dict.fromkeys(uri for uri in found if uri))[:_MOST_URIS]


def _is_predecessor(association: dict[str, Any]) -> bool:
    """Whether an association names what the article was made from: by its `rel`, or its name where it has none (ninjs 1)."""
    relation = association.get("rel") or association.get("name")
    return isinstance(relation, str) and "".join(filter(str.isalnum, relation.rpartition(":")[2])).lower() in _PREDECESSORS


def decode_record(key: bytes | None, value: bytes | None) -> Article:
    """An article as it stands in Kafka: the source is the key's, because the body may claim anything.

    Raises:
        Rejected: as `decode_article`, and `bad-key` where the key is not `source|uri` of this very record.
    """
    try:
        source, _, uri = (key or b"").decode().partition("|")
    except UnicodeDecodeError:
        raise Rejected("bad-key", "the record's key is not UTF-8") from None
    article = decode_article(value, source=source)
    if not source or uri != article.uri:
        raise Rejected("bad-key", "the record's key must be source|uri of its article")
    return article


def flat_span(span: Span) -> dict[str, Any]:
    """A span as `wirewatch check` prints it: the field as a JSON Pointer, offsets in code points."""
    return {"field": span.field, "start": span.start, "end": span.end, "quote": span.quote}


def flat_hit(hit: Hit) -> dict[str, Any]:
    """A hit as `wirewatch check` prints it."""
    return {
        "rule": hit.rule,
        "category": hit.category,
        **flat_span(hit.span),
        "weight": hit.weight,
        "guards": hit.guards,
    }


def flat_session(session: Session) -> dict[str, Any]:
    """A sitting as `wirewatch check` prints it (contracts.md)."""
    return {
        "body": session.body,
        "kind": session.kind,
        "status": session.status,
        "when": session.when,
        "date": session.date,
        "topic": session.topic,
        "requested_by": session.requested_by,
        "outcome": session.outcome,
        "current": session.current,
        **flat_span(session.span),
    }


def encode_verdict(verdict: Verdict) -> bytes:
    """The value of the `ww_verdict` header."""
    return orjson.dumps(verdict)


def parse_verdict(data: bytes) -> Verdict:
    """The inverse of `encode_verdict`, of what a store of ours keeps."""
    return _VERDICT.validate_json(data)


def decode_verdict(headers: tuple[tuple[str, bytes], ...] | list[tuple[str, bytes]]) -> Verdict:
    """The verdict among a story record's headers.

    Raises:
        Rejected: `no-verdict` or `bad-verdict`.
    """
    value = next((v for k, v in headers if k == VERDICT_HEADER), None)
    if value is None:
        raise Rejected("no-verdict", f"a story record carries its verdict in the header {VERDICT_HEADER}")
    try:
        return _VERDICT.validate_json(value)
    except ValidationError:
        raise Rejected("bad-verdict", f"the header {VERDICT_HEADER} cannot be read") from None


def encode_offset(offset: int) -> bytes:
    """The value of the `ww_offset` header."""
    return b"%d" % offset


def decode_offset(headers: tuple[tuple[str, bytes], ...] | list[tuple[str, bytes]]) -> int | None:
    """The article's offset among a story record's headers; None where there is none that can be read."""
    return _number(headers, OFFSET_HEADER)


def encode_emitted(moment: datetime) -> bytes:
    """The value of the `ww_emitted` header."""
    return b"%d" % (moment.timestamp() * 1000)


def decode_emitted(headers: tuple[tuple[str, bytes], ...] | list[tuple[str, bytes]]) -> datetime | None:
    """When a story record was written, by its headers; None where that cannot be read."""
    value = _number(headers, EMITTED_HEADER)
    try:
        return None if value is None else stamp(value)
    except Rejected:
        return None


def _number(headers: tuple[tuple[str, bytes], ...] | list[tuple[str, bytes]], name: str) -> int | None:
    value = next((v for k, v in reversed(headers) if k == name), b"")
    return int(value) if value.isdigit() and len(value) < _LONG else None


def encode_state(state: AlertState) -> bytes:
    """An alert's state as the store keeps it."""
    return orjson.dumps(state)


def decode_state(data: bytes) -> AlertState:
    """The inverse of `encode_state`; a `ValidationError` here is damage in the store, so a bug or a foreign hand."""
    return _STATE.validate_json(data)


def encode_alert(alert: Alert) -> bytes:
    """An alert as published (contracts.md, "Alert")."""
    return orjson.dumps(alert)


def decode_alert(data: bytes) -> Alert:
    """The inverse of `encode_alert`."""
    return _ALERT.validate_json(data)


def encode_applied(applied: Applied) -> bytes:
    """What the log keeps of an article it has taken in."""
    return orjson.dumps(applied)


def decode_applied(data: bytes) -> Applied:
    """The inverse of `encode_applied`."""
    return _APPLIED.validate_json(data)


def encode_endpoint(endpoint: Endpoint) -> bytes:
    """A webhook endpoint as the store keeps it, secrets included."""
    return orjson.dumps(endpoint)


def decode_endpoint(data: bytes) -> Endpoint:
    """The inverse of `encode_endpoint`."""
    return _ENDPOINT.validate_json(data)


def encode_attempt(attempt: Attempt) -> bytes:
    """An attempt as the store keeps it."""
    return orjson.dumps(attempt)


def decode_attempt(data: bytes) -> Attempt:
    """The inverse of `encode_attempt`."""
    return _ATTEMPT.validate_json(data)
