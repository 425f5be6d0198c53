"""ninjs 1.x and 2.x in the words of 3.1 (pure).

Generation 2 differs from 3 by the case of its names; generation 1 has objects where they have lists, `scheme` and
`code` where they have a `uri`, and puts role and format of a text into the property's name (`body_xhtml`). Source: the
IPTC's schemas 1.6, 2.2 and 3.1. What none of them knows is passed on as it came.
"""

from __future__ import annotations

from typing import Any

Record = dict[str, Any]

# fmt: off
_NAMES = (
    "representationType", "firstCreated", "versionCreated", "contentCreated", "pubStatus", "copyrightHolder",
    "copyrightNotice", "usageTerms", "edNote", "infoSources", "altIds", "trustIndicators", "rightsInfo",
    "digitalSourceType", "contentType", "charCount", "wordCount", "contactInfo", "geoJSON", "sizeInBytes", "langId",
    "linkedRights", "encodedRights", "symbolType", "postalCode",
)
# fmt: on
_CASED = {name.lower(): name for name in _NAMES}
_RENAMED = _CASED | {
    "embargoed": "embargoedUntil",
    "person": "people",
    "organisation": "organisations",
    "place": "places",
    "subject": "subjects",
    "event": "events",
    "object": "objects",
    "infosource": "infoSources",
    "genre": "genres",
    "trustindicator": "trustIndicators",
    "byline": "by",
    "$standard": "standard",
}
_CONCEPTS = ("people", "organisations", "places", "subjects", "events", "objects", "infoSources", "genres", "trustIndicators")
_EXACT = 2.0**53  # beyond it floats are no longer every integer, and JSON writers refuse them
_TEXT_LISTS = ("headlines", "bodies", "descriptions")
_NESTED = {*_CONCEPTS, *_TEXT_LISTS, "rightsInfo", "digitalSourceType", "altIds", "standard"}
_TEXTS = {"headline": "headlines", "body": "bodies", "description": "descriptions"}
_ROLE_INSTEAD_OF_REL = {"infoSources", "trustIndicators"}
_HTML_SUFFIXES = {"xhtml", "html", "html5", "richtext"}
_MARKERS = {"uri", "headlines", "bodies", "versionCreated", "versioncreated", "headline"}


def is_ninjs(record: Record) -> bool:
    """Whether a JSON object says by its names that it is ninjs of some generation."""
    return any(name in _MARKERS or name.startswith(("body_", "headline_")) for name in record)


def modern(record: Record) -> Record:
    """A ninjs object of any generation as 3.1: the same facts under the names and in the shapes of 3.1."""
    out: Record = {}
    texts: dict[str, list[Record]] = {}
    counts: Record = {}
    for name, value in record.items():
        kind = _TEXTS.get(name.partition("_")[0])
        if value is None:
            continue
        if kind is not None and isinstance(value, str):
            texts.setdefault(kind, []).append(_text(kind, name.partition("_")[2], value))
        elif name in {"charcount", "wordcount"}:
            counts[_RENAMED[name]] = _integral(value)
        else:
            new = _RENAMED.get(name, name)
            out[new] = _shaped(new, value)
    for kind, items in texts.items():
        items.sort(key=lambda item: item.get("role") != "main")
        out[kind] = [*out[kind], *items] if isinstance(out.get(kind), list) else items
    if counts and "bodies" in texts:
        texts["bodies"][0] |= counts
    if (kind_of_content := out.pop("mimetype", None)) is not None:  # a property of 1.x that 3.1 has no name for
        out.setdefault("profile", kind_of_content)
    return out


def _text(kind: str, suffix: str, value: str) -> Record:
    """`headline`, `body_text`, `body_xhtml`, `headline_sub` … as an item with role and format of its own."""
    html = suffix.lower() in _HTML_SUFFIXES
    role = "main" if suffix in {"", "main", "text"} else suffix
    if kind == "headlines":
        return {"role": role, "value": value}
    return {"role": role, "contentType": "text/html" if html else "text/plain", "value": value}


def _shaped(name: str, value: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """The value of a 3.1 property, where an older generation gave it another shape."""
    if name == "infoSources":
        value = [{"name": value}] if isinstance(value, str) else [value] if isinstance(value, dict) else value
    if name == "associations":
        value = [modern(item) for item in _listed(value)]
    elif name == "renditions":
        value = [_rendition(_renamed(item)) for item in _listed(value)]
    elif name == "altIds" and isinstance(value, dict):
        value = [{"role": role, "value": str(given)} for role, given in value.items()]
    elif name == "representationType" and isinstance(value, str):
        value = {"complete": "full", "incomplete": "partial"}.get(value, value)
    elif name == "urgency":
        value = _integral(value)
    elif name in _CONCEPTS and isinstance(value, list):
        value = [_concept(name, _renamed(item)) if isinstance(item, dict) else item for item in value]
    elif name in _NESTED:
        value = _renamed(value)
    return value


def _listed(value: Any) -> list[Record]:  # noqa: ANN401 - JSON of any shape
    """Generation 1's object of named objects as a list whose items carry their names."""
    if isinstance(value, dict):
        return [{"name": name} | item for name, item in value.items() if isinstance(item, dict)]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _renamed(value: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """Property names below the top level in the case of 3.1."""
    if isinstance(value, dict):
        return {_CASED.get(name, name): _renamed(item) for name, item in value.items()}
    return [_renamed(item) for item in value] if isinstance(value, list) else value


def _concept(name: str, item: Record) -> Record:
    """A person, place, subject …: generation 1's `scheme` and `code` become the complete `uri`, or a `literal`."""
    if name in _ROLE_INSTEAD_OF_REL and "rel" in item:
        item = {"role" if k == "rel" else k: v for k, v in item.items()}
    if "code" not in item and "scheme" not in item:
        return item
    code, scheme = str(item.pop("code", "")), str(item.pop("scheme", ""))
    if name == "trustIndicators":
        return {"role": scheme + code} | item
    if "://" in code:
        return item | {"uri": code}
    if "://" in scheme and code:
        return item | {"uri": scheme + code}
    return item | {"literal": f"{scheme}{':' if scheme and code else ''}{code}"}


def _rendition(item: Record) -> Record:
    item = {"contentType" if name == "mimetype" else name: value for name, value in item.items()}
    return item | {name: _integral(item[name]) for name in ("width", "height", "sizeInBytes") if name in item}


def _integral(value: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """`5.0` as `5`: 3.1 wants integers where 1.x and 2.x had numbers."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT else value
