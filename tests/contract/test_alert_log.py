from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from builders import NOON, STORIES, alert, commit, event, state
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from stores import EXAMPLES

from streams.core.errors import Stale
from streams.core.model import (
    AlertKind,
    AlertType,
    Applied,
    Bounds,
    Commit,
    Event,
    Index,
    IndexEntry,
    Lookup,
    Partition,
    Query,
    Snapshot,
    Stored,
    Tier,
)

if TYPE_CHECKING:
    from stores import World

    from streams.settings import Settings

OTHER = Partition("wire.stories.v1", 1)


async def events(world: World) -> list[Event]:
    """The whole log."""
    found: list[Event] = []
    after = "0-0"
    while page := await world.feed.tail(after, count=500, block_ms=None):
        found += [entry.event for entry in page]
        after = page[-1].stream_id
    return found


# --- read and write -------------------------------------------------------------------------------------------------


async def test_an_empty_log(world: World) -> None:
    assert await world.log.read(STORIES, ["wire|urn:a"], ["alert-1"]) == Snapshot(-1, {}, {})
    assert await world.feed.get("alert-1") is None
    assert await world.feed.recent(Query()) == []
    assert await world.feed.tail("0-0", count=10, block_ms=None) == []
    assert await world.feed.bounds() == Bounds("0-0", "0-0")


@pytest.mark.parametrize("kind", AlertKind)
async def test_what_was_written_is_read_back_whole(world: World, kind: AlertKind) -> None:
    published = alert(kind=kind)
    applied = {"wire|urn:a": Applied("1", NOON, ("alert-1",)), "wire|urn:b": Applied("7", None)}
    await world.log.write(commit(published, last=4, applied=applied))
    snapshot = await world.log.read(STORIES, ["wire|urn:b", "wire|urn:a", "wire|urn:c"], [])
    assert snapshot == Snapshot(4, applied, {"alert-1": Stored(state(kind=kind), 1)})
    assert await world.feed.get("alert-1") == published
    assert await events(world) == [event(published)]


async def test_read_gives_the_alerts_asked_for_and_those_the_articles_feed(world: World) -> None:
    applied = {"wire|urn:a": Applied("1", NOON, ("a", "b", "gone"))}
    await world.log.write(commit(alert("a"), alert("b"), alert("c"), alert("d"), applied=applied))
    snapshot = await world.log.read(OTHER, ["wire|urn:a"], ["b", "c", "never", "c"])
    assert snapshot.fence == -1
    assert snapshot.alerts.keys() == {"a", "b", "c"}


async def test_a_batch_without_alerts_moves_the_fence(world: World) -> None:
    applied = {"wire|urn:a": Applied("1", NOON)}
    await world.log.write(commit(last=9, applied=applied))
    assert await world.log.read(STORIES, ["wire|urn:a"], []) == Snapshot(9, applied, {})
    assert (await world.log.read(OTHER, [], [])).fence == -1


async def test_revisions_count_the_writes(world: World) -> None:
    for number in range(3):
        await world.log.write(commit(alert(), fence=number - 1, last=number, revisions={"alert-1": number}, silent=True))
    assert (await world.log.read(STORIES, [], ["alert-1"])).alerts["alert-1"].revision == 3


