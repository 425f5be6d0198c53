"""The Faust application: made with the settings delivery.md demands, checked at start, and run without its own worker.

Faust's command-line worker would start a web server without authentication and catch our signals; the composition root
starts and stops the application itself.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import faust
import structlog
from yarl import URL

from streams import metrics
from streams.agents import transport
from streams.agents.watchdog import Standing
from streams.core.model import Partition
from streams.settings import SettingsError

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer

    from streams.agents.stage import Stage
    from streams.agents.transport import Batch
    from streams.settings import Settings

log = structlog.get_logger(__name__)

MAX_RECORD = 21 * 1024 * 1024
"""Largest request to Kafka, bytes: a 20 MB article with its verdict, as a story or a dead letter (`topics.toml`)."""

_QUEUE = 4
"""Partition-batches that wait in front of an agent: enough to keep it busy, few enough to keep memory small."""


def _required(settings: Settings) -> dict[str, Any]:
    """Faust settings that decide between loss and none; each is read back from the application before it starts."""
    return {
        # A worker restarted after kill -9 takes its partitions back at once; two live workers never share a name.
        "consumer_group_instance_id": settings.worker,
        "consumer_auto_offset_reset": "earliest",
        "broker_session_timeout": settings.session_timeout,
        "broker_heartbeat_interval": min(3.0, settings.session_timeout / 3),
        "broker_rebalance_timeout": max(30.0, settings.session_timeout),
        "broker_request_timeout": max(40.0, settings.session_timeout),
        "broker_max_poll_records": settings.batch,
        "broker_max_poll_interval": 1000.0,
        "broker_commit_interval": 1.0,
        "consumer_max_fetch_size": 1024 * 1024,
        "producer_acks": -1,
        "producer_request_timeout": 30.0,
        "producer_compression_type": "zstd",
        "producer_linger": 0.0,
        "producer_max_batch_size": 512 * 1024,
        "producer_max_request_size": MAX_RECORD,
        "processing_guarantee": faust.types.enums.ProcessingGuarantee.AT_LEAST_ONCE,
        "stream_buffer_maxsize": _QUEUE,
        "stream_wait_empty": False,
        "topic_disable_leader": True,
        "topic_allow_declare": False,
        "web_enabled": False,
    }


def _ssl_context(settings: Settings) -> ssl.SSLContext | None:
    """A verifying TLS context, or None where the connection is not encrypted."""
    if settings.kafka_security not in {"SSL", "SASL_SSL"}:
        return None
    try:
        return ssl.create_default_context(cafile=settings.kafka_cafile)
    except OSError as error:
        raise SettingsError(f"WIREWATCH_KAFKA_CAFILE: {settings.kafka_cafile} cannot be used ({error})") from None


def credentials(settings: Settings) -> faust.SASLCredentials | faust.SSLCredentials | None:
    """What the brokers ask for; None where they ask for nothing.

    Raises:
        SettingsError: what the security setting needs is missing.
    """
    context = _ssl_context(settings)
    if settings.kafka_security.startswith("SASL"):
        if settings.kafka_username is None or settings.kafka_password is None:
            raise SettingsError(f"WIREWATCH_KAFKA_USERNAME and WIREWATCH_KAFKA_PASSWORD: {settings.kafka_security} needs both")
        return faust.SASLCredentials(
            mechanism=settings.kafka_sasl_mechanism,
            username=settings.kafka_username,
            password=settings.kafka_password.get_secret_value(),
            ssl_context=context,
        )
    return faust.SSLCredentials(context) if context is not None else None


class Engine:
    """Two agents on the batched transport.

    Args:
        settings: of this process.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # Faust insists on a folder and keeps nothing in it; one for all processes, so that none is left behind by a kill.
        datadir = Path(tempfile.gettempdir(), f"wirewatch-faust-{os.getuid()}")
        brokers = [URL(f"kafka://{address.strip()}") for address in settings.kafka_bootstrap.split(",")]
        self.app = faust.App(
            settings.group,
            broker=brokers,
            broker_credentials=credentials(settings),
            store="memory://",
            datadir=datadir,
            **_required(settings),
        )
        self.app.transport = transport.Transport(self.app.conf.broker_consumer, self.app)

    def add(self, stage: Stage, topic: str) -> None:
        """Let a stage work on a topic, one batch at a time."""
        channel = self.app.topic(topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
        self.app.agent(channel, name=stage.name, concurrency=1)(stage.run)

    def producer(self) -> AIOKafkaProducer:
        """The aiokafka producer Faust has started."""
        producer: AIOKafkaProducer = cast("Any", self.app.producer)._producer  # noqa: SLF001 - Faust has no public way to it
        return producer

    @property
    def _consumer(self) -> transport.BatchConsumer:
        return cast("transport.BatchConsumer", self.app.consumer)

    def settle(self, batch: Batch) -> None:
        """Let a batch be committed."""
        self._consumer.settle(batch)

    def live(self, batch: Batch) -> bool:
        """Whether a batch is still this worker's: the flow is on, nothing stops, and no rebalance has come between."""
        return (
            not self.app.should_stop and self.app.flow_control.is_active() and batch.generation == self.app.consumer_generation_id
        )

    def check(self) -> None:
        """Refuse to start on settings or a Faust that would lose messages.

        Raises:
            SettingsError: naming each setting Faust did not take.
            UnknownFaustError: Faust's source is not what the transport replaces.
        """
        transport.check_source()
        wrong = [
            f"Faust's {name} is {found!r}, must be {wanted!r}"
            for name, wanted in _required(self._settings).items()
            if (found := getattr(self.app.conf, name)) != wanted
        ]
        if not isinstance(self.app.transport, transport.Transport):
            wrong.append("Faust does not use the batched transport")
        if wrong:
            raise SettingsError("\n".join(wrong))

    def not_ready(self) -> str:
        """Why no article would be judged now, in words; empty when all is well."""
        if not self.app.started or self.app.should_stop:
            return "not started"
        if self.app.rebalancing or not self.app.flow_control.is_active():
            return "waiting for Kafka to assign partitions"
        return ""

    def standing(self) -> Standing:
        """Where this worker stands; sets the lag of every partition it reads."""
        if not self.app.started or self.app.should_stop or self.app.rebalancing or not self.app.flow_control.is_active():
            return Standing(flowing=False, fetched=0.0, partitions={})
        consumer = self._consumer
        told = {Partition(tp.topic, tp.partition): consumer.standing(tp) for tp in consumer.assignment()}
        partitions = {partition: offsets for partition, offsets in told.items() if offsets is not None}
        for partition, (done, end) in partitions.items():
            metrics.CONSUMER_LAG.labels(partition.topic, str(partition.number)).set(max(0, end - done))
        return Standing(flowing=True, fetched=consumer.fetched, partitions=partitions)

    def settled(self, topic: str) -> list[transport.Batch]:
        """An empty batch at the place each partition of a topic has come to that this worker reads."""
        if self.not_ready():
            return []
        consumer, generation = self._consumer, self.app.consumer_generation_id
        places = {tp.partition: consumer.settled(tp) for tp in consumer.assignment() if tp.topic == topic}
        return [transport.Batch(topic, number, generation, at, at, []) for number, at in sorted(places.items()) if at is not None]

    async def start(self) -> None:
        """Check, then start consuming.

        Raises:
            SettingsError, UnknownFaustError: as `check`.
        """
        self.check()
        await self.app.start()

    async def wait_until_crashed(self) -> BaseException | None:
        """Return when Faust has crashed or stopped by itself, with the reason it gives."""
        ends = [asyncio.ensure_future(event.wait()) for event in (self.app._crashed, self.app._stopped)]  # noqa: SLF001 - mode has no public ones
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
        reason: BaseException | None = self.app._crash_reason  # noqa: SLF001
        return reason

    async def stop(self) -> None:
        """Stop consuming, commit what is done, leave."""
        await self.app.stop()
