"""Says that a worker is behind, when it will be level, and that it is: in the log and as a metric."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from streams import metrics
from streams.agents.backlog import Backlog, Forecast

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.agents.watchdog import Standing

log = structlog.get_logger(__name__)

_INTERVAL = 30.0
"""Seconds between two lines while it is behind."""


def _words(forecast: Forecast, now: datetime) -> dict[str, object]:
    if math.isinf(forecast.level_in):
        return {"waiting": forecast.waiting, "level_at": "not to be told: the backlog does not shrink"}
    left = timedelta(seconds=math.ceil(forecast.level_in))
    return {"waiting": forecast.waiting, "level_in": str(left), "level_at": (now + left).isoformat(timespec="seconds")}


class CatchUp:
    """Follows one worker's backlog.

    Args:
        clock: monotonic seconds.
        calendar: the time of day, for people.
    """

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, calendar: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._clock = clock
        self._calendar = calendar
        self._backlog = Backlog()
        self._since: float | None = None
        self._told = 0.0

    def see(self, standing: Standing) -> None:
        """Take note of where the worker stands; called every second."""
        now = self._clock()
        forecast = self._backlog.see(now, standing.partitions if standing.flowing else None)
        metrics.CATCH_UP.set(forecast.level_in)
        if forecast.level_in <= 0:
            if self._since is not None:
                log.info("level with Kafka", behind_for=str(timedelta(seconds=round(now - self._since))))
            self._since = None
        elif self._since is None:
            self._since = self._told = now
            log.warning("behind Kafka: alerts come later than they should", **_words(forecast, self._calendar()))
        elif now - self._told >= _INTERVAL:
            self._told = now
            log.info("catching up", **_words(forecast, self._calendar()))
