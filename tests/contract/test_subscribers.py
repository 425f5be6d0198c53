from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from builders import NOON, STORIES, alert, commit, event
from stores import InRedis

from streams.codec import parse_json
from streams.core.model import Alert, AlertKind, Attempt, Delivery, Endpoint, Secret, Tier
from streams.store import keys
from streams.store.memory_subscribers import MemorySubscribers
from streams.store.subscribers import RedisSubscribers
from streams.webhooks import payload

if TYPE_CHECKING:
    from stores import World

    from streams.core.ports import Subscribers

LEASE_MS = 30_000


@pytest.fixture
def subscribers(world: World) -> Subscribers:
    if isinstance(world, InRedis):
        return RedisSubscribers(world.client, payload.body)
    return MemorySubscribers(world.feed, payload.body)


in_redis_only = pytest.mark.parametrize("world", ["redis_server", "valkey"], indirect=True)
"""Memory has one process, and cannot lose it."""


def endpoint(name: str = "ep_1", *, tiers: tuple[Tier, ...] = (), kinds: tuple[AlertKind, ...] = ()) -> Endpoint:
    secrets = (Secret("whsec_bmV3"), Secret("whsec_b2xk", NOON + timedelta(hours=24)))
    return Endpoint(name, f"https://{name.replace('_', '-')}.example/hook?token=t", secrets, NOON, tiers=tiers, kinds=kinds)


async def publish(world: World, *alerts: Alert) -> list[str]:
    """Log an event for each alert; answers their ids."""
    fence = (await world.log.read(STORIES, [], [])).fence
    await world.log.write(commit(*alerts, fence=fence, last=fence + 1))
    return [event(one).id for one in alerts]


async def fan_out(subscribers: Subscribers, now: datetime = NOON, *, consumer: str = "one") -> int:
    """All that is in the log now."""
    taken = 0
    while some := await subscribers.fan_out(consumer, count=2, block_ms=None, now=now):
        taken += some
    return taken


async def due(subscribers: Subscribers, now: datetime = NOON, *, limit: int = 100, **busy: int) -> list[Delivery]:
    return list(await subscribers.due(now, limit=limit, lease_ms=LEASE_MS, busy=busy))


def names(deliveries: list[Delivery]) -> set[tuple[str, str]]:
    return {(delivery.endpoint, delivery.event_id) for delivery in deliveries}


def attempt(delivery: Delivery, *, outcome: str = "failed", status: int | None = 500) -> Attempt:
    return Attempt(delivery.endpoint, delivery.event_id, delivery.attempt + 1, NOON, outcome, status, "said")


# --- endpoints ------------------------------------------------------------------------------------------------------


async def test_an_endpoint_is_read_back_whole(subscribers: Subscribers) -> None:
    whole = endpoint(tiers=(Tier.FLASH, Tier.URGENT), kinds=(AlertKind.UN_SESSION,))
    await subscribers.add(whole)
    assert await subscribers.find("ep_1") == whole
    assert await subscribers.list() == [whole]
    assert await subscribers.find("ep_2") is None


async def test_endpoints_are_listed_oldest_first(subscribers: Subscribers) -> None:
    first, second = endpoint("ep_z"), replace(endpoint("ep_a"), created=NOON + timedelta(seconds=1))
    await subscribers.add(second)
    await subscribers.add(first)
    assert await subscribers.list() == [first, second]


async def test_replacing_asks_for_what_stands_there(subscribers: Subscribers) -> None:
    old = endpoint()
    await subscribers.add(old)
    disabled, rotated = replace(old, enabled=False, disabled_why="gone"), replace(old, secrets=(Secret("whsec_eA=="),))
    assert await subscribers.replace(old, disabled)
    assert not await subscribers.replace(old, rotated)
    assert await subscribers.find("ep_1") == disabled
    assert not await subscribers.replace(endpoint("ep_2"), rotated)
    assert await subscribers.list() == [disabled]


