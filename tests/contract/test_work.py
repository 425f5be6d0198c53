"""What each worker is at, marks of records that may kill, and dead letters of late, in every store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from stores import InRedis

from streams.core.model import Noted, Partition
from streams.store.memory_work import MemoryWork
from streams.store.work import RedisWork

if TYPE_CHECKING:
    from stores import World

    from streams.core.ports import WorkNotes
    from streams.settings import Settings

NOON, WINDOW = datetime(2026, 3, 10, 12, tzinfo=UTC), timedelta(minutes=10)
ONE, OTHER = (Noted(Partition("wire.articles.v1", number), 10, 20) for number in (0, 1))


@pytest.fixture
def notes(world: World, settings: Settings) -> WorkNotes:
    return RedisWork(world.client, settings) if isinstance(world, InRedis) else MemoryWork()


async def test_a_batch_begun_is_told_to_whoever_begins_next(notes: WorkNotes) -> None:
    assert await notes.begin("dedup a-0", ONE) == {}
    assert await notes.begin("dedup b-0", OTHER) == {"dedup a-0": ONE}
    assert await notes.begin("dedup a-0", OTHER) == {"dedup a-0": ONE, "dedup b-0": OTHER}
    await notes.take_back("dedup a-0")
    assert await notes.begin("detect a-0", ONE) == {"dedup b-0": OTHER}


async def test_marks_count_the_others_that_did_not_come_back(notes: WorkNotes) -> None:
    assert [await notes.strike("r", life) for life in ("a", "a", "b", "c")] == [0, 0, 1, 2]
    await notes.acquit("r", "b")
    assert await notes.strike("r", "d") == 2
    await notes.acquit("r")
    assert await notes.strike("r", "e") == 0


async def test_letters_are_counted_once_each_and_forgotten_after_the_window(notes: WorkNotes) -> None:
    async def fallen(minutes: float, *records: str) -> int:
        return await notes.fallen(records, now=NOON + timedelta(minutes=minutes), window=WINDOW)

    assert await fallen(0, "a", "b") == 2
    assert await fallen(3, "b", "c") == 3, "a batch that comes again counts its letters once"
    assert await fallen(9.9, "d") == 4
    assert await fallen(10, "e") == 4, "a is forgotten"
    assert await fallen(60, "f") == 1
