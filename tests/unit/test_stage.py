"""What surrounds an agent: it never raises, it waits while it may, and a bug ends the process."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from streams.agents import stage as stages
from streams.agents.stage import Stage
from streams.agents.transport import Batch
from streams.core.errors import Unavailable
from streams.settings import SettingsError

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