async def test_removing_takes_along_what_is_owed(world: World, subscribers: Subscribers) -> None:
    await subscribers.add(endpoint())
    await publish(world, alert())
    await fan_out(subscribers)
    (owed,) = await due(subscribers)
    await subscribers.settle(owed, attempt(owed), retry=NOON)
    assert await subscribers.remove("ep_1")
    assert not await subscribers.remove("ep_1")
    assert await subscribers.find("ep_1") is None
    await subscribers.settle(owed, attempt(owed), retry=NOON)  # its sender did not know yet
    await subscribers.add(endpoint())
    assert await due(subscribers) == []
    assert await subscribers.attempts("ep_1", limit=10) == []
    if isinstance(world, InRedis):
        left = [key async for key in world.client.scan_iter("*webhook*")]
        assert sorted(left) == sorted(name.encode() for name in (keys.ENDPOINTS, keys.ENDPOINTS_SINCE))


# --- fan-out --------------------------------------------------------------------------------------------------------


async def test_an_endpoint_is_owed_what_comes_after_it_and_once(world: World, subscribers: Subscribers) -> None:
    await publish(world, alert("before"))
    await subscribers.add(endpoint())
    told = alert("after", title="قصف ليلا")
    (after,) = await publish(world, told)
    assert await fan_out(subscribers) == 1
    assert await fan_out(subscribers) == 0
    (owed,) = await due(subscribers)
    assert owed == Delivery(f"ep_1:{after}", "ep_1", after, payload.body(event(told)), 0, NOON, NOON)
    assert parse_json(owed.payload)["data"]["title"] == "قصف ليلا"


async def test_a_later_endpoint_is_not_owed_what_the_fan_out_had_yet_to_read(world: World, subscribers: Subscribers) -> None:
    await subscribers.add(endpoint("ep_1"))
    (first,) = await publish(world, alert("a"))
    await subscribers.add(endpoint("ep_2"))
    (second,) = await publish(world, alert("b"))
    await subscribers.add(endpoint("ep_2", tiers=(Tier.ALERT,)))  # changed, not new
    await fan_out(subscribers)
    assert names(await due(subscribers)) == {("ep_1", first), ("ep_1", second), ("ep_2", second)}


async def test_nothing_is_owed_to_nobody(world: World, subscribers: Subscribers) -> None:
    assert await fan_out(subscribers) == 0
    await publish(world, alert("a"))
    await fan_out(subscribers)
    await subscribers.add(endpoint())
    await fan_out(subscribers)
    assert await due(subscribers) == []


async def test_endpoints_get_what_they_ask_for(world: World, subscribers: Subscribers) -> None:
    await subscribers.add(endpoint("ep_all"))
    await subscribers.add(endpoint("ep_flash", tiers=(Tier.FLASH,)))
    await subscribers.add(endpoint("ep_un", tiers=(Tier.FLASH, Tier.ALERT), kinds=(AlertKind.UN_SESSION,)))
    off = endpoint("ep_off")
    await subscribers.add(replace(off, enabled=False))
    one, two, three = await publish(
        world,
        alert("a", tier=Tier.FLASH),
        alert("b", kind=AlertKind.UN_SESSION, tier=Tier.ALERT),
        alert("c", kind=AlertKind.UN_SESSION, tier=Tier.INFO),
    )
    await fan_out(subscribers)
    assert names(await due(subscribers)) == {
        ("ep_all", one),
        ("ep_all", two),
        ("ep_all", three),
        ("ep_flash", one),
        ("ep_un", two),
    }


async def test_waiting_for_the_first_entry(world: World, subscribers: Subscribers) -> None:
    await subscribers.add(endpoint())
    waiting = asyncio.create_task(subscribers.fan_out("one", count=10, block_ms=900, now=NOON))
    await asyncio.sleep(0)
    (logged,) = await publish(world, alert())
    assert await waiting == 1
    assert names(await due(subscribers)) == {("ep_1", logged)}


async def test_two_consumers_share_the_log(world: World, subscribers: Subscribers) -> None:
    await subscribers.add(endpoint())
    ids = await publish(world, *(alert(f"a{number}") for number in range(9)))
    taken = [await subscribers.fan_out(name, count=3, block_ms=None, now=NOON) for name in ("one", "two", "one", "two")]
    assert taken == [3, 3, 3, 0]
    assert names(await due(subscribers)) == {("ep_1", one) for one in ids}


