"""`wirewatch deliver`: log entries become deliveries, deliveries become attempts (delivery.md, rule 8).

At least once, under one id: a delivery is dropped only after a 2xx is recorded or its lifetime has passed. A sender that
dies leaves leases behind, and when they end another sender takes over. Each endpoint has its own few places in flight,
so one that hangs delays nobody else. Deliveries to one endpoint may pass one another; the alert's `sequence` orders them.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import structlog

from streams.core.errors import Unavailable
from streams.core.model import Attempt
from streams.metrics import WEBHOOK_ATTEMPTS, WEBHOOK_BACKLOG
from streams.webhooks import backoff
from streams.webhooks.post import Poster

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from streams.core.model import Delivery, Endpoint
    from streams.core.ports import Subscribers
    from streams.settings import Settings
    from streams.webhooks.post import Answer

IN_FLIGHT = 8
"""Attempts at one endpoint at a time."""
GRACE = 8.0
"""Seconds that attempts in flight get to end when the process is told to stop (10 s in all)."""

_TAKE = 100
"""Log entries fanned out in one step."""
_BLOCK_MS = 250
"""Milliseconds to wait for new log entries before looking whether the process is to stop."""
_POLL = 0.25
"""Seconds between looks for deliveries whose time has come; new entries wake the sender at once."""
_MEASURE = 5.0
_LEASE_MARGIN = 15.0
"""Seconds a lease outlasts the longest attempt."""
_DOORS = 32
"""Questions to Redis at a time: many endpoints at once would ask for more connections than its client opens."""
_PAUSES = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0)
"""Seconds between tries while Redis does not answer; the last one repeats."""

_NOT_ASKED = "not asked yet"
_T = TypeVar("_T")
_log = structlog.get_logger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Deliverer:
    """The delivering process, without its operations listener: the composition root serves that (`ready`).

    Args:
        settings: timeouts, lifetime, and whether private addresses may be reached.
        subscribers: endpoints and what they are owed.
        clock: the time now, aware.
        roll: a random number in [0, 1), for the jitter.
    """

    def __init__(
        self,
        settings: Settings,
        subscribers: Subscribers,
        *,
        clock: Callable[[], datetime] = _utc_now,
        roll: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._subscribers = subscribers
        self._clock = clock
        self._roll = roll
        self._lease_ms = round((settings.webhook_timeout + _LEASE_MARGIN) * 1000)
        self._lifetime = timedelta(seconds=settings.webhook_lifetime)
        self._consumer = f"{settings.instance}:{settings.slot}"
        self._block_ms = min(_BLOCK_MS, int(settings.redis_timeout * 500))  # to be answered before the socket gives up
        self._doors = asyncio.Semaphore(_DOORS)
        self._wake = asyncio.Event()
        self._missing = {"redis": _NOT_ASKED}

    async def ready(self) -> dict[str, str]:
        """What is missing, by part; empty where deliveries flow."""
        return dict(self._missing)

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set, then end within ten seconds; what is in flight then is tried again later."""
        async with Poster(self._settings) as poster:
            loops = [
                asyncio.ensure_future(loop)
                for loop in (self._fan_out(stop), self._send(stop, poster), self._measure(stop), self._wake_at(stop))
            ]
            try:
                await asyncio.gather(*loops)
            finally:
                for loop in loops:
                    loop.cancel()
                await asyncio.gather(*loops, return_exceptions=True)

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    async def _fan_out(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            taken = await self._patiently(
                lambda: self._subscribers.fan_out(self._consumer, count=_TAKE, block_ms=self._block_ms, now=self._clock()), stop
            )
            if taken:
                self._wake.set()

    async def _measure(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            oldest = await self._patiently(lambda: self._subscribers.oldest_due(self._clock()), stop)
            WEBHOOK_BACKLOG.set(oldest or 0)
            await _sleep(_MEASURE, stop)

    async def _send(self, stop: asyncio.Event, poster: Poster) -> None:
        running: dict[asyncio.Task[None], str] = {}
        try:
            while not stop.is_set():
                self._wake.clear()
                for delivery in await self._due(Counter(running.values()), stop):
                    task = asyncio.create_task(self._deliver(delivery, poster, stop))
                    task.add_done_callback(lambda _: self._wake.set())
                    running[task] = delivery.endpoint
                await _sleep(_POLL, self._wake)
                for task in [task for task in running if task.done()]:
                    del running[task]
                    task.result()  # a bug in a delivery is a bug of the process
            if running:
                await asyncio.wait(running, timeout=GRACE)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _due(self, busy: Counter[str], stop: asyncio.Event) -> Sequence[Delivery]:
        taken = await self._patiently(
            lambda: self._subscribers.due(self._clock(), limit=IN_FLIGHT, lease_ms=self._lease_ms, busy=busy), stop
        )
        return taken or ()

    async def _deliver(self, delivery: Delivery, poster: Poster, stop: asyncio.Event) -> None:
        endpoint = await self._patiently(lambda: self._subscribers.find(delivery.endpoint), stop)
        if endpoint is None or not endpoint.enabled:
            return
        now = self._clock()
        attempt = Attempt(endpoint.id, delivery.event_id, delivery.attempt, now, "expired", None, "its lifetime passed unsent")
        retry = None
        if now <= delivery.created + self._lifetime:
            answer = await poster.post(endpoint, delivery, now)
            number = delivery.attempt + 1
            retry = self._retry(delivery, answer, number)
            attempt = replace(attempt, number=number, outcome=answer.outcome, status=answer.status, detail=answer.detail)
            if answer.gone:
                await self._disable(endpoint, stop)
        self._report(attempt, retry)
        await self._patiently(lambda: self._subscribers.settle(delivery, attempt, retry=retry), stop)

    def _retry(self, delivery: Delivery, answer: Answer, made: int) -> datetime | None:
        if answer.delivered:
            return None
        return backoff.next_attempt(
            made, self._clock(), created=delivery.created, lifetime=self._lifetime, roll=self._roll(), wish=answer.wait
        )

    def _report(self, attempt: Attempt, retry: datetime | None) -> None:
        """To metrics and log; never the URL, a secret, or what the receiver said."""
        WEBHOOK_ATTEMPTS.labels(outcome=attempt.outcome).inc()
        log = _log.bind(endpoint=attempt.endpoint, event_id=attempt.event_id, attempt=attempt.number, status=attempt.status)
        if attempt.outcome == "delivered":
            log.info("webhook.delivered")
        elif retry is not None:
            log.warning("webhook.failed", outcome=attempt.outcome, retry=retry.isoformat())
        else:
            if attempt.outcome != "expired":
                WEBHOOK_ATTEMPTS.labels(outcome="expired").inc()
            log.error("webhook.expired", outcome=attempt.outcome, cure="wirewatch endpoints resend or recover")

    async def _disable(self, endpoint: Endpoint, stop: asyncio.Event) -> None:
        why = f"it answered 410 Gone on {self._clock():%Y-%m-%d %H:%M} UTC"

        async def once() -> bool:
            current = await self._subscribers.find(endpoint.id)
            if current is None or not current.enabled:
                return True
            return await self._subscribers.replace(current, replace(current, enabled=False, disabled_why=why))

        while await self._patiently(once, stop) is False:
            pass  # somebody changed the endpoint between reading and writing: read again
        _log.error("webhook.endpoint_disabled", endpoint=endpoint.id, why="410 Gone", cure="wirewatch endpoints enable")

    async def _patiently(self, call: Callable[[], Awaitable[_T]], stop: asyncio.Event) -> _T | None:
        """What `call` answers, asked again for as long as Redis is down; None where the process stops first."""
        tries = 0
        while True:
            try:
                async with self._doors:
                    answer = await call()
            except Unavailable as error:
                if self._missing.get("redis", _NOT_ASKED) == _NOT_ASKED:  # once an outage, not once a try of each loop
                    _log.warning("webhook.redis_unavailable", error=str(error))
                self._missing["redis"] = str(error)
                if stop.is_set():
                    return None
                await _sleep(_PAUSES[min(tries, len(_PAUSES) - 1)], stop)
                tries += 1
            else:
                self._missing.pop("redis", None)
                return answer


async def _sleep(seconds: float, until: asyncio.Event) -> None:
    """Wait for `until`, at most `seconds`."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(until.wait(), seconds)
