"""Looking up names, so that one that never answers delays nothing else.

A lookup in the C library cannot be cancelled. In a pool, a few names that hang would stop every lookup, and the pool's
threads would hold up the end of the process. So each lookup has a daemon thread of its own; aiohttp asks for a name only
once at a time, hence there are never more than endpoints.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from threading import Thread
from typing import TYPE_CHECKING

from aiohttp.abc import AbstractResolver, ResolveResult

if TYPE_CHECKING:
    from collections.abc import Callable


class Resolver(AbstractResolver):
    """The system's resolver (`getaddrinfo`), for `aiohttp.TCPConnector`."""

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        """The addresses of a name.

        Raises:
            OSError: it has none, or nobody could say.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[ResolveResult]] = loop.create_future()

        def tell(say: Callable[[], None]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has closed: nobody waits any more
                loop.call_soon_threadsafe(lambda: None if answer.done() else say())

        def look_up() -> None:
            try:
                found = _addresses(host, port, family)
            except (OSError, UnicodeError) as error:
                failure = OSError(errno.EHOSTUNREACH, f"the name cannot be looked up ({error})")
                tell(lambda: answer.set_exception(failure))
            else:
                tell(lambda: answer.set_result(found))

        Thread(target=look_up, name="resolve", daemon=True).start()
        return await answer

    async def close(self) -> None:
        """Nothing is kept open."""


def _addresses(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    found = socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [
        ResolveResult(hostname=host, host=str(address[0]), port=int(address[1]), family=kind, proto=protocol, flags=flags)
        for kind, _, protocol, _, address in found
    ]
