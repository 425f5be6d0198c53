"""The life of an alert: what creates, updates and retracts it, and what stays silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from judged import BODY, NOON, judged, session

from streams.core import alerts
from streams.core.model import (
    AlertKind,
    AlertType,
    Applied,
    Decision,
    Field,
    Index,
    Outcome,
    SittingKind,
    SittingStatus,
    Snapshot,
    Stored,
    Tier,
)

FIVE_MINUTES = timedelta(minutes=5)


class Log:
    """The alert log reduced to what `apply` sees of it."""

    def __init__(self):
        self.snapshot = Snapshot(-1, {}, {})
        self.events = []
        self.current = {}

    def take(self, *batch, now=NOON):
        plan = alerts.apply(self.snapshot, batch, now=now, carrier_interval=FIVE_MINUTES, late_after=FIVE_MINUTES)
        stored = {s.state.id: Stored(s.state, s.revision + 1) for s in plan.states}
        known = {name for entry in plan.entries.values() for name in entry.indexes} | self.snapshot.indexes.keys()
        indexes = {name: Index(0, frozenset({*self.snapshot.alerts, *stored})) for name in known}
        self.snapshot = Snapshot(
            max([self.snapshot.fence, *(item.offset for item in batch)]),
            {**self.snapshot.applied, **plan.applied},
            {**self.snapshot.alerts, **stored},
            indexes,
        )
        self.current |= plan.current
        self.events += plan.events
        return [(event.alert.kind, event.alert.type) for event in plan.events]

    def sitting(self):
        """The one sitting there is, retracted or not."""
        (found,) = [alert for alert in self.current.values() if alert.kind is AlertKind.UN_SESSION]
        return found


CREATED = (AlertKind.ESCALATION, AlertType.CREATED)
UPDATED = (AlertKind.ESCALATION, AlertType.UPDATED)
RETRACTED = (AlertKind.ESCALATION, AlertType.RETRACTED)
SITTING_CREATED = (AlertKind.UN_SESSION, AlertType.CREATED)
SITTING_UPDATED = (AlertKind.UN_SESSION, AlertType.UPDATED)


def test_a_report_makes_one_alert_with_its_words():
    log = Log()
    assert log.take(judged()) == [CREATED]
    alert = log.events[0].alert
    assert (alert.tier, alert.score, alert.sequence) == (Tier.URGENT, 70, 1)
    finding = alert.findings[0]
    assert finding.quote == BODY[finding.start : finding.end] == "Shells fell"
    assert [s.text for p in alert.passages for s in p.segments if s.rule == "strike.shelling"] == ["Shells fell"]


def test_no_report_and_no_current_sitting_make_no_alert():
    past = replace(session(), current=False)
    assert Log().take(judged(report=False, sessions=[past])) == []


def test_a_copy_joins_silently_within_the_interval_and_is_told_after_it():
    log = Log()
    log.take(judged())
    assert log.take(judged("b", offset=1, minute=1, verdict=Decision.EXACT)) == []
    alert = log.current[alerts.escalation_id("desk|a|1")]
    assert [carrier.uri for carrier in alert.sources] == ["a", "b"]
    assert alert.origins == 1
    assert log.take(judged("c", offset=2, minute=6, verdict=Decision.EXACT)) == [UPDATED]


def test_a_new_version_with_other_words_is_told_at_once():
    log = Log()
    log.take(judged())
    assert log.take(judged(version="2", offset=1, minute=1, content="text-2")) == [UPDATED]
    assert log.current[alerts.escalation_id("desk|a|1")].sequence == 2


@pytest.mark.parametrize(
    ("version", "applied", "newer"),
    [("10", "9", True), ("9", "10", False), ("3", "3", False), ("b", "a", True), ("7", "a", True)],
)
def test_versions_compare_as_integers_where_both_are(version, applied, newer):
    article = judged(version=version).article
    assert alerts.is_newer(article, Applied(applied, article.published)) is newer


def test_an_older_time_is_not_newer_where_versions_are_no_integers():
    article = judged(version="x").article
    assert not alerts.is_newer(article, Applied("y", article.published + timedelta(seconds=1)))


def test_a_late_older_version_changes_nothing():
    log = Log()
    log.take(judged(version="2", story="desk|a|2"))
    assert log.take(judged(version="1", story="desk|a|2", offset=1, content="old")) == []
    assert log.current[alerts.escalation_id("desk|a|2")].sources[0].version == "2"


def test_a_version_that_dedup_emits_again_changes_nothing_also_where_versions_are_hashes():
    """A correction with an unchanged time of publication: only what was applied before tells the two apart."""
    first, second = judged(version="3f", content="text-1"), judged(version="a0", content="text-2", offset=1)
    again = [replace(first, offset=2), replace(second, offset=3)]
    log = Log()
    log.take(first, second)
    assert log.take(*again) == []
    assert len({event.id for event in log.events}) == len(log.events) == 2


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["f1", "c0", "9d", "3"])), min_size=1, max_size=8), st.data())
def test_emitting_any_part_again_adds_no_event(records, data):
    batch = [judged(uri, version, offset=n, content=f"{uri}{version}") for n, (uri, version) in enumerate(records)]
    cut = data.draw(st.integers(0, len(batch)))
    log = Log()
    log.take(*batch)
    before = [event.id for event in log.events]
    log.take(*(replace(item, offset=len(batch) + n) for n, item in enumerate(batch[cut:])))
    assert [event.id for event in log.events] == before
    assert len(set(before)) == len(before)


def test_a_report_that_is_withdrawn_no_longer_rules_the_sitting():
    log = Log()
    log.take(judged("b", story="desk|b|1", report=False, content="text-b", sessions=[session(SittingStatus.SCHEDULED)]))
    log.take(judged(offset=1, minute=1, story="desk|b|1", report=False, sessions=[session(SittingStatus.CANCELLED)]))
    assert log.sitting().incident.status is SittingStatus.CANCELLED
    log.take(judged(version="2", offset=2, minute=2, story="desk|b|1", status="canceled"))
    assert log.sitting().incident.status is SittingStatus.SCHEDULED


def test_the_steps_of_copies_are_told_once():
    log = Log()
    frames = [session()]
    log.take(judged(report=False, sessions=frames), judged("b", offset=1, report=False, sessions=frames, verdict=Decision.EXACT))
    (step,) = log.sitting().incident.history
    assert step.article == "desk|a|1"


def test_a_title_of_megabytes_is_cut():
    item = judged()
    item = replace(item, article=replace(item.article, headline=Field("/headlines/0/value", "x" * 10_000)))
    log = Log()
    log.take(item)
    assert len(log.events[0].alert.title) == alerts.MAX_TITLE


def test_what_stands_at_or_below_the_fence_changes_nothing():
    log = Log()
    log.take(judged(offset=7))
    assert log.take(judged("z", offset=7, story="desk|z|1")) == []


def test_a_killed_article_retracts_the_alert_it_alone_held_up():
    log = Log()
    log.take(judged())
    assert log.take(judged(version="2", offset=1, status="canceled")) == [RETRACTED]
    assert log.current[alerts.escalation_id("desk|a|1")].title  # a retraction still says what it takes back


def killing(uri, of, **more):
    """A kill under a uri of its own, which knows what it takes back by an alternative id."""
    item = judged(uri, status="canceled", report=False, content=None, verdict=Decision.KILL, **more)
    return replace(item, verdict=replace(item.verdict, of=of))


def test_a_kill_by_an_alternative_id_withdraws_what_the_other_article_says():
    log = Log()
    log.take(judged(sessions=[session()]), judged("b", offset=1, content="text-b", verdict=Decision.UPDATE))
    kill = killing("k", "desk|a|1", offset=2, minute=1)
    assert alerts.articles([kill]) == ["desk|k", "desk|a"], "its alerts are to be read"
    assert log.take(kill) == [UPDATED, (AlertKind.UN_SESSION, AlertType.RETRACTED)]
    assert [carrier.uri for carrier in log.current[alerts.escalation_id("desk|a|1")].sources] == ["b"]
    assert log.take(replace(kill, offset=3)) == []
    assert log.take(killing("l", "desk|b|1", offset=4, minute=2)) == [RETRACTED]


def test_a_kill_by_an_alternative_id_acts_within_its_own_source():
    log = Log()
    log.take(judged())
    assert log.take(killing("k", "other|a|1", offset=1)) == []
    assert log.take(killing("k", "desk|unknown|1", offset=2, version="2")) == []


def test_copies_keep_the_alert_of_a_killed_original_alive():
    log = Log()
    log.take(judged(), judged("b", offset=1, verdict=Decision.EXACT))
    assert log.take(judged(version="2", offset=2, minute=1, status="canceled")) == []
    alert = log.current[alerts.escalation_id("desk|a|1")]
    assert [carrier.uri for carrier in alert.sources] == ["b"]
    assert alert.passages


def test_a_retracted_alert_comes_back_with_new_evidence():
    log = Log()
    log.take(judged())
    log.take(judged(version="2", offset=1, status="canceled"))
    assert log.take(judged(version="3", offset=2)) == [UPDATED]


def test_a_sitting_moves_through_its_life_in_one_alert():
    log = Log()
    steps = [SittingStatus.REQUESTED, SittingStatus.SCHEDULED, SittingStatus.HELD]
    said = [
        log.take(judged(version=str(n), offset=n, minute=n, report=False, content=f"text-{n}", sessions=[session(status)]))
        for n, status in enumerate(steps, 1)
    ]
    assert said == [[SITTING_CREATED], [SITTING_UPDATED], [SITTING_UPDATED]]
    incident = log.events[-1].alert.incident
    assert incident.status is SittingStatus.HELD
    assert [step.status for step in incident.history] == steps


def test_a_late_report_of_an_earlier_stage_moves_nothing_back():
    log = Log()
    log.take(judged(report=False, sessions=[session(SittingStatus.HELD)]))
    log.take(judged("b", offset=1, minute=2, report=False, content="text-2", sessions=[session(SittingStatus.REQUESTED)]))
    alert = log.sitting()
    assert alert.incident.status is SittingStatus.HELD
    assert len(alert.sources) == 2


def test_two_sittings_of_one_body_in_one_article_are_two_alerts():
    frames = [session(), session(SittingStatus.SCHEDULED, SittingKind.UNSPECIFIED)]
    assert Log().take(judged(report=False, sessions=frames)) == [SITTING_CREATED, SITTING_CREATED]


def test_a_veto_is_a_flash():
    log = Log()
    log.take(judged(report=False, sessions=[session(SittingStatus.HELD, outcome=Outcome.VETOED)]))
    assert log.events[0].alert.tier is Tier.FLASH


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 4), st.sampled_from(["usable", "canceled"])), max_size=12),
    st.data(),
)
def test_batches_split_anywhere_end_alike_with_the_same_event_ids(records, data):
    batch = [
        judged(uri, str(version), offset=n, minute=n, content=f"{uri}{version}", status=status)
        for n, (uri, version, status) in enumerate(records)
    ]
    whole, parts = Log(), Log()
    whole.take(*batch)
    cut = data.draw(st.integers(0, len(batch)))
    parts.take(*batch[:cut])
    parts.take(*batch)  # redelivered from the start: the fence skips what was applied
    assert [event.id for event in parts.events] == [event.id for event in whole.events]
    assert {k: s.state for k, s in parts.snapshot.alerts.items()} == {k: s.state for k, s in whole.snapshot.alerts.items()}
    assert len({event.id for event in whole.events}) == len(whole.events)
