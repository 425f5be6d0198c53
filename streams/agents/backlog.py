"""When a worker that lags will be level: from what waits, and from how fast it has become less of late. Pure."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.model import Partition

BEHIND = 10.0
"""Seconds a record has waited, at least, when its worker counts as behind."""
LEVEL = 2.0
"""Seconds: a worker is level when all is done that had come so long ago."""
WINDOW = 30.0
"""Seconds over which the speed is measured."""
_SHORTEST = 5.0
"""Seconds of watching below which there is no speed to tell."""


class Forecast(NamedTuple):
    """How a worker stands: records that wait in all its partitions, and seconds until none does.

    `level_in` is 0 while the worker is level, and infinite while the backlog does not shrink or its speed is not known yet.
    """

    waiting: int
    level_in: float


class Backlog:
    """The backlog of one worker, told at intervals of a second or so.

    Articles that wait for `dedup` and stories that wait for `detect` are counted together: that is what still has to pass the
    last stage, whichever stage is the slower one.
    """

    def __init__(self) -> None:
        self._behind = False
        self._waiting = 0
        self._ends: dict[Partition, deque[tuple[float, int]]] = {}  # when each partition ended where
        self._totals: deque[tuple[float, int]] = deque()  # when how many waited, of the same partitions

    def see(self, now: float, partitions: Mapping[Partition, tuple[int, int]] | None) -> Forecast:
        """Take note of where the worker stands and forecast.

        Args:
            now: monotonic seconds.
            partitions: of each one assigned the offset below which all is done, and its end; None while Kafka assigns them.
        """
        if partitions is None:
            self._totals.clear()  # what is assigned next comes from elsewhere: a speed it had before is not its own
            return Forecast(self._waiting, math.inf if self._behind else 0.0)
        if partitions.keys() != self._ends.keys():
            self._totals.clear()
            self._ends = {partition: self._ends.get(partition, deque()) for partition in partitions}
        for partition, (_, end) in partitions.items():
            _note(self._ends[partition], now, end)
        self._waiting = sum(max(0, end - done) for done, end in partitions.values())
        _note(self._totals, now, self._waiting)
        stands = [(done, self._ends[partition]) for partition, (done, _) in partitions.items()]
        if self._behind:
            self._behind = not all(_is_level(done, ends, now) for done, ends in stands)
        else:
            self._behind = any(_waited(done, ends, now) > BEHIND for done, ends in stands)
        return Forecast(self._waiting, self._level_in() if self._behind else 0.0)

    def _level_in(self) -> float:
        (first, most), (last, waiting) = self._totals[0], self._totals[-1]
        span, gained = last - first, most - waiting
        return waiting * span / gained if gained > 0 and span >= _SHORTEST else math.inf


def _note(noted: deque[tuple[float, int]], now: float, what: int) -> None:
    """Add to what was noted, and forget what lies before the window but the last of it."""
    noted.append((now, what))
    while len(noted) > 1 and noted[1][0] <= now - WINDOW:
        noted.popleft()


def _waited(done: int, ends: deque[tuple[float, int]], now: float) -> float:
    """Seconds the next record to be done has waited, as far back as was seen."""
    return now - next((at for at, end in ends if end > done), now)


def _is_level(done: int, ends: deque[tuple[float, int]], now: float) -> bool:
    """Whether all is done that had come a while ago; of a partition not known so long, all that has come."""
    before = [end for at, end in ends if at <= now - LEVEL]
    return done >= (before or [ends[-1][1]])[-1]