@pytest.mark.parametrize("heir", ["one", "two"], ids=["itself, restarted", "another"])
@in_redis_only
async def test_what_a_dead_consumer_took_is_taken_over(world: InRedis, heir: str) -> None:
    client = world.client
    await RedisSubscribers(client, payload.body).add(endpoint())
    ids = await publish(world, alert("a"), alert("b"), alert("c"))
    read = await client.xreadgroup(keys.FAN_OUT, "one", {keys.STREAM: ">"}, count=2)
    assert len(read[0][1]) == 2  # and there "one" dies
    subscribers = RedisSubscribers(client, payload.body, take_over_ms=0)
    assert await fan_out(subscribers, consumer=heir) == 3
    assert names(await due(subscribers)) == {("ep_1", one) for one in ids}
    assert (await client.xpending(keys.STREAM, keys.FAN_OUT))["pending"] == 0


@in_redis_only
async def test_a_consumer_thought_dead_owes_nothing_twice(world: InRedis) -> None:
    client = world.client
    slow, quick = RedisSubscribers(client, payload.body), RedisSubscribers(client, payload.body, take_over_ms=0)
    await slow.add(endpoint())
    await publish(world, alert())
    entries = await slow._take("slow", 10, None)
    assert await fan_out(quick, consumer="quick") == 1
    (owed,) = await due(quick)
    await quick.settle(owed, attempt(owed, outcome="delivered", status=200), retry=None)

    async def taken(*_: object) -> object:
        return entries

    slow._take = taken
    await slow.fan_out("slow", count=10, block_ms=None, now=NOON)
    assert await due(quick, NOON + timedelta(days=1)) == []


@in_redis_only
async def test_a_lost_group_is_made_anew_where_the_oldest_endpoint_began(world: InRedis) -> None:
    subscribers = RedisSubscribers(world.client, payload.body)
    await publish(world, alert("before"))
    await subscribers.add(endpoint())
    (missed,) = await publish(world, alert("after"))
    await world.client.xgroup_destroy(keys.STREAM, keys.FAN_OUT)
    assert await fan_out(subscribers) == 0  # it found no group, and made it
    await fan_out(subscribers)
    assert names(await due(subscribers)) == {("ep_1", missed)}


@in_redis_only
async def test_an_entry_trimmed_before_its_fan_out_blocks_nothing(world: InRedis) -> None:
    client = world.client
    subscribers = RedisSubscribers(client, payload.body)
    await subscribers.add(endpoint())
    await publish(world, alert("a"))
    await client.xreadgroup(keys.FAN_OUT, "one", {keys.STREAM: ">"})
    await client.xtrim(keys.STREAM, maxlen=0, approximate=False)
    (kept,) = await publish(world, alert("b"))
    await fan_out(subscribers)
    await fan_out(subscribers)
    assert names(await due(subscribers)) == {("ep_1", kept)}
    assert (await client.xpending(keys.STREAM, keys.FAN_OUT))["pending"] == 0


# --- due and settle -------------------------------------------------------------------------------------------------


def owed(name: str = "ep_1", number: int = 1, when: datetime = NOON) -> Delivery:
    return Delivery.first(name, f"event-{number}", b'{"n":1}', when)


async def test_a_lease_hides_a_delivery_until_it_ends(subscribers: Subscribers) -> None:
    await subscribers.add(endpoint())
    await subscribers.schedule(owed(when=NOON))
    assert await due(subscribers, NOON - timedelta(seconds=1)) == []
    assert await due(subscribers) == [owed()]
    assert await due(subscribers) == []
    end = NOON + timedelta(milliseconds=LEASE_MS)
    assert await due(subscribers, end - timedelta(milliseconds=1)) == []
    assert await due(subscribers, end) == [replace(owed(), due=end)]


async def test_the_limit_is_an_endpoint_s_own(subscribers: Subscribers) -> None:
    for name in ("ep_1", "ep_2", "ep_3"):
        await subscribers.add(endpoint(name))
        for number in range(5):
            await subscribers.schedule(owed(name, number, NOON + timedelta(seconds=number)))
    taken = await due(subscribers, NOON + timedelta(minutes=1), limit=2, ep_2=1, ep_3=2)
    assert names(taken) == {("ep_1", "event-0"), ("ep_1", "event-1"), ("ep_2", "event-0")}


