from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from builders import alert, event
from feed_server import FeedServer, Newsroom
from pydantic import SecretStr

from streams.core.model import Attempt, Tier
from streams.feed import endpoints as api
from streams.settings import Settings
from streams.store.memory import MemoryAlertFeed, MemoryAlertLog, MemoryLog
from streams.store.memory_subscribers import MemorySubscribers
from streams.webhooks import payload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TOKEN = "wr1te"
URL = "https://hooks.example.org/in/t0ken?key=k3y"


class Desk:
    """A running feed with the endpoints API, and a client that holds the write token."""

    def __init__(self, session: aiohttp.ClientSession, url: str, subscribers: MemorySubscribers, newsroom: Newsroom) -> None:
        self.session, self.url, self.subscribers, self.newsroom = session, url, subscribers, newsroom

    async def ask(self, method: str, path: str = "", *, status: int = 200, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}"} | more.pop("headers", {})
        async with self.session.request(method, f"{self.url}/v1/endpoints{path}", headers=headers, **more) as answer:
            assert answer.status == status, await answer.text()
            self.cache = answer.headers.get("Cache-Control")
            return await answer.json() if answer.content_type == "application/json" else await answer.text()

    async def create(self, **more: object) -> dict[str, Any]:
        made: dict[str, Any] = await self.ask("POST", json={"url": URL, **more}, status=201)
        return made


@contextlib.asynccontextmanager
async def desk(**settings: object) -> AsyncIterator[Desk]:
    chosen = Settings(write_token=SecretStr(TOKEN)).model_copy(update=settings)
    log = MemoryLog(chosen)
    feed = MemoryAlertFeed(log)
    subscribers = MemorySubscribers(feed, payload.body)
    running = FeedServer(feed, chosen, [api.router(chosen, subscribers)])
    await running.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield Desk(session, running.url, subscribers, Newsroom(MemoryAlertLog(log)))
    finally:
        await running.stop()


async def test_the_secret_and_the_whole_url_are_shown_never_again():
    async with desk() as there:
        made = await there.create(tiers=["flash", "urgent"], kinds=["un_session"])
        assert there.cache == "no-store"
        assert made["secret"].startswith("whsec_")
        shown = {name: value for name, value in made.items() if name != "secret"}
        assert shown["url"] == "https://hooks.example.org/…"
        assert (shown["tiers"], shown["kinds"], shown["enabled"]) == (["flash", "urgent"], ["un_session"], True)
        assert await there.ask("GET") == [shown]
        assert await there.ask("GET", f"/{made['id']}") == shown
        (kept,) = await there.subscribers.list()
        assert (kept.url, kept.secrets[0].value, kept.tiers) == (URL, made["secret"], (Tier.FLASH, Tier.URGENT))


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({"url": "http://example.org/"}, 422, "https"),
        ({"url": "https://127.0.0.1/"}, 422, "globally routable"),
        ({"url": "https://user:pass@example.org/"}, 422, "name and password"),
        ({"url": URL, "tiers": ["loud"]}, 422, "flash"),
        ({"url": URL, "tier": ["flash"]}, 422, "extra"),
        ({}, 422, "required"),
    ],
)
async def test_what_cannot_be_added_says_why(body, status, word):
    async with desk() as there:
        answer = await there.ask("POST", json=body, status=status)
        assert word in str(answer["detail"])
        assert await there.ask("GET") == []


async def test_everything_asks_for_the_write_token():
    async with desk(read_token=SecretStr("r3ad")) as there:
        for method, path in [("GET", ""), ("POST", ""), ("GET", "/ep_1"), ("DELETE", "/ep_1"), ("GET", "/ep_1/attempts")]:
            for wrong in ("Bearer r3ad", "Bearer ", ""):
                await there.ask(method, path, status=401, headers={"Authorization": wrong})
    async with desk(write_token=None) as there:
        await there.ask("GET", status=403)


async def test_another_site_s_page_may_not_write_with_a_browser_s_password():
    async with desk() as there:
        made = await there.create()
        for site in ("cross-site", "same-site"):
            await there.ask("POST", f"/{made['id']}/rotate-secret", status=403, headers={"Sec-Fetch-Site": site})
        (kept,) = await there.subscribers.list()
        assert len(kept.secrets) == 1
        await there.ask("POST", f"/{made['id']}/rotate-secret", headers={"Sec-Fetch-Site": "same-origin"})


