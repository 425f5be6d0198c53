"""The stores a contract is proven in: memory, and any Redis; with a way to let time pass in each."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import SecretStr

from streams.store import client as redis_client
from streams.store.alert_feed import RedisAlertFeed
from streams.store.alert_log import RedisAlertLog
from streams.store.memory import MemoryAlertFeed, MemoryAlertLog, MemoryLog
from streams.store.memory_seen import MemorySeen
from streams.store.seen import RedisSeen

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from streams.core.ports import AlertFeed, AlertLog
    from streams.settings import Settings

# Fewer examples on a developer's machine: every one of them is played against real servers.
EXAMPLES = 200 if os.environ.get("CI") == "true" else 40


@dataclass
class Clock:
    """A clock that goes only when told."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Memory:
    """Stores in memory."""

    settings: Settings
    clock: Clock = field(default_factory=Clock)

    async def reset(self) -> None:
        """Forget everything."""
        self.seen = MemorySeen(self.settings, self.clock)
        self._log = MemoryLog(self.settings, self.clock)
        self.log: AlertLog = MemoryAlertLog(self._log)
        self.feed: AlertFeed = MemoryAlertFeed(self._log)

    async def later(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.now += seconds


@dataclass
class InRedis:
    """Stores in a Redis."""

    settings: Settings
    client: Redis

    async def reset(self) -> None:
        """Forget everything."""
        await self.client.flushall()
        self.seen = RedisSeen(self.client, self.settings)
        self.log: AlertLog = RedisAlertLog(self.client, self.settings)
        self.feed: AlertFeed = RedisAlertFeed(self.client, self.settings)

    async def later(self, seconds: float) -> None:
        """Let time pass, as far as keys that expire can tell."""
        async for key in self.client.scan_iter():
            left = await self.client.pttl(key)
            if 0 <= left <= seconds * 1000:
                await self.client.delete(key)
            elif left > 0:
                await self.client.pexpire(key, int(left - seconds * 1000))


World = Memory | InRedis


def connect(settings: Settings, url: str) -> Redis:
    """A client for the server at `url`."""
    return redis_client.connect(settings.model_copy(update={"redis_url": SecretStr(url)}))
