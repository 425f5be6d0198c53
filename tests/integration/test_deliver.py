from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from builders import STORIES, alert, commit, event
from pydantic import SecretStr
from standardwebhooks import Webhook

from streams.metrics import REGISTRY
from streams.settings import Settings
from streams.store.alert_log import RedisAlertLog
from streams.store.client import close, connect
from streams.store.subscribers import RedisSubscribers
from streams.webhooks import endpoints, payload
from streams.webhooks.deliver import IN_FLIGHT, Deliverer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from streams.core.model import Alert, Attempt, Endpoint
    from streams.store.client import Client

DEADLINE = 20.0


@dataclass
class Clock:
    """The time now, and more of it when told."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Received:
    id: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A real HTTP server on loopback; `answers` are given in turn, the last one for ever."""

    answers: list[Callable[[], Awaitable[web.StreamResponse]]] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.received.append(Received(request.headers["webhook-id"], dict(request.headers), body))
        if not self.answers:
            return web.Response(status=204)
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        return await answer()

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.received]


def says(status: int, **headers: str) -> Callable[[], Awaitable[web.StreamResponse]]:
    async def answer() -> web.StreamResponse:
        return web.Response(
            status=status, text="said", headers={name.replace("_", "-"): value for name, value in headers.items()}
        )

    return answer


async def hangs() -> web.StreamResponse:
    await asyncio.Event().wait()
    return web.Response()


