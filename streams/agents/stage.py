"""What every agent does around its own work: nothing escapes, waiting is endless but interruptible, a bug ends the process.

Faust acknowledges the event of an agent that raises, so an agent here never raises: a batch is settled, or it is
abandoned unacknowledged and comes again, or the process ends (delivery.md, rules 7 and 9).
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeVar

import structlog

from streams import metrics
from streams.core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Awaitable, Callable

    from streams.agents.transport import Batch

log = structlog.get_logger(__name__)
_T = TypeVar("_T")

EXIT_BUG = 70
"""A bug ended the process; a supervisor restarts it (delivery.md, "Exit codes")."""

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
        bug: called with an exit code when anything unexpected is raised; must not return.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Batch], Awaitable[None]],
        *,
        settle: Callable[[Batch], None],
        live: Callable[[Batch], bool],
        bug: Callable[[int], None],
    ) -> None:
        self.name = name
        self.waiting_for: str = ""
        """Why the stage stands still, in words; empty while it does not. Turns readiness red."""
        self._work = work
        self._settle = settle
        self._live = live
        self._bug = bug

    async def run(self, stream: AsyncIterable[Batch]) -> None:
        """The agent's body: every batch of the stream, one at a time."""
        async for batch in stream:
            try:
                await self._finish(batch)
            except AbandonedError:
                log.info("batch left unacknowledged", stage=self.name, partition=f"{batch.topic}:{batch.partition}", offset=batch.start)
            except asyncio.CancelledError:
                raise
            except BaseException:
                log.critical("bug: the process stops and acknowledges nothing", stage=self.name, exc_info=True)
                self._bug(EXIT_BUG)
            else:
                self._settle(batch)

    async def _finish(self, batch: Batch) -> None:
        wait = _FIRST_WAIT
        while True:
            started = time.perf_counter()
            try:
                await self._work(batch)
            except Unavailable as error:
                if not self.waiting_for:
                    log.warning("waiting", stage=self.name, why=str(error))
                self.waiting_for = str(error)
            else:
                metrics.STAGE_DURATION.labels(self.name).observe(time.perf_counter() - started)
                if self.waiting_for:
                    log.info("going on", stage=self.name)
                self.waiting_for = ""
                return
            until = time.monotonic() + wait
            while time.monotonic() < until:
                if not self._live(batch):
                    self.waiting_for = ""
                    raise AbandonedError
                await asyncio.sleep(_FIRST_WAIT)
            wait = min(wait * 2, _LONGEST_WAIT)
