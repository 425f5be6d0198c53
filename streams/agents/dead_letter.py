"""Dead letters: the original bytes, and in headers where they fell and why (KIP-1034 names; delivery.md, rule 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from streams import metrics
from streams.agents.producer import Outgoing

if TYPE_CHECKING:
    from datetime import datetime

    from aiokafka.structs import ConsumerRecord

    from streams.agents.producer import BatchProducer
    from streams.agents.transport import Batch
    from streams.core.errors import Rejected

log = structlog.get_logger(__name__)

_PREFIX = "__streams.errors."


def letter(  # noqa: PLR0913 - all that is told of it
    record: ConsumerRecord[bytes, bytes], error: Rejected, *, stage: str, now: datetime, partition: int, attempts: int = 1
) -> Outgoing:
    """The dead letter of a record: key, value and headers unchanged, with our headers behind them."""
    told = {
        f"{_PREFIX}exception": type(error).__name__,
        f"{_PREFIX}message": str(error),
        f"{_PREFIX}topic": record.topic,
        f"{_PREFIX}partition": str(record.partition),
        f"{_PREFIX}offset": str(record.offset),
        "ww_stage": stage,
        "ww_reason": error.reason,
        "ww_attempts": str(attempts),
        "ww_time": now.isoformat(),
    }
    headers = [*record.headers, *((name, text.encode("utf-8", "replace")) for name, text in told.items())]
    return Outgoing(partition, record.key, record.value, record.timestamp, headers)


class DeadLetters:
    """The dead-letter topic. At least once: a batch that is delivered again writes its letters again.

    A batch that is only worked on again, because Redis or Kafka was away, does not: an outage of an hour would write each
    letter a thousand times.
    """

    def __init__(self, producer: BatchProducer, topic: str) -> None:
        self._producer = producer
        self._topic = topic
        self._sent: dict[str, Batch] = {}

    async def send(
        self,
        batch: Batch,
        rejected: list[tuple[ConsumerRecord[bytes, bytes], Rejected]],
        *,
        stage: str,
        now: datetime,
        attempts: int = 1,
    ) -> None:
        """Write these records of a batch as dead letters and wait for the acknowledgement; those of a replay were once.

        Raises:
            Unavailable: as `BatchProducer.send`.
        """
        if not rejected or batch.replayed or self._sent.get(stage) is batch:
            return
        partitions = await self._producer.partitions(self._topic)
        letters = [
            letter(record, error, stage=stage, now=now, partition=record.partition % partitions, attempts=attempts)
            for record, error in rejected
        ]
        await self._producer.send(self._topic, letters)
        self._sent[stage] = batch
        for record, error in rejected:
            metrics.DEAD_LETTERS.labels(stage, error.reason).inc()
            log.warning(
                "dead letter",
                stage=stage,
                reason=error.reason,
                partition=f"{record.topic}:{record.partition}",
                offset=record.offset,
            )
