"""The operations side of every long-running process: health, metrics, who may read, and one way to serve HTTP.

Built on the server the feed uses, so that worker, serve and deliver answer alike.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import hmac
import ipaddress
import socket
from typing import TYPE_CHECKING

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from streams.metrics import READY, REGISTRY
from streams.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from streams.settings import Settings


def is_loopback(host: str | None) -> bool:
    """Whether a peer's or listener's address is this machine; names other than `localhost` are not."""
    if host in {None, "", "localhost"}:
        return host == "localhost"
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def bears(token: str, authorization: str | None) -> bool:
    """Whether an Authorization header carries `token`, as Bearer or as the password of Basic (for browsers)."""
    scheme, _, value = (authorization or "").partition(" ")
    if scheme.lower() == "basic":
        try:
            value = base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return False
    elif scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(value.strip().encode(), token.encode())


class Access:
    """ASGI middleware: writing needs the write token; reading from another machine needs the read token.

    Health is open to all: it says nothing but yes or no to strangers.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._read = settings.read_token.get_secret_value() if settings.read_token else None
        self._write = settings.write_token.get_secret_value() if settings.write_token else None

    def refusal(self, scope: Scope) -> Response | None:
        """The answer to a request that may not pass, or None."""
        header = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"authorization"), None)
        writing = scope["method"] not in {"GET", "HEAD", "OPTIONS"} or scope["path"].startswith("/v1/endpoints")
        if writing:
            if self._write is None:
                return PlainTextResponse("Writing over HTTP is off: set WIREWATCH_WRITE_TOKEN.\n", 403)
            allowed = bears(self._write, header)
        else:
            local = is_loopback((scope.get("client") or (None,))[0])
            allowed = (
                local
                or scope["path"] in {"/healthz", "/readyz"}
                or any(t is not None and bears(t, header) for t in (self._read, self._write))
            )
        if allowed:
            return None
        challenge = {"WWW-Authenticate": 'Basic realm="wirewatch: any name, the token as password", charset="UTF-8"'}
        return PlainTextResponse("A token is needed: send it as Bearer, or as the password.\n", 401, challenge)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it here."""
        refusal = self.refusal(scope) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)


def middleware(settings: Settings) -> list[Middleware]:
    """What stands before every application of ours: known host names, then tokens."""
    return [
        Middleware(TrustedHostMiddleware, allowed_hosts=[*settings.allowed_hosts]),
        Middleware(Access, settings=settings),
    ]


def routes(ready: Callable[[], Awaitable[dict[str, str]]]) -> list[Route]:
    """`/healthz` (the process answers), `/readyz` (503 with what is missing) and `/metrics`."""

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        missing = await ready()
        lines = [f"{part}: {why}" for part, why in missing.items()] or ["ready"]
        return PlainTextResponse("\n".join(lines) + "\n", 503 if missing else 200)

    async def metrics(_: Request) -> Response:
        READY.set(not await ready())
        return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


def application(settings: Settings, ready: Callable[[], Awaitable[dict[str, str]]]) -> Starlette:
    """The operations application of a process that serves nothing else."""
    return Starlette(routes=routes(ready), middleware=middleware(settings))


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: who stops a process is decided by its composition root alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, bound before anything else starts, so that a taken port is an early and clear error.

    Raises:
        SettingsError: the address cannot be had; names it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        why = f"cannot listen on {host}:{port} ({error.strerror}): choose another with WIREWATCH_HOST and WIREWATCH_…_PORT"
        raise SettingsError(why) from None
    listener.listen(128)
    return listener


async def serve(app: ASGIApp, listener: socket.socket, stop: asyncio.Event) -> None:
    """Serve until `stop` is set, then let open requests end for at most two seconds."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="on", server_header=False, timeout_graceful_shutdown=2
    )
    server = _Server(config)
    running = asyncio.ensure_future(server.serve(sockets=[listener]))
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await running
    finally:
        stopping.cancel()
