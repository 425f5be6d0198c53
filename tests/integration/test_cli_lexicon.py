"""`wirewatch lexicon …` as an analyst runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
import servers

from streams.cli import cases

RULE = '[[rule]]\nid = "{}"\ncategory = "strike"\nweight = {}\nany = [{}]\n'


@pytest.fixture
def lexicon(tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WIREWATCH_")}

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "streams", "lexicon", *map(str, arguments)],
            env=kept | {"WIREWATCH_CACHE_DIR": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def folder(path, *rules):
    path.mkdir()
    (path / "en.toml").write_text('language = "en"\n' + "".join(RULE.format(*rule) for rule in rules), "utf-8")
    return path


def test_lint_names_problems_and_counts(lexicon, tmp_path):
    sound = folder(tmp_path / "sound", ("a", 20, '"air raid", "shells hit"'))
    done = lexicon("lint", sound, "--counts")
    assert (done.returncode, done.stdout) == (0, "en: 1 rules with 2 terms, 0 guards, 0 terms of sittings\n")
    wrong = folder(tmp_path / "wrong", ("a", 20, '"air raid"'), ("b", 20, '"Air Raid"'), ("c", 0, '"raid"'))
    done = lexicon("lint", wrong)
    assert done.returncode == 1
    assert [line.split(": ")[0] for line in done.stdout.splitlines()] == ["en.toml:11", "en.toml:15"]
    assert "2 problems in 1 files" in done.stderr
    assert lexicon("lint", tmp_path / "nowhere").returncode == 2


def test_cases_are_tried(lexicon, tmp_path):
    rules = folder(tmp_path / "rules", ("a", 20, '"air raid"'))
    (tmp_path / "cases").mkdir()
    case = {"lang": "en", "text": "An air raid hit the port.", "escalation": "report"}
    cases = [{**case, "id": "one"}, {"id": "two", "lang": "en", "text": "A cup final.", "escalation": "none", "sessions": []}]
    (tmp_path / "cases/own.json").write_text(json.dumps([*cases, {"id": "of something else", "text": "…"}]), "utf-8")
    done = lexicon("test", rules, "--cases", tmp_path / "cases")
    assert (done.returncode, done.stdout) == (0, "")
    assert "2 of 2 cases pass" in done.stderr
    cases = [{**case, "id": "three", "escalation": "none"}, {**case, "id": "four", "xfail": "why"}]
    cases += [{**case, "id": "five", "sessions": [{"body": "UNSC", "kind": "closed", "status": "held"}]}]
    (tmp_path / "cases/own.json").write_text(json.dumps(cases), "utf-8")
    done = lexicon("test", rules, "--cases", tmp_path / "cases")
    assert done.returncode == 1
    assert [line.split(": ")[1] for line in done.stdout.splitlines()] == ["three", "four", "five"]
    assert "«air raid»" in done.stdout
    assert lexicon("test", rules, "--cases", tmp_path).returncode == 2


def test_diff_tells_gained_and_lost_alerts(lexicon, tmp_path):
    old = folder(tmp_path / "old", ("raid", 40, '"air raid"'))
    new = folder(tmp_path / "new", ("shell", 40, '"shells hit"'))
    articles = [
        {"id": "lost", "title": "Raid", "text": "An air raid hit the port.", "lang": "en"},
        {"id": "gained", "title": "Shells", "text": "Shells hit the port.", "lang": "en"},
        {"id": "same", "title": "Cup", "text": "A cup final.", "lang": "en"},
    ]
    wire = tmp_path / "wire.jsonl"
    wire.write_text("\n".join(map(json.dumps, articles)), "utf-8")
    done = lexicon("diff", old, new, wire, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["counts"] == {"articles": 3, "gained": 1, "lost": 1, "unreadable": 0}
    assert [(c["id"], c["lost"], c["gained"], c["old"]["rules"], c["new"]["rules"]) for c in told["changes"]] == [
        ("lost", ["escalation"], [], ["raid"], []),
        ("gained", [], ["escalation"], [], ["shell"]),
    ]
    done = lexicon("diff", old, new, wire)
    assert "-escalation  lost  Raid\n    report" in done.stdout
    assert "3 articles: 1 gain, 1 lose alerts" in done.stderr


def test_the_projects_own_cases_can_be_tried_where_they_stand():
    """What other tests keep beside them must not make the analysts' command fail."""
    found = dict(cases.read(servers.ROOT / "tests/cases"))
    assert len(found) > 5, "a file a language and field"
