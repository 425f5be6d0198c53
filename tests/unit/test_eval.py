"""The scoring behind `make eval`: figures from made-up labels, and the tool where the shared folder is absent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from eval.scores import f1, figures, judged, misses, shortfalls

ROOT = Path(__file__).parents[2]
RAID = "شنت طائرات حربية فجر اليوم غارات جوية على الميناء."
CALM = "افتتح الوزير معرضا للزهور."


def entry(number, text, escalation, categories=()):
    return {"id": number, "lang": "ar", "text": text, "escalation": escalation, "categories": list(categories), "sessions": []}


def test_f1_of_counters():
    assert f1([(Counter("ab"), Counter("bc"))]) == 0.5
    assert f1([(Counter(), Counter())]) == 1.0


def test_figures_misses_and_shortfalls(assessor):
    entries = [entry(1, RAID, "report", ["strike"]), entry(2, CALM, "none"), entry(3, CALM, "report", ["clash"])]
    found = judged(entries, assessor)
    told = figures(found)
    assert (told["articles"], told["wrong"]) == (3, 1)
    assert told["report_f1"] == pytest.approx(2 / 3, abs=1e-3)
    assert told["accuracy"] == pytest.approx(2 / 3, abs=1e-3)
    (miss,) = misses(found)
    assert (miss["id"], miss["expected"], miss["got"]) == (3, "report", "none")
    assert len(shortfalls("set", told)) == 2
    assert shortfalls("set", figures(found[:2])) == []
    assert shortfalls("set", figures(found[:2]) | {"languages": {"ar": {"wrong": 2}}}) == [
        "set: 2 articles of ar are wrong, 1 may be"
    ]


def test_without_the_shared_folder_it_says_so_and_counts_texts(tmp_path):
    texts = tmp_path / "texts.jsonl"
    texts.write_text("\n".join(json.dumps({"id": t[:3], "text": t, "lang": "ar"}) for t in (RAID, CALM)), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "tests.eval", "--json", "--check", "--texts", str(texts)],
        cwd=ROOT,
        env={**os.environ, "WIRES_SHARED": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("is absent") == 2
    told = json.loads(done.stdout)
    assert told["sets"] == {}
    assert told["texts"][str(texts)]["reports"] == 1


def test_any_labelled_file_is_scored_and_blind_shows_no_article(tmp_path):
    own = tmp_path / "own.jsonl"
    entries = [entry("raid", RAID, "report", ["strike"]), entry("calm", CALM, "background")]
    own.write_text("\n".join(map(json.dumps, entries)), encoding="utf-8")

    def printed(*more):
        command = [sys.executable, "-m", "tests.eval", "--set", str(own), *more]
        env = {**os.environ, "WIRES_SHARED": str(tmp_path), "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout

    told = json.loads(printed("--json"))["sets"]["own"]
    assert told["confusion"] == {"report>report": 1, "background>none": 1}
    assert "calm" in printed()
    assert "background>none 1" in printed("--blind")
    assert "calm" not in printed("--blind")