@contextlib.asynccontextmanager
async def receiving(*answers: Callable[[], Awaitable[web.StreamResponse]]) -> AsyncIterator[Receiver]:
    receiver = Receiver(list(answers))
    app = web.Application()
    app.router.add_post("/{path:.*}", receiver.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook?token=t0ken"
    try:
        yield receiver
    finally:
        await runner.cleanup()


@dataclass
class World:
    """Redis, the log in it, and a deliverer that can be started and stopped."""

    settings: Settings
    client: Client
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.subscribers = RedisSubscribers(self.client, payload.body)
        self.log = RedisAlertLog(self.client, self.settings)

    async def endpoint(self, url: str) -> tuple[Endpoint, str]:
        return await endpoints.register(self.subscribers, url, settings=self.settings, now=self.clock())

    async def publish(self, *alerts: Alert) -> list[str]:
        fence = (await self.log.read(STORIES, [], [])).fence
        await self.log.write(commit(*alerts, fence=fence, last=fence + 1))
        return [event(one).id for one in alerts]

    def deliverer(self, **changed: object) -> Deliverer:
        return Deliverer(self.settings.model_copy(update=changed), self.subscribers, clock=self.clock, roll=lambda: 0.5)

    @contextlib.asynccontextmanager
    async def delivering(self, **changed: object) -> AsyncIterator[Deliverer]:
        deliverer, stop = self.deliverer(**changed), asyncio.Event()
        running = asyncio.create_task(deliverer.run(stop))
        try:
            yield deliverer
        finally:
            stop.set()
            await asyncio.wait_for(running, 10)

    async def attempts(self, endpoint: Endpoint) -> list[Attempt]:
        return list(await self.subscribers.attempts(endpoint.id, limit=100))[::-1]


@pytest.fixture
async def world(redis_url: str) -> AsyncIterator[World]:
    settings = Settings(redis_url=SecretStr(redis_url), webhook_allow_private=True, instance="here")
    client = connect(settings)
    yield World(settings, client)
    await close(client)


async def until(condition: Callable[[], bool | Awaitable[bool]], what: str) -> None:
    """Poll until it holds."""
    async with asyncio.timeout(DEADLINE):
        while True:
            holds = condition()
            if holds if isinstance(holds, bool) else await holds:
                return
            await asyncio.sleep(0.01)
    pytest.fail(what)


async def until_attempts(world: World, endpoint: Endpoint, number: int) -> list[Attempt]:
    async def enough() -> bool:
        return len(await world.attempts(endpoint)) >= number

    await until(enough, f"{number} attempts")
    return await world.attempts(endpoint)


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("wire_webhook_attempts_total", {"outcome": outcome}) or 0.0


# --- what arrives ---------------------------------------------------------------------------------------------------


async def test_every_event_arrives_signed_and_verifies(world: World) -> None:
    before = counted("delivered")
    async with receiving() as receiver, world.delivering() as deliverer:
        endpoint, secret = await world.endpoint(receiver.url)
        published = [replace(alert(f"a{number}", title=f"قصف {number}"), late=number < 20) for number in range(50)]
        ids = await world.publish(*published[:25])
        ids += await world.publish(*published[25:])
        await until(lambda: len(receiver.received) >= 50, "50 events")
        made = await until_attempts(world, endpoint, 50)
        assert sorted(receiver.ids) == sorted(ids)
        assert await deliverer.ready() == {}
    for one in receiver.received:
        message = Webhook(secret).verify(one.body, one.headers)
        assert message["type"] == "alert.created"
        assert message["data"]["late"] is (int(message["data"]["id"][1:]) < 20)
        assert one.headers["Content-Type"] == "application/json"
    bodies = {one.id: one.body for one in receiver.received}
    assert bodies == {event(one).id: payload.body(event(one)) for one in published}
    assert {(one.outcome, one.status, one.number) for one in made} == {("delivered", 204, 1)}
    assert counted("delivered") - before == 50


async def test_both_secrets_verify_after_a_rotation(world: World) -> None:
    async with receiving() as receiver, world.delivering():
        endpoint, old = await world.endpoint(receiver.url)
        new = await endpoints.rotate(world.subscribers, endpoint.id, now=world.clock())
        await world.publish(alert())
        await until(lambda: len(receiver.received) == 1, "one event")
        (one,) = receiver.received
        assert old != new
        for secret in (old, new):
            Webhook(secret).verify(one.body, one.headers)


async def test_a_test_event_and_a_resent_one(world: World) -> None:
    async with receiving() as receiver, world.delivering():
        endpoint, secret = await world.endpoint(receiver.url)
        tried = await endpoints.test(world.subscribers, endpoint.id, now=world.clock())
        await until(lambda: receiver.ids == [tried], "the test event")
        assert Webhook(secret).verify(receiver.received[0].body, receiver.received[0].headers)["type"] == "endpoint.test"
        (logged,) = await world.publish(alert())
        await until_attempts(world, endpoint, 2)
        await endpoints.resend(world.subscribers, endpoint.id, logged, now=world.clock())
        await until(lambda: receiver.ids == [tried, logged, logged], "the event again")
        assert receiver.received[1].body == receiver.received[2].body


async def test_what_was_missed_is_recovered(world: World) -> None:
    start = world.clock()
    ids = await world.publish(*(alert(f"a{number}", detected=start) for number in range(3)))
    async with receiving() as receiver, world.delivering():
        endpoint, _ = await world.endpoint(receiver.url)
        assert await endpoints.recover(world.subscribers, endpoint.id, start - timedelta(seconds=1), now=world.clock()) == 3
        await until(lambda: sorted(receiver.ids) == sorted(ids), "three events")


# --- what fails -----------------------------------------------------------------------------------------------------


async def test_a_failure_is_retried_under_the_same_id(world: World) -> None:
    async with receiving(says(500), says(200)) as receiver, world.delivering():
        endpoint, secret = await world.endpoint(receiver.url)
        await world.publish(alert())
        (first,) = await until_attempts(world, endpoint, 1)
        assert (first.outcome, first.status, first.detail) == ("failed", 500, "said")
        assert len(receiver.received) == 1
        world.clock.ahead += timedelta(seconds=5)
        (_, second) = await until_attempts(world, endpoint, 2)
    assert (second.outcome, second.status, second.number) == ("delivered", 200, 2)
    one, again = receiver.received
    assert one.id == again.id
    assert one.body == again.body
    assert int(again.headers["webhook-timestamp"]) - int(one.headers["webhook-timestamp"]) >= 5
    for each in (one, again):
        Webhook(secret).verify(each.body, each.headers)


async def test_a_receiver_may_ask_to_wait(world: World) -> None:
    async with receiving(says(429, Retry_After="60"), says(200)) as receiver, world.delivering():
        endpoint, _ = await world.endpoint(receiver.url)
        await world.publish(alert())
        (first,) = await until_attempts(world, endpoint, 1)
        due = (await world.client.zrange(f"{{ww:log}}:webhook:owed:{endpoint.id}", 0, 0, withscores=True))[0][1] / 1000
        assert 60 <= due - first.at.timestamp() < 62
        world.clock.ahead += timedelta(seconds=62)
        await until_attempts(world, endpoint, 2)
    assert len(receiver.received) == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(world: World, status: int) -> None:
    async with receiving() as target, receiving(says(status, Location=target.url)) as receiver, world.delivering():
        endpoint, _ = await world.endpoint(receiver.url)
        await world.publish(alert())
        (made,) = await until_attempts(world, endpoint, 1)
    assert (made.outcome, made.status) == ("redirect", status)
    assert len(receiver.received) == 1
    assert target.received == []


async def test_410_disables_until_it_is_enabled(world: World) -> None:
    async with receiving(says(410), says(200)) as receiver, world.delivering():
        endpoint, _ = await world.endpoint(receiver.url)
        (first,) = await world.publish(alert("a"))
        (made,) = await until_attempts(world, endpoint, 1)
        assert (made.outcome, made.status) == ("gone", 410)
        disabled = await endpoints.get(world.subscribers, endpoint.id)
        assert not disabled.enabled
        assert "410" in disabled.disabled_why
        world.clock.ahead += timedelta(days=1)
        other, _ = await world.endpoint(receiver.url.replace("hook", "other"))
        (second,) = await world.publish(alert("b"))
        await until_attempts(world, other, 1)
        assert receiver.ids == [first, second]  # "b" went to the other endpoint alone, "a" waits
        await endpoints.enable(world.subscribers, endpoint.id)
        await until(lambda: receiver.ids == [first, second, first], "what it was still owed")


async def test_an_unsent_delivery_expires_and_is_reported(world: World) -> None:
    before = counted("expired")
    async with receiving() as receiver:
        endpoint, _ = await world.endpoint(receiver.url)
        await world.publish(alert())
        await world.subscribers.fan_out("here:0", count=10, block_ms=None, now=world.clock())
        world.clock.ahead += timedelta(days=4, seconds=1)
        async with world.delivering():
            (made,) = await until_attempts(world, endpoint, 1)
    assert (made.outcome, made.status, made.number) == ("expired", None, 0)
    assert receiver.received == []
    assert counted("expired") - before == 1
    assert await world.subscribers.due(world.clock() + timedelta(days=9), limit=9, lease_ms=1) == []


async def test_the_tenth_failure_is_the_last(world: World) -> None:
    before = counted("expired")
    async with receiving(says(503)) as receiver, world.delivering(webhook_lifetime=30 * 86_400.0):
        endpoint, _ = await world.endpoint(receiver.url)
        await world.publish(alert())
        for number in range(1, 11):
            await until_attempts(world, endpoint, number)
            world.clock.ahead += timedelta(hours=25)
        await until(lambda: counted("expired") - before == 1, "the report")
        assert await world.subscribers.due(world.clock() + timedelta(days=9), limit=9, lease_ms=1) == []
    assert len(receiver.received) == 10


async def test_an_unreachable_endpoint(world: World, free_port: int) -> None:
    async with world.delivering():
        endpoint, _ = await world.endpoint(f"http://127.0.0.1:{free_port}/")
        await world.publish(alert())
        (made,) = await until_attempts(world, endpoint, 1)
    assert (made.outcome, made.status) == ("unreachable", None)


async def test_a_hanging_endpoint_delays_no_other(world: World) -> None:
    async with receiving(hangs) as stuck, receiving() as other, world.delivering(webhook_timeout=30.0):
        first, _ = await world.endpoint(stuck.url)
        await world.endpoint(other.url)
        ids = await world.publish(*(alert(f"a{number}") for number in range(40)))
        await until(lambda: sorted(other.ids) == sorted(ids), "all events at the endpoint that answers")
        assert len(stuck.received) == IN_FLIGHT
        assert await world.attempts(first) == []
        stop = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - stop < 10
    assert len(stuck.received) == IN_FLIGHT


async def test_no_answer_in_time_is_a_failure(world: World) -> None:
    async with receiving(hangs, says(200)) as receiver, world.delivering(webhook_timeout=0.2):
        endpoint, _ = await world.endpoint(receiver.url)
        await world.publish(alert())
        (made,) = await until_attempts(world, endpoint, 1)
        assert (made.outcome, made.status) == ("timeout", None)
        world.clock.ahead += timedelta(seconds=5)
        await until_attempts(world, endpoint, 2)


async def test_an_endless_answer_is_not_read(world: World) -> None:
    async with contextlib.AsyncExitStack() as stack:
        sent = 0

        async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal sent
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 500 Sorry\r\nContent-Type: text/plain\r\n\r\n")
            with contextlib.suppress(OSError):
                while True:
                    writer.write(b"x" * 65536)
                    await writer.drain()
                    sent += 65536
            writer.close()

        server = await asyncio.start_server(pour, "127.0.0.1", 0)
        stack.push_async_callback(server.wait_closed)
        stack.callback(server.close)
        await stack.enter_async_context(world.delivering())
        endpoint, _ = await world.endpoint(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        await world.publish(alert())
        (made,) = await until_attempts(world, endpoint, 1)
        assert (made.outcome, made.status) == ("failed", 500)
        assert len(made.detail) == 200
        poured = sent
        assert poured < 50_000_000


# --- what may be dialled --------------------------------------------------------------------------------------------


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Somebody on loopback who would notice a connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        yield listening


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1", "127.1"])
async def test_a_name_that_leads_to_this_machine_is_not_dialled(world: World, listener: socket.socket, host: str) -> None:
    before = counted("forbidden")
    endpoint, _ = await world.endpoint("https://placeholder.example/")
    url = f"https://{host}:{listener.getsockname()[1]}/hook"
    world.settings = world.settings.model_copy(update={"webhook_allow_private": False})
    await world.subscribers.replace(endpoint, replace(endpoint, url=url))
    async with world.delivering():
        await world.publish(alert())
        (made,) = await until_attempts(world, endpoint, 1)
    assert (made.outcome, made.status) == ("forbidden", None)
    assert counted("forbidden") - before == 1
    with pytest.raises(BlockingIOError):
        listener.accept()


async def test_an_endpoint_of_the_test_setting_is_refused_without_it(world: World, listener: socket.socket) -> None:
    endpoint, _ = await world.endpoint(f"http://127.0.0.1:{listener.getsockname()[1]}/hook")
    async with world.delivering(webhook_allow_private=False):
        await world.publish(alert())
        (made,) = await until_attempts(world, endpoint, 1)
    assert made.outcome == "forbidden"
    with pytest.raises(BlockingIOError):
        listener.accept()


async def test_a_proxy_of_the_environment_is_not_used(
    world: World, listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy)
    monkeypatch.setenv("no_proxy", "")
    async with receiving() as receiver, world.delivering():
        await world.endpoint(receiver.url)
        await world.publish(alert())
        await until(lambda: len(receiver.received) == 1, "the event")
    with pytest.raises(BlockingIOError):
        listener.accept()


# --- what survives --------------------------------------------------------------------------------------------------


PROCESS = """
import asyncio, sys
from pydantic import SecretStr
from streams.settings import Settings
from streams.store.client import connect
from streams.store.subscribers import RedisSubscribers
from streams.webhooks import payload
from streams.webhooks.deliver import Deliverer

settings = Settings(redis_url=SecretStr(sys.argv[1]), webhook_allow_private=True, instance="doomed")
async def main():
    await Deliverer(settings, RedisSubscribers(connect(settings), payload.body)).run(asyncio.Event())
asyncio.run(main())
"""


async def test_what_a_killed_sender_had_in_flight_is_sent_again_under_its_id(world: World) -> None:
    async with receiving(hangs) as receiver:
        endpoint, secret = await world.endpoint(receiver.url)
        ids = await world.publish(*(alert(f"a{number}") for number in range(IN_FLIGHT + 2)))
        url = world.settings.redis_url.get_secret_value()
        doomed = await asyncio.create_subprocess_exec(sys.executable, "-c", PROCESS, url, stderr=asyncio.subprocess.DEVNULL)
        try:
            await until(lambda: len(receiver.received) == IN_FLIGHT, "all places in flight")
        finally:
            os.kill(doomed.pid, signal.SIGKILL)
            await doomed.wait()
        held = set(receiver.ids)
        receiver.answers = [says(200)]
        async with world.delivering():
            await until_attempts(world, endpoint, 2)  # the two that were never sent
            assert set(receiver.ids[IN_FLIGHT:]) == set(ids) - held
            world.clock.ahead += timedelta(seconds=31)  # the leases end
            await until_attempts(world, endpoint, len(ids))
        assert sorted(receiver.ids[IN_FLIGHT:]) == sorted(ids)
        for one in receiver.received:
            Webhook(secret).verify(one.body, one.headers)


async def test_stopping_ends_what_can_end_and_loses_nothing(world: World) -> None:
    async with receiving(says(200)) as receiver:
        endpoint, _ = await world.endpoint(receiver.url)
        ids = await world.publish(*(alert(f"a{number}") for number in range(60)))
        stop = asyncio.Event()
        running = asyncio.create_task(world.deliverer().run(stop))
        await until(lambda: len(receiver.received) >= 5, "some events")
        stop.set()
        await asyncio.wait_for(running, 10)
        sent = len(receiver.received)
        assert len(await world.attempts(endpoint)) == sent < 60
        async with world.delivering():
            await until_attempts(world, endpoint, 60)
    assert sorted(receiver.ids) == sorted(ids)


async def test_redis_may_come_late(world: World, free_port: int) -> None:
    settings = world.settings.model_copy(update={"redis_url": SecretStr(f"redis://127.0.0.1:{free_port}")})
    client, stop = connect(settings), asyncio.Event()
    deliverer = Deliverer(settings, RedisSubscribers(client, payload.body))
    assert "redis" in await deliverer.ready()
    running = asyncio.create_task(deliverer.run(stop))

    async def refused() -> bool:
        return "does not answer" in (await deliverer.ready()).get("redis", "")

    await until(refused, "readiness says why")
    stop.set()
    await asyncio.wait_for(running, 10)
    await close(client)