async def test_a_disabled_endpoint_keeps_what_it_is_owed(subscribers: Subscribers) -> None:
    here = endpoint()
    await subscribers.add(here)
    await subscribers.schedule(owed())
    await subscribers.replace(here, replace(here, enabled=False))
    assert await due(subscribers) == []
    assert await subscribers.oldest_due(NOON + timedelta(hours=1)) == 0
    await subscribers.add(here)
    assert await due(subscribers) == [owed()]


async def test_a_retry_comes_back_with_its_attempts_counted(subscribers: Subscribers) -> None:
    await subscribers.add(endpoint())
    await subscribers.schedule(owed())
    (first,) = await due(subscribers)
    retry = NOON + timedelta(seconds=5)
    await subscribers.settle(first, attempt(first), retry=retry)
    assert await due(subscribers, retry - timedelta(milliseconds=1)) == []
    assert await due(subscribers, retry) == [replace(owed(), attempt=1, due=retry)]


async def test_a_delivered_one_does_not_come_back(subscribers: Subscribers) -> None:
    await subscribers.add(endpoint())
    await subscribers.schedule(owed())
    (first,) = await due(subscribers)
    end = NOON + timedelta(milliseconds=LEASE_MS)
    (again,) = await due(subscribers, end)
    await subscribers.settle(again, attempt(again, outcome="delivered", status=204), retry=None)
    await subscribers.settle(first, attempt(first), retry=NOON)  # the sender whose lease had ended
    assert await due(subscribers, NOON + timedelta(days=9)) == []


async def test_attempts_are_kept_newest_first_and_capped(subscribers: Subscribers) -> None:
    await subscribers.add(endpoint())
    await subscribers.schedule(owed())
    (one,) = await due(subscribers)
    made = [replace(attempt(one), number=number, status=None if number % 2 else 503) for number in range(1, 131)]
    for each in made:
        await subscribers.settle(one, each, retry=NOON)
    assert await subscribers.attempts("ep_1", limit=3) == made[:-4:-1]
    assert await subscribers.attempts("ep_1", limit=1000) == made[:-101:-1]
    assert await subscribers.attempts("ep_2", limit=10) == []


async def test_nothing_is_scheduled_for_an_unknown_endpoint(subscribers: Subscribers) -> None:
    await subscribers.schedule(owed())
    await subscribers.add(endpoint())
    assert await due(subscribers) == []


async def test_the_oldest_overdue(subscribers: Subscribers) -> None:
    assert await subscribers.oldest_due(NOON) == 0
    await subscribers.add(endpoint("ep_1"))
    await subscribers.add(endpoint("ep_2"))
    assert await subscribers.oldest_due(NOON) == 0
    await subscribers.schedule(owed("ep_1", 1, NOON + timedelta(seconds=30)))
    await subscribers.schedule(owed("ep_2", 2, NOON))
    assert await subscribers.oldest_due(NOON - timedelta(seconds=1)) == 0
    assert await subscribers.oldest_due(NOON + timedelta(seconds=40)) == 40


# --- owing again ----------------------------------------------------------------------------------------------------


async def test_one_event_again(world: World, subscribers: Subscribers) -> None:
    one = alert("a")
    (logged, *_) = await publish(world, one, *(alert(f"b{number}") for number in range(3)))
    await subscribers.add(endpoint(tiers=(Tier.FLASH,)))
    assert await subscribers.owe_event("ep_1", logged, NOON)
    assert await due(subscribers) == [Delivery.first("ep_1", logged, payload.body(event(one)), NOON)]
    assert not await subscribers.owe_event("ep_1", "no such event", NOON)


async def test_every_event_since_a_time_again(world: World, subscribers: Subscribers) -> None:
    start = datetime.now(UTC).replace(microsecond=0)  # Redis dates its entries by its own clock
    await publish(world, alert("early", detected=start - timedelta(minutes=1)))
    first, _, third = await publish(
        world,
        alert("a", detected=start),
        alert("b", detected=start, tier=Tier.INFO),
        alert("c", detected=start + timedelta(seconds=1)),
    )
    await subscribers.add(endpoint(tiers=(Tier.ALERT,)))
    assert await subscribers.owe_since("ep_1", start, NOON) == 2
    assert names(await due(subscribers)) == {("ep_1", first), ("ep_1", third)}
    assert await subscribers.owe_since("ep_2", start, NOON) == 0
