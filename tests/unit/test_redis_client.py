"""What each of Redis's errors becomes, against a listener that answers every command with one of them."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr
from redis.exceptions import RedisError, ResponseError

from streams.core.errors import Unavailable
from streams.settings import Settings, SettingsError
from streams.store.client import Client, close, connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LATER = ["LOADING", "READONLY", "MASTERDOWN", "NOREPLICAS", "OOM", "MISCONF", "CLUSTERDOWN", "TRYAGAIN", "BUSY", "UNBLOCKED"]


def settings(url: str) -> Settings:
    return Settings(redis_url=SecretStr(url), redis_timeout=2)


@contextlib.asynccontextmanager
async def answering(error: str) -> AsyncIterator[tuple[Client, list[bytes]]]:
    """A client whose every PING is answered with this error; and what it sent."""
    sent: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while head := await reader.readline():
                for _ in range(int(head[1:])):
                    size = int((await reader.readline())[1:])
                    sent.append((await reader.readexactly(size + 2))[:size])
                writer.write(f"-{error}\r\n".encode() if sent[-1] == b"PING" else b"+OK\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listener:
        client = connect(settings(f"redis://127.0.0.1:{listener.sockets[0].getsockname()[1]}/0"))
        try:
            yield client, sent
        finally:
            await close(client)


@pytest.mark.parametrize("word", LATER)
async def test_what_may_pass_is_unavailable_after_one_attempt(word: str) -> None:
    async with answering(f"{word} for some reason") as (client, sent):
        with pytest.raises(Unavailable, match="some reason"):
            await client.ping()
        assert sent.count(b"PING") == 1
        pipeline = client.pipeline(transaction=False)
        pipeline.ping()
        with pytest.raises(Unavailable, match="some reason"):
            await pipeline.execute()
        assert sent.count(b"PING") == 2


@pytest.mark.parametrize("error", ["WRONGPASS invalid", "NOAUTH Authentication required.", "NOPERM no permissions to run it"])
async def test_a_refused_login_is_a_setting(error: str) -> None:
    async with answering(error) as (client, _):
        with pytest.raises(SettingsError, match="WIREWATCH_REDIS_URL"):
            await client.ping()


@pytest.mark.parametrize("error", ["WRONGTYPE of a key", "ERR unknown command", "MOVED 1 127.0.0.1:1"])
async def test_a_mistake_of_ours_is_not_hidden(error: str) -> None:
    async with answering(error) as (client, _):
        with pytest.raises(ResponseError):
            await client.ping()


async def test_nobody_there_is_unavailable(free_port: int) -> None:
    client = connect(settings(f"redis://user:secret-word@127.0.0.1:{free_port}/0"))
    with pytest.raises(Unavailable) as error:
        await client.ping()
    assert f"{free_port}" in str(error.value)
    cause = error.value.__cause__
    assert isinstance(cause, RedisError)
    for shown in (str(error.value), repr(error.value), repr(cause), repr(client), repr(client.connection_pool)):
        assert "secret-word" not in shown
    await close(client)


@pytest.mark.parametrize(
    "url",
    [
        "http://user:secret-word@host",
        "redis://user:secret-word@host:port",
        "redis://user:12#secret-word@host:6379",
        "redis://user:secret-word/12@host:6379",
        "redis://user:12/secret-word@host:6379",
        "redis://",
        "secret-word",
        "redis://host?socket_timeout=secret-word",
        "redis://[secret-word",
    ],
)
def test_an_address_that_cannot_be_read_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(SettingsError, match="WIREWATCH_REDIS_URL: must be redis://") as error:
        connect(settings(url))
    assert "secret-word" not in str(error.value)
    assert error.value.__cause__ is None


@pytest.mark.parametrize("url", ["unix:///run/redis.sock", "redis://[::1]:6379/1", "rediss://user:p%2Fw%23@host/0"])
async def test_an_address_that_can_be_read(url: str) -> None:
    await close(connect(settings(url)))
