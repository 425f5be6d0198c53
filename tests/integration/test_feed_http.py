from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import quote

import aiohttp
import builders
import pytest
from fastapi import APIRouter
from feed_server import RETRACTED, Faltering, FeedServer, numbered, stage, until
from lxml import etree

from streams.codec import encode_alert
from streams.core.model import AlertKind, Tier
from streams.settings import Settings
from streams.store.memory import MemoryAlertFeed, MemoryLog

A = "{http://www.w3.org/2005/Atom}"
MIXED = [
    builders.alert("old", detected=builders.NOON - timedelta(hours=2), tier=Tier.INFO),
    builders.alert("english", language="en", places=("SY",), detected=builders.NOON - timedelta(hours=1)),
    builders.alert("sitting", kind=AlertKind.UN_SESSION, tier=Tier.FLASH, places=("SY", "IL")),
]


async def test_alerts_newest_first_with_the_cursor_behind_them():
    async with stage() as there:
        assert await there.json("/v1/alerts") == {"alerts": [], "cursor": "0-0"}
        await there.newsroom.publish(*MIXED)
        answer = await there.json("/v1/alerts")
        assert [alert["id"] for alert in answer["alerts"]] == ["sitting", "english", "old"]
        assert answer["cursor"] == "3-0"
        assert answer["alerts"][0] == json.loads(encode_alert(MIXED[2]))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["sitting"]),
        ("body=UNSC&status=scheduled", ["sitting"]),
        ("body=UNGA", []),
        ("status=held", []),
        ("tier=flash&since=2026-03-01T12:00:00Z", ["sitting"]),
        ("since=2026-03-01T12:00:01Z", []),
    ],
)
async def test_incidents_are_listed_with_their_life(query, found):
    async with stage() as there:
        await there.newsroom.publish(*MIXED)
        answer = await there.json(f"/v1/incidents?{query}")
        assert [incident["id"] for incident in answer["incidents"]] == found
        assert answer["cursor"] == "3-0"
        whole = json.loads(encode_alert(MIXED[2]))
        for listed in answer["incidents"]:
            assert listed == {name: whole[name] for name in listed}
            assert listed["incident"]["history"][0]["quote"] == "يعقد"
            assert await there.json("/v1/incidents/sitting") == listed


