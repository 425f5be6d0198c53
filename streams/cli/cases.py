"""Cases: articles with what is to be found in them, as `tests/cases/*.json` and analysts' own folders hold them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import orjson

from streams.codec import parse_time
from streams.core.model import Article, Field

if TYPE_CHECKING:
    from pathlib import Path

    from streams.core.model import Assessment

Case = dict[str, Any]


class CaseError(ValueError):
    """A file of cases that cannot be read; the message says which and why."""


def read(folder: Path) -> list[tuple[str, Case]]:
    """Every case of the .json files of a folder that says what lexicons are to find, with the file's name.

    Raises:
        CaseError: a file is no list of cases, or there is no case at all.
    """
    found: list[tuple[str, Case]] = []
    for path in sorted(folder.glob("*.json")):
        try:
            cases = orjson.loads(path.read_bytes())
        except (OSError, orjson.JSONDecodeError) as error:
            raise CaseError(f"{path}: {error}") from None
        if not isinstance(cases, list):
            raise CaseError(f"{path}: must be a list of cases")
        for number, case in enumerate(cases, 1):
            if not isinstance(case, dict) or not {"escalation", "sessions"} & case.keys():
                continue  # a case of something else
            if not isinstance(case.get("id"), str) or not isinstance(case.get("text"), str):
                raise CaseError(f"{path}: case {number} needs an id and a text")
            found.append((path.name, case))
    if not found:
        raise CaseError(f"{folder}: no case in any .json file there; docs/lexicons.md says what one looks like")
    return found


def article(case: Case) -> Article:
    """The article a case tells: `text`, and `title`, `lang`, `published` where there are."""
    return Article(
        source="case",
        uri=case["id"],
        version="1",
        published=parse_time(case["published"]) if case.get("published") else None,
        language=case.get("lang"),
        headline=Field("/headlines/0/value", case["title"]) if case.get("title") else None,
        body=Field("/bodies/0/value", case["text"]),
    )


def differences(case: Case, found: Assessment) -> list[str]:
    """What was found otherwise than the case says, in words; nothing where all is as it says."""
    told: list[str] = []
    if "escalation" in case:
        escalation = found.escalation
        if escalation.value != case["escalation"]:
            hits = ", ".join(f"{hit.rule} {hit.weight:g} «{hit.span.quote}»" for hit in escalation.hits[:5])
            told.append(f"escalation is {escalation.value}, not {case['escalation']} ({hits or 'no hit'})")
        missing = sorted(set(case.get("categories", ())) - {category.value for category in escalation.categories})
        if missing:
            told.append(f"missing category {', '.join(missing)}")
    if "sessions" in case:
        told += _sessions(case["sessions"], found)
    return told


def _sessions(expected: list[dict[str, Any]], found: Assessment) -> list[str]:
    got = sorted(f"{s.body.value} {s.kind.value} {s.status.value}" for s in found.sessions)
    wanted = sorted(f"{s['body']} {s['kind']} {s['status']}" for s in expected)
    if got != wanted:
        return [f"sessions are {'; '.join(got) or 'none'}, not {'; '.join(wanted) or 'none'}"]
    told = []
    for session, case in zip(found.sessions, expected, strict=True):
        for name, value in case.items():
            field = getattr(session, name, None)
            shown = list(field) if isinstance(field, tuple) else field.isoformat() if isinstance(field, dt.date) else field
            if shown != value:
                told.append(f"{name} of {session.body.value} is {shown!r}, not {value!r}")
    return told
