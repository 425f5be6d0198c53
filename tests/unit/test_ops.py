"""Who may read and who may write, and what health says."""

from __future__ import annotations

import asyncio
import base64
import socket

import aiohttp
import pytest

from streams import ops
from streams.settings import Settings, SettingsError


def basic(token):
    return "Basic " + base64.b64encode(f"anyone:{token}".encode()).decode()


def answer(settings, *, method="GET", path="/", peer="127.0.0.1", authorization=None):
    """The status `Access` answers with, or 200 where it lets the request through."""
    headers = [(b"authorization", authorization.encode())] if authorization else []
    scope = {"type": "http", "method": method, "path": path, "headers": headers, "client": (peer, 1) if peer else None}
    refusal = ops.Access(None, settings).refusal(scope)
    return refusal.status_code if refusal else 200


OPEN = Settings()
CLOSED = Settings(read_token="reading", write_token="writing")


@pytest.mark.parametrize(
    ("settings", "request_", "status"),
    [
        (OPEN, {}, 200),
        (OPEN, {"peer": "::1"}, 200),
        (OPEN, {"peer": "192.0.2.1"}, 401),
        (OPEN, {"peer": None}, 401),
        (OPEN, {"peer": "192.0.2.1", "path": "/healthz"}, 200),
        (OPEN, {"peer": "192.0.2.1", "path": "/metrics"}, 401),
        (OPEN, {"method": "POST"}, 403),
        (OPEN, {"path": "/v1/endpoints"}, 403),
        (CLOSED, {"peer": "192.0.2.1", "authorization": "Bearer reading"}, 200),
        (CLOSED, {"peer": "192.0.2.1", "authorization": basic("reading")}, 200),
        (CLOSED, {"peer": "192.0.2.1", "authorization": "Bearer wrong"}, 401),
        (CLOSED, {"peer": "192.0.2.1", "authorization": "Basic !!"}, 401),
        (CLOSED, {"peer": "192.0.2.1", "authorization": "reading"}, 401),
        (CLOSED, {"method": "POST", "authorization": "Bearer reading"}, 401),
        (CLOSED, {"method": "DELETE", "path": "/v1/endpoints/1", "authorization": "Bearer writing"}, 200),
        (CLOSED, {"path": "/v1/endpoints", "authorization": "Bearer reading"}, 401),
    ],
)
def test_who_may_pass(settings, request_, status):
    assert answer(settings, **request_) == status


@pytest.mark.parametrize(("host", "local"), [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True)])
def test_loopback(host, local):
    assert ops.is_loopback(host) is local


@pytest.mark.parametrize("host", ["10.0.0.1", "example.org", "", None])
def test_everything_else_is_another_machine(host):
    assert not ops.is_loopback(host)


def test_a_taken_port_is_named():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SettingsError, match=f"127.0.0.1:{port}"):
            ops.listen("127.0.0.1", port)


async def test_health_readiness_and_metrics_over_http():
    missing = {"redis": "does not answer"}

    async def ready():
        return missing

    stop, listener = asyncio.Event(), ops.listen("127.0.0.1", 0)
    serving = asyncio.create_task(ops.serve(ops.application(OPEN, ready), listener, stop))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        async with aiohttp.ClientSession() as client:
            async with client.get(f"{url}/healthz") as got:
                assert (got.status, await got.text()) == (200, "ok\n")
            async with client.get(f"{url}/readyz") as got:
                assert (got.status, await got.text()) == (503, "redis: does not answer\n")
            missing.clear()
            async with client.get(f"{url}/readyz") as got:
                assert (got.status, await got.text()) == (200, "ready\n")
            async with client.get(f"{url}/metrics") as got:
                assert "wire_articles_total" in await got.text()
            async with client.get(f"{url}/healthz", headers={"Host": "rebound.example"}) as got:
                assert got.status == 400
    finally:
        stop.set()
        await serving
