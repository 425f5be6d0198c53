"""One attempt at one endpoint over HTTP: what is sent, what may be dialled, and what an answer means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import aiohttp

from streams.core.errors import Rejected
from streams.webhooks import backoff, guard, sign
from streams.webhooks.resolve import Resolver

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from types import TracebackType

    from streams.core.model import Delivery, Endpoint
    from streams.settings import Settings

_ANSWER_BYTES = 2048
"""No more of an answer is read; what a receiver says beyond that is its own affair."""
_DETAIL_LENGTH = 200
_GONE = 410


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one attempt. `outcome` is a metric label, `wait` what the receiver's `Retry-After` asks for."""

    outcome: str
    status: int | None = None
    detail: str = ""
    wait: timedelta | None = None

    @property
    def delivered(self) -> bool:
        """Whether the receiver has the event: any 2xx."""
        return self.outcome == "delivered"

    @property
    def gone(self) -> bool:
        """Whether the receiver wants no more, ever."""
        return self.outcome == "gone"


class Poster:
    """An HTTP client that follows no redirect, heeds no proxy of the environment, keeps no cookie and unpacks nothing.

    Every attempt dials anew: each address is judged, and none fails of a connection that was closed while idle.
    """

    def __init__(self, settings: Settings) -> None:
        self._allow_private = settings.webhook_allow_private
        self._timeout = aiohttp.ClientTimeout(total=settings.webhook_timeout)
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        """Open the client."""
        factory = guard.socket_factory(allow_private=self._allow_private)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, force_close=True, socket_factory=factory, resolver=Resolver()),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=self._timeout,
            auto_decompress=False,
            trust_env=False,
            headers={"User-Agent": "wirewatch (webhooks)", "Content-Type": "application/json", "Accept-Encoding": "identity"},
        )
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the client."""
        await self._session.close()

    async def post(self, endpoint: Endpoint, delivery: Delivery, now: datetime) -> Answer:
        """Try once; whatever happens out there is an answer."""
        try:
            url = guard.check_url(endpoint.url, allow_private=self._allow_private)
            headers = sign.headers(delivery.event_id, delivery.payload, endpoint.secrets, now)
            async with self._session.post(url, data=delivery.payload, headers=headers, allow_redirects=False) as response:
                return await _judged(response, now)
        except Rejected as rejection:
            return Answer("forbidden", detail=rejection.detail)
        except TimeoutError:
            return Answer("timeout", detail=f"no answer within {self._timeout.total:g} s")
        except (aiohttp.ClientSSLError, aiohttp.ServerFingerprintMismatch) as error:
            return Answer("tls", detail=_short(str(error)))
        except aiohttp.ClientConnectorError as error:
            why = error.os_error
            return Answer("forbidden" if guard.refused(why) else "unreachable", detail=_short(str(why)))
        except (aiohttp.ClientError, OSError) as error:
            return Answer("unreachable", detail=_short(f"{type(error).__name__}: {error}"))


async def _judged(response: aiohttp.ClientResponse, now: datetime) -> Answer:
    status = response.status
    if response.ok and status < 300:  # noqa: PLR2004 - only 2xx succeeds
        return Answer("delivered", status)
    wait = backoff.retry_after(response.headers.get("Retry-After"), now)
    if 300 <= status < 400:  # noqa: PLR2004 - redirects
        return Answer("redirect", status, "redirects are not followed: give the endpoint's final address", wait)
    said = (await response.content.read(_ANSWER_BYTES)).decode(errors="replace")
    return Answer("gone" if status == _GONE else "failed", status, _short(said), wait)


def _short(text: str) -> str:
    """A line for people: printable, and not long."""
    line = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(line.split())[:_DETAIL_LENGTH]
