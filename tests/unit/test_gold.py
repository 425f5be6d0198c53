"""The labelled real articles of the shared folder: the five wires exactly, the development set above a floor."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from streams.codec import decode_article

WIRES = ["000_a8a7d06353d23aa9", "001_a97d17372bbccc9e", "002_406ee85ef4d1ab7e", "003_23febb985faa2048", "004_1677b826e99d5b2d"]


@pytest.fixture(scope="module")
def wires(shared, assessor):
    read = lambda name: [json.loads(line) for line in (shared / "wires" / name).read_text(encoding="utf-8").splitlines()]  # noqa: E731
    expected = {entry["id"]: entry for entry in read("expected.jsonl")}
    found = {}
    for record in read("articles.jsonl"):
        article = decode_article(json.dumps(record).encode(), source="wire")
        found[record["uri"]] = (article, assessor.assess(article), expected[record["uri"]])
    return found


@pytest.mark.parametrize("name", WIRES)
def test_each_wire_is_a_report_with_its_sittings(wires, name):
    article, found, expected = wires[f"wire:{name}"]
    assert found.escalation.value == "report"
    assert set(found.escalation.categories) & set(expected["categories"])
    keys = ("body", "kind", "status", "current")
    assert Counter(tuple(getattr(s, k) for k in keys) for s in found.sessions) == Counter(
        tuple(s[k] for k in keys) for s in expected["sessions"]
    )
    texts = {field.pointer: field.text for field in article.fields}
    for span in [h.span for h in found.escalation.hits] + [s.span for s in found.sessions]:
        assert texts[span.field][span.start : span.end] == span.quote


def test_eight_sittings_in_all(wires):
    assert [len(wires[f"wire:{name}"][1].sessions) for name in WIRES] == [1, 2, 1, 1, 3]


def test_days_and_outcomes_of_the_wires(wires):
    for _, found, expected in wires.values():
        for session, told in zip(found.sessions, expected["sessions"], strict=True):
            assert (session.when, session.outcome) == (told["when"], told["outcome"])


def test_the_sidebar_of_002_is_not_read(wires):
    article, found, _ = wires["wire:002_406ee85ef4d1ab7e"]
    sidebar = article.body.text.index("يتم قراءة الآن")
    assert all(h.span.end <= sidebar for h in found.escalation.hits if h.span.field == article.body.pointer)


def f1(pairs):
    """F1 of counters of (gold, found)."""
    both = sum(sum((gold & found).values()) for gold, found in pairs)
    return 2 * both / sum(sum(gold.values()) + sum(found.values()) for gold, found in pairs)


def test_the_development_set_is_above_a_floor(labelled, assessor, article, record_property):
    reported, bodies, statuses = [], [], []
    for case in labelled("dev.jsonl"):
        found = assessor.assess(article(case))
        is_report = case["escalation"] == "report", found.escalation.value == "report"
        reported.append((Counter(report=int(is_report[0])), Counter(report=int(is_report[1]))))
        gold, told = [s for s in case["sessions"] if s["current"]], [s for s in found.sessions if s.current]
        bodies.append((Counter(s["body"] for s in gold), Counter(s.body.value for s in told)))
        statuses.append((Counter((s["body"], s["status"]) for s in gold), Counter((s.body.value, s.status.value) for s in told)))
    figures = {"report": f1(reported), "body": f1(bodies), "body and status": f1(statuses)}
    record_property("figures", figures)
    assert figures["report"] > 0.85, figures
    assert figures["body"] > 0.75, figures
    assert figures["body and status"] > 0.6, figures
