"""The worlds each contract is proven in: memory, Debian's redis-server alone and as a cluster, the embedded Valkey."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from stores import InRedis, Memory, connect

from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from stores import World


@pytest.fixture
def settings() -> Settings:
    """Settings with a short log and lifetimes apart from one another."""
    return Settings(log_max_entries=1000, seen_ttl=1000_000, alert_ttl=5000_000)


@pytest.fixture(params=["memory", "redis_server", "valkey", "redis_cluster"])
async def world(request: pytest.FixtureRequest, settings: Settings) -> AsyncIterator[World]:
    """Each set of stores in turn, empty."""
    if request.param == "memory":
        memory = Memory(settings)
        await memory.reset()
        yield memory
        return
    async with connect(settings, request.getfixturevalue(request.param)) as client:
        redis = InRedis(settings, client)
        await redis.reset()
        yield redis
