"""Faults of Kafka and of the way to it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.faults.by_worker import RATE, RECORDS

if TYPE_CHECKING:
    from tests.faults.run import Run

_FLOWING = 30


def broker_freeze(run: Run) -> None:
    """The only broker frozen for 20 s."""
    run.team()
    run.write(RECORDS, RATE)
    run.progress(run.dice.randrange(1, 120))
    run.brokers.freeze(0)
    time.sleep(20)  # the fault itself
    run.brokers.thaw(0)
    _flows(run)
    run.drained(within=60)
    run.judged()


def broker_kill(run: Run) -> None:
    """The leader of a partition killed (with an even seed all three brokers), and a worker; back after ten seconds."""
    run.team()
    run.write(RECORDS, RATE)
    run.progress(run.dice.randrange(1, 120))
    leaders = run.brokers.leaders(run.settings.stories_topic)
    victims = [leaders[run.dice.randrange(len(leaders))]] if run.seed % 2 else sorted(run.brokers.nodes)
    run.figures["brokers killed"] = len(victims)
    for victim in victims:
        run.brokers.kill(victim)
    run.pause(3.0, 0.5)
    worker = run.dice.choice(run.workers)
    worker.kill()
    worker.start()
    run.supervise(8)
    run.brokers.restart(*victims)
    _flows(run)
    run.drained(within=60)
    run.judged()


def _flows(run: Run) -> None:
    """Note how long it takes until the alert log grows again."""
    start = time.monotonic()
    before = run.events()
    run.supervise(60, until=lambda: run.events() > before or (run.ledger is not None and run.ledger.done and run.settled()))
    run.at_most("flowing after s", time.monotonic() - start, _FLOWING)


def network(run: Run) -> None:
    """A long way between workers and broker (300 ms there and back) that stalls and resets, by a proxy.

    Not the namespace with 10 % loss of delivery.md: the kernel here has no netem. A proxy cannot lose packets; to a program
    a lost packet is a stall, and too many of them are a reset.
    """
    proxy = run.proxy
    assert proxy is not None
    run.product.bootstrap = f"127.0.0.1:{proxy.port}"
    proxy.delay = 0.15
    run.team()
    run.write(RECORDS, RATE)
    until = time.monotonic() + 25
    while time.monotonic() < until:
        run.supervise(run.dice.uniform(0.5, 2.5))
        if run.dice.random() < 0.6:
            proxy.stalled = True
            run.supervise(run.dice.uniform(0.2, 3.0))
            proxy.stalled = False
        else:
            proxy.reset(0.5)
    run.figures["resets"] = proxy.resets
    run.drained(within=60)
    proxy.delay = 0.0
    run.judged()
