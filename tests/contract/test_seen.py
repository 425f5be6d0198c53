from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from stores import EXAMPLES

from streams.core.model import Claim, Claimed, Decision, Partition, Verdict
from streams.settings import Settings
from streams.store.memory import MemorySeen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stores import World

    from streams.core.ports import SeenIndex

ONE, TWO = Partition("wire.articles.v1", 0), Partition("wire.articles.v1", 1)


def claim(offset: int, uri: str, content: str | None = "text", version: str = "1") -> Claim:
    key = f"wire|{uri}"
    return Claim(f"{key}|{version}", key, offset, content)


def verdicts(answers: list[Claimed]) -> list[tuple[str, str, str | None] | None]:
    return [None if a.verdict is None else (a.verdict.verdict.value, a.verdict.story, a.verdict.of) for a in answers]


async def test_first_is_new_and_the_copy_is_exact(world: World) -> None:
    first, copy, other = await world.seen.claim(ONE, [claim(0, "a"), claim(1, "b"), claim(2, "c", "another")])
    assert first == Claimed(Verdict(Decision.NEW, "wire|a|1", why="first with this text"))
    assert copy == Claimed(Verdict(Decision.EXACT, "wire|a|1", of="wire|a|1", similarity=1.0, why="same text as wire|a|1"))
    assert other == Claimed(Verdict(Decision.NEW, "wire|c|1", why="first with this text"))


async def test_a_copy_in_another_partition_and_call_is_found(world: World) -> None:
    await world.seen.claim(ONE, [claim(0, "a")])
    assert verdicts(await world.seen.claim(TWO, [claim(0, "b")])) == [("exact", "wire|a|1", "wire|a|1")]


async def test_the_copy_of_a_copy_names_the_first(world: World) -> None:
    answers = await world.seen.claim(ONE, [claim(0, "a"), claim(1, "b"), claim(2, "c")])
    assert verdicts(answers)[2] == ("exact", "wire|a|1", "wire|a|1")


async def test_a_replay_gets_the_verdict_it_got_however_often_and_whatever_came_later(world: World) -> None:
    batch = [claim(0, "a"), claim(1, "b"), claim(2, "c", "another")]
    first = await world.seen.claim(ONE, batch)
    await world.seen.claim(TWO, [claim(0, "c", "text", "2"), claim(1, "d", "another")])
    for _ in range(3):
        assert await world.seen.claim(ONE, batch) == first
    assert await world.seen.claim(ONE, batch[::-1]) == first[::-1]


@pytest.mark.parametrize(("partition", "offset"), [(ONE, 1), (TWO, 0), (Partition("wire.articles.v2", 0), 0)])
async def test_the_same_version_at_other_coordinates_is_a_repeat(world: World, partition: Partition, offset: int) -> None:
    await world.seen.claim(ONE, [claim(0, "a")])
    for _ in range(2):
        assert await world.seen.claim(partition, [claim(offset, "a")]) == [Claimed(None)]
    assert verdicts(await world.seen.claim(ONE, [claim(0, "a")])) == [("new", "wire|a|1", None)]


async def test_a_repeat_within_one_batch_is_seen(world: World) -> None:
    assert verdicts(await world.seen.claim(ONE, [claim(0, "a"), claim(1, "a")])) == [("new", "wire|a|1", None), None]


async def test_a_repeat_claims_no_content(world: World) -> None:
    await world.seen.claim(ONE, [claim(0, "a")])
    await world.seen.claim(ONE, [claim(1, "a", "never published so")])
    assert verdicts(await world.seen.claim(ONE, [claim(2, "b", "never published so")])) == [("new", "wire|b|1", None)]


async def test_an_empty_text_claims_nothing(world: World) -> None:
    answers = await world.seen.claim(ONE, [claim(0, "a", None), claim(1, "b", None)])
    assert answers[0] == Claimed(Verdict(Decision.NEW, "wire|a|1", why="no text to compare"))
    assert verdicts(answers)[1] == ("new", "wire|b|1", None)


async def test_a_later_version_stays_in_its_story(world: World) -> None:
    answers = await world.seen.claim(
        ONE,
        [
            claim(0, "a", "one"),
            claim(1, "a", "two", "2"),
            claim(2, "b", "two"),
            claim(3, "a", "one", "3"),
            claim(4, "a", None, "4"),
        ],
    )
    assert answers[1] == Claimed(Verdict(Decision.NEW, "wire|a|1", why="first with this text; another version opened the story"))
    assert verdicts(answers)[2:] == [
        ("exact", "wire|a|1", "wire|a|2"),
        ("exact", "wire|a|1", "wire|a|1"),
        ("new", "wire|a|1", None),
    ]


