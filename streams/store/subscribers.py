"""Webhook endpoints and what they are owed, in Redis. Proven by the contract suite that its memory twin passes too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from redis.exceptions import ResponseError

from streams.codec import decode_attempt, decode_endpoint, encode_attempt, encode_endpoint
from streams.core.model import Delivery
from streams.store import keys
from streams.store.alert_feed import decode_entry
from streams.store.checks import stream_order
from streams.store.client import code
from streams.store.script import Script

if TYPE_CHECKING:
    import builtins
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from streams.core.model import Attempt, Endpoint, Event
    from streams.store.client import Client

ATTEMPTS_KEPT = 100
"""Attempts kept for each endpoint."""

_TAKE_OVER_MS = 30_000
"""A consumer that has held an entry this long is taken for dead; an entry is owed once, whoever is right."""
_PAGE = 500
_SKEW = timedelta(hours=1)
"""How far the clocks of Redis (stream ids) and of the workers (`detected`) may lie apart."""

_ADD, _REPLACE, _REMOVE = Script("webhook_add.lua"), Script("webhook_replace.lua"), Script("webhook_remove.lua")
_FAN_OUT, _DUE = Script("webhook_fan_out.lua"), Script("webhook_due.lua")
_SETTLE, _SCHEDULE = Script("webhook_settle.lua"), Script("webhook_schedule.lua")

_log = structlog.get_logger(__name__)
_Fields = dict[bytes, bytes]


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _moment(ms: bytes) -> datetime:
    return datetime.fromtimestamp(float(ms) / 1000, UTC)


class RedisSubscribers:
    """The `Subscribers` port on Redis. Times are kept in whole milliseconds.

    Args:
        client: from `streams.store.client.connect`.
        payload: makes the body that tells an event; it is kept, so that every attempt sends the same bytes.
        take_over_ms: how long an entry must lie with another consumer before it is taken over.
    """

    def __init__(self, client: Client, payload: Callable[[Event], bytes], *, take_over_ms: int = _TAKE_OVER_MS) -> None:
        self._client = client
        self._payload = payload
        self._take_over_ms = take_over_ms
        self._resumed: set[str] = set()

    async def add(self, endpoint: Endpoint) -> None:
        """See `Subscribers.add`."""
        record = encode_endpoint(endpoint)
        await _ADD(self._client, [keys.STREAM, keys.ENDPOINTS, keys.ENDPOINTS_SINCE], [keys.FAN_OUT, endpoint.id, record])

    async def replace(self, old: Endpoint, new: Endpoint) -> bool:
        """See `Subscribers.replace`."""
        held = await self._client.execute_command("HGET", keys.ENDPOINTS, old.id)
        if held is None or decode_endpoint(held) != old:
            return False
        return bool(await _REPLACE(self._client, [keys.ENDPOINTS], [old.id, held, encode_endpoint(new)]))

    async def remove(self, endpoint: str) -> bool:
        """See `Subscribers.remove`."""
        places = [keys.ENDPOINTS, keys.ENDPOINTS_SINCE, keys.OWED + endpoint, keys.ATTEMPTS + endpoint]
        return bool(await _REMOVE(self._client, places, [endpoint, keys.DELIVERY]))

    async def list(self) -> builtins.list[Endpoint]:
        """See `Subscribers.list`."""
        held = await self._client.execute_command("HVALS", keys.ENDPOINTS)
        return sorted((decode_endpoint(record) for record in held), key=lambda endpoint: (endpoint.created, endpoint.id))

    async def find(self, endpoint: str) -> Endpoint | None:
        """See `Subscribers.find`."""
        held = await self._client.execute_command("HGET", keys.ENDPOINTS, endpoint)
        return None if held is None else decode_endpoint(held)

    async def fan_out(self, consumer: str, *, count: int, block_ms: int | None, now: datetime) -> int:
        """See `Subscribers.fan_out`. `block_ms` must be shorter than the client's timeout."""
        try:
            entries = await self._take(consumer, count, block_ms)
        except ResponseError as error:
            if code(error) != "NOGROUP":
                raise
            await self._make_group()
            return 0
        args: list[bytes | str | int] = [keys.FAN_OUT, keys.OWED, keys.DELIVERY, _ms(now)]
        for stream_id, fields in entries:
            if fields:
                body = self._payload(decode_entry(stream_id, fields).event)
                args += [stream_id, fields[b"id"], fields[b"kind"], fields[b"tier"], body]
            else:
                _log.error("webhooks.entry_trimmed_before_fan_out", stream_id=stream_id.decode())
                await self._client.execute_command("XACK", keys.STREAM, keys.FAN_OUT, stream_id)
        if entries:
            await _FAN_OUT(self._client, [keys.STREAM, keys.ENDPOINTS, keys.ENDPOINTS_SINCE], args)
        return len(entries)

    async def _take(self, consumer: str, count: int, block_ms: int | None) -> Sequence[tuple[bytes, _Fields]]:
        """Entries to fan out: what this consumer left when it died, then what another did, then what is new."""
        if consumer not in self._resumed:
            if left := await self._read(consumer, "0", count, None):
                return left
            self._resumed.add(consumer)
        _, claimed, *_ = await self._client.execute_command(
            "XAUTOCLAIM", keys.STREAM, keys.FAN_OUT, consumer, self._take_over_ms, "0-0", "COUNT", count
        )
        return claimed or await self._read(consumer, ">", count, block_ms)

    async def _read(self, consumer: str, after: str, count: int, block_ms: int | None) -> Sequence[tuple[bytes, _Fields]]:
        waiting = () if block_ms is None else ("BLOCK", max(1, block_ms))  # BLOCK 0 would wait for ever
        answer = await self._client.execute_command(
            "XREADGROUP", "GROUP", keys.FAN_OUT, consumer, "COUNT", count, *waiting, "STREAMS", keys.STREAM, after
        )
        return answer[0][1] if answer else []

    async def _make_group(self) -> None:
        """The group is gone or was never made: begin where the oldest endpoint did, so that none misses an event."""
        since = await self._client.execute_command("HVALS", keys.ENDPOINTS_SINCE)
        start = min(since, key=lambda place: stream_order(place.decode())) if since else "$"
        try:
            await self._client.execute_command("XGROUP CREATE", keys.STREAM, keys.FAN_OUT, start, "MKSTREAM")
        except ResponseError as error:
            if code(error) != "BUSYGROUP":
                raise

    async def due(self, now: datetime, *, limit: int, lease_ms: int, busy: Mapping[str, int] | None = None) -> Sequence[Delivery]:
        """See `Subscribers.due`."""
        args: list[str | int] = [keys.OWED, keys.DELIVERY, _ms(now), _ms(now) + lease_ms, limit]
        for endpoint, number in (busy or {}).items():
            args += [endpoint, number]
        return [_delivery(*row) for row in await _DUE(self._client, [keys.ENDPOINTS], args)]

    async def settle(self, delivery: Delivery, attempt: Attempt, *, retry: datetime | None) -> None:
        """See `Subscribers.settle`."""
        places = [
            keys.ENDPOINTS,
            keys.OWED + delivery.endpoint,
            keys.DELIVERY + delivery.id,
            keys.ATTEMPTS + delivery.endpoint,
        ]
        when = _ms(retry) if retry is not None else ""
        record = encode_attempt(attempt)
        await _SETTLE(self._client, places, [delivery.endpoint, delivery.event_id, when, attempt.number, record, ATTEMPTS_KEPT])

    async def schedule(self, delivery: Delivery) -> None:
        """See `Subscribers.schedule`."""
        places = [keys.ENDPOINTS, keys.OWED + delivery.endpoint, keys.DELIVERY + delivery.id]
        times = [delivery.attempt, _ms(delivery.created)]
        await _SCHEDULE(self._client, places, [delivery.endpoint, delivery.event_id, _ms(delivery.due), delivery.payload, *times])

    async def owe_event(self, endpoint: str, event_id: str, now: datetime) -> bool:
        """See `Subscribers.owe_event`. Looks newest first."""
        last, wanted = "+", event_id.encode()
        while page := await self._client.execute_command("XREVRANGE", keys.STREAM, last, "-", "COUNT", _PAGE):
            for stream_id, fields in page:
                if fields[b"id"] == wanted:
                    event = decode_entry(stream_id, fields).event
                    await self.schedule(Delivery.first(endpoint, event_id, self._payload(event), now))
                    return True
            last = f"({page[-1][0].decode()}"
        return False

    async def owe_since(self, endpoint: str, since: datetime, now: datetime) -> int:
        """See `Subscribers.owe_since`."""
        subscriber, owed = await self.find(endpoint), 0
        async for event in self._logged(since - _SKEW):
            if subscriber is not None and subscriber.wants(event.alert) and event.alert.detected >= since:
                await self.schedule(Delivery.first(endpoint, event.id, self._payload(event), now))
                owed += 1
        return owed

    async def _logged(self, since: datetime) -> AsyncIterator[Event]:
        first = str(_ms(since))
        while page := await self._client.execute_command("XRANGE", keys.STREAM, first, "+", "COUNT", _PAGE):
            for stream_id, fields in page:
                yield decode_entry(stream_id, fields).event
            first = f"({page[-1][0].decode()}"

    async def attempts(self, endpoint: str, *, limit: int) -> Sequence[Attempt]:
        """See `Subscribers.attempts`."""
        held = await self._client.execute_command("LRANGE", keys.ATTEMPTS + endpoint, 0, limit - 1)
        return [decode_attempt(record) for record in held]

    async def oldest_due(self, now: datetime) -> float:
        """See `Subscribers.oldest_due`. What is in flight is not overdue."""
        enabled = [endpoint.id for endpoint in await self.list() if endpoint.enabled]
        async with self._client.pipeline(transaction=False) as pipe:
            for endpoint in enabled:
                pipe.execute_command("ZRANGE", keys.OWED + endpoint, 0, 0, "WITHSCORES")
            firsts = [float(answer[1]) for answer in await pipe.execute() if answer]
        return max(0.0, (_ms(now) - min(firsts)) / 1000) if firsts else 0.0


def _delivery(*row: Any) -> Delivery:  # noqa: ANN401 - a row of the script's answer
    endpoint, event_id = row[0].decode(), row[1].decode()
    return Delivery(
        id=f"{endpoint}:{event_id}",
        endpoint=endpoint,
        event_id=event_id,
        payload=row[3],
        attempt=int(row[4]),
        due=_moment(row[2]),
        created=_moment(row[5]),
    )
