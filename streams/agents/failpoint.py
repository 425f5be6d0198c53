"""Failpoints: places where a test lets the worker die or go wrong, by environment variable. Production refuses them.

`WIREWATCH_FAILPOINT=POINT=ACTION[:TEXT]`, for example `detect.work=kill:BOOM`; taken only with
`WIREWATCH_FAILPOINTS_ALLOWED=true`. With a TEXT only a batch that holds it in a record's value sets it off; with
`WIREWATCH_FAILPOINT_ONCE=FILE` only while that file exists, which is removed first: one firing for each `touch`.
"""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

from streams.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from streams.agents.transport import Batch
    from streams.settings import Settings

POINTS = ("dedup.work", "dedup.claimed", "dedup.emitted", "detect.work", "detect.written")
"""Before a stage works on a batch; between claim and emit; between emit and commit; between write and commit."""


class FailpointError(Exception):
    """The bug that the action `raise` stands for."""


def _raise() -> None:
    raise FailpointError("a failpoint was set here")


def _hang() -> None:
    while True:
        time.sleep(3600)


def _signal(number: signal.Signals) -> Callable[[], None]:
    return lambda: os.kill(os.getpid(), number)


_ACTIONS: dict[str, Callable[[], None]] = {
    "raise": _raise,
    "kill": _signal(signal.SIGKILL),
    "segfault": _signal(signal.SIGSEGV),
    "stop": _signal(signal.SIGSTOP),
    "hang": _hang,
}


def _nowhere(_point: str, _batch: Batch) -> None:
    pass


class _Failpoint:
    def __init__(self, point: str, action: str, text: str, once: Path | None) -> None:
        self._point = point
        self._action = _ACTIONS[action]
        self._text = text.encode()
        self._once = once

    def __call__(self, point: str, batch: Batch) -> None:
        if point != self._point or not any(self._text in (record.value or b"") for record in batch.records):
            return
        if self._once is not None:
            try:
                self._once.unlink()
            except FileNotFoundError:
                return
        self._action()


NO_FAILPOINT = _nowhere
"""What production runs with."""


def failpoint(settings: Settings) -> Callable[[str, Batch], None]:
    """What a stage calls at each of its points with the batch it works on.

    Raises:
        SettingsError: a failpoint is set where none is allowed, or cannot be read.
    """
    if not settings.failpoint:
        return NO_FAILPOINT
    if not settings.failpoints_allowed:
        raise SettingsError("WIREWATCH_FAILPOINT: lets the worker fail, for tests only; needs WIREWATCH_FAILPOINTS_ALLOWED=true")
    point, _, rest = settings.failpoint.partition("=")
    action, _, text = rest.partition(":")
    if point not in POINTS or action not in _ACTIONS:
        raise SettingsError(f"WIREWATCH_FAILPOINT: POINT=ACTION[:TEXT], of {', '.join(POINTS)} and {', '.join(_ACTIONS)}")
    return _Failpoint(point, action, text, settings.failpoint_once)
