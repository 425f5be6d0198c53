"""Signing as Standard Webhooks asks (https://www.standardwebhooks.com), with its own library. Pure but for `new_secret`."""

from __future__ import annotations

import base64
import secrets as random_bytes
from datetime import UTC
from typing import TYPE_CHECKING

from standardwebhooks import Webhook

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from streams.core.model import Secret

_PREFIX = "whsec_"
_SECRET_BYTES = 32


def new_secret() -> str:
    """A fresh signing secret: `whsec_` and 32 random bytes in base64."""
    return _PREFIX + base64.b64encode(random_bytes.token_bytes(_SECRET_BYTES)).decode()


def valid(secrets: Sequence[Secret], now: datetime) -> tuple[Secret, ...]:
    """The secrets that still sign at `now`, the one in force first."""
    return tuple(secret for secret in secrets if secret.expires is None or secret.expires > now)


def headers(event_id: str, body: bytes, secrets: Sequence[Secret], now: datetime) -> dict[str, str]:
    """The three headers of one attempt at `now`.

    `webhook-id` is the event's id, so that it is the same on every attempt; `webhook-signature` holds one `v1,…` for each
    secret valid at `now`, so that a receiver may hold the old or the new one during a rotation.
    """
    moment = now.astimezone(UTC).replace(microsecond=0)  # the library reads any zone as UTC
    text = body.decode()
    signatures = [Webhook(secret.value).sign(event_id, moment, text) for secret in valid(secrets, now)]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
