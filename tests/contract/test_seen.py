from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from articles import article, text
from articles import claim as claim_of
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from stores import EXAMPLES, InRedis

from streams.core.dedup.policy import COPIES
from streams.core.model import Claim, Claimed, Decision, Partition, Verdict
from streams.settings import Settings
from streams.store import keys, seen
from streams.store.memory_seen import MemorySeen
from streams.store.seen import RedisSeen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stores import World

    from streams.core.ports import SeenIndex
    from streams.store.client import Client

ONE, TWO = Partition("wire.articles.v1", 0), Partition("wire.articles.v1", 1)
HOUR = timedelta(hours=1)


def claim(offset: int, uri: str, seed: str | None = "text", version: str = "1", *, hours: float = 0, **more: object) -> Claim:
    """A claim of an article whose text is that of a seed; "seed-" is its first two thirds."""
    body = None if seed is None else text(seed.rstrip("-"), 120)
    if seed is not None and seed.endswith("-"):
        body = body.rpartition(" ")[0][: len(body) * 2 // 3]
    return claim_of(offset, article(uri, body, version=version, **more), hours * HOUR)


def verdicts(answers: list[Claimed]) -> list[tuple[str, str, str | None] | None]:
    return [None if a.verdict is None else (a.verdict.verdict.value, a.verdict.story, a.verdict.of) for a in answers]


IN_REDIS = pytest.mark.parametrize("world", ["redis_server", "valkey", "redis_cluster"], indirect=True)
"""Of what Redis alone can do: nothing comes between two calls in memory."""


@pytest.fixture
def redis(world: World) -> InRedis:
    assert isinstance(world, InRedis)
    return world


async def test_first_is_new_and_the_copy_is_exact(world: World) -> None:
    first, copy, other = await world.seen.claim(ONE, [claim(0, "a"), claim(1, "b"), claim(2, "c", "another")])
    assert first == Claimed(Verdict(Decision.NEW, "wire|a|1", why="like no article before it"))
    assert copy.verdict is not None
    assert (copy.verdict.verdict, copy.verdict.of, copy.verdict.similarity) == (Decision.EXACT, "wire|a|1", 1.0)
    assert other == Claimed(Verdict(Decision.NEW, "wire|c|1", why="like no article before it"))


async def test_a_trimmed_copy_names_its_original_and_why(world: World) -> None:
    await world.seen.claim(ONE, [claim(0, "a")])
    (answer,) = await world.seen.claim(TWO, [claim(0, "b", "text-")])
    verdict = answer.verdict
    assert verdict is not None
    assert verdict.verdict in COPIES
    assert (verdict.story, verdict.of) == ("wire|a|1", "wire|a|1")
    assert verdict.similarity is not None
    assert verdict.similarity > 0.8
    assert "wire|a|1" in verdict.why


async def test_a_copy_in_another_partition_and_call_is_found(world: World) -> None:
    await world.seen.claim(ONE, [claim(0, "a")])
    assert verdicts(await world.seen.claim(TWO, [claim(0, "b")])) == [("exact", "wire|a|1", "wire|a|1")]


async def test_the_copy_of_a_copy_names_the_first(world: World) -> None:
    answers = await world.seen.claim(ONE, [claim(0, "a"), claim(1, "b"), claim(2, "c")])
    assert verdicts(answers)[2] == ("exact", "wire|a|1", "wire|a|1")


async def test_a_replay_gets_the_verdict_it_got_however_often_and_whatever_came_later(world: World) -> None:
    batch = [claim(0, "a"), claim(1, "b", "text-"), claim(2, "c", "another"), claim(3, "a", "third", "2")]
    first = await world.seen.claim(ONE, batch)
    await world.seen.claim(TWO, [claim(0, "c", "text", "2"), claim(1, "d", "another"), claim(2, "a", "fourth", "3")])
    for _ in range(3):
        assert await world.seen.claim(ONE, batch) == first
    assert await world.seen.claim(ONE, batch[::-1]) == first[::-1]
    for n, one in enumerate(batch):
        assert await world.seen.claim(ONE, [one]) == first[n : n + 1]


@pytest.mark.parametrize(("partition", "offset"), [(ONE, 1), (TWO, 0), (Partition("wire.articles.v2", 0), 0)])
async def test_the_same_version_at_other_coordinates_is_a_repeat(world: World, partition: Partition, offset: int) -> None:
    await world.seen.claim(ONE, [claim(0, "a")])
    for hours in (0, 30, 71, 200):
        assert await world.seen.claim(partition, [claim(offset, "a", hours=hours)]) == [Claimed(None)]
    assert verdicts(await world.seen.claim(ONE, [claim(0, "a")])) == [("new", "wire|a|1", None)]


async def test_a_repeat_within_one_batch_is_seen(world: World) -> None:
    assert verdicts(await world.seen.claim(ONE, [claim(0, "a"), claim(1, "a")])) == [("new", "wire|a|1", None), None]


async def test_a_repeat_claims_no_text(world: World) -> None:
    await world.seen.claim(ONE, [claim(0, "a")])
    await world.seen.claim(ONE, [claim(1, "a", "never published so")])
    assert verdicts(await world.seen.claim(ONE, [claim(2, "b", "never published so")])) == [("new", "wire|b|1", None)]


async def test_an_empty_text_claims_nothing(world: World) -> None:
    answers = await world.seen.claim(ONE, [claim(0, "a", None), claim(1, "b", None)])
    assert answers[0] == Claimed(Verdict(Decision.NEW, "wire|a|1", why="no text to compare"))
    assert verdicts(answers)[1] == ("new", "wire|b|1", None)


# --- the window -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", [0, 1, 11, 40, 60, 71])
@pytest.mark.parametrize(("apart", "found"), [(0.5, True), (35.0, True), (71.9, True), (72.1, False), (150.0, False)])
async def test_the_window_is_by_the_articles_own_times(world: World, start: float, apart: float, *, found: bool) -> None:
    answers = await world.seen.claim(ONE, [claim(0, "a", hours=start), claim(1, "b", hours=start + apart)])
    story = "wire|a|1" if found else "wire|b|1"
    assert verdicts(answers)[1] == (("exact", story, story) if found else ("new", story, None))


@pytest.mark.parametrize("apart", [0.5, 71.9])
async def test_an_article_that_comes_late_finds_what_came_before_it(world: World, apart: float) -> None:
    answers = await world.seen.claim(ONE, [claim(0, "a", hours=80), claim(1, "b", hours=80 - apart)])
    assert verdicts(answers)[1] == ("exact", "wire|a|1", "wire|a|1")


async def test_the_window_slides_with_a_story(world: World) -> None:
    answers = await world.seen.claim(ONE, [claim(n, f"a{n}", hours=40 * n) for n in range(10)])
    assert {found[1] for found in verdicts(answers) if found} == {"wire|a0|1"}
    assert [found[0] for found in verdicts(answers) if found] == ["new"] + ["exact"] * 9


# --- versions -------------------------------------------------------------------------------------------------------


async def test_a_later_version_stays_in_its_story(world: World) -> None:
    answers = await world.seen.claim(
        ONE,
        [
            claim(0, "a", "one"),
            claim(1, "a", "two", "2"),
            claim(2, "b", "two"),
            claim(3, "a", "two", "3"),
            claim(4, "a", None, "4"),
        ],
    )
    assert verdicts(answers) == [
        ("new", "wire|a|1", None),
        ("correction", "wire|a|1", "wire|a|1"),
        ("exact", "wire|a|1", "wire|a|2"),
        ("exact", "wire|a|1", "wire|a|2"),
        ("correction", "wire|a|1", "wire|a|3"),
    ]


async def test_version_is_judged_before_content(world: World) -> None:
    await world.seen.claim(ONE, [claim(0, "a", "one"), claim(1, "b", "two")])
    assert verdicts(await world.seen.claim(ONE, [claim(2, "b", "one", "2")])) == [("correction", "wire|b|1", "wire|b|1")]


async def test_a_copy_brings_its_later_versions_into_the_story(world: World) -> None:
    answers = await world.seen.claim(ONE, [claim(0, "a", "one"), claim(1, "b", "one"), claim(2, "b", "two", "2")])
    assert verdicts(answers)[2] == ("correction", "wire|a|1", "wire|b|1")


async def test_a_version_is_found_long_after_the_window(world: World) -> None:
    answers = await world.seen.claim(ONE, [claim(0, "a", "one"), claim(1, "a", "two", "2", hours=200)])
    assert verdicts(answers)[1] == ("correction", "wire|a|1", "wire|a|1")


@pytest.mark.parametrize("status", ["canceled", "withheld"])
async def test_a_kill_takes_back_its_article_and_claims_no_text(world: World, status: str) -> None:
    answers = await world.seen.claim(
        ONE, [claim(0, "a"), claim(1, "a", "text", "2", status=status), claim(2, "b"), claim(3, "a", "other", "3")]
    )
    assert verdicts(answers) == [
        ("new", "wire|a|1", None),
        ("kill", "wire|a|1", "wire|a|1"),
        ("exact", "wire|a|1", "wire|a|1"),
        ("correction", "wire|a|1", "wire|a|2"),
    ]


async def test_a_kill_acts_within_its_own_source(world: World) -> None:
    answers = await world.seen.claim(ONE, [claim(0, "a"), claim(1, "a", None, "2", source="other", status="canceled")])
    assert verdicts(answers)[1] == ("kill", "other|a|2", None)


async def test_a_kill_that_comes_before_its_article(world: World) -> None:
    answers = await world.seen.claim(ONE, [claim(0, "a", None, "2", status="canceled"), claim(1, "a")])
    assert verdicts(answers) == [("kill", "wire|a|2", None), ("kill", "wire|a|2", "wire|a|2")]


@pytest.mark.parametrize(
    ("order", "highest"),
    [(("1", "3", "2", "4"), "3"), (("9", "10", "8", "11"), "10"), (("2", "12", "3", "0012345678901234567890"), "12")],
)
async def test_versions_out_of_order(world: World, order: tuple[str, ...], highest: str) -> None:
    """The third is older than the second, and the fourth takes the place of the highest, not of the latest to come."""
    answers = await world.seen.claim(ONE, [claim(n, "a", f"text {version}", version) for n, version in enumerate(order)])
    story = f"wire|a|{order[0]}"
    assert verdicts(answers)[2:] == [("near", story, f"wire|a|{highest}"), ("correction", story, f"wire|a|{highest}")]


async def test_versions_that_are_no_numbers_are_ordered_by_their_times(world: World) -> None:
    times = [claim_of(0, article("a", None), hours * HOUR).at for hours in (0, 2, 1)]
    made = [claim(n, "a", f"t{n}", v, published=at) for n, (v, at) in enumerate(zip("xyz", times, strict=True))]
    assert [found[0] for found in verdicts(await world.seen.claim(ONE, made)) if found] == ["new", "correction", "near"]


async def test_alternative_ids_lead_to_the_article(world: World) -> None:
    answers = await world.seen.claim(
        ONE,
        [
            claim(0, "a", alt_ids=("x",)),
            claim(1, "x", "text-", "2"),
            claim(2, "b", "other", alt_ids=("x",)),
            claim(3, "c", None, "3", alt_ids=("a",), status="canceled"),
        ],
    )
    found = verdicts(answers)
    assert found[1] == ("correction", "wire|a|1", "wire|a|1")
    assert found[2] == ("new", "wire|b|1", None), "of another text: the id says no more than that they belong together"
    assert found[3] == ("kill", "wire|a|1", "wire|a|1")


async def test_another_articles_alternative_id_takes_no_name_over(world: World) -> None:
    """Not even with a higher version: what comes next under that name is a version of what stood there under it before."""
    answers = await world.seen.claim(
        ONE,
        [
            claim(0, "a", "one"),
            claim(1, "b", "other", "9", alt_ids=("a",)),
            claim(2, "a", "two", "2"),
            claim(3, "a", None, "3", status="canceled"),
        ],
    )
    assert verdicts(answers) == [
        ("new", "wire|a|1", None),
        ("new", "wire|b|9", None),
        ("correction", "wire|a|1", "wire|a|1"),
        ("kill", "wire|a|1", "wire|a|2"),
    ]


async def test_an_alternative_id_stays_with_the_first_that_gave_it(world: World) -> None:
    answers = await world.seen.claim(
        ONE,
        [
            claim(0, "a", "one", alt_ids=("x",)),
            claim(1, "b", "two", "7", alt_ids=("x",)),
            claim(2, "a", "three", "2", alt_ids=("x",)),
            claim(3, "c", None, "1", alt_ids=("x",), status="canceled"),
        ],
    )
    assert verdicts(answers)[1:] == [
        ("new", "wire|b|7", None),
        ("correction", "wire|a|1", "wire|a|1"),
        ("kill", "wire|a|1", "wire|a|2"),
    ]


@pytest.mark.parametrize(("version", "other"), [("9", "1"), ("1", "9")])
async def test_versions_of_different_articles_are_not_compared(world: World, version: str, other: str) -> None:
    answers = await world.seen.claim(ONE, [claim(0, "a", version=version), claim(1, "b", "text-", other, alt_ids=("a",))])
    story = f"wire|a|{version}"
    assert verdicts(answers)[1] == ("correction", story, story)


async def test_what_was_made_from_an_article_updates_it(world: World) -> None:
    answers = await world.seen.claim(
        ONE, [claim(0, "a"), claim(1, "b", "other", evolved_from=("a",)), claim(2, "c", evolved_from=("a",))]
    )
    assert verdicts(answers)[1:] == [("update", "wire|a|1", "wire|a|1"), ("exact", "wire|a|1", "wire|a|1")]


async def test_names_of_any_length_and_script(world: World) -> None:
    odd = ["", "خبر عاجل\n|", "x" * 5000, "a|1", "\0", "{ww:log}"]
    batch = [claim(offset, uri, uri + " text") for offset, uri in enumerate(odd)]
    answers = await world.seen.claim(ONE, batch)
    assert [a.verdict.story for a in answers if a.verdict] == [c.article for c in batch]
    assert await world.seen.claim(ONE, batch) == answers


# --- fence, size, expiry --------------------------------------------------------------------------------------------


async def test_nothing_claimed_is_nothing_answered(world: World) -> None:
    assert await world.seen.claim(ONE, []) == []
    assert await world.seen.fence(ONE) == -1
    assert (await world.seen.size()).oldest is None


async def test_more_than_one_call_holds(world: World) -> None:
    batch = [claim(n, f"a{n}", f"seed {n % 300}") for n in range(600)]
    found = verdicts(await world.seen.claim(ONE, batch))
    assert [one[2] for one in found if one] == [None if n < 300 else f"wire|a{n - 300}|1" for n in range(600)]
    size = await world.seen.size()
    assert size.articles == 600
    assert size.oldest is not None
    assert size.oldest <= batch[0].at


async def test_the_fence_goes_forward_and_never_back(world: World) -> None:
    for offset, fence in [(5, 5), (7, 7), (6, 7), (5, 7), (10, 10)]:
        await world.seen.claim(ONE, [claim(offset, f"a{offset}")])
        assert await world.seen.fence(ONE) == fence
    assert await world.seen.fence(TWO) == -1


async def test_the_fence_survives_what_expires(world: World, settings: Settings) -> None:
    await world.seen.claim(ONE, [claim(9, "a")])
    await world.later(settings.seen_ttl + 1)
    assert await world.seen.fence(ONE) == 9
    assert verdicts(await world.seen.claim(ONE, [claim(10, "b")])) == [("new", "wire|b|1", None)]
    assert (await world.seen.size()).articles == 1


async def test_of_more_articles_than_may_be_the_oldest_go(world: World, settings: Settings) -> None:
    world.settings = settings.model_copy(update={"seen_articles": 400})
    await world.reset()
    for start in range(0, 1000, 50):
        await world.seen.claim(ONE, [claim(n, f"a{n}", f"seed {n}") for n in range(start, start + 50)])
    size = await world.seen.size()
    assert 350 <= size.articles <= 550
    assert size.dropped + size.articles == 1000
    answers = await world.seen.claim(TWO, [claim(0, "x", "seed 3"), claim(1, "y", "seed 3"), claim(2, "z", "seed 990")])
    assert verdicts(answers) == [
        ("new", "wire|x|1", None),
        ("exact", "wire|x|1", "wire|x|1"),
        ("exact", "wire|a990|1", "wire|a990|1"),
    ]
    assert verdicts(await world.seen.claim(TWO, [claim(3, "a3", "another", "2")])) == [("new", "wire|a3|2", None)]


@IN_REDIS
async def test_articles_of_all_times_leave_few_slots_behind(redis: InRedis, settings: Settings) -> None:
    redis.settings = settings.model_copy(update={"seen_articles": 64, "seen_ttl": settings.seen_window})
    await redis.reset()
    for n in range(40):
        await redis.seen.claim(ONE, [claim(16 * n + m, f"a{n}-{m}", hours=72 * n) for m in range(16)])
    assert await redis.client.scard(keys.SEEN_SLOTS) <= 12
    assert await redis.client.dbsize() < 300
    found = await redis.seen.claim(TWO, [claim(0, "b", hours=72 * 39 + 1)])
    assert verdicts(found) == [("exact", "wire|a0-0|1", "wire|a39-0|1")]


# --- what Redis loses between two calls -------------------------------------------------------------------------------


@IN_REDIS
async def test_claims_that_expire_before_they_are_read_are_claimed_anew(redis: InRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = [claim(0, "a"), claim(1, "b", "text-")]
    first = await redis.seen.claim(ONE, batch)
    recall, expired = seen._RECALL, []

    async def late(client: Client, *args: Any) -> object:
        if not expired:
            expired.append(await client.flushall())
        return await recall(client, *args)

    monkeypatch.setattr(seen, "_RECALL", late)
    assert await redis.seen.claim(ONE, batch) == first
    assert expired


@IN_REDIS
async def test_verdicts_of_a_lost_batch_are_not_laid_beside_another(redis: InRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    settle, others = RedisSeen._settle, [claim(7, "c", "other"), claim(8, "d", "other-"), claim(9, "e", "other")]
    kept: list[list[Claimed]] = []

    async def late(self: RedisSeen, *args: Any) -> None:
        monkeypatch.setattr(RedisSeen, "_settle", settle)
        await redis.client.flushall()
        kept.append(await RedisSeen(redis.client, redis.settings).claim(TWO, others))
        await settle(self, *args)

    monkeypatch.setattr(RedisSeen, "_settle", late)
    await redis.seen.claim(ONE, [claim(0, "a"), claim(1, "b", "text-"), claim(2, "f", "text")])
    assert [await redis.seen.claim(TWO, others)] == kept


# --- any delivery of the same records -------------------------------------------------------------------------------

Record = tuple[Partition, Claim]


@st.composite
def wires(draw: st.DrawFn) -> list[Record]:
    """Records of two partitions in the order they reach the index first; few names and texts, so that they collide."""
    texts = st.one_of(st.none(), st.sampled_from(["one", "one-", "two", "two-", "three"]))
    hours = st.sampled_from([0, 0, 1, 20, 50, 71, 90, 140])
    names = st.sampled_from([(), (), ("a",), ("b", "x")])
    fields = (st.sampled_from([ONE, TWO]), st.sampled_from("abcd"), st.sampled_from("123"), texts, hours, names, names)
    made = draw(st.lists(st.tuples(*fields, st.integers(0, 5)), max_size=25))
    offsets: dict[Partition, int] = defaultdict(int)
    records = []
    for partition, uri, version, seed, at, alts, evolved, killed in made:
        status = "canceled" if killed == 0 else "usable"
        one = claim(offsets[partition], uri, seed, version, hours=at, alt_ids=alts, evolved_from=evolved, status=status)
        records.append((partition, one))
        offsets[partition] += 1
    return records


async def deliver(index: SeenIndex, records: Sequence[Record], cuts: list[int]) -> dict[tuple[Partition, int], Claimed]:
    """Deliver in this order, each batch of one partition and of at most the next cut's length."""
    answers: dict[tuple[Partition, int], Claimed] = {}
    at = 0
    while at < len(records):
        partition, size = records[at][0], cuts[at % len(cuts)]
        end = at
        while end < len(records) and end - at < size and records[end][0] == partition:
            end += 1
        batch = [c for _, c in records[at:end]]
        for claimed, answer in zip(batch, await index.claim(partition, batch), strict=True):
            before = answers.setdefault((partition, claimed.offset), answer)
            assert before == answer, "a replay was judged otherwise"
        at = end
    return answers


@hypothesis_settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), records=wires(), cuts=st.lists(st.integers(1, 6), min_size=1, max_size=4))
async def test_any_split_replay_and_reorder_gives_the_same_verdicts(
    world: World, data: st.DataObject, records: list[Record], cuts: list[int]
) -> None:
    await world.reset()
    once = await deliver(MemorySeen(Settings()), records, [1])
    with_replays: list[Record] = []
    for at, record in enumerate(records):
        with_replays.append(record)
        again = data.draw(st.lists(st.sampled_from(records[: at + 1]), max_size=3))
        with_replays += again
    assert await deliver(world.seen, with_replays, cuts) == once
    shuffled = data.draw(st.permutations(records))
    assert await deliver(world.seen, shuffled, cuts) == once
    for partition in (ONE, TWO):
        assert await world.seen.fence(partition) == max((c.offset for p, c in records if p == partition), default=-1)


@hypothesis_settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=wires(), cuts=st.lists(st.integers(1, 6), min_size=1, max_size=4))
async def test_what_the_verdicts_promise(world: World, records: list[Record], cuts: list[int]) -> None:
    await world.reset()
    answers = await deliver(world.seen, records, cuts)
    stories: dict[str, str] = {}
    for partition, c in records:
        verdict = answers[partition, c.offset].verdict
        assert (verdict is None) == (c.article in stories), "a version is judged once, and only repeats are dropped"
        if verdict is None:
            continue
        stories[c.article] = verdict.story
        assert (verdict.of is None) == (verdict.story == c.article), (
            "whatever repeats nothing opens a story, and nothing else does"
        )
        assert verdict.of is None or stories[verdict.of] == verdict.story, "an article is in the story of what it repeats"
        assert c.usable or verdict.verdict is Decision.KILL
        if verdict.verdict is Decision.NEW:
            assert verdict.of is None
