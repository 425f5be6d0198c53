from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from streams.core.model import Secret
from streams.webhooks import sign

BODY = '{"title":"قصف"}'.encode()


def test_a_secret_is_32_random_bytes_behind_its_prefix() -> None:
    made = {sign.new_secret() for _ in range(50)}
    assert len(made) == 50
    for secret in made:
        prefix, _, encoded = secret.partition("_")
        assert prefix == "whsec"
        assert len(base64.b64decode(encoded, validate=True)) == 32


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=3)), timezone(timedelta(hours=-9))], ids=str)
def test_the_library_verifies_what_was_signed_in_any_zone(zone: timezone) -> None:
    secret = sign.new_secret()
    headers = sign.headers("event-1", BODY, [Secret(secret)], datetime.now(zone))
    assert Webhook(secret).verify(BODY, headers) == {"title": "قصف"}
    assert headers["webhook-id"] == "event-1"
    assert headers["webhook-timestamp"].isdigit()


@pytest.mark.parametrize(
    "changed", [{"webhook-id": "event-2"}, {"webhook-timestamp": str(int(datetime.now(UTC).timestamp()) - 9)}], ids=["id", "time"]
)
def test_id_and_time_are_signed(changed: dict[str, str]) -> None:
    secret = sign.new_secret()
    headers = sign.headers("event-1", BODY, [Secret(secret)], datetime.now(UTC))
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY, headers | changed)


def test_the_body_is_signed() -> None:
    secret = sign.new_secret()
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY + b" ", sign.headers("event-1", BODY, [Secret(secret)], datetime.now(UTC)))


def test_during_a_rotation_each_valid_secret_signs_and_no_other() -> None:
    now = datetime.now(UTC)
    new, old, expired = sign.new_secret(), sign.new_secret(), sign.new_secret()
    secrets = [Secret(new), Secret(old, now + timedelta(seconds=1)), Secret(expired, now)]
    headers = sign.headers("event-1", BODY, secrets, now)
    assert len(headers["webhook-signature"].split(" ")) == 2
    assert all(part.startswith("v1,") for part in headers["webhook-signature"].split(" "))
    for secret in (new, old):
        Webhook(secret).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(expired).verify(BODY, headers)


def test_secrets_do_not_show() -> None:
    assert "whsec_" not in repr(Secret("whsec_c2VjcmV0"))
