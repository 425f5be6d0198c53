"""The table of transitions, and what a set of accounts amounts to."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from incidents import NOON, frame

from streams.core.incident.life import TRANSITIONS, Account, fold
from streams.core.model import SittingKind, SittingStatus

S = SittingStatus
DOCS = Path(__file__).parents[2] / "docs" / "incidents.md"


def account(number, status, *, text=None, in_force=True, **more):
    return Account(f"a|{number}|1", "outlet", text or f"t{number}", NOON.replace(minute=number), frame(status, **more), in_force)


def test_the_table_in_the_documentation_is_the_codes():
    rows = [line.strip("| \n").split(" | ") for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    told = {row[0]: set(row[1].split(", ")) for row in rows if row[0] in list(S)}
    assert told == {str(status): {str(after) for after in allowed} for status, allowed in TRANSITIONS.items()}


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        ([S.REQUESTED, S.SCHEDULED, S.IN_PROGRESS, S.HELD], S.HELD),
        ([S.HELD, S.REQUESTED, S.SCHEDULED], S.HELD),
        ([S.HELD, S.SUSPENDED], S.SUSPENDED),
        ([S.SUSPENDED, S.IN_PROGRESS, S.HELD], S.HELD),
        ([S.SCHEDULED, S.POSTPONED, S.SCHEDULED], S.SCHEDULED),
        ([S.HELD, S.CANCELLED], S.HELD),
        ([S.CANCELLED, S.REQUESTED], S.REQUESTED),
    ],
)
def test_where_a_sitting_stands(said, stands):
    accounts = [account(number, status) for number, status in enumerate(said)]
    assert fold("i", accounts).incident.status is stands


def test_a_late_copy_of_the_call_does_not_call_again_for_one_cancelled():
    accounts = [account(0, S.REQUESTED, text="call"), account(1, S.CANCELLED), account(2, S.REQUESTED, text="call")]
    assert fold("i", accounts).incident.status is S.CANCELLED


def test_what_an_earlier_version_said_is_told_and_decides_nothing():
    accounts = [account(0, S.HELD, in_force=False, kind=SittingKind.EMERGENCY), account(1, S.POSTPONED)]
    told = fold("i", accounts).incident
    assert (told.status, told.kind) == (S.POSTPONED, SittingKind.EMERGENCY)
    assert [(step.status, step.moved) for step in told.history] == [(S.HELD, True), (S.POSTPONED, True)]


@given(st.lists(st.sampled_from(S), min_size=1, max_size=8), st.data())
def test_folding_is_a_function_of_the_set(said, data):
    accounts = [account(number, status) for number, status in enumerate(said)]
    assert fold("i", data.draw(st.permutations(accounts))) == fold("i", accounts)
