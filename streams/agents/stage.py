"""What every agent does around its own work: nothing escapes, waiting is endless but interruptible, a bug ends the process.

Faust acknowledges the event of an agent that raises, so an agent here never raises: a batch is settled, or it is
abandoned unacknowledged and comes again, or the process ends (delivery.md, rules 7 and 9).
"""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

import structlog

from streams import metrics
from streams.agents.dead_letter import DeadLetterLimitError
from streams.core.errors import Behind, Unavailable
from streams.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable

    from streams.agents.strikes import Strikes
    from streams.agents.transport import Batch

log = structlog.get_logger(__name__)

EXIT_SETTINGS, EXIT_BUG, EXIT_DEAD_LETTERS = 2, 70, 72
"""delivery.md, "Exit codes": a supervisor restarts after a bug, and not on wrong settings or the limit."""

T = TypeVar("T")

_FIRST_WAIT, _LONGEST_WAIT = 0.05, 2.0


class AbandonedError(Exception):
    """The batch is no longer ours (rebalance or stop): leave it unacknowledged, it will be delivered again."""


class Stage:
    """One agent's surroundings.

    Args:
        name: its name in metrics, logs and dead letters.
        work: handles one batch; may raise `Unavailable` at any point and is then called again from its start, so it
            must be idempotent.
        settle: told of each batch that is dealt with, so that it may be committed.
        live: whether a batch is still ours to work on.
        end: ends the process with an exit code, acknowledging nothing; must not return.
        repair: gives what must be worked on before a batch whose work raised `Behind`, for the fence that it told.
        strikes: finds the record that a process died of; without it every batch runs whole.
    """

    def __init__(  # noqa: PLR0913 - the parts it connects
        self,
        name: str,
        work: Callable[[Batch], Awaitable[None]],
        *,
        settle: Callable[[Batch], None],
        live: Callable[[Batch], bool],
        end: Callable[[int], None],
        repair: Callable[[Batch, int], AsyncGenerator[Batch, None]] | None = None,
        strikes: Strikes | None = None,
    ) -> None:
        self.name = name
        self.waiting_for: str = ""
        """Why the stage stands still, in words; empty while it does not. Turns readiness red."""
        self.batch: Batch | None = None
        """What is worked on now."""
        self.alive = time.monotonic()
        """When the work on it last showed life; the watchdog ends a process whose work shows none (`beat`)."""
        self._work = work
        self._settle = settle
        self._live = live
        self._end = end
        self._repair = repair
        self._strikes = strikes
        self._turn = asyncio.Lock()

    async def run(self, stream: AsyncIterable[Batch]) -> None:
        """The agent's body: every batch of the stream, one at a time."""
        async for batch in stream:
            if await self._dealt_with(batch):
                self._settle(batch)

    def beat(self) -> None:
        """Show life; for work that takes long, between its steps."""
        self.alive = time.monotonic()

    async def level(self, batch: Batch) -> None:
        """Repair what lies before an empty batch, between two batches of the stream."""
        await self._dealt_with(batch)

    async def _dealt_with(self, batch: Batch) -> bool:
        """Whether all of a batch is done; False where it was left undone."""
        try:
            async with self._turn:
                self.beat()
                self.batch = batch
                try:
                    await self._whole(batch)
                finally:
                    self.batch = None
        except AbandonedError:
            log.info("batch left unacknowledged", stage=self.name, partition=str(batch.topic_partition), offset=batch.start)
        except asyncio.CancelledError:
            raise
        except SettingsError as error:
            # A password that Redis refuses is no outage: no supervisor should restart into it.
            log.critical("a setting is wrong", stage=self.name, why=str(error))
            self._end(EXIT_SETTINGS)
        except DeadLetterLimitError as error:
            log.critical("too many dead letters: the process stops and acknowledges nothing", stage=self.name, why=str(error))
            self._end(EXIT_DEAD_LETTERS)
        except BaseException:
            log.critical("bug: the process stops and acknowledges nothing", stage=self.name, exc_info=True)
            self._end(EXIT_BUG)
        else:
            return True
        return False

    async def _whole(self, batch: Batch) -> None:
        """A batch at once, or record by record where it is suspect."""
        strikes = self._strikes
        if strikes is None:
            await self._finish(batch, self._timed)
            return
        try:
            parts = await self._finish(batch, strikes.parts)
            for part in parts:
                run = strikes.whole if part is batch else strikes.run
                await self._finish(part, lambda one, run=run: run(one, self._timed))  # type: ignore[misc] # mypy takes no default
        except (AbandonedError, asyncio.CancelledError):
            await strikes.leave()
            raise
        strikes.done(batch)

    async def _timed(self, batch: Batch) -> None:
        started = time.perf_counter()
        await self._work(batch)
        metrics.STAGE_DURATION.labels(self.name).observe(time.perf_counter() - started)

    async def _caught_up(self, batch: Batch, step: Callable[[Batch], Awaitable[T]]) -> T:
        """A step, when all that Redis lost before it has been repaired."""
        while True:
            try:
                return await step(batch)
            except Behind as gap:
                if self._repair is None:
                    raise
                async with aclosing(self._repair(batch, gap.fence)) as parts:
                    async for part in parts:
                        await self._whole(part)

    async def _finish(self, batch: Batch, step: Callable[[Batch], Awaitable[T]]) -> T:
        wait = _FIRST_WAIT
        while True:
            self.beat()
            try:
                answer = await self._caught_up(batch, step)
            except Unavailable as error:
                if not self.waiting_for:
                    log.warning("waiting", stage=self.name, why=str(error))
                self.waiting_for = str(error)
            else:
                if self.waiting_for:
                    log.info("going on", stage=self.name)
                self.waiting_for = ""
                return answer
            until = time.monotonic() + wait
            while time.monotonic() < until:
                if not self._live(batch):
                    self.waiting_for = ""
                    raise AbandonedError
                self.beat()
                await asyncio.sleep(_FIRST_WAIT)
            wait = min(wait * 2, _LONGEST_WAIT)
