from __future__ import annotations

import json
import subprocess
import sys

from articles import text


def verdicts(lines: list[dict]) -> list[dict]:
    given = "\n".join(map(json.dumps, lines)).encode()
    done = subprocess.run([sys.executable, "-m", "streams", "dedup", "-"], input=given, capture_output=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_one_verdict_line_an_article_in_order() -> None:
    found = verdicts(
        [
            {"id": "a", "text": text("one"), "published": "2026-01-01T10:00:00Z"},
            {"id": "b", "text": text("one"), "published": "2026-01-01T11:00:00Z"},
            {"id": "c", "text": text("two"), "published": "2026-01-01T12:00:00Z"},
            {"id": "d", "text": text("one"), "published": "2026-01-09T12:00:00Z"},
            {"id": "a", "text": text("one"), "published": "2026-01-01T10:00:00Z"},
            {"uri": "c", "version": 2, "pubStatus": "canceled", "versionCreated": "2026-01-09T13:00:00Z"},
        ]
    )
    assert [(line["id"], line["verdict"], line["of"], line["story"]) for line in found] == [
        ("a", "new", None, "a"),
        ("b", "exact", "a", "a"),
        ("c", "new", None, "c"),
        ("d", "new", None, "d"),
        ("a", "exact", "a", "a"),
        ("c", "kill", "c", "c"),
    ]
    assert all(set(line) == {"id", "verdict", "of", "story", "similarity", "why"} for line in found)
