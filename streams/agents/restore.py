"""Restoring lost claims of `dedup` from the stories topic, where every verdict stands (delivery.md, rule 6; ADR 4).

Nobody claims on a new connection to Redis before every partition has been compared: a copy of what was lost must not be
judged without it.
"""

from __future__ import annotations

import random
from contextlib import aclosing
from typing import TYPE_CHECKING

import structlog

from streams import codec, metrics
from streams.agents.repair import gone
from streams.agents.transport import Batch
from streams.core.dedup import versions
from streams.core.dedup.fingerprint import fingerprints
from streams.core.errors import Rejected, Unavailable
from streams.core.model import Emitted, Partition, SeenStand

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from aiokafka.structs import ConsumerRecord

    from streams.agents.reader import Bounds, Reader
    from streams.core.model import Article, Verdict
    from streams.core.ports import SeenIndex
    from streams.core.text.furniture import Furniture
    from streams.settings import Settings

log = structlog.get_logger(__name__)

_NEVER = SeenStand(-1, None)


class Restore:
    """Compares the seen index with the stories topic and puts back what it lost."""

    def __init__(  # noqa: PLR0913 - the parts it connects
        self,
        settings: Settings,
        reader: Reader,
        seen: SeenIndex,
        furniture: Furniture,
        live: Callable[[Batch], bool],
        *,
        stage: str,
    ) -> None:
        self._settings = settings
        self._reader = reader
        self._seen = seen
        self._furniture = furniture
        self._live = live
        self._stage = stage
        self._level: dict[int, tuple[SeenStand, int]] = {}

    async def __call__(self, batch: Batch, _fence: int) -> AsyncGenerator[Batch, None]:
        """Compare and restore all partitions; the batch given takes the fence over what left nothing in the stories topic.

        Raises:
            Unavailable: Redis or Kafka does not answer, or the batch is no longer ours.
        """
        await self.compare(batch)
        stand = (await self._seen.stands(batch.topic)).get(batch.partition, _NEVER)
        if stand.fence < batch.start - 1:  # what lies between were dead letters and repeats
            yield Batch(batch.topic, batch.partition, batch.generation, stand.fence + 1, batch.start, [], replayed=True)

    async def compare(self, batch: Batch) -> None:
        """Compare every partition with the stories that lie behind its mark.

        Ends are read before fences: what was emitted below an end had been claimed before, so it must be known.
        """
        connection = self._seen.connection()
        bounds = await self._reader.bounds(self._settings.stories_topic)
        stands = await self._seen.stands(self._settings.articles_topic)
        for number in random.sample(sorted(bounds), len(bounds)):  # several workers then begin at different ones
            stand, end = stands.get(number, _NEVER), bounds[number].end
            if self._level.get(number) == (stand, end):
                continue
            await self._restore(number, stand, bounds[number], batch)
            self._level[number] = (stand, end)
        self._seen.compared(connection)

    async def _restore(self, number: int, stand: SeenStand, bounds: Bounds, batch: Batch) -> None:
        start = bounds.start if stand.mark is None else max(bounds.start, stand.mark)
        if start >= bounds.end:
            return
        fence, lost = stand.fence, 0
        partition = Partition(self._settings.articles_topic, number)
        async with aclosing(self._reader.read(Partition(self._settings.stories_topic, number), start, bounds.end)) as parts:
            async for part in parts:
                if not self._live(batch):
                    raise Unavailable("the partition went to another worker")
                emitted = self._emitted(part.records, stand.fence)
                if not emitted:
                    continue
                if not lost:
                    metrics.GAPS.labels(self._stage).inc()
                    log.warning("gap", stage=self._stage, partition=str(partition), fence=fence, stories=start)
                    if stand.fence >= 0 and stand.mark is not None and stand.mark < bounds.start:
                        gone(self._stage, partition, emitted[0].claim.offset - fence - 1)
                last = max(fence, *(one.claim.offset for one in emitted))
                await self._seen.restore(partition, emitted, first=fence + 1, last=last)
                fence, lost = last, lost + len(emitted)
                metrics.GAP_RECORDS.labels(self._stage, "repaired").inc(len(emitted))
        if lost:
            log.info("claims restored", partition=str(partition), claims=lost, fence=fence)

    def _emitted(self, records: list[ConsumerRecord[bytes, bytes]], fence: int) -> list[Emitted]:
        """What these stories say of articles above the fence."""
        found: list[tuple[int, ConsumerRecord[bytes, bytes], Article, Verdict]] = []
        for record in records:
            offset = codec.decode_offset(record.headers)
            if offset is None or offset <= fence:
                continue
            try:
                codec.stamp(record.timestamp)
                found.append(
                    (offset, record, codec.decode_record(record.key, record.value), codec.decode_verdict(record.headers))
                )
            except Rejected as error:  # written by a hand that is not ours
                log.warning("a story cannot be read", partition=record.partition, offset=record.offset, reason=error.reason)
        texts = fingerprints([article for _, _, article, _ in found], self._furniture)
        return [
            Emitted(versions.claim(article, text, offset=offset, at=codec.stamp(record.timestamp)), verdict)
            for (offset, record, article, verdict), text in zip(found, texts, strict=True)
        ]
