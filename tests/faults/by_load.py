"""Faults of what comes in: records that are no articles, and too many that are."""

from __future__ import annotations

import os
import time
from statistics import median
from typing import TYPE_CHECKING

from tests.faults.wire import Blend

if TYPE_CHECKING:
    from tests.faults.run import Run
    from tests.faults.worker import Worker

_BACKLOG, _HUGE_EVERY, _PAIRS = 12_000, 3000, 3
"""Poison: records of a wire, one in so many of 20 MB, and wires of each kind."""
_MEMORY = 300
OVERLOAD_SECONDS = float(os.environ.get("OVERLOAD_SECONDS", "300"))
_SHARE, _PERIOD = 0.08, 0.2
"""Overload: of so many seconds a worker gets this share, so that ten times its rate is a rate this machine can write at."""


def poison(run: Run) -> None:
    """One record in twenty is no article (bad JSON, nothing, null, noise; one in 3,000 of 20 MB): the others flow as fast.

    The wires are in Kafka before a worker starts; good articles a second are counted between a tenth of them and nine tenths.
    Clean and poisoned wires take turns, and the median of the pairs' ratios counts: on a machine that others use one figure
    alone measures the others, and two that follow one another have the same neighbours. Four records of 20 MB are in each
    wire of 12,000, as dense as the two in 6,000 before. Processor seconds a good article, which no neighbour changes much,
    are told beside.
    """
    blends = {"clean": Blend(poison=0), "poisoned": Blend(poison=0.05, huge=_BACKLOG // _HUGE_EVERY)}
    rates: dict[str, list[float]] = {name: [] for name in blends}
    costs: dict[str, list[float]] = {name: [] for name in blends}
    peaks = dict.fromkeys(blends, 0)
    for name in [*blends] * _PAIRS:
        run.anew()
        run.write(_BACKLOG, None, blends[name]).close()
        worker = run.worker("one")
        rate, cost = _rate(run, worker)
        rates[name].append(rate)
        costs[name].append(cost)
        run.drained(within=60)
        run.judged()
        worker.memory()
        peaks[name] = max(peaks[name], worker.peak)
        worker.close()
        run.workers.remove(worker)
    for name in blends:
        run.figures[f"memory MB, {name}"] = peaks[name]
        run.figures[f"articles/s, {name}"] = round(median(rates[name]))
        run.figures[f"CPU us an article, {name}"] = round(median(costs[name]) * 1e6)
    run.figures |= {"pairs": _PAIRS, "of 20 MB each": blends["poisoned"].huge}
    ratios = [poisoned / clean for clean, poisoned in zip(rates["clean"], rates["poisoned"], strict=True)]
    run.figures["each poisoned/clean"] = [round(ratio, 2) for ratio in ratios]
    run.at_least("poisoned/clean", median(ratios), 0.9)


def _rate(run: Run, worker: Worker) -> tuple[float, float]:
    """Stories a second that the worker takes in between a tenth and nine tenths of them, and its processor seconds for each."""
    stories = run.expected_stories()
    marks = []
    for share in (0.1, 0.9):
        end = time.monotonic() + 120
        while (taken := run.taken()) < share * stories and time.monotonic() < end:
            time.sleep(0.02)
        marks.append((time.monotonic(), taken, worker.processor()))
    (start, before, used), (end, after, used_after) = marks
    return (after - before) / (end - start), (used_after - used) / max(1, after - before)


def overload(run: Run) -> None:
    """Ten times the articles the workers can take, for five minutes: they lag, and keep within their memory."""
    run.team()
    ledger = run.write(250_000, None, Blend(sittings=8))
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
