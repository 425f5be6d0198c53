"""Faults of what comes in: records that are no articles, and too many that are."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from tests.faults.wire import Blend

if TYPE_CHECKING:
    from tests.faults.run import Run
    from tests.faults.worker import Worker

_BACKLOG = 6000
_MEMORY = 300
OVERLOAD_SECONDS = float(os.environ.get("OVERLOAD_SECONDS", "300"))
_SHARE, _PERIOD = 0.04, 0.2
"""Overload: of so many seconds a worker gets this share, so that ten times its rate is a rate this machine can write at."""


def poison(run: Run) -> None:
    """One record in twenty is no article (bad JSON, nothing, null, noise; two of 20 MB): the others flow as fast as without.

    The wires are in Kafka before a worker starts; good articles a second are counted from its first to its last. The
    poisoned wire is between two clean ones, so that a machine that slows down is not taken for the poison.
    """
    clean, rates = Blend(poison=0), []
    for blend in (clean, Blend(poison=0.05, huge=2), clean):
        run.anew()
        run.write(_BACKLOG, None, blend).close()
        worker = run.worker("one")
        rates.append(_rate(run))
        worker.memory()
        run.drained(within=60)
        run.judged()
        run.figures["memory MB, poisoned" if blend is not clean else "memory MB, clean"] = worker.peak
        worker.close()
        run.workers.remove(worker)
    clean_rate = (rates[0] + rates[2]) / 2
    run.figures |= {"articles/s, clean": round(clean_rate), "articles/s, poisoned": round(rates[1])}
    run.at_least("poisoned/clean", rates[1] / clean_rate, 0.9)


def _rate(run: Run) -> float:
    """Stories a second that the worker takes in, between a tenth and nine tenths of them."""
    stories = run.expected_stories()
    marks = []
    for share in (0.1, 0.9):
        end = time.monotonic() + 120
        while (taken := run.taken()) < share * stories and time.monotonic() < end:
            time.sleep(0.02)
        marks.append((time.monotonic(), taken))
    (start, before), (end, after) = marks
    return (after - before) / (end - start)


def overload(run: Run) -> None:
    """Ten times the articles the workers can take, for five minutes: they lag, and keep within their memory."""
    run.team()
    ledger = run.write(150_000, None, Blend(sittings=8))
    measured = min(20.0, OVERLOAD_SECONDS / 3)
    # A backlog to be measured on.
    while ledger.sent < 3000:
        time.sleep(0.05)
    ledger.rate = 1.0
    start = run.taken()
    _throttled(run.workers, measured)
    rate = (run.taken() - start) / measured
    ledger.rate = 10 * rate
    before, since = ledger.sent, time.monotonic()
    _throttled(run.workers, OVERLOAD_SECONDS)
    offered = (ledger.sent - before) / (time.monotonic() - since)
    run.figures |= {"articles/s taken": round(rate), "articles/s offered": round(offered), "for s": OVERLOAD_SECONDS}
    ledger.close(stop=True)
    run.figures["lag at the end"] = ledger.sent - run.taken()
    run.drained(within=900)
    for worker in run.workers:
        worker.memory()
    run.at_most("memory MB", max(worker.peak for worker in run.workers), _MEMORY)
    run.at_least("offered/taken", offered / rate, 9)
    run.judged()


def _throttled(workers: list[Worker], seconds: float) -> None:
    """Let the workers run a part of the time only."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for worker in workers:
            worker.freeze()
        time.sleep(_PERIOD * (1 - _SHARE))
        for worker in workers:
            worker.thaw()
        time.sleep(_PERIOD * _SHARE)
