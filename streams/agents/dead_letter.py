"""Dead letters: the original bytes, and in headers where they fell and why (KIP-1034 names; delivery.md, rule 3)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from streams import codec, metrics
from streams.agents.producer import Outgoing

if TYPE_CHECKING:
    from datetime import datetime

    from aiokafka.structs import ConsumerRecord

    from streams.agents.producer import BatchProducer
    from streams.agents.transport import Batch
    from streams.core.errors import Rejected
    from streams.core.ports import WorkNotes

log = structlog.get_logger(__name__)

_ATTEMPTS = codec.LETTER_HEADERS["attempts"]
_OURS = frozenset(codec.LETTER_HEADERS.values())


class DeadLetterLimitError(Exception):
    """So many records fell that something else than they must be wrong: stop, rather than drain a topic into the letters."""


def letter(  # noqa: PLR0913 - all that is told of it
    record: ConsumerRecord[bytes, bytes], error: Rejected, *, stage: str, now: datetime, partition: int, attempts: int = 1
) -> Outgoing:
    """The dead letter of a record: key, value and headers unchanged, with our headers behind them.

    One that was replayed and falls again has its attempts counted on.
    """
    before = next((value for name, value in record.headers if name == _ATTEMPTS), b"")
    told = {
        "exception": type(error).__name__,
        "message": str(error),
        "topic": record.topic,
        "partition": str(record.partition),
        "offset": str(record.offset),
        "stage": stage,
        "reason": error.reason,
        "attempts": str(attempts + (int(before) if before.isdigit() else 0)),
        "time": now.isoformat(),
    }
    own = [header for header in record.headers if header[0] not in _OURS]
    headers = [*own, *((codec.LETTER_HEADERS[name], text.encode("utf-8", "replace")) for name, text in told.items())]
    return Outgoing(partition, record.key, record.value, record.timestamp, headers)


class DeadLetters:
    """The dead-letter topic. At least once: a batch that is delivered again writes its letters again.

    A batch that is only worked on again, because Redis or Kafka was away, does not: an outage of an hour would write each
    letter a thousand times.

    Args:
        producer: writes them.
        topic: the dead-letter topic.
        notes: count them, over all workers and restarts.
        limit: letters within `window` seconds beyond which none is written.
        window: seconds.
    """

    def __init__(
        self, producer: BatchProducer, topic: str, notes: WorkNotes, *, limit: int = 1000, window: float = 600.0
    ) -> None:
        self._producer = producer
        self._notes = notes
        self._limit, self._window = limit, timedelta(seconds=window)
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
            Unavailable: as `BatchProducer.send`, or Redis does not answer now.
            DeadLetterLimitError: too many fell within the window; none of these is written.
        """
        if not rejected or batch.replayed or self._sent.get(stage) is batch:
            return
        await self._check(rejected, stage=stage, now=now)
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

    async def _check(self, rejected: list[tuple[ConsumerRecord[bytes, bytes], Rejected]], *, stage: str, now: datetime) -> None:
        names = [f"{stage} {record.topic}:{record.partition}:{record.offset}" for record, _ in rejected]
        count = await self._notes.fallen(names, now=now, window=self._window)
        if count > self._limit:
            record, error = rejected[-1]
            raise DeadLetterLimitError(
                f"{count} records fell within {self._window.total_seconds():g} s, more than {self._limit}; the last in {stage}, "
                f"{record.topic}:{record.partition} offset {record.offset}: {error}. Mend the cause, then start again after that "
                "time, or at once with a higher WIREWATCH_DEAD_LETTER_LIMIT"
            )
