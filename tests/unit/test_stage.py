"""What surrounds an agent: it never raises, it waits while it may, and a bug ends the process."""

from __future__ import annotations

import asyncio
import contextlib
from types import SimpleNamespace

import pytest

from streams import codec
from streams.agents import stage as stages
from streams.agents.stage import Stage
from streams.agents.strikes import Strikes, Turns
from streams.agents.transport import Batch
from streams.core.errors import Behind, Unavailable
from streams.settings import SettingsError
from streams.store.memory_work import MemoryWork

BATCH = Batch("t", 0, 1, 0, 1, [])


class Ended(BaseException):
    """Stands for the end of the process: `end` must not return."""


async def run(work, *, live=lambda _: True):
    settled, codes = [], []

    def end(code):
        codes.append(code)
        raise Ended

    async def stream():
        yield BATCH

    stage = Stage("test", work, settle=settled.append, live=live, end=end)
    with contextlib.suppress(Ended):
        await stage.run(stream())
    return stage, settled, codes


async def test_a_batch_that_is_worked_off_is_settled():
    async def work(_):
        pass

    _, settled, codes = await run(work)
    assert (settled, codes) == ([BATCH], [])


async def test_it_works_again_until_what_was_away_is_back():
    tries = []

    async def work(_):
        tries.append(1)
        if len(tries) < 3:
            raise Unavailable("Redis is away")

    stage, settled, _ = await run(work)
    assert len(tries) == 3
    assert settled == [BATCH]
    assert stage.waiting_for == ""


async def test_a_batch_that_is_ours_no_more_is_left_unsettled():
    async def work(_):
        raise Unavailable("Redis is away")

    stage, settled, codes = await run(work, live=lambda _: False)
    assert (settled, codes, stage.waiting_for) == ([], [], "")


@pytest.mark.parametrize(
    ("error", "code"), [(ValueError("a bug"), stages.EXIT_BUG), (SettingsError("the password"), stages.EXIT_SETTINGS)]
)
async def test_what_nobody_expects_ends_the_process_and_settles_nothing(error, code):
    async def work(_):
        raise error

    _, settled, codes = await run(work)
    assert (settled, codes) == ([], [code])


async def test_being_cancelled_is_no_bug():
    async def work(_):
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await run(work)


async def test_what_redis_lost_is_worked_on_before_the_batch():
    fence, worked = [-1], []

    async def work(batch):
        if fence[0] < batch.start - 1:
            raise Behind(fence[0])
        worked.append((batch.start, batch.end))
        fence[0] = batch.end - 1

    async def repair(batch, known):
        assert known == -1
        yield Batch("t", 0, 1, 0, 3, [], replayed=True)
        yield Batch("t", 0, 1, 3, batch.start, [], replayed=True)

    stage = Stage("test", work, settle=lambda _: None, live=lambda _: True, end=pytest.fail, repair=repair)
    await stage.level(Batch("t", 0, 1, 7, 9, []))
    assert worked == [(0, 3), (3, 7), (7, 9)]


async def test_a_gap_that_nobody_repairs_is_a_bug():
    async def work(_):
        raise Behind(3)

    _, settled, codes = await run(work)
    assert (settled, codes) == ([], [stages.EXIT_BUG])


class Letters:
    def __init__(self):
        self.sent = []

    async def send(self, batch, rejected, *, stage, now, attempts=1):
        assert not batch.replayed
        self.sent += [(record.offset, error.reason, stage, attempts) for record, error in rejected]


class Died(BaseException):
    """Stands for SIGKILL."""


def killing(offset, worked):
    async def work(batch):
        if any(record.offset == offset for record in batch.records):
            raise Died
        worked.append((batch.start, batch.end, [record.offset for record in batch.records]))

    return work


async def live_once(notes, work, batch, letters, *, worker="a-0", live=lambda _: True):  # noqa: PLR0913
    """One life of a process; answers whether it lived through the batch."""
    dead = []

    def end(code):
        dead.append(code)
        raise Ended

    strikes = Strikes("test", worker, notes, letters, Turns())
    stage = Stage("test", work, settle=lambda _: None, live=live, end=end, strikes=strikes)
    with contextlib.suppress(Ended):
        await stage.level(batch)
    return not dead


