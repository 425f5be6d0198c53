"""What people do with endpoints, once for the command line and for HTTP. Secrets leave only what makes them."""

from __future__ import annotations

import secrets as random_bytes
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from yarl import URL

from streams.core.errors import Rejected
from streams.core.model import Delivery, Endpoint, Secret
from streams.webhooks import guard, payload, sign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from streams.core.model import AlertKind, Tier
    from streams.core.ports import Subscribers
    from streams.settings import Settings

OVERLAP = timedelta(hours=24)
"""How long the old secret stays valid beside the new one."""
MOST_ENDPOINTS = 1000
_MOST_SECRETS = 4


async def register(  # noqa: PLR0913 - what an endpoint is made of
    subscribers: Subscribers,
    url: str,
    *,
    settings: Settings,
    now: datetime,
    tiers: Iterable[Tier] = (),
    kinds: Iterable[AlertKind] = (),
) -> tuple[Endpoint, str]:
    """Add an endpoint; it is owed every matching event from now on. The secret is shown here and never again.

    Args:
        subscribers: where endpoints are kept.
        url: `https://…`; its host is looked up, and judged, at each delivery.
        settings: whether private addresses may be reached.
        now: the time, aware.
        tiers: the tiers it wants; none means all.
        kinds: the kinds it wants; none means all.

    Raises:
        Rejected: `bad-url`, or `too-many`.
    """
    guard.check_url(url, allow_private=settings.webhook_allow_private)
    if len(await subscribers.list()) >= MOST_ENDPOINTS:
        raise Rejected("too-many", f"there are {MOST_ENDPOINTS} endpoints already: remove one first")
    secret = sign.new_secret()
    endpoint = Endpoint(
        id=f"ep_{random_bytes.token_hex(8)}",
        url=url,
        secrets=(Secret(secret),),
        created=now,
        tiers=tuple(dict.fromkeys(tiers)),
        kinds=tuple(dict.fromkeys(kinds)),
    )
    await subscribers.add(endpoint)
    return endpoint, secret


async def get(subscribers: Subscribers, endpoint_id: str) -> Endpoint:
    """One endpoint.

    Raises:
        Rejected: `no-endpoint`.
    """
    endpoint = await subscribers.find(endpoint_id)
    if endpoint is None:
        raise Rejected("no-endpoint", f"there is no endpoint {endpoint_id[:40]!r}: `wirewatch endpoints list` shows them")
    return endpoint


async def remove(subscribers: Subscribers, endpoint_id: str) -> None:
    """Remove an endpoint and all it is owed.

    Raises:
        Rejected: `no-endpoint`.
    """
    await get(subscribers, endpoint_id)
    await subscribers.remove(endpoint_id)


async def rotate(subscribers: Subscribers, endpoint_id: str, *, now: datetime) -> str:
    """Give an endpoint a new secret; the old one signs too for 24 h.

    Raises:
        Rejected: `no-endpoint`.
    """
    secret = sign.new_secret()

    def rotated(endpoint: Endpoint) -> Endpoint:
        older = [Secret(old.value, old.expires or now + OVERLAP) for old in sign.valid(endpoint.secrets, now)]
        return replace(endpoint, secrets=(Secret(secret), *older[: _MOST_SECRETS - 1]))

    await _change(subscribers, endpoint_id, rotated)
    return secret


async def enable(subscribers: Subscribers, endpoint_id: str) -> Endpoint:
    """Put an endpoint that was disabled back in service; what it is still owed is sent.

    Raises:
        Rejected: `no-endpoint`.
    """
    return await _change(subscribers, endpoint_id, lambda endpoint: replace(endpoint, enabled=True, disabled_why=""))


async def _change(subscribers: Subscribers, endpoint_id: str, change: Callable[[Endpoint], Endpoint]) -> Endpoint:
    while True:
        old = await get(subscribers, endpoint_id)
        new = change(old)
        if await subscribers.replace(old, new):
            return new


async def test(subscribers: Subscribers, endpoint_id: str, *, now: datetime) -> str:
    """Owe an endpoint a test event; answers its id, by which `attempts` tells what came of it.

    Raises:
        Rejected: `no-endpoint`, or `disabled`.
    """
    endpoint = await get(subscribers, endpoint_id)
    _must_be_enabled(endpoint)
    event_id = f"test_{random_bytes.token_hex(8)}"
    await subscribers.schedule(Delivery.first(endpoint.id, event_id, payload.test_body(endpoint.id, now), now))
    return event_id


async def resend(subscribers: Subscribers, endpoint_id: str, event_id: str, *, now: datetime) -> None:
    """Send one event of the log again, under its own id.

    Raises:
        Rejected: `no-endpoint`, `disabled`, or `no-event`.
    """
    endpoint = await get(subscribers, endpoint_id)
    _must_be_enabled(endpoint)
    if not await subscribers.owe_event(endpoint.id, event_id, now):
        raise Rejected("no-event", f"the alert log holds no event {event_id[:80]!r}: it may have been trimmed")


async def recover(subscribers: Subscribers, endpoint_id: str, since: datetime, *, now: datetime) -> int:
    """Send every event detected since `since` that the endpoint asks for again, under its own id; answers how many.

    Raises:
        Rejected: `no-endpoint`, `disabled`, or `bad-time` where `since` is not in the past.
    """
    endpoint = await get(subscribers, endpoint_id)
    _must_be_enabled(endpoint)
    if since.tzinfo is None or since >= now:
        raise Rejected("bad-time", "since must be a past time with its zone, for example 2025-01-31T06:00:00Z")
    return await subscribers.owe_since(endpoint.id, since, now)


def _must_be_enabled(endpoint: Endpoint) -> None:
    if not endpoint.enabled:
        raise Rejected("disabled", f"endpoint {endpoint.id} is disabled ({endpoint.disabled_why}): enable it first")


def shown(endpoint: Endpoint) -> dict[str, Any]:
    """An endpoint for people: no secret, and of the URL only what is before the path, because tokens stand behind that."""
    url = URL(endpoint.url)
    return {
        "id": endpoint.id,
        "url": f"{url.origin()}/" + ("" if url.raw_path_qs in {"", "/"} else "…"),
        "enabled": endpoint.enabled,
        "disabled_why": endpoint.disabled_why,
        "tiers": [str(tier) for tier in endpoint.tiers],
        "kinds": [str(kind) for kind in endpoint.kinds],
        "created": endpoint.created.isoformat(),
        "old_secret_valid_until": max((s.expires.isoformat() for s in endpoint.secrets if s.expires is not None), default=None),
    }
