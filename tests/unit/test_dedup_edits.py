"""Dispatches edited as newspapers do: cut at the end, in the middle, each otherwise; signed, moved about; and led by news.

The edits are made by rule, so they say what each does to a text, and not how often newspapers do it.
"""

from __future__ import annotations

import json
import re
from itertools import permutations
from pathlib import Path

import pytest
from eval.pairs import COPIES

from streams.core.dedup.compare import compare
from streams.core.dedup.fingerprint import fingerprints
from streams.core.detect.lexicon import Lexicons
from streams.core.model import Article, Decision, Field

GIVEN = json.loads((Path(__file__).parents[1] / "cases/dedup/formulas.json").read_text("utf-8"))
FORMULAS = GIVEN["formulas"]
BYLINES = ("الدمام - واس: ", "سعود العتيبي (أبها)\n\n", "واس - تبوك\n")
LEAST_CUT = 4
"""Sentences of a dispatch that can lose one here and another there."""


@pytest.fixture(scope="module")
def furniture(lexicon_files):
    return Lexicons.parse(lexicon_files).furniture


@pytest.fixture(scope="module")
def judge(furniture):
    def of(a: str, b: str):
        articles = [Article("s", text[:9], "1", None, "ar", None, Field("/bodies/0/value", text)) for text in (a, b)]
        return compare(*fingerprints(articles, furniture))

    return of


def dispatch(name: str) -> str:
    return FORMULAS[name]["text"].format(**FORMULAS[name]["slots"])


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!؟])\s+", text)


def others() -> list:
    return [
        pytest.param(
            name, slots, id=f"{name}-{n}", marks=[pytest.mark.xfail(strict=True, reason=one["known"])] if "known" in one else []
        )
        for name, one in FORMULAS.items()
        for n, slots in enumerate(one["others"])
    ]


@pytest.mark.parametrize(("name", "slots"), others())
def test_another_story_in_the_same_formula_is_no_copy(name, slots, judge):
    other = FORMULAS[name]["text"].format(**slots)
    for text in (other, BYLINES[0] + other, BYLINES[1] + " ".join(sentences(other)[:-1])):
        assert judge(dispatch(name), text).verdict not in COPIES
        assert judge(text, dispatch(name)).verdict not in COPIES


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("byline", BYLINES)
def test_a_copy_with_a_byline_of_its_own_cut_at_the_end_or_in_the_middle(name, byline, judge):
    said = sentences(dispatch(name))
    for kept in (said, said[: len(said) // 2 + 1], [said[0], *said[2:]], [said[0], *reversed(said[1:])]):
        found = judge(dispatch(name), byline + "\n\n".join(kept))
        assert found.verdict in COPIES, found.why


@pytest.mark.parametrize("name", [name for name in FORMULAS if len(sentences(dispatch(name))) >= LEAST_CUT])
def test_two_cuts_of_one_dispatch_are_copies(name, judge):
    said = sentences(dispatch(name))
    for here, there in permutations(range(1, len(said)), 2):
        a, b = (" ".join(said[:gone] + said[gone + 1 :]) for gone in (here, there))
        found = judge(a, b)
        assert found.verdict in COPIES, found.why


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(one, id=one["id"], marks=[pytest.mark.xfail(strict=True, reason=one["known"])] if "known" in one else [])
        for one in GIVEN["updates"]
    ],
)
def test_what_became_of_it_is_an_update(case, judge):
    assert judge(case["old"], case["new"]).verdict is Decision.UPDATE


@pytest.mark.parametrize("name", FORMULAS)
def test_an_old_text_behind_news_is_an_update_and_one_that_lost_it_is_none(name, judge):
    news = (
        "فر ثلاثة لصوص ملثمين بحقائب مملوءة مجوهرات بعدما خلعوا أقفال متجر ذهب قديم وسط زقاق ضيق، "
        "وفتشت دوريات راجلة بيوتا مهجورة بحثا عنهم طوال الليل."
    )
    led = f"{news} {dispatch(name)}"
    found = judge(dispatch(name), led)
    assert (found.verdict, found.why.endswith("it begins with news")) == (Decision.UPDATE, True), found.why
    assert judge(led, dispatch(name)).verdict in COPIES
