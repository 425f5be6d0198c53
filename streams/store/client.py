"""The Redis client: one attempt a call, and the one place where Redis's errors become ours.

Waiting and trying again is the caller's (delivery.md, rule 7), so the client itself never retries.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from redis import exceptions
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from streams.core.errors import Unavailable
from streams.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from redis.asyncio.connection import ConnectionPool

    from streams.settings import Settings

_DEMOTED = frozenset({"READONLY", "MASTERDOWN", "UNBLOCKED"})
"""The server is no longer the master: the address must be looked up again, so its connections are dropped."""
_BUSY = frozenset({"LOADING", "NOREPLICAS", "OOM", "MISCONF", "CLUSTERDOWN", "TRYAGAIN", "BUSY"})
_URL_HELP = "WIREWATCH_REDIS_URL: must be redis:// or rediss://[user:password@]host[:port][/number], the password percent-encoded"


def code(error: exceptions.ResponseError) -> str:
    """The word Redis begins an error with; redis-py cuts it off the message of those it has a class for."""
    return error.status_code or str(error).partition(" ")[0]


@asynccontextmanager
async def _mapped(pool: ConnectionPool) -> AsyncIterator[None]:
    """What Redis may say later differently becomes `Unavailable`; a refused login is a setting; the rest is a bug."""
    try:
        yield
    except (exceptions.AuthenticationError, exceptions.AuthorizationError, exceptions.NoPermissionError) as error:
        raise SettingsError(f"WIREWATCH_REDIS_URL: Redis refuses this user or password ({error})") from None
    except (exceptions.ConnectionError, exceptions.TimeoutError, OSError) as error:
        raise Unavailable(f"Redis does not answer: {str(error).rstrip('.')}") from error
    except exceptions.ResponseError as error:
        word = code(error)
        if word in _DEMOTED:
            await pool.disconnect(inuse_connections=False)
        elif word not in _BUSY:
            raise
        raise Unavailable(f"Redis cannot serve now: {word} {error}") from error


class _Pipeline(Pipeline):
    """A pipeline whose errors are mapped too."""

    async def execute(self, raise_on_error: bool = True) -> list[Any]:  # noqa: FBT001, FBT002 - redis-py's signature
        async with _mapped(self.connection_pool):
            return await super().execute(raise_on_error)

    def annotate_exception(self, exception: Exception, number: int, command: Iterable[object]) -> None:
        """Leave an error as Redis gave it: redis-py would put the command, and so our data, before its first word."""


class Client(Redis):
    """Redis whose every command raises `Unavailable` where trying later may help."""

    breaks = 0
    """Commands that failed so: a client of one connection makes it anew after each at the latest, never in between."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - redis-py's signature
        """Send one command and await its answer."""
        try:
            async with _mapped(self.connection_pool):
                return await super().execute_command(*args, **options)  # type: ignore[no-untyped-call]
        except exceptions.NoScriptError:
            raise
        except BaseException:
            self.breaks += 1
            raise

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:  # noqa: FBT001, FBT002 - as above
        """Commands to be sent together."""
        return _Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


def connect(settings: Settings, *, single: bool = False) -> Client:
    """A client for `settings.redis_url`; it connects with its first command. Answers are bytes (RESP2).

    Every command raises `Unavailable` after one failed attempt. `settings.redis_timeout` bounds connecting and each
    answer, so a blocking command must ask for less. With `single` all commands go over one connection, one by one. TLS
    (`rediss://`) verifies certificate and host name.

    Raises:
        SettingsError: the address cannot be read. Its text is not repeated: it may hold a password.
    """
    url = settings.redis_url.get_secret_value()
    try:
        parts = urlsplit(url)
        # A password with a raw "/" or "#" ends the host early; part of it would then stand in error messages.
        if parts.fragment or "@" in parts.path or (parts.scheme != "unix" and not parts.hostname):
            raise SettingsError(_URL_HELP)
        client = Client.from_url(
            url,
            socket_timeout=settings.redis_timeout,
            socket_connect_timeout=settings.redis_timeout,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            client_name="wirewatch",
            single_connection_client=single,
        )
    except ValueError:
        raise SettingsError(_URL_HELP) from None
    return cast("Client", client)  # redis-py says Redis, and makes the class it is asked of


async def close(client: Redis) -> None:
    """Close every connection of a client."""
    await client.aclose()
