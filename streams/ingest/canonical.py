"""Any accepted article as one canonical ninjs 3.1 record (pure).

Accepted are ninjs 1.x, 2.x and 3.x and the simple form `{"id", "title", "text", "published", "lang", "source", "url"}`.
A canonical record has `uri`, `version`, and one text/plain main body, first in `bodies`; HTML stands beside it. Whatever
else the wire said stays. A record that was valid ninjs is valid 3.1 afterwards: what is added here is of the schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from streams import codec
from streams.core.errors import Rejected
from streams.ingest.generations import Record, is_ninjs, modern
from streams.ingest.markup import plain_text

Note = Callable[[str], None]

MADE_URI = "urn:wirewatch:sha256:"
"""What the uri of an article begins with whose wire gave none; the hash of its content follows."""

_DEPTH_LIMIT = 64  # ninjs needs 8 or so; encoders give up at 254
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_STATUSES = {"usable": "usable", "withheld": "withheld", "canceled": "canceled", "cancelled": "canceled"}
_HTML_TYPES = {"text/html", "application/xhtml+xml", "html", "xhtml", "body_xhtml", "body_html"}
_SIMPLE = {
    "id": "uri",
    "title": "headlines",
    "text": "bodies",
    "published": "versionCreated",
    "lang": "language",
    "source": "infoSources",
}


def quiet(_: str) -> None:
    """A `Note` for those who want none."""


def canonical(value: object, note: Note = quiet) -> Record:
    """The canonical record of a decoded JSON article. `note` is told of what was odd but not wrong.

    Raises:
        Rejected: `bad-shape`, `too-deep`, `bad-uri`, `no-uri`, `bad-version`, `bad-status` or `no-text`.
    """
    if not isinstance(value, dict):
        raise Rejected("bad-shape", f"an article is a JSON object, this is a JSON {_json_type(value)}")
    if _deeper_than(_DEPTH_LIMIT, value):
        raise Rejected("too-deep", f"objects and lists stand in one another more than {_DEPTH_LIMIT} deep: this is no article")
    return _finished(modern(value if is_ninjs(value) else _from_simple(value, note)), note)


def _deeper_than(limit: int, value: object) -> bool:
    level: list[object] = [value]
    for _ in range(limit):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return False
    return True


def from_text(text: str, uri: str) -> Record:
    """The canonical record of a plain text file: the whole text is the body, and no headline is invented.

    Raises:
        Rejected: `no-text` or `bad-uri`.
    """
    return _finished({"uri": uri, "bodies": [{"role": "main", "contentType": "text/plain", "value": text}]}, quiet)


def _from_simple(value: Record, note: Note) -> Record:
    """The simple form in the words of ninjs 3.1; its further fields stay as they are."""
    if not isinstance(value.get("text", ""), str) or not isinstance(value.get("title") or "", str):
        raise Rejected("bad-shape", "title and text must be strings")
    if "text" not in value and not {"id", "title"} <= value.keys():
        raise Rejected("bad-shape", f"neither ninjs (uri, headlines, bodies) nor an object with {', '.join(_SIMPLE)}")
    record: Record = {k: v for k, v in value.items() if k not in _SIMPLE and k != "url"}
    for name, new in _SIMPLE.items():
        given = value.get(name)
        if given in (None, ""):
            continue
        if name in {"title", "text"}:
            record[new] = [{"role": "main", "contentType": "text/plain", "value": given}]
        elif name == "source" and not isinstance(given, str):
            record[name] = given
        elif name == "published" and codec.parse_time(given) is None:
            note(_no_time("published", given))
            record[name] = given
        else:
            record[new] = [{"name": given}] if name == "source" else given
    url = value.get("url")
    if isinstance(url, str) and url.lower().startswith(("https://", "http://")):
        renditions = record.get("renditions")
        page = {"name": "web", "contentType": "text/html", "href": url}
        record["renditions"] = [*(renditions if isinstance(renditions, list) else ()), page]
    elif url is not None:
        record["url"] = url
    return record


def _finished(record: Record, note: Note) -> Record:
    """Texts, status, identity and time as every later stage may rely on them."""
    texts = {name: _texts(record.pop(name, None), name) for name in ("headlines", "bodies")}
    headline, body = (_main_text(items) for items in texts.values())
    status = _status(record.get("pubStatus"))
    if status == "usable" and not headline.strip() and not body.strip():
        raise Rejected("no-text", "there is no text: neither a headline nor a body with words in it")
    made = codec.content_hash(headline, body)
    uri = _uri(record.pop("uri", None), made, status)
    # A kill without a version that repeats the article's text must not bear the article's own version: it would be
    # dropped as a repeat, and the article would live on.
    content = body if status == "usable" else f"{status}\n{body}"
    version = _version(record.pop("version", None)) or codec.content_version(headline, content)
    out: Record = {"uri": uri, "version": version, **record}
    if "pubStatus" in record:
        out["pubStatus"] = status
    if "versionCreated" in record:
        out["versionCreated"] = _time(record["versionCreated"], note)
    if isinstance(record.get("urgency"), str) and record["urgency"].isdigit():
        out["urgency"] = int(record["urgency"])
    if "standard" in record:
        out["standard"] = {"name": "ninjs", "version": "3.1", "schema": "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#"}
    return out | {name: items for name, items in texts.items() if items}


def _texts(items: Any, name: str) -> list[Record]:  # noqa: ANN401 - JSON of any shape
    """`headlines` or `bodies` with the main text, as text/plain, first."""
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) and isinstance(item.get("value"), str) for item in items):
        raise Rejected("bad-shape", f"{name} must be a list of objects, each with a value that is a string")
    typed = [item | {"contentType": _content_type(item.get("contentType"))} for item in items]
    ranked = sorted(typed, key=lambda item: (item.get("role") != "main", item["contentType"] != "text/plain"))
    for item in ranked:
        plain = item["contentType"] == "text/plain"
        if not plain and not _is_markup(item["contentType"]):
            continue
        text = item["value"] if plain else plain_text(item["value"])
        if text.strip():
            main = (item if plain else {}) | {"role": "main", "contentType": "text/plain", "value": text}
            return [main, *(other for other in typed if other is not item or not plain)]
    return typed


def _main_text(items: list[Record]) -> str:
    """What `_texts` put first, empty where it found no words."""
    return items[0]["value"] if items and items[0].get("role") == "main" and items[0]["contentType"] == "text/plain" else ""


def _content_type(given: object) -> str:
    media = given.partition(";")[0].strip().lower() if isinstance(given, str) else ""
    return "text/html" if media in _HTML_TYPES else media or "text/plain"


def _is_markup(media: str) -> bool:
    return media == "text/html" or media.endswith(("xml", "+xml"))


def _status(given: object) -> str:
    if given is None:
        return "usable"
    status = _STATUSES.get(given.lower()) if isinstance(given, str) else None
    if status is None:
        raise Rejected("bad-status", f"pubStatus must be usable, withheld or canceled, not {str(given)[:40]!r}")
    return status


def _uri(given: object, made: str, status: str) -> str:
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    if given is None or given == "":
        if status != "usable":
            raise Rejected("no-uri", f"a {status} article must say by its uri which article it takes back")
        return MADE_URI + made
    if not isinstance(given, str) or not given.strip() or len(given) > codec.URI_LIMIT or _CONTROL.search(given):
        raise Rejected("bad-uri", f"the uri (id) must be one line of text, at most {codec.URI_LIMIT} characters")
    return given


def _version(given: object) -> str:
    """The version as a string, empty where there is none."""
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    if isinstance(given, int) and not isinstance(given, bool):
        return str(given)
    if given is None or given == "":
        return ""
    if (
        not isinstance(given, str)
        or not given.strip()
        or len(given) > codec.VERSION_LIMIT
        or _CONTROL.search(given)
        or "|" in given
    ):
        raise Rejected(
            "bad-version", f"the version must be a number or one line without |, at most {codec.VERSION_LIMIT} characters"
        )
    return given


def _time(given: object, note: Note) -> object:
    """The time as RFC 3339 writes it; one that cannot be read stays, and stages take Kafka's own instead."""
    moment = codec.parse_time(given)
    if moment is None:
        note(_no_time("versionCreated", given))
        return given
    return given if _RFC3339.fullmatch(str(given)) else moment.isoformat()


def _no_time(name: str, given: object) -> str:
    return f"{name} {str(given)[:40]!r} is not a time with a zone (such as 2024-12-03T22:30:00+03:00): taken as unknown"


def _json_type(value: object) -> str:
    return {list: "array", str: "string", type(None): "null", bool: "boolean"}.get(type(value), "number")
