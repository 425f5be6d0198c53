"""What dedup says of pairs: of those written for the project, and of the labelled ones of the shared folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from eval.pairs import COPIES, figures, pairs, shortfalls, written

from streams.core.detect.lexicon import Lexicons
from streams.core.model import Decision

CASES = list(written(json.loads((Path(__file__).parents[1] / "cases/dedup/pairs.json").read_text("utf-8"))))


@pytest.fixture(scope="module")
def furniture(lexicon_files):
    return Lexicons.parse(lexicon_files).furniture


@pytest.fixture(scope="module")
def judge(furniture):
    def of(entry):
        (pair,) = pairs([entry], furniture)
        return pair

    return of


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            case, id=case["id"], marks=[pytest.mark.xfail(strict=True, reason=case["known"])] if case.get("known") else []
        )
        for case in CASES
    ],
)
def test_a_copy_is_told_from_news(case, judge):
    pair = judge(case)
    assert (pair.found.verdict in COPIES) == (case["label"] == "duplicate"), pair.found.why
    turned = judge({**case, "a": case["b"], "b": case["a"]})
    assert (turned.found.verdict in COPIES) == pair.is_copy, "who came first must not decide"
    assert pair.meets or case["label"] != "duplicate", "the index would never bring the two together"


def test_a_trimmed_copy_is_an_excerpt_and_the_whole_one_behind_it_is_near(judge):
    case = next(case for case in CASES if case["id"] == "drugs-lead-only")
    assert judge(case).found.verdict is Decision.EXCERPT
    assert judge({**case, "a": case["b"], "b": case["a"]}).found.verdict is Decision.NEAR


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("ferry-toll", Decision.UPDATE),
        ("council-held", Decision.UPDATE),
        ("bridge-city", Decision.NEW),
        ("market-own-words", Decision.NEW),
    ],
)
def test_new_facts_in_the_same_words_update_and_another_story_is_new(name, verdict, judge):
    assert judge(next(case for case in CASES if case["id"] == name)).found.verdict is verdict


def test_the_reason_is_told_in_words(judge):
    found = judge(next(case for case in CASES if case["id"] == "ferry-toll")).found
    assert found.why.endswith("but 9 became 16")


def test_gold_pairs(shared, labelled, furniture):
    found = pairs(labelled("pairs.jsonl"), furniture)
    assert shortfalls("pairs", figures(found)) == []
    assert [pair.entry["group"] for pair in found if pair.is_copy and pair.entry["label"] == "different"] == []