def batch_of(*offsets, start=0, article=None):
    headers = () if article is None else ((codec.OFFSET_HEADER, codec.encode_offset(article)),)
    records = [SimpleNamespace(offset=offset, headers=headers) for offset in offsets]
    return Batch("t", 0, 1, start, offsets[-1] + 2, records)


async def test_three_deaths_of_one_record_make_it_a_dead_letter():
    notes, letters, worked = MemoryWork(), Letters(), []
    work, batch = killing(5, worked), batch_of(3, 5, 6)
    lives = [await live_once(notes, work, batch, letters) for _ in range(5)]
    assert lives == [False, False, False, False, True], "one death of the batch, three of the record"
    assert letters.sent == [(5, "three-strikes", "test", 3)]
    assert worked[-3:] == [(0, 4, [3]), (4, 6, []), (6, 8, [6])], "what the parts cover is what the batch covers"


async def test_deaths_count_for_a_story_however_often_it_is_written_again():
    """Each death of `detect` may keep `dedup` from acknowledging: the same article becomes one story more."""
    notes, letters, worked = MemoryWork(), Letters(), []
    for offset in (5, 6, 7, 8):
        assert not await live_once(notes, killing(offset, worked), batch_of(offset, article=2), letters)
    assert await live_once(notes, killing(9, worked), batch_of(9, article=2), letters)
    assert letters.sent == [(9, "three-strikes", "test", 3)]


async def test_deaths_elsewhere_do_not_count():
    notes, letters, worked = MemoryWork(), Letters(), []
    batch = batch_of(3, 5)
    for offset in (3, 5, 3, 5):
        assert not await live_once(notes, killing(offset, worked), batch, letters)
    assert await live_once(notes, killing(None, worked), batch, letters), (
        "of four deaths one was of no record, two of 5, one of 3"
    )
    assert letters.sent == []


async def test_another_worker_that_takes_over_knows_of_the_death():
    notes, letters, worked = MemoryWork(), Letters(), []
    work, batch = killing(5, worked), batch_of(5)
    lives = [await live_once(notes, work, batch, letters, worker=worker) for worker in ("a-0", "b-0", "c-0", "a-0", "b-0")]
    assert lives == [False, False, False, False, True]


async def test_a_batch_left_in_order_is_no_suspect_and_a_wait_is_no_strike():
    notes, letters, worked = MemoryWork(), Letters(), []

    async def away(_):
        raise Unavailable("Redis is away")

    for _ in range(5):
        assert await live_once(notes, away, batch_of(3, 5), letters, live=lambda _: False)
    await live_once(notes, killing(None, worked), batch_of(3, 5), letters)
    assert worked == [(0, 7, [3, 5])]
    assert not await live_once(notes, killing(5, worked), batch_of(3, 5), letters)
    for _ in range(5):
        await live_once(notes, away, batch_of(3, 5), letters, live=lambda _: False)
    assert await live_once(notes, killing(None, worked), batch_of(3, 5), letters)
    assert (letters.sent, worked[-2:]) == ([], [(0, 4, [3]), (4, 7, [5])])


async def test_a_marked_record_runs_while_no_other_stage_works():
    turns, seen = Turns(), []
    begun, go = asyncio.Event(), asyncio.Event()

    async def beside():
        async with turns.together():
            begun.set()
            await go.wait()
            seen.append("beside")

    async def marked():
        async with turns.alone():
            seen.append("alone")
            await asyncio.sleep(0)
            seen.append("alone still")

    async def after():
        async with turns.together():
            seen.append("after")

    async with asyncio.TaskGroup() as group:
        group.create_task(beside())
        await begun.wait()
        group.create_task(marked())
        await asyncio.sleep(0)
        group.create_task(after())
        await asyncio.sleep(0)
        assert seen == []
        go.set()
    assert seen == ["beside", "alone", "alone still", "after"]
