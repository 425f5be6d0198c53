"""Which reports are of one sitting."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.incident.joining import Report, join, places
from streams.core.model import Organ, SittingKind, SittingStatus

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
TENTH, TWELFTH = date(2026, 3, 10), date(2026, 3, 12)
S = SittingStatus


def report(  # noqa: PLR0913 - a builder
    name, days=0.0, on=None, status=S.SCHEDULED, *, topic="Sudan", place=0, text=None, kind=SittingKind.UNSPECIFIED
):
    return Report(text or name, place, name, NOON + timedelta(days=days), Organ.UNSC, places(topic), on, status, kind)


def names(*reports):
    return [[r.article if r.place == 0 else f"{r.article}{r.place}" for r in group] for group in join(reports)]


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("Sudan", "sudan", True),
        ("Israel and Lebanon", "Lebanon", True),
        ("Gaza (the aid ship)", "Gaza", True),
        ("Sudan", "South Sudan", False),
        (None, None, True),
        (None, "Sudan", False),
    ],
)
def test_topics_overlap_where_they_share_a_place(one, other, overlap):
    assert (not places(one).isdisjoint(places(other))) is overlap


@pytest.mark.parametrize(
    ("reports", "wanted"),
    [
        pytest.param([report("a", 0, TWELFTH), report("b", 1, TWELFTH)], [["a", "b"]], id="one date"),
        pytest.param([report("a", -40, TWELFTH), report("b", 0, TWELFTH)], [["a", "b"]], id="one date, told long before"),
        pytest.param([report("a", 0, TENTH), report("b", 0, TWELFTH)], [["a"], ["b"]], id="two dates"),
        pytest.param([report("a", 0, TENTH), report("b", 0, TENTH, topic="Haiti")], [["a"], ["b"]], id="two topics"),
        pytest.param(
            [report("a", 0, TENTH), report("b", 0, TENTH, topic=None)], [["a"], ["b"]], id="no topic overlaps with none"
        ),
        pytest.param(
            [report("a", 0, TENTH), report("a", 0, TENTH, place=1), report("b", 1, TENTH)],
            [["a", "b"], ["a1"]],
            id="frames of one article never join",
        ),
        pytest.param(
            [
                report("a", 0, TENTH, topic="Lebanon"),
                report("b", 0, TENTH, topic="Israel"),
                report("c", 1, TENTH, topic="Israel, Lebanon"),
            ],
            [["a", "b", "c"]],
            id="a report of both shows two to be one",
        ),
        pytest.param([report("a", 0, date(2026, 3, 30)), report("b", 7)], [["a", "b"]], id="undated, a week off"),
        pytest.param([report("a", 0, date(2026, 3, 30)), report("b", 7.1)], [["a"], ["b"]], id="undated, further off"),
        pytest.param(
            [report("b", 0, status=S.REQUESTED), report("a", 13.9, date(2026, 3, 30))], [["b", "a"]], id="a request, two weeks"
        ),
        pytest.param(
            [report("a", 0, TENTH), report("b", 1, TWELFTH), report("c", 0.9)], [["a"], ["c", "b"]], id="the nearest in time"
        ),
        pytest.param(
            [report("a", 0, TWELFTH), report("a", 0, None, S.REQUESTED, place=1)], [["a"], ["a1"]], id="not one its article feeds"
        ),
        pytest.param(
            [report("a", 0, TENTH, S.HELD), report("b", 3, None, S.REQUESTED)], [["a"], ["b"]], id="no call for one long over"
        ),
        pytest.param(
            [report("a", 0, TENTH, S.HELD), report("b", 1, None, S.REQUESTED)], [["a", "b"]], id="a call retold the day after"
        ),
        pytest.param(
            [report("a", 0, None, S.HELD), report("b", 1, date(2026, 3, 14))], [["a"], ["b"]], id="no end of one to come"
        ),
        pytest.param(
            [report("a", 0, None, S.REQUESTED), report("b", 1, None, S.HELD), report("c", 5, None, S.SUSPENDED)],
            [["a", "b", "c"]],
            id="undated ones form a thread",
        ),
        pytest.param(
            [report("a", 0, None, S.HELD), report("b", 4, None, S.REQUESTED), report("c", 5)],
            [["a"], ["b", "c"]],
            id="a new call opens a new thread",
        ),
        pytest.param(
            [report("a", 0, TENTH), report("b", 0.2, TWELFTH, S.POSTPONED), report("c", 2, TWELFTH, S.HELD)],
            [["a", "b", "c"]],
            id="put off: the old date and the new",
        ),
        pytest.param(
            [report("a", 0, TENTH), report("b", 0.1, TWELFTH), report("c", 0.2, TWELFTH, S.POSTPONED)],
            [["a"], ["b", "c"]],
            id="put off, by its old date",
        ),
        pytest.param(
            [
                report("z", 0, TENTH, S.HELD),
                report("a", 0.1, TENTH, text="t"),
                report("b", 0.2, None, text="u", status=S.SUSPENDED),
            ],
            [["z", "a", "b"]],
            id="held and broken off",
        ),
    ],
)
def test_what_is_of_one_sitting(reports, wanted):
    assert names(*reports) == wanted
    assert names(*reversed(reports)) == wanted


REPORTS = st.builds(
    report,
    name=st.uuids().map(str),
    days=st.integers(-30, 30).map(lambda n: n / 2),
    on=st.one_of(st.none(), st.sampled_from([TENTH, TWELFTH, date(2026, 3, 20)])),
    status=st.sampled_from(S),
    topic=st.sampled_from(["Sudan", "Chad", "Sudan and Chad", None]),
    text=st.sampled_from("pqrstuvwxyz"),
    place=st.integers(0, 1),
)


@given(st.lists(REPORTS, max_size=12, unique_by=(lambda r: (r.text, r.place), lambda r: r.article)), st.data())
def test_joining_is_a_function_of_the_set(reports, data):
    shuffled = data.draw(st.permutations(reports))
    groups = join(reports)
    assert join(shuffled) == groups
    assert sorted(r.order for g in groups for r in g) == sorted(r.order for r in reports)
    for group in groups:
        assert len({r.text for r in group}) == len(group), "frames of one text never join"


@given(st.lists(REPORTS, max_size=10, unique_by=(lambda r: (r.text, r.place), lambda r: r.article)))
def test_joining_what_was_joined_changes_nothing(reports):
    """So the incidents around a report may be joined anew without those further off."""
    for group in join(reports):
        assert join(group) == [group]
