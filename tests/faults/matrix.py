"""The matrix (delivery.md, "Fault tests"): every fault, how many seeds it is played with, and what it is played on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.faults import by_broker, by_endpoint, by_load, by_redis, by_worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.run import Run


@dataclass(frozen=True)
class Fault:
    """One row: `promised` is its pass figure beside "missing 0, doubled 0, dead letters exact"."""

    name: str
    seeds: int
    play: Callable[[Run], None]
    promised: str = ""
    brokers: int = 1
    proxied: bool = False

    @property
    def what(self) -> str:
        """What is done, in a sentence."""
        return (self.play.__doc__ or "").split("\n")[0]


_DRAINED = "drained ≤ 21 s after (session timeout + 15)"
MATRIX = (
    Fault("worker-kill", 20, by_worker.worker_kill, _DRAINED),
    Fault("worker-zombie", 20, by_worker.worker_zombie, _DRAINED),
    Fault("dedup-reemit", 20, by_worker.dedup_reemit, _DRAINED),
    Fault("redis-kill", 20, by_redis.redis_kill, _DRAINED),
    Fault("redis-rollback", 20, by_redis.redis_rollback, "drained ≤ 60 s after"),
    Fault("worker-term", 5, by_worker.worker_term, "exit 0 within 10 s; no partition idle for more than 2 s"),
    Fault("worker-churn", 5, by_worker.worker_churn, _DRAINED),
    Fault("handler-bug", 5, by_worker.handler_bug, "exit 70, then a dead letter"),
    Fault("redis-stall", 5, by_redis.redis_stall, _DRAINED),
    Fault("redis-promote", 5, by_redis.redis_promote, "drained ≤ 60 s after"),
    Fault("broker-freeze", 5, by_broker.broker_freeze, "flowing ≤ 30 s after it is back"),
    Fault("poison", 5, by_load.poison, "throughput ≥ 90 % of clean"),
    Fault("endpoint-hang", 5, by_endpoint.endpoint_hang, "p99 of the other endpoint unchanged; both hear all"),
    Fault("overload", 2, by_load.overload, "≤ 300 MB a worker"),
    Fault("disk-full", 2, by_redis.disk_full, "drained ≤ 60 s after"),
    Fault("network", 5, by_broker.network, "drained ≤ 60 s after", proxied=True),
    Fault("broker-kill", 5, by_broker.broker_kill, "flowing ≤ 30 s after it is back", brokers=3),
)
"""In the order they are played: those on one broker first, then those that need others."""


def named(name: str) -> Fault:
    """The fault of this name.

    Raises:
        KeyError: naming those there are.
    """
    for fault in MATRIX:
        if fault.name == name:
            return fault
    raise KeyError(f"no fault {name}; there are {', '.join(fault.name for fault in MATRIX)}")
