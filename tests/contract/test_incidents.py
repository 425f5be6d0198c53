"""The life of a sitting from reports of many outlets: joined, corrected, killed, merged, by any number of workers."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from incidents import NOON, Desk, events, frame, play, reported, sittings, substance, types
from stores import EXAMPLES, Memory

from streams.core.model import AlertKind, Decision, Outcome, Query, SittingKind, SittingStatus, Tier
from streams.settings import Settings

if TYPE_CHECKING:
    from stores import World

S = SittingStatus
TWELFTH, FIFTEENTH = date(2026, 3, 12), date(2026, 3, 15)

CALL = reported("call", frame(S.REQUESTED, kind=SittingKind.EMERGENCY, requested_by=("France",)))
SET = reported("set", frame(S.SCHEDULED, TWELFTH, requested_by=("Norway",)), hours=5)
HELD = reported("held", frame(S.HELD, TWELFTH), hours=56)
VETO = reported("veto", frame(S.HELD, TWELFTH, quote="vetoed", outcome=Outcome.VETOED), hours=57)
LATE = reported("late", frame(S.SCHEDULED, TWELFTH, quote="will meet"), hours=58)
COPY = reported("copy", frame(S.REQUESTED, kind=SittingKind.EMERGENCY, requested_by=("France",)), hours=60, text="call/1")
WRONG = reported("wrong", frame(S.CANCELLED, TWELFTH), hours=57.5)
RIGHT = reported("wrong", frame(S.HELD, TWELFTH, quote="met"), hours=59, version="2", verdict=Decision.CORRECTION)


async def test_reports_of_many_outlets_are_one_incident_with_its_history(world: World) -> None:
    await play(world, CALL, SET, HELD)
    (alert,) = await sittings(world)
    incident = alert.incident
    assert incident is not None
    assert incident.id == alert.id
    assert (incident.status, incident.kind, incident.date) == (S.HELD, SittingKind.EMERGENCY, TWELFTH)
    assert incident.requested_by == ("France", "Norway")
    assert [(step.status, step.article, step.outlet, step.moved) for step in incident.history] == [
        (S.REQUESTED, "desk|call|1", "outlet of call", True),
        (S.SCHEDULED, "desk|set|1", "outlet of set", True),
        (S.HELD, "desk|held|1", "outlet of held", True),
    ]
    assert [c.uri for c in alert.sources] == ["call", "set", "held"]
    assert await types(world) == ["created", "updated", "updated"]
    assert alert.story == "desk|call|1"
    assert alert.findings[0].article == "desk|held|1"


@pytest.mark.parametrize(
    "order", list(itertools.permutations([CALL, SET, HELD])), ids=lambda order: "-".join(r.article.uri for r in order)
)
async def test_any_order_ends_in_the_same_alert_created_once(world: World, order) -> None:
    await play(world, CALL, SET, HELD)
    wanted = await sittings(world)
    await world.reset()
    await play(world, *order)
    assert [a.id for a in await sittings(world)] == [a.id for a in wanted]
    assert substance(await sittings(world)) == substance(wanted)
    assert (await types(world)).count("created") == 1


@pytest.mark.parametrize(
    "order",
    [
        [CALL, SET, HELD, WRONG, LATE, RIGHT, COPY],
        [HELD, CALL, CALL, WRONG, COPY, SET, RIGHT, LATE, RIGHT],
        [COPY, LATE, RIGHT, WRONG, HELD, SET, HELD, CALL, SET],
    ],
    ids=["as it happened", "duplicates", "backwards"],
)
async def test_a_story_in_three_orders_with_duplicates_a_late_copy_and_a_correction(world: World, order) -> None:
    await play(world, *order)
    (alert,) = await sittings(world)
    assert (await types(world)).count("created") == 1
    assert "retracted" not in await types(world)
    found = substance([alert])
    await world.reset()
    await play(world, CALL, SET, HELD, LATE, RIGHT, COPY)
    assert substance(await sittings(world)) == found
    assert alert.incident is not None
    assert alert.incident.status is S.HELD
    assert [step.status for step in alert.incident.history if step.moved] == [S.REQUESTED, S.SCHEDULED, S.HELD]
    assert sorted(c.uri for c in alert.sources) == ["call", "copy", "held", "late", "set", "wrong"]


async def test_a_replay_changes_nothing_and_tells_nothing(world: World) -> None:
    await play(world, CALL, SET, HELD)
    before = await events(world)
    stood = await sittings(world)
    await play(world, CALL, SET, HELD)
    await play(world, CALL, SET, HELD, partition=1)
    assert await events(world) == before
    assert substance(await sittings(world)) == substance(stood)


async def test_a_kill_takes_out_what_the_article_alone_held_up(world: World) -> None:
    await play(world, SET, WRONG)
    (alert,) = await sittings(world)
    assert alert.incident is not None
    assert alert.incident.status is S.CANCELLED
    await play(world, reported("wrong", version="2", hours=60, killed=True))
    (alert,) = await sittings(world)
    assert alert.incident is not None
    assert (alert.incident.status, len(alert.incident.history)) == (S.SCHEDULED, 1)
    await play(world, reported("set", version="2", hours=61, killed=True))
    assert await sittings(world) == []
    assert await types(world) == ["created", "updated", "updated", "retracted"]
    (gone,) = {event.alert.id for event in await events(world)}
    retracted = await world.feed.get(gone)
    assert retracted is not None
    assert retracted.incident is not None
    assert retracted.incident.merged_into is None
    await play(world, HELD)
    (back,) = await sittings(world)
    assert (back.id, await types(world)) == (gone, ["created", "updated", "updated", "retracted", "updated"])


async def test_a_kill_finds_its_evidence_wherever_it_stands_by_now(world: World) -> None:
    """A report may stand in another incident than the one it opened, moved by articles of another partition."""
    await play(world, CALL)
    await play(world, HELD, reported("other", frame(S.SCHEDULED, FIFTEENTH), hours=1), partition=1)
    await play(world, reported("call", version="2", hours=70, killed=True))
    assert [[c.uri for c in alert.sources] for alert in await sittings(world)] == [["other"], ["held"]]


async def test_a_kill_leaves_the_day_of_a_text_to_its_next_copy(world: World) -> None:
    """The first copy by publication says of which day a text tells: when it falls, that may be a day far from its own."""
    call, days = frame(S.REQUESTED), {"early": -142.0, "next": 196.0, "first": 195.0}
    told = {uri: replace(call, date=FIFTEENTH if uri == "first" else TWELFTH) for uri in days}
    early = reported("early", told["early"], hours=days["early"])
    copies = [reported(uri, told[uri], hours=days[uri], text="text") for uri in ("next", "first")]
    await play(world, early, *copies)
    assert [[c.uri for c in alert.sources] for alert in await sittings(world)] == [["early"], ["first", "next"]]
    await play(world, reported("first", version="2", hours=197, killed=True))
    assert [[c.uri for c in alert.sources] for alert in await sittings(world)] == [["early", "next"]]


async def test_a_report_that_shows_two_incidents_to_be_one_merges_them(world: World) -> None:
    one = reported("one", frame(S.SCHEDULED, TWELFTH, topic="Israel"))
    two = reported("two", frame(S.SCHEDULED, TWELFTH, topic="Lebanon"), hours=1)
    both = reported("both", frame(S.SCHEDULED, TWELFTH, topic="Israel and Lebanon"), hours=2)
    await play(world, one, two)
    low, high = sorted(alert.id for alert in await sittings(world))
    await play(world, both)
    (alert,) = await sittings(world)
    assert (alert.id, [c.uri for c in alert.sources]) == (low, ["one", "two", "both"])
    merged = await world.feed.get(high)
    assert merged is not None
    assert merged.incident is not None
    assert (merged.type, merged.incident.merged_into) == ("alert.retracted", low)
    await world.reset()
    await play(world, both, one, two)
    assert substance(await sittings(world)) == substance([alert])
    assert (await types(world)).count("created") == 1


async def test_one_put_off_carries_the_old_date_and_the_new(world: World) -> None:
    off = reported("off", frame(S.POSTPONED, FIFTEENTH), hours=20)
    again = reported("again", frame(S.SCHEDULED, FIFTEENTH), hours=40)
    for order in itertools.permutations([SET, off, again]):
        await world.reset()
        await play(world, *order)
        (alert,) = await sittings(world)
        assert alert.incident is not None
        assert (alert.incident.date, alert.incident.moved_from) == (FIFTEENTH, TWELFTH)
        assert alert.incident.status is S.SCHEDULED


async def test_facts_that_contradict_each_other_stand_side_by_side_with_their_sources(world: World) -> None:
    await play(world, CALL, SET)
    (alert,) = await sittings(world)
    assert alert.incident is not None
    said = {(fact.name, fact.value): fact.articles for fact in alert.incident.facts}
    assert said["requested_by", "France"] == ("desk|call|1",)
    assert said["requested_by", "Norway"] == ("desk|set|1",)


async def test_a_veto_outranks_a_routine_sitting(world: World) -> None:
    await play(world, HELD)
    assert [a.tier for a in await sittings(world)] == [Tier.ALERT]
    await play(world, VETO)
    (alert,) = await sittings(world)
    assert (alert.tier, alert.findings[0].quote) == (Tier.FLASH, "vetoed")
    await play(world, LATE)
    assert [a.tier for a in await sittings(world)] == [Tier.FLASH]


async def test_the_fortieth_report_is_listed_and_told_to_nobody(world: World) -> None:
    more = [reported(f"m{n}", frame(S.HELD, TWELFTH, quote=f"met {n}"), hours=57 + n / 10) for n in range(40)]
    await play(world, HELD, *more)
    (alert,) = await sittings(world)
    assert (len(alert.sources), alert.origins) == (41, 41)
    assert await types(world) == ["created"]


async def test_what_is_kept_of_an_incident_is_bounded_and_tells_every_fact(world: World) -> None:
    more = [reported(f"m{n}", frame(S.SCHEDULED, TWELFTH, quote=f"meets {n}"), hours=n / 10) for n in range(130)]
    await play(world, *more, VETO)
    (alert,) = await sittings(world)
    assert alert.incident is not None
    assert (alert.incident.status, alert.incident.outcome, alert.tier) == (S.HELD, Outcome.VETOED, Tier.FLASH)
    assert len(alert.sources) == 100


async def test_incidents_are_selected_by_body_and_status(world: World) -> None:
    await play(world, CALL, reported("h", frame(S.HELD, topic="Haiti")))
    held = await world.feed.recent(Query(kind=AlertKind.UN_SESSION, status=S.HELD))
    assert [a.incident.topic for a in held if a.incident] == ["Haiti"]
    assert len(await world.feed.recent(Query(body="UNSC"))) == 2
    assert await world.feed.recent(Query(body="UNGA")) == []


async def test_a_copy_published_long_after_joins_its_original(world: World) -> None:
    copy = reported(
        "copy", frame(S.SCHEDULED, date(2026, 4, 23)), hours=24 * 42, text="set/1", verdict=Decision.EXACT, of="desk|set|1"
    )
    await play(world, SET)
    await play(world, copy, partition=1)
    (alert,) = await sittings(world)
    assert [c.uri for c in alert.sources] == ["set", "copy"]


async def test_two_workers_that_meet_the_sitting_at_one_moment_make_one_alert(world: World) -> None:
    one, two = Desk(world, 0, [SET]), Desk(world, 1, [HELD])
    assert await one.step()
    assert await two.step()  # both have read a log without it
    while await one.step() or await two.step():
        pass
    assert (one.stale, two.stale) == (0, 1)
    assert await types(world) == ["created", "updated"]
    (alert,) = await sittings(world)
    assert [c.uri for c in alert.sources] == ["set", "held"]


# --- any set of reports, in any order, by two workers ------------------------------------------------------------------

FRAMES = st.builds(
    frame,
    st.sampled_from(S),
    st.one_of(st.none(), st.sampled_from([TWELFTH, FIFTEENTH])),
    topic=st.sampled_from(["Sudan", "Chad", "Sudan, Chad", None]),
    kind=st.sampled_from(SittingKind),
    quote=st.sampled_from(["said", "told"]),
    requested_by=st.sampled_from([(), ("France",), ("Norway", "France")]),
    outcome=st.sampled_from([None, None, Outcome.VETOED, Outcome.NO_OUTCOME]),
)


@st.composite
def wires(draw) -> list[list]:
    """Articles, each a list of its versions in their order: they share a partition (delivery.md, identity).

    Some copy the text of another, for a day of their own: "Tuesday" of a copy may be another Tuesday.
    """
    found = []
    for number in range(draw(st.integers(1, 6))):
        uri, at, versions = f"a{number}", draw(st.integers(-20, 20)) * 13, []
        for version in range(1, draw(st.integers(1, 3)) + 1):
            frames = draw(st.lists(FRAMES, min_size=1 if version == 1 else 0, max_size=2))
            how = draw(st.sampled_from(["new", "new", "killed", "correction"])) if version > 1 else "new"
            told = reported(
                uri,
                *([] if how == "killed" else frames),
                version=str(version),
                hours=at + version,
                killed=how == "killed",
                verdict=Decision.CORRECTION if how == "correction" else Decision.NEW,
            )
            versions.append(told)
        found.append(versions)
    for number in range(draw(st.integers(0, 3))):
        original, hours = draw(st.sampled_from(found))[0], draw(st.integers(-72, 72))
        frames = [replace(f, date=f.date and draw(st.sampled_from([f.date, FIFTEENTH]))) for f in original.assessment.sessions]
        at = (original.published - NOON).total_seconds() / 3600 + hours
        copies = [reported(f"c{number}", *frames, hours=at, text=original.content)]
        if draw(st.booleans()):
            copies.append(reported(f"c{number}", version="2", hours=at + 1, killed=True))
        found.append(copies)
    return found


def shuffled(draw, articles):
    """Every record, each article's versions in their order."""
    left, order = [list(versions) for versions in articles], []
    while any(left):
        order.append(draw(st.sampled_from([versions for versions in left if versions])).pop(0))
    return order


@hypothesis_settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), articles=wires())
async def test_any_order_split_over_two_workers_ends_alike(world: World, data: st.DataObject, articles) -> None:
    await world.reset()
    desks = [Desk(world, number, [], data.draw(st.integers(1, 3))) for number in range(2)]
    for versions in articles:
        desks[data.draw(st.integers(0, 1))].records.append(versions)
    for desk in desks:
        desk.records = shuffled(data.draw, desk.records)
    for number in data.draw(st.lists(st.integers(0, 1), max_size=30)):
        await desks[number].step()
    while await desks[0].step() or await desks[1].step():
        pass

    reference = Memory(Settings())
    await reference.reset()
    await play(reference, *(record for versions in articles for record in versions))
    assert substance(await sittings(world)) == substance(await sittings(reference))

    logged = await events(world)
    assert len({event.id for event in logged}) == len(logged)
    for alert in {event.alert.id for event in logged}:
        mine = [event.alert for event in logged if event.alert.id == alert]
        assert [a.type for a in mine].count("alert.created") == 1
        assert mine[0].type == "alert.created"
        assert [a.sequence for a in mine] == list(range(1, len(mine) + 1))
