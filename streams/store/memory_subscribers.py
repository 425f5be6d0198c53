"""The memory twin of `RedisSubscribers`: for tests, and the plainest statement of what the port means."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from streams.core.model import Delivery
from streams.store.checks import stream_order

if TYPE_CHECKING:
    import builtins
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence
    from datetime import datetime

    from streams.core.model import Attempt, Endpoint, Entry, Event
    from streams.core.ports import AlertFeed

_ATTEMPTS_KEPT = 100
_PAGE = 500


class MemorySubscribers:
    """The `Subscribers` port in one process.

    Args:
        feed: the alert log it reads.
        payload: makes the body that tells an event.
    """

    def __init__(self, feed: AlertFeed, payload: Callable[[Event], bytes]) -> None:
        self._feed = feed
        self._payload = payload
        self._endpoints: dict[str, Endpoint] = {}
        self._since: dict[str, str] = {}
        self._cursor: str | None = None
        self._deliveries: dict[str, Delivery] = {}
        self._attempts: dict[str, list[Attempt]] = {}

    async def add(self, endpoint: Endpoint) -> None:
        """See `Subscribers.add`."""
        last = (await self._feed.bounds()).last
        self._cursor = self._cursor or last
        self._since.setdefault(endpoint.id, last)
        self._endpoints[endpoint.id] = endpoint

    async def replace(self, old: Endpoint, new: Endpoint) -> bool:
        """See `Subscribers.replace`."""
        if self._endpoints.get(old.id) != old:
            return False
        self._endpoints[old.id] = new
        return True

    async def remove(self, endpoint: str) -> bool:
        """See `Subscribers.remove`."""
        self._deliveries = {key: owed for key, owed in self._deliveries.items() if owed.endpoint != endpoint}
        self._attempts.pop(endpoint, None)
        self._since.pop(endpoint, None)
        return self._endpoints.pop(endpoint, None) is not None

    async def list(self) -> builtins.list[Endpoint]:
        """See `Subscribers.list`."""
        return sorted(self._endpoints.values(), key=lambda endpoint: (endpoint.created, endpoint.id))

    async def find(self, endpoint: str) -> Endpoint | None:
        """See `Subscribers.find`."""
        return self._endpoints.get(endpoint)

    async def fan_out(self, consumer: str, *, count: int, block_ms: int | None, now: datetime) -> int:  # noqa: ARG002 - one process, one consumer
        """See `Subscribers.fan_out`."""
        if self._cursor is None:
            self._cursor = (await self._feed.bounds()).last
        entries = await self._feed.tail(self._cursor, count=count, block_ms=block_ms)
        for entry in entries:
            for endpoint in self._endpoints.values():
                new = stream_order(entry.stream_id) > stream_order(self._since[endpoint.id])
                if new and endpoint.enabled and endpoint.wants(entry.event.alert):
                    delivery = Delivery.first(endpoint.id, entry.event.id, self._payload(entry.event), now)
                    self._deliveries.setdefault(delivery.id, delivery)
            self._cursor = entry.stream_id
        return len(entries)

    async def due(self, now: datetime, *, limit: int, lease_ms: int, busy: Mapping[str, int] | None = None) -> Sequence[Delivery]:
        """See `Subscribers.due`."""
        taken: builtins.list[Delivery] = []
        room = {name: limit - (busy or {}).get(name, 0) for name, endpoint in self._endpoints.items() if endpoint.enabled}
        for delivery in sorted(self._deliveries.values(), key=lambda delivery: (delivery.due, delivery.event_id)):
            if delivery.due <= now and room.get(delivery.endpoint, 0) > 0:
                room[delivery.endpoint] -= 1
                self._deliveries[delivery.id] = replace(delivery, due=now + timedelta(milliseconds=lease_ms))
                taken.append(delivery)
        return taken

    async def settle(self, delivery: Delivery, attempt: Attempt, *, retry: datetime | None) -> None:
        """See `Subscribers.settle`."""
        if retry is None:
            self._deliveries.pop(delivery.id, None)
        elif (held := self._deliveries.get(delivery.id)) is not None:
            self._deliveries[delivery.id] = replace(held, attempt=attempt.number, due=retry)
        if delivery.endpoint in self._endpoints:
            self._attempts[delivery.endpoint] = [attempt, *self._attempts.get(delivery.endpoint, [])][:_ATTEMPTS_KEPT]

    async def schedule(self, delivery: Delivery) -> None:
        """See `Subscribers.schedule`."""
        if delivery.endpoint in self._endpoints:
            self._deliveries[delivery.id] = delivery

    async def owe_event(self, endpoint: str, event_id: str, now: datetime) -> bool:
        """See `Subscribers.owe_event`."""
        async for entry in self._logged():
            if entry.event.id == event_id:
                await self.schedule(Delivery.first(endpoint, event_id, self._payload(entry.event), now))
                return True
        return False

    async def owe_since(self, endpoint: str, since: datetime, now: datetime) -> int:
        """See `Subscribers.owe_since`."""
        subscriber, owed = self._endpoints.get(endpoint), 0
        async for entry in self._logged():
            if subscriber is not None and subscriber.wants(entry.event.alert) and entry.event.alert.detected >= since:
                await self.schedule(Delivery.first(endpoint, entry.event.id, self._payload(entry.event), now))
                owed += 1
        return owed

    async def _logged(self) -> AsyncIterator[Entry]:
        cursor = "0-0"
        while page := await self._feed.tail(cursor, count=_PAGE, block_ms=None):
            for entry in page:
                yield entry
            cursor = page[-1].stream_id

    async def attempts(self, endpoint: str, *, limit: int) -> Sequence[Attempt]:
        """See `Subscribers.attempts`."""
        return self._attempts.get(endpoint, [])[:limit]

    async def oldest_due(self, now: datetime) -> float:
        """See `Subscribers.oldest_due`."""
        enabled = {name for name, endpoint in self._endpoints.items() if endpoint.enabled}
        waits = [(now - delivery.due).total_seconds() for delivery in self._deliveries.values() if delivery.endpoint in enabled]
        return max(0.0, *waits) if waits else 0.0
