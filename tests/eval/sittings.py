"""Sittings expected and found: what is compared, which are false, and the five wires field by field."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from streams.codec import decode_article

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence
    from pathlib import Path

    from streams.core.assess import Assessor
    from streams.core.model import Assessment, Session

    Sitting = dict[str, Any]

MIN_SITTINGS = {"body": 0.97, "body_kind": 0.95, "body_status": 0.95, "body_date": 0.95}
MOST_FALSE = 0.01
"""What issue 5 asks for; `body_date` of the set with calendar dates only."""
FIGURES: dict[str, Callable[[Sitting], Hashable]] = {
    "body": lambda s: s["body"],
    "body_kind": lambda s: (s["body"], s["kind"]),
    "body_status": lambda s: (s["body"], s["status"]),
    "body_date": lambda s: (s["body"], s.get("date")),
}
_WIRES = ("body", "kind", "status", "date", "topic", "requested_by")


def _flat(session: Session) -> Sitting:
    return {
        "body": session.body.value,
        "kind": session.kind.value,
        "status": session.status.value,
        "date": session.date.isoformat() if session.date else None,
        "topic": session.topic,
        "requested_by": list(session.requested_by),
    }


def _counted(sittings: Iterable[Sitting]) -> list[Sitting]:
    """A sitting going on counts as one to come: reports of the same hour differ."""
    return [s | {"status": "scheduled" if s["status"] == "in_progress" else s["status"]} for s in sittings]


def in_gold(gold: dict[str, Any]) -> list[Sitting]:
    """The current sittings of a labelled article."""
    return _counted(s for s in gold["sessions"] if s["current"])


def told(found: Assessment) -> list[Sitting]:
    """The current sittings found."""
    return _counted(_flat(s) for s in found.sessions if s.current)


def false_sessions(pairs: Sequence[tuple[dict[str, Any], Assessment]]) -> float:
    """The share of the articles without a current sitting in which one is found; 0 where there are none."""
    without = [told(found) for gold, found in pairs if not in_gold(gold)]
    return round(sum(map(bool, without)) / len(without), 4) if without else 0.0


def wrong_frames(gold: dict[str, Any], found: Assessment) -> int:
    """Sittings expected and not found, or found and not expected, with body, kind, status and date: the larger number."""
    dates = "date" in gold["sessions"][0] if gold["sessions"] else False
    key = lambda s: (s["body"], s["kind"], s["status"], s.get("date") if dates else None)  # noqa: E731 - read once, here
    expected, got = Counter(map(key, in_gold(gold))), Counter(map(key, told(found)))
    return max(sum((expected - got).values()), sum((got - expected).values()))


def wires(folder: Path, assessor: Assessor) -> list[str]:
    """What is wrong in the five wires, in words: every frame that is expected or found and not both."""
    lines = (folder / "expected.jsonl").read_text(encoding="utf-8").splitlines()
    expected = {entry["id"]: entry["sessions"] for entry in map(json.loads, lines)}
    wrong = []
    for line in (folder / "articles.jsonl").read_bytes().splitlines():
        article = decode_article(line, source="wire")
        of = lambda s: tuple(tuple(sorted(s[k])) if isinstance(s[k], list) else s[k] for k in _WIRES)  # noqa: E731
        gold = Counter(map(of, expected[article.uri]))
        got = Counter(map(of, map(_flat, assessor.assess(article).sessions)))
        wrong += [f"{article.uri}: expected {frame}" for frame in gold - got]
        wrong += [f"{article.uri}: found {frame}" for frame in got - gold]
    return wrong