@pytest.mark.parametrize(
    "moved",
    [
        pytest.param(commit(alert("b"), fence=-1, last=8), id="fence-behind"),
        pytest.param(commit(alert("b"), fence=3, last=8), id="fence-ahead"),
        pytest.param(commit(alert("b"), alert("a"), fence=4, last=8), id="alert-exists"),
        pytest.param(commit(alert("b"), alert("a"), fence=4, last=8, revisions={"a": 2}), id="alert-ahead"),
        pytest.param(commit(alert("b"), fence=4, last=8, revisions={"b": 1}), id="alert-gone"),
        pytest.param(commit(alert("b"), fence=4, last=8, partition=OTHER), id="fence-lost"),
    ],
)
async def test_what_has_moved_is_stale_and_nothing_is_written(world: World, moved: Commit) -> None:
    await world.log.write(commit(alert("a"), last=4, applied={"wire|urn:a": Applied("1", NOON, ("a",))}))
    stale = replace(moved, applied={"wire|urn:a": Applied("2", NOON, ("b",)), "wire|urn:z": Applied("1", NOON)})
    with pytest.raises(Stale):
        await world.log.write(stale)
    assert await world.log.read(STORIES, ["wire|urn:a", "wire|urn:z"], ["a", "b"]) == Snapshot(
        4, {"wire|urn:a": Applied("1", NOON, ("a",))}, {"a": Stored(state("a"), 1)}
    )
    assert [e.alert.id for e in await events(world)] == ["a"]
    assert [a.id for a in await world.feed.recent(Query())] == ["a"]
    assert (await world.log.read(OTHER, [], [])).fence == -1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (commit(alert(), fence=3, last=3), "not above the fence"),
        (commit(alert(), revisions={"alert-1": -1}), "revision"),
        (replace(commit(alert()), current={}), "same alerts"),
        (replace(commit(), current={"alert-1": alert()}), "same alerts"),
        (replace(commit(), events=(event(alert()),)), "not in the commit"),
        (replace(commit(alert()), events=(event(alert()),) * 2), "twice"),
        (replace(commit(alert()), states=commit(alert()).states * 2), "twice"),
    ],
)
async def test_a_commit_that_contradicts_itself_is_refused(world: World, wrong: Commit, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        await world.log.write(wrong)
    assert await world.log.read(STORIES, [], ["alert-1"]) == Snapshot(-1, {}, {})
    assert await events(world) == []


async def test_of_two_writers_at_once_one_wins(world: World) -> None:
    rivals = [commit(alert(title=f"writer {n}"), last=5) for n in range(8)]
    outcomes = await asyncio.gather(*(world.log.write(rival) for rival in rivals), return_exceptions=True)
    assert sorted(str(type(outcome)) for outcome in outcomes) == sorted([str(Stale)] * 7 + [str(type(None))])
    winner = rivals[outcomes.index(None)]
    assert [e.alert for e in await events(world)] == [winner.current["alert-1"]]
    assert await world.feed.get("alert-1") == winner.current["alert-1"]


async def test_two_partitions_meet_at_the_alert(world: World) -> None:
    await world.log.write(commit(alert(title="first")))
    with pytest.raises(Stale, match="alert-1"):
        await world.log.write(commit(alert(title="second"), partition=OTHER))
    await world.log.write(commit(alert(title="second", what=AlertType.UPDATED), partition=OTHER, revisions={"alert-1": 1}))
    assert [e.alert.title for e in await events(world)] == ["first", "second"]


async def test_a_write_whose_answer_was_lost_is_stale_when_sent_again(world: World) -> None:
    batch = commit(alert(), last=5)
    await world.log.write(batch)
    with pytest.raises(Stale, match="fence"):
        await world.log.write(batch)
    assert (await world.log.read(STORIES, [], [])).fence == batch.last
    assert len(await events(world)) == 1


# --- where incidents stand -----------------------------------------------------------------------------------------

DAY = 24 * 3600
SUDAN, CHAD = "UNSC|sudan", "UNSC|chad"


def incidents(**entries: IndexEntry) -> Commit:
    """A batch that writes one sitting an entry."""
    return replace(commit(*(alert(name, kind=AlertKind.UN_SESSION) for name in entries)), entries=entries)


@pytest.mark.parametrize(
    ("lookup", "found"),
    [
        pytest.param(Lookup(SUDAN, 100 * DAY, None), "abc", id="within reach, and what is within reach of that"),
        pytest.param(Lookup(SUDAN, 86 * DAY, None), "abc", id="just within reach"),
        pytest.param(Lookup(SUDAN, 86 * DAY - 1, None), "", id="just out of it"),
        pytest.param(Lookup(SUDAN, 10 * DAY, NOON.date()), "d", id="by its date"),
        pytest.param(Lookup(CHAD, 110 * DAY, None), "bac", id="with its neighbours in every index it stands in"),
        pytest.param(Lookup("UNGA|sudan", 100 * DAY, NOON.date()), "", id="another body"),
    ],
)
async def test_read_gives_the_incidents_near_a_sitting(world: World, lookup: Lookup, found: str) -> None:
    await world.log.write(
        incidents(
            a=IndexEntry((SUDAN,), 100 * DAY, 101 * DAY, ()),
            b=IndexEntry((CHAD, SUDAN), 108 * DAY, 110 * DAY, ()),
            c=IndexEntry((SUDAN,), 115 * DAY, 130 * DAY, ()),
            d=IndexEntry((SUDAN,), 200 * DAY, 200 * DAY, (NOON.date(),)),
        )
    )
    snapshot = await world.log.read(STORIES, [], [], [lookup])
    assert snapshot.alerts.keys() == set(found)
    if found:
        assert snapshot.indexes[SUDAN] == Index(1, frozenset("abcd"))
    assert (CHAD in snapshot.indexes) is ("b" in found)


async def test_an_article_leads_to_where_its_sittings_stand(world: World) -> None:
    batch = incidents(a=IndexEntry((SUDAN,), 100 * DAY, 101 * DAY, ()))
    await world.log.write(replace(batch, applied={"wire|urn:a": Applied("1", NOON, (), (), (Lookup(SUDAN, 90 * DAY, None),))}))
    assert (await world.log.read(OTHER, ["wire|urn:a"], [])).alerts.keys() == {"a"}


async def test_an_index_that_moved_is_stale_and_nothing_is_written(world: World) -> None:
    """Else two workers that meet one sitting at one moment would each make an incident of it."""
    assert (await world.log.read(OTHER, [], [], [Lookup(SUDAN, 0, None)])).indexes == {SUDAN: Index(0, frozenset())}
    await world.log.write(incidents(a=IndexEntry((SUDAN,), 0, 0, ())))
    rival = replace(incidents(b=IndexEntry((SUDAN,), 0, 0, ())), partition=OTHER, indexes={SUDAN: 0})
    with pytest.raises(Stale, match=r"UNSC\|sudan"):
        await world.log.write(rival)
    assert (await world.log.read(OTHER, [], ["b"])).alerts == {}
    await world.log.write(replace(rival, indexes={SUDAN: 1, CHAD: 0}))
    assert (await world.log.read(OTHER, [], [], [Lookup(SUDAN, 0, None)])).indexes[SUDAN] == Index(2, frozenset("ab"))


async def test_an_incident_that_expired_leaves_its_index(world: World, settings: Settings) -> None:
    await world.log.write(incidents(a=IndexEntry((SUDAN,), 0, 0, ())))
    await world.later(settings.alert_ttl * 0.6)
    batch = replace(incidents(b=IndexEntry((SUDAN,), 0, 0, ())), fence=0, last=1)
    await world.log.write(batch)
    await world.later(settings.alert_ttl * 0.6)
    await world.log.write(replace(incidents(c=IndexEntry((SUDAN,), 0, 0, ())), fence=1, last=2))
    snapshot = await world.log.read(STORIES, [], [], [Lookup(SUDAN, 0, None)])
    assert snapshot.alerts.keys() == set("bc")
    assert snapshot.indexes[SUDAN] == Index(3, frozenset("bc"))


async def test_an_entry_without_its_incident_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="index entry"):
        await world.log.write(replace(commit(), entries={"a": IndexEntry((SUDAN,), 0, 0, ())}))


