"""`wirewatch worker --processes N`: runs N worker processes, one core each, and restarts those that end.

Restarts follow the exit codes (delivery.md): on 1, 70, 71 and signals; not on 0, 2, 72 and 73, which are for a human.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from streams import embedded

if TYPE_CHECKING:
    from collections.abc import Sequence

log = structlog.get_logger(__name__)

FOR_A_HUMAN = frozenset({0, 2, 72, 73})
"""Exit codes after which a worker is not started again."""
FOR_ALL = frozenset({72, 73})
"""What is wrong with the topics is wrong for every worker: none may go on."""
STOP_WITHIN = 9.5
"""Seconds the workers have to stop in order, before they are killed."""


@dataclass
class Backoff:
    """Pauses between restarts: doubled each time, and short again after a worker that lived `reset` seconds."""

    first: float = 0.5
    longest: float = 30.0
    reset: float = 60.0
    _next: float = 0.0

    def after(self, lived: float) -> float:
        """Seconds to wait, after a process that lived so many."""
        pause = self.first if lived >= self.reset or not self._next else self._next
        self._next = min(2 * pause, self.longest)
        return pause


def cores(count: int) -> list[int | None]:
    """A core of its own for each of `count` processes; None for all where there are not enough."""
    there = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
    return [*there[:count]] if len(there) >= count else [None] * count


class Supervisor:
    """Keeps one process a command running.

    Args:
        commands: program and arguments of each; number i gets the i-th core where there are enough.
        backoff: made anew for each.
    """

    def __init__(self, commands: Sequence[Sequence[str]], backoff: type[Backoff] = Backoff) -> None:
        self._commands = commands
        self._backoff = backoff
        self._running: dict[int, asyncio.subprocess.Process] = {}

    async def run(self, stop: asyncio.Event) -> int:
        """Run until `stop` is set or none is left to run; answers the exit code: the gravest of theirs."""
        keeping = [
            asyncio.create_task(self._keep(number, command, core, stop))
            for number, (command, core) in enumerate(zip(self._commands, cores(len(self._commands)), strict=True))
        ]
        stopping, ending = asyncio.ensure_future(stop.wait()), asyncio.gather(*keeping)
        both: set[asyncio.Future[Any]] = {stopping, ending}
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            await self._end()
        stopping.cancel()
        return max(await ending)

    async def _keep(self, number: int, command: Sequence[str], core: int | None, stop: asyncio.Event) -> int:
        backoff = self._backoff()
        while True:
            started = time.monotonic()
            process = await self._start(number, command, core)
            code = await process.wait()
            del self._running[number]
            if stop.is_set():
                return 1 if code else 0
            lived = time.monotonic() - started
            if code in FOR_A_HUMAN:
                log.error("a worker ended and is not started again", slot=number, code=code, lived=round(lived, 1))
                if code in FOR_ALL:
                    stop.set()
                return code
            pause = backoff.after(lived)
            log.warning("a worker ended and is started again", slot=number, code=code, lived=round(lived, 1), pause=pause)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
                return 0

    async def _start(self, number: int, command: Sequence[str], core: int | None) -> asyncio.subprocess.Process:
        # It ends with us, in order: a worker that outlived its supervisor would hold its name against the next one's.
        bound = embedded.ending_with_parent(command, signal.SIGTERM)
        alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        process = await asyncio.create_subprocess_exec(*bound, env=os.environ | alone, start_new_session=True)
        self._running[number] = process
        if core is not None:
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(process.pid, {core})
        log.info("worker process started", slot=number, pid=process.pid, core=core)
        return process

    async def _end(self) -> None:
        """SIGTERM to all, and after `STOP_WITHIN` seconds SIGKILL to those that are left."""
        left = list(self._running.values())
        for process in left:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
        waits = [asyncio.ensure_future(process.wait()) for process in left]
        if not waits:
            return
        _, late = await asyncio.wait(waits, timeout=STOP_WITHIN)
        if late:
            log.error("workers did not stop in time and are killed", number=len(late))
        for process in left:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