async def test_what_is_no_sitting_is_no_incident():
    async with stage() as there:
        await there.newsroom.publish(*MIXED)
        for path, status in (("/english", 404), ("/never", 404), ("?kind=un_session", 422), ("?body=XX", 422)):
            assert "detail" in await there.json(f"/v1/incidents{path}", status)
        described = await there.json("/openapi.json")
        assert {"/v1/incidents", "/v1/incidents/{incident}"} <= described["paths"].keys()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tier=flash", ["sitting"]),
        ("kind=escalation", ["english", "old"]),
        ("lang=en", ["english"]),
        ("place=SY", ["sitting", "english"]),
        ("place=SY&kind=un_session", ["sitting"]),
        ("since=2026-03-01T11:00:00Z", ["sitting", "english"]),
        ("since=2026-03-01T14:00:00%2B03:00", ["sitting", "english"]),
        ("limit=1", ["sitting"]),
        ("tier=urgent", []),
    ],
)
async def test_filters(query, found):
    async with stage() as there:
        await there.newsroom.publish(*MIXED)
        answer = await there.json(f"/v1/alerts?{query}")
        assert [alert["id"] for alert in answer["alerts"]] == found
        async with there.session.get(f"{there.server.url}/feeds/alerts.json?{query}") as feed:
            assert len((await feed.json(content_type=None))["items"]) == len(found)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("tier=red", "'flash', 'urgent', 'alert' or 'info'"),
        ("kind=war", "'escalation' or 'un_session'"),
        ("since=yesterday", "valid datetime"),
        ("since=2026-03-01T11:00:00", "timezone"),
        ("limit=0", "greater than or equal to 1"),
        ("limit=1001", "less than or equal to 1000"),
        ("lang=Arabic!", "should match pattern"),
        ("place=", "at least 1 character"),
        ("teir=flash", "Extra inputs are not permitted"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/alerts", "/feeds/alerts.atom"])
async def test_bad_filters_are_refused_with_words(path, query, words):
    async with stage() as there:
        answer = await there.json(f"{path}?{query}", 422)
        (problem,) = answer["detail"]
        assert words in problem["msg"]
        assert problem["loc"] == ["query", query.partition("=")[0]]


async def test_one_alert_also_when_retracted():
    async with stage() as there:
        await there.newsroom.publish(
            builders.alert("a/b"), builders.alert("gone"), builders.alert("gone", what=RETRACTED, sequence=2)
        )
        assert (await there.json("/v1/alerts/gone"))["type"] == "alert.retracted"
        assert "no alert with this id" in (await there.json("/v1/alerts/other", 404))["detail"]
        assert [alert["id"] for alert in (await there.json("/v1/alerts"))["alerts"]] == ["a/b"]


async def test_feeds_answer_304_until_something_changes():
    async with stage() as there:
        await there.newsroom.publish(*numbered(1))
        for kind, media in (("atom", "application/atom+xml"), ("rss", "application/rss+xml"), ("json", "application/feed+json")):
            url = f"{there.server.url}/feeds/alerts.{kind}"
            async with there.session.get(url) as first:
                assert first.headers["Content-Type"] == f"{media}; charset=utf-8"
                etag = first.headers["ETag"]
            for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
                async with there.session.get(url, headers={"If-None-Match": known}) as again:
                    assert (again.status, await again.read(), again.headers["ETag"]) == (304, b"", etag)
            async with there.session.get(url, headers={"If-None-Match": '"other"'}) as other:
                assert other.status == 200
        await there.newsroom.publish(*numbered(1, 2))
        async with there.session.get(f"{there.server.url}/feeds/alerts.json", headers={"If-None-Match": etag}) as changed:
            assert changed.status == 200


async def test_atom_links_are_absolute_and_those_of_the_public_address_where_one_is_set():
    async def links(settings):
        async with stage(settings) as there:
            await there.newsroom.publish(*numbered(1))
            async with there.session.get(f"{there.server.url}/feeds/alerts.atom?tier=alert") as answer:
                feed = etree.fromstring(await answer.read())
        own = [link.get("href") for link in feed.iter(f"{A}link") if link.get("rel") != "via"]
        return there.server.url, own

    paths = ["/feeds/alerts.atom?tier=alert", "/", "/#alert-alert-1", "/v1/alerts/alert-1"]
    url, own = await links(None)
    assert own == [f"{url}{path}" for path in paths]
    _, own = await links(Settings(public_url="https://wire.example/desk/"))
    assert own == [f"https://wire.example/desk{path}" for path in paths]


async def test_without_redis_everything_says_so_and_recovers():
    async with stage() as there:
        there.feed.down = True
        for path in ("/v1/alerts", "/v1/alerts/x", "/v1/alerts/stream", "/feeds/alerts.atom", "/fragments/stream"):
            async with there.session.get(f"{there.server.url}{path}") as answer:
                assert answer.status == 503
                assert answer.headers["Retry-After"] == "2"
                assert "does not answer" in (await answer.json())["detail"]
        async with there.session.get(f"{there.server.url}/") as answer:
            assert answer.status == 503
            assert "The alert log does not answer" in await answer.text()

        async def ready(status):
            async with there.session.get(f"{there.server.url}/readyz") as answer:
                return answer.status == status

        await until(lambda: ready(503))
        async with there.session.get(f"{there.server.url}/healthz") as answer:
            assert answer.status == 200
        there.feed.down = False
        await until(lambda: ready(200))
        await there.json("/v1/alerts")


async def test_a_server_started_without_redis_becomes_ready_when_it_comes():
    feed = Faltering(MemoryAlertFeed(MemoryLog(Settings())))
    feed.down = True
    server = FeedServer(feed)
    await server.start(ready=False)
    try:
        async with aiohttp.ClientSession() as session:

            async def ready():
                async with session.get(f"{server.url}/readyz") as answer:
                    return answer.status == 200

            assert not await ready()
            feed.down = False
            await until(ready)
    finally:
        await server.stop()


async def test_a_bug_in_the_reader_ends_the_server():
    class Broken(Faltering):
        async def bounds(self):
            raise KeyError("a bug")

    server = FeedServer(Broken(MemoryAlertFeed(MemoryLog(Settings()))))
    with pytest.raises((KeyError, aiohttp.ClientError)):
        await server.start()
    with pytest.raises(KeyError):
        await server.stop()


@pytest.mark.parametrize(
    "path", ["/", "/v1/alerts", "/v1/alerts/none", "/feeds/alerts.atom", "/static/live.js", "/healthz", "/nowhere"]
)
async def test_security_headers_are_on_every_answer(path):
    async with stage() as there, there.session.get(f"{there.server.url}{path}") as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_a_strange_host_name_is_refused():
    async with stage() as there, there.session.get(f"{there.server.url}/", headers={"Host": "evil.example"}) as answer:
        assert answer.status == 400


async def test_the_page_shows_what_is_current_under_the_filter():
    async with stage() as there:
        await there.newsroom.publish(*MIXED)

        async def text(query):
            async with there.session.get(f"{there.server.url}/{query}") as answer:
                assert answer.status == 200
                assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
                return await answer.text()

        assert [(await text("")).count(f'id="alert-{name}"') for name in ("sitting", "english", "old")] == [1, 1, 1]
        assert [(await text("?tier=info")).count(f'id="alert-{name}"') for name in ("sitting", "english", "old")] == [0, 0, 1]
        assert 'data-cursor="3-0"' in await text("?kind=un_session")


async def test_metrics_and_openapi_describe_what_is_there():
    async with stage() as there:
        async with there.session.get(f"{there.server.url}/metrics") as answer:
            assert "wire_sse_clients" in await answer.text()
        document = await there.json("/openapi.json")
        assert set(document["paths"]) == {
            "/v1/alerts",
            "/v1/alerts/stream",
            "/v1/alerts/{alert}",
            "/v1/incidents",
            "/v1/incidents/{incident}",
            "/feeds/alerts.atom",
            "/feeds/alerts.rss",
            "/feeds/alerts.json",
        }
        alert = document["components"]["schemas"]["Alert"]
        # `late` came later: what is optional in the schema is the rest.
        assert set(alert["required"]) | {"late"} == set(json.loads(encode_alert(builders.alert())))
        one = document["paths"]["/v1/alerts/{alert}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert one == {"$ref": "#/components/schemas/Alert"}


async def test_further_routers_are_served():
    router = APIRouter()

    @router.get("/v1/more")
    async def more() -> dict[str, bool]:
        return {"more": True}

    server = FeedServer(MemoryAlertFeed(MemoryLog(Settings())), routers=[router])
    await server.start()
    try:
        async with aiohttp.ClientSession() as session, session.get(f"{server.url}/v1/more") as answer:
            assert await answer.json() == {"more": True}
    finally:
        await server.stop()


async def test_an_id_of_any_shape_is_linked_so_that_it_is_found():
    async with stage() as there:
        await there.newsroom.publish(builders.alert("a b?#ü"))
        assert (await there.json(f"/v1/alerts/{quote('a b?#ü', safe='')}"))["id"] == "a b?#ü"