# --- current alerts -------------------------------------------------------------------------------------------------

MANY = [
    alert("a", tier=Tier.FLASH, detected=NOON),
    alert("b", tier=Tier.INFO, language="fr", places=(), detected=NOON + timedelta(microseconds=1)),
    alert("c", tier=Tier.FLASH, kind=AlertKind.UN_SESSION, places=("SD-KH", 'LB-"\\x'), detected=NOON + timedelta(seconds=2)),
    alert("d", tier=Tier.URGENT, language="en", places=("SD",), detected=NOON + timedelta(seconds=3)),
    alert("e", tier=Tier.FLASH, language="en", detected=NOON + timedelta(seconds=3)),
]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (Query(), "edcba"),
        (Query(limit=2), "ed"),
        (Query(tier=Tier.FLASH), "eca"),
        (Query(tier=Tier.ALERT), ""),
        (Query(tier=Tier.FLASH, limit=1), "e"),
        (Query(kind=AlertKind.UN_SESSION), "c"),
        (Query(language="en"), "ed"),
        (Query(language="e"), ""),
        (Query(place="SD-KH"), "eca"),
        (Query(place='LB-"\\x'), "c"),
        (Query(place="SD"), "d"),
        (Query(since=NOON), "edcba"),
        (Query(since=NOON + timedelta(microseconds=1)), "edcb"),
        (Query(since=NOON + timedelta(microseconds=2)), "edc"),
        (Query(since=(NOON + timedelta(seconds=3)).astimezone(tz=None)), "ed"),
        (Query(since=NOON + timedelta(seconds=4)), ""),
        (Query(tier=Tier.FLASH, language="en", since=NOON, kind=AlertKind.ESCALATION, place="SD-KH", limit=5), "e"),
    ],
)
async def test_recent_selects_newest_first(world: World, query: Query, wanted: str) -> None:
    await world.log.write(commit(*MANY))
    assert "".join(a.id for a in await world.feed.recent(query)) == wanted


