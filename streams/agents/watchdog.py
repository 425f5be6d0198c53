"""The watchdog: a thread that ends the process when work waits and none is done (exit code 71; delivery.md).

A thread, because what hangs may be the event loop itself. Waiting for Redis or Kafka is life. Where not even a thread
runs (code that never gives up Python's lock), `faulthandler` shows where every thread stands and ends the process with 1.
"""

from __future__ import annotations

import contextvars
import faulthandler
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import structlog

from streams.core.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from streams.agents.stage import Stage
    from streams.core.model import Partition

log = structlog.get_logger(__name__)

EXIT_STUCK = 71
_RED = 0.5
"""The share of the time allowed at which readiness turns red."""
_ALONE = 10
"""A partition that stands while others of its topic move is given so many times the limit: they take turns."""
_ASSIGNING = 30.0
"""Seconds Kafka may take to assign partitions, besides the limit."""
_LAST_WORDS = 3.0
"""Seconds the last line may take: whoever reads our stderr may hang as well."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a worker stands, as its event loop sees it.

    `fetched` is the monotonic time Kafka was last asked for records; `partitions` gives each assigned one its offsets: below
    the first all is done, the second is the end of what Kafka has.
    """

    flowing: bool
    fetched: float
    partitions: Mapping[Partition, tuple[int, int]]


class _Doubt(NamedTuple):
    share: float  # of the time allowed that is used up
    seconds: float
    why: str
    sure: bool = False  # whatever Kafka says


class Watchdog:
    """Judges whether the process still gets on.

    Args:
        limit: seconds without progress that end the process; half of it turns readiness red.
        stages: by the topic each works on.
        ends: asks Kafka itself for the ends of partitions, whatever the consumer believes; may raise `Unavailable`.
        end: ends the process with an exit code.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        limit: float,
        stages: Mapping[str, Stage],
        ends: Callable[[Collection[Partition]], Mapping[Partition, int]],
        end: Callable[[int], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.doubt = ""
        """What stands still for half the limit already, in words."""
        self.limit = limit
        self._stages = stages
        self._ends = ends
        self._end = end
        self._clock = clock
        self._seen: tuple[float, Standing] | None = None
        self._flow: tuple[bool, float] | None = None  # whether it was on, and since when
        self._since: dict[Partition, tuple[int, float]] = {}  # where each stood, and since when it has, with work before it
        self._moved: dict[str, float] = {}  # when anything of a topic was last settled
        self._known: dict[Partition, int] = {}  # ends that Kafka told us itself
        self._asked = clock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    # --- what is told to it -----------------------------------------------------------------------------------------

    def see(self, standing: Standing) -> None:
        """Take note of where the worker stands; called on the event loop every second, which shows that it turns."""
        self._seen = (self._clock(), standing)

    # --- what it makes of it ----------------------------------------------------------------------------------------

    def look(self) -> str:
        """Why the process must end now, in words; empty while it need not."""
        doubt = self._worst()
        overdue = doubt.share >= 1
        if overdue and doubt.sure:
            return doubt.why
        if overdue or self._clock() - self._asked >= self.limit:
            # Asking takes time, in which something may move; and it may show work of which the consumer knows nothing.
            answers = self._ask()
            doubt = self._worst()
            return doubt.why if overdue and answers and doubt.share >= 1 else ""
        return ""

    def _worst(self) -> _Doubt:
        none = _Doubt(0.0, 0.0, "")
        worst = max(self._hanging(), default=none)
        if worst.share < _RED:  # what hangs explains what stands
            worst = max([worst, *self._standing_still()])
        self.doubt = f"{worst.why} for {worst.seconds:.0f} s" if worst.share >= _RED else ""
        return worst

    def _doubt(self, seconds: float, why: str, *, allowed: float = 0.0, sure: bool = False) -> _Doubt:
        return _Doubt(seconds / (allowed or self.limit), seconds, why, sure)

    def _ask(self) -> bool:
        """Ask Kafka where its partitions end; False when it does not answer: waiting for it is life."""
        partitions = self._seen[1].partitions.keys() if self._seen is not None else ()
        try:
            self._known = dict(self._ends(partitions))
        except Unavailable as error:
            log.info("Kafka does not answer the watchdog", why=str(error))
            self._since.clear()
            self._flow = None
            answers = False
        else:
            answers = True
        self._asked = self._clock()
        return answers

    def _hanging(self) -> Iterator[_Doubt]:
        """What hangs whatever Kafka does: a handler, the event loop."""
        now = self._clock()
        for stage in self._stages.values():
            batch, alive = stage.batch, stage.alive
            if batch is not None:
                why = f"{stage.name} has been at {batch.topic_partition}, offsets {batch.start} to {batch.end - 1},"
                yield self._doubt(now - alive, why, sure=True)
        if self._seen is not None:
            yield self._doubt(now - self._seen[0], "the event loop has been blocked", sure=True)

    def _standing_still(self) -> Iterator[_Doubt]:
        """What does not get on although Kafka may have work: no partitions, no fetches, nothing settled."""
        if self._seen is None:
            return
        now, standing = self._clock(), self._seen[1]
        if self._flow is None or self._flow[0] != standing.flowing:
            self._flow = (standing.flowing, now)
            self._since.clear()
        if not standing.flowing:
            allowed = self.limit + _ASSIGNING
            yield self._doubt(now - self._flow[1], "Kafka answers and has assigned no partitions", allowed=allowed)
            return
        if standing.partitions:
            yield self._doubt(now - max(standing.fetched, self._flow[1]), "the fetcher has not asked Kafka for records")
        yield from self._unsettled(now, standing.partitions)

    def _unsettled(self, now: float, partitions: Mapping[Partition, tuple[int, int]]) -> Iterator[_Doubt]:
        behind: list[tuple[Stage, Partition, int]] = []
        for partition, (done, told) in partitions.items():
            stage = self._stages[partition.topic]
            stood, since = self._since.get(partition, (done, now))
            end = max(told, self._known.get(partition, 0))
            if stood != done:
                self._moved[partition.topic] = now
            if stood != done or done >= end or stage.waiting_for:
                since = now
            self._since[partition] = (done, since)
            if done < end:
                behind.append((stage, partition, end - done))
        for stage, partition, lag in behind:
            since = self._since[partition][1]
            # A handler that hangs is told of by itself.
            moved = max(since, self._moved.get(partition.topic, since), stage.alive if stage.batch is not None else since)
            why = f"{stage.name} has settled nothing of {partition}, where {lag} records wait,"
            yield self._doubt(now - moved, why)
            yield self._doubt(now - since, f"{why} while others went on,", allowed=_ALONE * self.limit)

    # --- the thread -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to watch."""
        context = contextvars.copy_context()  # for what the log lines of this process carry
        self._thread = threading.Thread(target=context.run, args=(self._watch,), name="watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Watch no more."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(self.limit)
        faulthandler.cancel_dump_traceback_later()

    def _watch(self) -> None:
        interval = min(1.0, self.limit / 10)
        while not self._stop.wait(interval):
            faulthandler.dump_traceback_later(2 * self.limit + _ASSIGNING, exit=True)
            if self.look():
                self._bark(self.doubt)

    def _bark(self, why: str) -> None:
        def say() -> None:
            log.critical("the watchdog ends the process", why=why)

        words = threading.Thread(target=contextvars.copy_context().run, args=(say,), daemon=True)
        words.start()
        words.join(_LAST_WORDS)
        self._end(EXIT_STUCK)
