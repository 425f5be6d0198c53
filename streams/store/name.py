"""A worker's name, which one live process has at a time: Kafka would let two take each other's partitions again and again."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from redis.asyncio.lock import Lock
from redis.exceptions import LockError

from streams.core.errors import Unavailable
from streams.store import keys

if TYPE_CHECKING:
    from streams.settings import Settings
    from streams.store.client import Client

LEASE = 3.0
"""Seconds after which the name of a process that was killed is free."""


class RedisName:
    """The name in Redis, by the lock of redis-py.

    Args:
        client: of Redis.
        settings: name the group and the worker.
    """

    def __init__(self, client: Client, settings: Settings) -> None:
        self._lock = Lock(client, f"{keys.NAME}{settings.group}:{settings.worker}", timeout=LEASE, thread_local=False)

    async def hold(self) -> bool:
        """Take the name, or keep it for `LEASE` seconds more; False while another process has it.

        Raises:
            Unavailable: Redis does not answer now.
        """
        try:
            await self._lock.reacquire()
        except LockError:  # not taken yet; or it lapsed, or Redis forgot it
            return bool(await self._lock.acquire(blocking=False))
        return True

    async def leave(self) -> None:
        """Give the name back, where it is ours and Redis answers; otherwise it lapses."""
        with contextlib.suppress(LockError, Unavailable):
            await self._lock.release()
