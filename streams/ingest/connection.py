"""How kafka-python reaches the brokers, and its errors in words that say what to do."""

from __future__ import annotations

import contextlib
import ssl
from typing import TYPE_CHECKING, Any

from kafka import errors

from streams.core.errors import Unavailable
from streams.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.settings import Settings

BOOTSTRAP_TIMEOUT = 10.0
"""Seconds in which a broker must answer at first."""

_UNREACHABLE = (
    errors.KafkaConnectionError,
    errors.KafkaTimeoutError,
    errors.NodeNotReadyError,
    errors.MetadataEmptyBrokerList,
)
_REFUSED = (errors.SaslAuthenticationFailedError, errors.UnsupportedSaslMechanismError, errors.IllegalSaslStateError)


def connection(settings: Settings, *, timeout: float = BOOTSTRAP_TIMEOUT) -> dict[str, Any]:
    """Keyword arguments that every client of kafka-python takes.

    Raises:
        SettingsError: when what the security setting needs is missing.
    """
    config: dict[str, Any] = {
        "bootstrap_servers": [address.strip() for address in settings.kafka_bootstrap.split(",")],
        "client_id": "wirewatch-ingest",
        "security_protocol": settings.kafka_security,
        "bootstrap_timeout_ms": int(timeout * 1000),
        "reconnect_backoff_max_ms": 1000,
    }
    if settings.kafka_security.endswith("SSL"):
        config["ssl_context"] = _verified(settings)
    if settings.kafka_security.startswith("SASL"):
        if settings.kafka_username is None or settings.kafka_password is None:
            raise SettingsError(f"{settings.kafka_security} needs WIREWATCH_KAFKA_USERNAME and WIREWATCH_KAFKA_PASSWORD")
        config["sasl_mechanism"] = settings.kafka_sasl_mechanism
        config["sasl_plain_username"] = settings.kafka_username
        config["sasl_plain_password"] = settings.kafka_password.get_secret_value()
    return config


def _verified(settings: Settings) -> ssl.SSLContext:
    """Certificates are verified, host names too; there is no setting to turn that off."""
    try:
        return ssl.create_default_context(cafile=settings.kafka_cafile)
    except OSError as error:  # ssl.SSLError is one
        raise SettingsError(f"WIREWATCH_KAFKA_CAFILE: {settings.kafka_cafile} cannot be used ({error})") from None


@contextlib.contextmanager
def in_words(settings: Settings) -> Iterator[None]:
    """Turns kafka-python's errors into `Unavailable`, those of our own making left aside: they are bugs."""
    try:
        yield
    except (errors.KafkaConfigurationError, errors.IllegalStateError, errors.IllegalArgumentError):
        raise
    except errors.KafkaError as error:
        raise unavailable(error, settings) from error


def unavailable(error: Exception, settings: Settings) -> Unavailable:
    """What happened, at which address, and what to do about it."""
    at = f"Kafka at {settings.kafka_bootstrap}"
    if isinstance(error, _REFUSED):
        return Unavailable(
            f"{at} refuses the login of {settings.kafka_username}: check WIREWATCH_KAFKA_SASL_MECHANISM, _USERNAME and _PASSWORD"
        )
    if isinstance(error, errors.AuthorizationError):
        who = settings.kafka_username or "this client"
        return Unavailable(f"{at} does not allow this ({type(error).__name__}): give {who} the right to it")
    if isinstance(error, errors.UnknownTopicOrPartitionError):
        return Unavailable(f"{at} has no topic {settings.articles_topic}: run `wirewatch topics`")
    if isinstance(error, errors.NotEnoughReplicasError | errors.NotEnoughReplicasAfterAppendError):
        return Unavailable(f"{at} has too few replicas in sync for acks=all: bring the other brokers back")
    if isinstance(error, _UNREACHABLE):
        return Unavailable(
            f"{at} does not answer: start it (`make kafka`, or `wirewatch demo`, which brings its own), "
            f"or set WIREWATCH_KAFKA_BOOTSTRAP and WIREWATCH_KAFKA_SECURITY ({settings.kafka_security} now)"
        )
    return Unavailable(f"{at} failed: {type(error).__name__}: {error}")
