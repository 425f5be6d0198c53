"""How kafka-python reaches the brokers, and its errors in words that say what to do."""

from __future__ import annotations

import contextlib
import re
import socket
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
_ADDRESS = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+)(:\d{1,5})?")
_REFUSED = (errors.SaslAuthenticationFailedError, errors.UnsupportedSaslMechanismError, errors.IllegalSaslStateError)


def connection(settings: Settings, *, timeout: float = BOOTSTRAP_TIMEOUT) -> dict[str, Any]:
    """Keyword arguments that every client of kafka-python takes.

    Raises:
        SettingsError: when what the security setting needs is missing.
    """
    config: dict[str, Any] = {
        "bootstrap_servers": _addresses(settings),
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


def _addresses(settings: Settings) -> list[str]:
    """Each `host:port`; the port is Kafka's usual one where it is left out."""
    addresses = [address.strip() for address in settings.kafka_bootstrap.split(",")]
    if not all(_ADDRESS.fullmatch(address) for address in addresses):
        raise SettingsError(f"WIREWATCH_KAFKA_BOOTSTRAP: host:port, … is wanted, not {settings.kafka_bootstrap!r}")
    return [address if address.rpartition("]")[2].count(":") else f"{address}:9092" for address in addresses]


def _verified(settings: Settings) -> ssl.SSLContext:
    """Certificates are verified, host names too; there is no setting to turn that off."""
    try:
        return ssl.create_default_context(cafile=settings.kafka_cafile)
    except OSError as error:  # ssl.SSLError is one
        raise SettingsError(f"WIREWATCH_KAFKA_CAFILE: {settings.kafka_cafile} cannot be used ({error})") from None


def listening(settings: Settings, *, timeout: float = BOOTSTRAP_TIMEOUT) -> None:
    """Return if one of the bootstrap addresses takes a TCP connection.

    Asked before a client is built: one that never reaches its broker leaves a thread behind that tries for ever
    (kafka-python 3.0.12), and takes its whole timeout to say so.

    Raises:
        Unavailable: none does.
    """
    for address in _addresses(settings):
        host, _, port = address.rpartition(":")
        with contextlib.suppress(OSError), socket.create_connection((host.strip("[]"), int(port)), timeout):
            return
    raise unavailable(errors.KafkaConnectionError(), settings)


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
