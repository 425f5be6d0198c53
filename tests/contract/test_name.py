"""A worker's name is one live process's at a time, in any Redis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from stores import InRedis

from streams.settings import Settings
from streams.store.name import LEASE, RedisName

if TYPE_CHECKING:
    from stores import World

pytestmark = pytest.mark.parametrize("world", ["redis_server", "valkey", "redis_cluster"], indirect=True)


@pytest.fixture
def two(world: World) -> tuple[RedisName, RedisName]:
    """Two processes of one name."""
    assert isinstance(world, InRedis)
    settings = Settings(instance="desk", slot=1)
    return RedisName(world.client, settings), RedisName(world.client, settings)


async def test_the_first_has_it_and_keeps_it(two: tuple[RedisName, RedisName]) -> None:
    first, second = two
    assert [await first.hold(), await second.hold(), await first.hold(), await second.hold()] == [True, False, True, False]


async def test_one_that_leaves_makes_room_at_once(two: tuple[RedisName, RedisName]) -> None:
    first, second = two
    await first.hold()
    await second.leave()  # was never the second's
    assert not await second.hold()
    await first.leave()
    assert await second.hold()
    assert not await first.hold()


async def test_one_that_was_killed_makes_room_after_the_lease(world: World, two: tuple[RedisName, RedisName]) -> None:
    first, second = two
    await first.hold()
    await world.later(LEASE / 2)
    assert not await second.hold()
    await world.later(LEASE)
    assert await second.hold()
    assert not await first.hold(), "who stood still must see that the name went on"


async def test_a_redis_that_forgot_gives_it_to_who_asks_first(world: World, two: tuple[RedisName, RedisName]) -> None:
    first, second = two
    await first.hold()
    await world.reset()
    assert [await first.hold(), await second.hold()] == [True, False]


async def test_other_groups_and_slots_are_other_names(world: World, two: tuple[RedisName, RedisName]) -> None:
    first, _ = two
    assert isinstance(world, InRedis)
    await first.hold()
    for other in (Settings(instance="desk", slot=2), Settings(instance="desk", slot=1, group="other")):
        assert await RedisName(world.client, other).hold()
