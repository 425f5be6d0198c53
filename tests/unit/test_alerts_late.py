"""`late` is an attribute of an event: when it was told, not what. Fixed when it is first written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judged import NOON, judged, session

from streams.core import alerts
from streams.core.model import AlertType, Decision, Snapshot, Stored

MINUTE, FIVE_MINUTES = timedelta(minutes=1), timedelta(minutes=5)
EMPTY = Snapshot(-1, {}, {})
BATCH = (
    judged(sessions=[session()]),
    judged("b", offset=1, minute=1, verdict=Decision.EXACT),
    judged("c", offset=2, minute=2, story="desk|c|1", content="text-2"),
    judged(version="2", offset=3, minute=7, content="text-3"),
    judged("c", version="2", offset=4, minute=8, story="desk|c|1", status="canceled", report=False),
)


def taken(*batch, now=NOON, late_after=MINUTE, snapshot=EMPTY):
    return alerts.apply(snapshot, batch, now=now, carrier_interval=FIVE_MINUTES, late_after=late_after)


def after(snapshot, plan, fence):
    stored = {item.state.id: Stored(item.state, item.revision + 1) for item in plan.states}
    return Snapshot(fence, {**snapshot.applied, **plan.applied}, {**snapshot.alerts, **stored})


@pytest.mark.parametrize(
    ("age", "late_after", "late"),
    [
        (timedelta(0), MINUTE, False),
        (MINUTE, MINUTE, False),
        (MINUTE + timedelta(milliseconds=1), MINUTE, True),
        (timedelta(days=3), MINUTE, True),
        (-timedelta(hours=1), MINUTE, False),  # a clock that is wrong
        (timedelta(seconds=2), timedelta(seconds=1), True),
    ],
)
def test_an_event_is_late_by_the_age_of_its_record(age, late_after, late):
    plan = taken(judged(), now=NOON + age, late_after=late_after)
    assert [event.alert.late for event in plan.events] == [late]
    assert [state.state.late for state in plan.states] == [late]
    assert [alert.late for alert in plan.current.values()] == [late]


@pytest.mark.parametrize(("first", "late"), [(timedelta(seconds=1), False), (timedelta(hours=1), True)])
def test_what_was_lost_and_is_repaired_is_as_late_as_it_was(first, late):
    again = replace(judged(), before=NOON + first)
    assert [event.alert.late for event in taken(again, now=NOON + timedelta(days=2)).events] == [late]
    assert [event.alert.late for event in taken(judged(), now=NOON + first).events] == [late]


def test_what_the_outlet_says_of_its_own_time_makes_nothing_late():
    old = judged()
    old = replace(old, article=replace(old.article, published=NOON - timedelta(days=2)))
    assert [event.alert.late for event in taken(old).events] == [False]


@given(st.timedeltas(timedelta(0), timedelta(days=9)), st.timedeltas(timedelta(0), timedelta(days=9)))
def test_it_changes_no_tier_no_state_and_no_id(behind, late_after):
    def said(plan):
        events = [replace(event, alert=replace(event.alert, late=False, detected=NOON)) for event in plan.events]
        states = [replace(item, state=replace(item.state, late=False)) for item in plan.states]
        return events, states, plan.applied, plan.entries

    assert said(taken(*BATCH, now=NOON + behind, late_after=late_after)) == said(taken(*BATCH, late_after=timedelta.max))


def test_an_alert_is_as_late_as_its_last_event():
    snapshot, known = EMPTY, []
    for one, behind in [
        (judged(), timedelta(hours=1)),
        (judged("b", offset=1, minute=1, verdict=Decision.EXACT), timedelta(0)),  # no event: nobody is told
        (judged("c", offset=2, minute=6, verdict=Decision.EXACT), timedelta(0)),
        (judged("d", offset=3, minute=7, verdict=Decision.EXACT), timedelta(hours=1)),  # no event
    ]:
        plan = taken(one, now=one.stamp + behind, snapshot=snapshot)
        snapshot = after(snapshot, plan, one.offset)
        ((alert,),) = [plan.current.values()]
        known.append((len(plan.events), alert.late))
    assert known == [(1, True), (0, True), (1, False), (0, False)]


@pytest.mark.parametrize("again", [0, 7], ids=["delivered again", "emitted twice"])
def test_what_comes_again_later_changes_nothing(again):
    first = taken(judged(), now=NOON)
    assert [event.alert.late for event in first.events] == [False]
    plan = taken(judged(offset=again), now=NOON + timedelta(days=1), snapshot=after(EMPTY, first, 0))
    assert (plan.events, plan.states) == ((), ())


def test_a_retraction_out_of_a_backlog_is_late_too():
    first = taken(judged())
    kill = judged(version="2", offset=1, status="canceled", report=False)
    plan = taken(kill, now=NOON + timedelta(hours=1), snapshot=after(EMPTY, first, 0))
    assert [(event.alert.type, event.alert.late) for event in plan.events] == [(AlertType.RETRACTED, True)]