@pytest.mark.parametrize("query", [Query(limit=0), Query(limit=1001), Query(since=datetime(2026, 1, 1))])  # noqa: DTZ001 - the fault
async def test_a_query_out_of_bounds_is_refused(world: World, query: Query) -> None:
    with pytest.raises(ValueError, match=r"limit|zone"):
        await world.feed.recent(query)


async def test_a_change_moves_an_alert_to_the_front_and_to_its_new_tier(world: World) -> None:
    await world.log.write(commit(*MANY))
    changed = alert("a", tier=Tier.URGENT, what=AlertType.UPDATED, sequence=2, language="en", detected=NOON + timedelta(hours=1))
    await world.log.write(commit(changed, fence=0, last=1, revisions={"a": 1}))
    assert "".join(a.id for a in await world.feed.recent(Query())) == "aedcb"
    assert "".join(a.id for a in await world.feed.recent(Query(tier=Tier.FLASH))) == "ec"
    assert await world.feed.recent(Query(tier=Tier.URGENT, language="en", limit=1)) == [changed]


async def test_a_retracted_alert_leaves_the_indexes_and_can_still_be_got(world: World) -> None:
    await world.log.write(commit(*MANY))
    gone = alert("e", tier=Tier.FLASH, what=AlertType.RETRACTED, sequence=2, detected=NOON + timedelta(hours=1))
    await world.log.write(commit(gone, fence=0, last=1, revisions={"e": 1}))
    assert "".join(a.id for a in await world.feed.recent(Query())) == "dcba"
    assert "".join(a.id for a in await world.feed.recent(Query(tier=Tier.FLASH))) == "ca"
    assert await world.feed.get("e") == gone
    assert (await world.log.read(STORIES, [], ["e"])).alerts["e"].state.retracted
    back = alert("e", tier=Tier.FLASH, sequence=3, detected=NOON + timedelta(hours=2))
    await world.log.write(commit(back, fence=1, last=2, revisions={"e": 2}, cause="wire|urn:a|3"))
    assert "".join(a.id for a in await world.feed.recent(Query(tier=Tier.FLASH))) == "eca"


async def test_recent_pages_through_more_alerts_than_one_call_reads(world: World) -> None:
    """Also where very many share one moment: the page must not stop or turn in circles there."""
    moments = [NOON] * 600 + [NOON + timedelta(seconds=n) for n in range(100)]
    many = [alert(f"{n:04}", detected=moment, language="en" if n % 100 == 0 else "ar") for n, moment in enumerate(moments)]
    for at in range(0, len(many), 100):
        await world.log.write(commit(*many[at : at + 100], fence=at - 1, last=at + 99, silent=True))
    order = sorted(many, key=lambda a: (a.detected, a.id), reverse=True)
    assert [a.id for a in await world.feed.recent(Query(limit=1000))] == [a.id for a in order]
    assert [a.id for a in await world.feed.recent(Query(language="en"))] == [a.id for a in order if a.language == "en"]
    assert [a.id for a in await world.feed.recent(Query(limit=650))] == [a.id for a in order[:650]]


