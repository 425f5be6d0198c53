"""The reading side of the alert log in Redis."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from redis.exceptions import ResponseError

from streams import codec
from streams.core.model import Bounds, Entry, Event
from streams.store import keys
from streams.store.alert_log import score
from streams.store.checks import START, check_query, stream_order
from streams.store.script import Script

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.model import Alert, Query
    from streams.settings import Settings
    from streams.store.client import Client

_RECENT = Script("recent.lua")
_PAGE = 250
"""Alerts looked at in one script call: Redis serves nobody else meanwhile."""


def decode_entry(stream_id: bytes, fields: Mapping[bytes, bytes]) -> Entry:
    """An entry of `keys.STREAM` as redis-py hands it over."""
    return Entry(
        stream_id.decode(), Event(fields[b"id"].decode(), fields[b"cause"].decode(), codec.decode_alert(fields[b"alert"]))
    )


class RedisAlertFeed:
    """`AlertFeed` in Redis."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        # A blocking command must be answered before the socket gives up; half the time also finds a dead server soon.
        self._longest_block = max(1, int(settings.redis_timeout * 500))

    async def get(self, alert: str) -> Alert | None:
        """The current alert, retracted ones included."""
        value = await self._client.execute_command("HGET", keys.alert(alert), "alert")
        return None if value is None else codec.decode_alert(value)

    async def recent(self, query: Query) -> list[Alert]:
        """Current alerts, newest change first; of equal time, by id from the end of the alphabet.

        Raises:
            ValueError: the query is out of bounds.
        """
        check_query(query)
        index = keys.BY_TIME if query.tier is None else keys.by_tier(query.tier)
        least = "-inf" if query.since is None else str(score(query.since))
        top: bytes | None = b"+inf"
        done = 0
        found: dict[str, Alert] = {}  # by id: one that changes while we page moves to the front and is met again
        while top is not None and len(found) < query.limit:
            wanted = query.limit - len(found)
            filters = (query.kind or "", query.language or "", query.body or "", query.status or "", query.place or "")
            args = (keys.ALERT, least, top, done, _PAGE, wanted, *filters)
            top, done, *values = await _RECENT(self._client, [index], args)
            for value in values:
                alert = codec.decode_alert(value)
                found.setdefault(alert.id, alert)
        return list(found.values())

    async def tail(self, after: str, *, count: int, block_ms: int | None) -> list[Entry]:
        """Up to `count` entries behind stream id `after` (`0-0`: from the start).

        Raises:
            ValueError: `after` is no stream id, or `count` is below 1.
        """
        stream_order(after)
        if count < 1:
            raise ValueError("count must be 1 or more")
        clock = asyncio.get_running_loop().time
        end = clock() + (block_ms or 0) / 1000
        while True:
            left = int((end - clock()) * 1000)
            block = min(left, self._longest_block) if left > 0 else None  # BLOCK 0 would wait for ever
            waiting = () if block is None else ("BLOCK", block)
            answer = await self._client.execute_command("XREAD", "COUNT", count, *waiting, "STREAMS", keys.STREAM, after)
            if answer:
                ((_, entries),) = answer
                return [decode_entry(stream_id, fields) for stream_id, fields in entries]
            if block is None:
                return []

    async def bounds(self) -> Bounds:
        """Where the log begins and ends. Where every entry has been trimmed both are the last id there ever was."""
        try:
            info = await self._client.execute_command("XINFO STREAM", keys.STREAM)
        except ResponseError as error:
            if "no such key" in str(error):
                return Bounds(START, START)
            raise
        last: str = info["last-generated-id"].decode()
        first = info["first-entry"]
        return Bounds(last if first is None else first[0].decode(), last)
