"""The cases of tests/cases: our own sentences, judged by the bundled lexicons. Known failures are strict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

CASES = Path(__file__).parents[1] / "cases"


def cases(name):
    found = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    assert len({case["id"] for case in found}) == len(found)
    return [
        pytest.param(case, id=case["id"], marks=[pytest.mark.xfail(reason=case["xfail"], strict=True)] if "xfail" in case else [])
        for case in found
    ]


def escalation_cases():
    """`escalation.json` and those of one language each, `escalation_<language>.json`."""
    return [param for path in sorted(CASES.glob("escalation*.json")) for param in cases(path.stem)]


@pytest.mark.parametrize("case", escalation_cases())
def test_escalation(case, assessor, article):
    found = assessor.assess(article(case)).escalation
    assert found.value == case["escalation"], [(h.rule, h.span.quote, h.weight, h.guards) for h in found.hits]
    assert set(case.get("categories", ())) <= {category.value for category in found.categories}


def session_cases():
    """`sessions.json` and those of one language each, `sessions_<language>.json`."""
    return [param for path in sorted(CASES.glob("sessions*.json")) for param in cases(path.stem)]


@pytest.mark.parametrize("case", session_cases())
def test_sessions(case, assessor, article):
    found = assessor.assess(article(case)).sessions
    keys = lambda s: (s["body"], s["kind"], s["status"])  # noqa: E731 - read once, here
    got = sorted((s.body.value, s.kind.value, s.status.value) for s in found)
    assert got == sorted(map(keys, case["sessions"])), [s.span.quote for s in found]
    for session, expected in zip(found, case["sessions"], strict=True):
        for name, value in expected.items():
            told = getattr(session, name)
            assert (list(told) if isinstance(told, tuple) else str(told) if name == "date" else told) == value


def test_half_of_the_session_cases_are_negative_and_every_status_occurs():
    data = [param.values[0] for param in session_cases()]
    negative = sum(not case["sessions"] for case in data)
    assert len(data) >= 150
    assert negative >= len(data) * 0.5
    assert {case["lang"] for case in data} == {"ar", "en", "es", "fr", "ru", "zh"}
    assert len({s["status"] for case in data for s in case["sessions"]}) == 7