async def test_alerts_expire_after_their_last_change(world: World, settings: Settings) -> None:
    await world.log.write(
        commit(alert("a"), alert("b"), applied={"wire|urn:a": Applied("1", NOON, ("a",)), "wire|urn:b": Applied("1", NOON)})
    )
    await world.later(settings.alert_ttl * 0.6)
    later = NOON + timedelta(hours=1)
    await world.log.write(commit(alert("b", detected=later), fence=0, last=1, revisions={"b": 1}, silent=True))
    assert (await world.log.read(STORIES, ["wire|urn:a", "wire|urn:b"], [])).applied.keys() == {"wire|urn:a"}
    await world.later(settings.alert_ttl * 0.6)
    assert [a.id for a in await world.feed.recent(Query())] == ["b"]
    assert await world.feed.get("a") is None
    snapshot = await world.log.read(STORIES, ["wire|urn:a"], ["a", "b"])
    assert (snapshot.fence, snapshot.applied, snapshot.alerts.keys()) == (1, {}, {"b"})
    await world.log.write(commit(alert("a"), fence=1, last=2, silent=True))
    assert [a.id for a in await world.feed.recent(Query())] == ["b", "a"]


# --- the stream -----------------------------------------------------------------------------------------------------


async def test_tail_goes_on_where_it_stopped(world: World) -> None:
    for number in range(5):
        await world.log.write(commit(alert(f"{number}"), fence=number - 1, last=number))
    first = await world.feed.tail("0-0", count=2, block_ms=None)
    rest = await world.feed.tail(first[-1].stream_id, count=100, block_ms=1000)
    assert [entry.event.alert.id for entry in first + rest] == list("01234")
    bounds = await world.feed.bounds()
    assert bounds == Bounds(first[0].stream_id, rest[-1].stream_id)
    assert await world.feed.tail(bounds.last, count=1, block_ms=None) == []


async def test_tail_waits_for_what_comes(world: World) -> None:
    waiting = asyncio.ensure_future(world.feed.tail("0-0", count=10, block_ms=30_000))
    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    assert not done
    await world.log.write(commit(alert()))
    assert [entry.event for entry in await asyncio.wait_for(waiting, 5)] == [event(alert())]


async def test_tail_waits_no_longer_than_asked(world: World) -> None:
    assert await world.feed.tail("0-0", count=10, block_ms=20) == []
    assert await world.feed.tail("0-0", count=10, block_ms=0) == []


@pytest.mark.parametrize("after", ["", "earliest", "1", "1-", "-1", "1-x", "1-1-1", "$", "+", "٣-0", f"{2**64}-0"])
async def test_a_cursor_that_is_none_is_refused(world: World, after: str) -> None:
    with pytest.raises(ValueError, match="place in the log"):
        await world.feed.tail(after, count=1, block_ms=None)


async def test_tail_needs_a_count(world: World) -> None:
    with pytest.raises(ValueError, match="count"):
        await world.feed.tail("0-0", count=0, block_ms=None)


async def test_the_log_is_trimmed_from_its_beginning(world: World, settings: Settings) -> None:
    first: str | None = None
    for at in range(0, 1600, 200):
        await world.log.write(commit(*(alert(f"{n:04}") for n in range(at, at + 200)), fence=at - 1, last=at + 199))
        first = first or (await world.feed.bounds()).first
    entries = await events(world)
    assert settings.log_max_entries <= len(entries) <= settings.log_max_entries + 200, "trimming may leave a node or two"
    assert [e.alert.id for e in entries] == [f"{n:04}" for n in range(1600)][-len(entries) :]
    bounds = await world.feed.bounds()
    assert first is not None
    assert tuple(map(int, first.split("-"))) < tuple(map(int, bounds.first.split("-")))
    assert len(await world.feed.recent(Query(limit=1000))) == 1000, "alerts outlive their entries"