async def test_rotating_keeps_the_old_secret_for_a_day():
    async with desk() as there:
        made = await there.create()
        rotated = await there.ask("POST", f"/{made['id']}/rotate-secret")
        (kept,) = await there.subscribers.list()
        assert [secret.value for secret in kept.secrets] == [rotated["secret"], made["secret"]]
        assert kept.secrets[0].expires is None
        left = kept.secrets[1].expires - datetime.now(UTC)
        assert timedelta(hours=23, minutes=59) < left <= timedelta(hours=24)
        for _ in range(9):
            await there.ask("POST", f"/{made['id']}/rotate-secret")
        (kept,) = await there.subscribers.list()
        assert len(kept.secrets) == 4


async def test_test_resend_and_recover_owe_deliveries():
    async with desk() as there:
        one = alert("a", detected=datetime.now(UTC) - timedelta(hours=1))
        await there.newsroom.publish(one)
        made = await there.create()
        tried = await there.ask("POST", f"/{made['id']}/test", status=202)
        logged = event(one, "wire|urn:0|1").id
        assert await there.ask("POST", f"/{made['id']}/resend", json={"event_id": logged}, status=202) == {"event_id": logged}
        now = datetime.now(UTC) + timedelta(seconds=1)
        owed = await there.subscribers.due(now, limit=9, lease_ms=1)
        assert {delivery.event_id for delivery in owed} == {tried["event_id"], logged}
        for ago, number in ((timedelta(minutes=30), 0), (timedelta(hours=2), 1)):
            since = (datetime.now(UTC) - ago).isoformat()
            assert await there.ask("POST", f"/{made['id']}/recover", json={"since": since}, status=202) == {"owed": number}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("resend", {"event_id": "unknown"}, 404),
        ("resend", {}, 422),
        ("recover", {"since": "2026-03-01T12:00:00"}, 422),
        ("recover", {"since": "2999-03-01T12:00:00Z"}, 422),
    ],
)
async def test_what_cannot_be_sent_again_says_why(path, body, status):
    async with desk() as there:
        made = await there.create()
        answer = await there.ask("POST", f"/{made['id']}/{path}", json=body, status=status)
        assert answer["detail"]


async def test_attempts_newest_first():
    async with desk() as there:
        made = await there.create()
        assert await there.ask("GET", f"/{made['id']}/attempts") == []
        await there.ask("POST", f"/{made['id']}/test", status=202)
        (owed,) = await there.subscribers.due(datetime.now(UTC) + timedelta(seconds=1), limit=1, lease_ms=1)
        for number, status in ((1, 500), (2, 204)):
            attempt = Attempt(
                made["id"], owed.event_id, number, datetime.now(UTC), "failed" if number == 1 else "delivered", status
            )
            await there.subscribers.settle(owed, attempt, retry=None)
        answer = await there.ask("GET", f"/{made['id']}/attempts?limit=1")
        assert [(one["number"], one["outcome"], one["status"]) for one in answer] == [(2, "delivered", 204)]
        await there.ask("GET", f"/{made['id']}/attempts?limit=0", status=422)


async def test_a_disabled_endpoint_is_sent_nothing_until_it_is_enabled():
    async with desk() as there:
        made = await there.create()
        (kept,) = await there.subscribers.list()
        await there.subscribers.replace(kept, replace(kept, enabled=False, disabled_why="gone"))
        answer = await there.ask("POST", f"/{made['id']}/test", status=409)
        assert "gone" in answer["detail"]
        assert (await there.ask("POST", f"/{made['id']}/enable"))["enabled"]
        await there.ask("POST", f"/{made['id']}/test", status=202)


async def test_an_unknown_endpoint_is_404():
    async with desk() as there:
        made = await there.create()
        await there.ask("DELETE", f"/{made['id']}", status=204)
        for method, path in [("GET", ""), ("DELETE", ""), ("GET", "/attempts"), ("POST", "/test"), ("POST", "/rotate-secret")]:
            answer = await there.ask(method, f"/{made['id']}{path}", status=404)
            assert made["id"] in answer["detail"]
