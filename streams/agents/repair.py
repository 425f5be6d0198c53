"""Gap repair of `detect`: what lies between the alert log's fence and a batch is worked on again (delivery.md, rule 6)."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

import structlog

from streams import metrics
from streams.agents.transport import Batch

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from streams.agents.reader import Reader
    from streams.core.model import Partition

log = structlog.get_logger(__name__)


class Repair:
    """Reads a stage's lost batches again."""

    def __init__(self, reader: Reader, stage: str) -> None:
        self._reader = reader
        self._stage = stage

    async def __call__(self, batch: Batch, fence: int) -> AsyncGenerator[Batch, None]:
        """The batches between the fence and this one; where the log begins above the fence, the first of them bridges that.

        Raises:
            Unavailable: Kafka does not answer.
        """
        partition = batch.topic_partition
        begins = (await self._reader.bounds(batch.topic))[batch.partition].start
        done, start = fence + 1, max(fence + 1, begins)
        if fence >= 0:
            gone(self._stage, partition, min(start, batch.start) - done)
        if start < batch.start:
            metrics.GAPS.labels(self._stage).inc()
            log.warning("gap", stage=self._stage, partition=str(partition), fence=fence, batch=batch.start, log_start=begins)
            async with aclosing(self._reader.read(partition, start, batch.start)) as parts:
                async for part in parts:
                    yield Batch(batch.topic, batch.partition, batch.generation, done, part.end, part.records, replayed=True)
                    metrics.GAP_RECORDS.labels(self._stage, "repaired").inc(len(part.records))
                    done = part.end
        if done < batch.start:
            yield Batch(batch.topic, batch.partition, batch.generation, done, batch.start, [], replayed=True)
        log.info("fence level", stage=self._stage, partition=str(partition), fence=batch.start - 1)


def gone(stage: str, partition: Partition, records: int) -> None:
    """Tell of offsets that Redis has lost and Kafka no longer keeps."""
    if records > 0:
        metrics.GAP_RECORDS.labels(stage, "gone").inc(records)
        log.error("gap below the log start: lost", stage=stage, partition=str(partition), offsets=records)