# --- many workers, any interleaving ---------------------------------------------------------------------------------


@dataclass
class Worker:
    """The loop of an agent: read, compute, write; `holds` is the batch computed and not yet written.

    Each record of its partition feeds one alert. Its version decides whether it still counts, as in production.
    """

    world: World
    partition: Partition
    records: list[tuple[str, str, str]]
    size: int
    holds: Commit | None = None
    done: bool = False

    async def step(self, *, lose_answer: bool) -> None:
        """Compute a batch, or write the one computed."""
        if self.holds is None:
            await self.compute()
            return
        batch, self.holds = self.holds, None
        try:
            await self.world.log.write(batch)
        except Stale:
            return
        if lose_answer:
            self.holds = batch  # it never heard, and sends the same again

    async def compute(self) -> None:
        fence = (await self.world.log.read(self.partition, [], [])).fence
        batch = list(enumerate(self.records))[fence + 1 : fence + 1 + self.size]
        self.done = not batch
        if not batch:
            return
        articles = [article for _, (article, _, _) in batch]
        snapshot = await self.world.log.read(self.partition, articles, [identity for _, (_, _, identity) in batch])
        if snapshot.fence != fence:
            return
        states, applied, current = dict(snapshot.alerts), dict(snapshot.applied), {}
        told: list[Event] = []
        for _, (article, version, identity) in batch:
            before = applied.get(article)
            if before is not None and int(version) <= int(before.version):
                continue
            applied[article] = Applied(version, NOON, (identity,))
            old = states.get(identity)
            sequence = old.state.sequence + 1 if old else 1
            published = alert(identity, what=AlertType.UPDATED if old else AlertType.CREATED, sequence=sequence)
            states[identity] = Stored(state(identity, sequence=sequence), old.revision if old else 0)
            current[identity] = published
            told.append(event(published, f"{article}|{version}"))
        self.holds = Commit(
            self.partition,
            fence,
            batch[-1][0],
            tuple(states[identity] for identity in current),
            current,
            applied,
            tuple(told),
        )


@hypothesis_settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), size=st.integers(1, 4))
async def test_workers_zombies_and_lost_answers_double_and_lose_nothing(world: World, data: st.DataObject, size: int) -> None:
    """Two partitions share alerts; each has a second worker that does not know it is none any more."""
    await world.reset()
    made = st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from("123"), st.sampled_from(["x", "y"]))
    wires = {
        partition: [
            (f"{partition.number}|{uri}", version, f"alert-{story}")
            for uri, version, story in data.draw(st.lists(made, max_size=8))
        ]
        for partition in (STORIES, OTHER)
    }
    workers = [Worker(world, partition, records, size) for partition, records in wires.items() for _ in range(2)]
    for number, what in data.draw(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["step", "lose", "die"])), max_size=30)):
        if what == "die":
            workers[number].holds = None
        else:
            await workers[number].step(lose_answer=what == "lose")
    while not all(worker.done for worker in workers):
        for worker in workers:
            await worker.step(lose_answer=False)

    owed: set[tuple[str, str]] = set()
    for records in wires.values():
        highest: dict[str, int] = {}
        for article, version, identity in records:
            if int(version) > highest.get(article, 0):
                highest[article] = int(version)
                owed.add((identity, f"{article}|{version}"))
    logged = await events(world)
    assert sorted((e.alert.id, e.cause) for e in logged) == sorted(owed), "missing or doubled"
    assert len({e.id for e in logged}) == len(logged)
    for identity in {identity for identity, _ in owed}:
        mine = [e.alert for e in logged if e.alert.id == identity]
        assert [a.sequence for a in mine] == list(range(1, len(mine) + 1))
        assert await world.feed.get(identity) == mine[-1]
    for partition, records in wires.items():
        assert (await world.log.read(partition, [], [])).fence == len(records) - 1
