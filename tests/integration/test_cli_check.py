"""`wirewatch check` as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

ARTICLE = """شارك المقال
قصفت المدفعية أحياء المدينة فجر اليوم فقتل أربعة مدنيين، بحسب مصادر طبية.
اقرأ أيضا: هجوم جديد في الجنوب
وأعلن المستشفى أنه يستقبل الجرحى منذ الصباح ويحتاج إلى متبرعين بالدم.
"""


@pytest.fixture
def check(tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WIREWATCH_")}
    paper = tmp_path / "paper.txt"
    paper.write_text(ARTICLE, "utf-8")

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "streams", "check", str(paper), *map(str, arguments)],
            env=kept,
            capture_output=True,
            timeout=120,
            check=False,
        )

    return run


def test_prints_a_line_an_article_with_its_words(check):
    done = check()
    assert done.returncode == 0, done.stderr
    (line,) = map(json.loads, done.stdout.splitlines())
    assert (line["id"], line["lang"], line["escalation"]) == ("paper", "ar", "report")
    assert "furniture" not in line
    assert line["hits"]
    assert {ARTICLE[hit["start"] : hit["end"]] == hit["quote"] for hit in line["hits"]} == {True}
    assert not any("الجنوب" in hit["quote"] or "هجوم جديد" in hit["quote"] for hit in line["hits"])


def test_shows_what_was_left_out_as_page_furniture(check):
    (line,) = map(json.loads, check("--furniture").stdout.splitlines())
    assert [span["quote"].strip() for span in line["furniture"]] == ["شارك المقال", "اقرأ أيضا: هجوم جديد في الجنوب"]
    assert all(ARTICLE[span["start"] : span["end"]] == span["quote"] for span in line["furniture"])


def test_names_what_it_cannot_read_and_goes_on(check, tmp_path):
    broken = tmp_path / "broken.jsonl"
    broken.write_bytes(b'{"id": "one", "text": "All quiet."}\n{"id": \n')
    done = check(broken)
    assert done.returncode == 1
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["paper", "one"]
    assert b"broken.jsonl" in done.stderr