async def test_version_is_judged_before_content(world: World) -> None:
    await world.seen.claim(ONE, [claim(0, "a", "one"), claim(1, "b", "two")])
    assert verdicts(await world.seen.claim(ONE, [claim(2, "b", "one", "2")])) == [("exact", "wire|b|1", "wire|a|1")]


async def test_a_copy_brings_its_later_versions_into_the_story(world: World) -> None:
    answers = await world.seen.claim(ONE, [claim(0, "a", "one"), claim(1, "b", "one"), claim(2, "b", "two", "2")])
    assert verdicts(answers)[2] == ("new", "wire|a|1", None)


async def test_names_of_any_length_and_script(world: World) -> None:
    odd = ["", "خبر عاجل\n|", "x" * 5000, "a|1", "\0", "{ww:log}"]
    batch = [claim(offset, uri, uri + " text") for offset, uri in enumerate(odd)]
    answers = await world.seen.claim(ONE, batch)
    assert [a.verdict.story for a in answers if a.verdict] == [c.article for c in batch]
    assert await world.seen.claim(ONE, batch) == answers


async def test_nothing_claimed_is_nothing_answered(world: World) -> None:
    assert await world.seen.claim(ONE, []) == []
    assert await world.seen.fence(ONE) == -1


async def test_the_fence_goes_forward_and_never_back(world: World) -> None:
    for offset, fence in [(5, 5), (7, 7), (6, 7), (5, 7), (10, 10)]:
        await world.seen.claim(ONE, [claim(offset, f"a{offset}")])
        assert await world.seen.fence(ONE) == fence
    assert await world.seen.fence(TWO) == -1


async def test_the_fence_survives_what_expires(world: World, settings: Settings) -> None:
    await world.seen.claim(ONE, [claim(9, "a")])
    await world.later(settings.seen_ttl + 1)
    assert await world.seen.fence(ONE) == 9


async def test_claims_expire_and_versions_keep_a_story_alive(world: World, settings: Settings) -> None:
    await world.seen.claim(ONE, [claim(0, "a", "one"), claim(1, "b", "two")])
    await world.later(settings.seen_ttl * 0.6)
    await world.seen.claim(ONE, [claim(2, "a", "three", "2")])
    await world.later(settings.seen_ttl * 0.6)
    answers = await world.seen.claim(ONE, [claim(3, "a", "four", "3"), claim(4, "b", "five", "2"), claim(5, "c", "one")])
    assert verdicts(answers) == [("new", "wire|a|1", None), ("new", "wire|b|2", None), ("new", "wire|c|1", None)]


# --- any delivery of the same records -------------------------------------------------------------------------------

Record = tuple[Partition, Claim]


@st.composite
def wires(draw: st.DrawFn) -> list[Record]:
    """Records of two partitions in the order they reach the index first; few names, so that they collide."""
    texts = st.one_of(st.none(), st.sampled_from(["one", "two", "three"]))
    made = draw(
        st.lists(st.tuples(st.sampled_from([ONE, TWO]), st.sampled_from("abcd"), st.sampled_from("123"), texts), max_size=25)
    )
    offsets = {ONE: 0, TWO: 0}
    records = []
    for partition, uri, version, content in made:
        records.append((partition, claim(offsets[partition], uri, content, version)))
        offsets[partition] += 1
    return records


async def deliver(seen: SeenIndex, records: Sequence[Record], cuts: list[int]) -> dict[tuple[Partition, int], Claimed]:
    """Deliver in this order, each batch of one partition and of at most the next cut's length."""
    answers: dict[tuple[Partition, int], Claimed] = {}
    at = 0
    while at < len(records):
        partition, size = records[at][0], cuts[at % len(cuts)]
        end = at
        while end < len(records) and end - at < size and records[end][0] == partition:
            end += 1
        batch = [c for _, c in records[at:end]]
        for claimed, answer in zip(batch, await seen.claim(partition, batch), strict=True):
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
    ids: set[str] = set()
    stories: dict[str, str] = {}
    owners: dict[str, str] = {}
    for partition, c in records:
        verdict = answers[partition, c.offset].verdict
        assert (verdict is None) == (c.article in ids), "a version is judged once, and only repeats are dropped"
        ids.add(c.article)
        if verdict is None:
            continue
        assert stories.setdefault(c.key, verdict.story) == verdict.story, "an article left its story"
        owner = owners.setdefault(c.content, c.article) if c.content is not None else c.article
        assert verdict.of == (None if owner == c.article else owner), "a copy names the first with its text"
        assert verdict.verdict is (Decision.NEW if verdict.of is None else Decision.EXACT)
