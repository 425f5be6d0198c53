"""The `dedup` agent: every article goes on with its verdict; only a repeat of the same article version is dropped.

Claim, emit (awaited), and only then is the batch acknowledged (delivery.md, rule 4).
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from streams import codec, metrics
from streams.agents.failpoint import NO_FAILPOINT
from streams.agents.producer import Outgoing
from streams.core.dedup import versions
from streams.core.dedup.fingerprint import fingerprints
from streams.core.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiokafka.structs import ConsumerRecord

    from streams.agents.dead_letter import DeadLetters
    from streams.agents.producer import BatchProducer
    from streams.agents.transport import Batch
    from streams.core.model import Article, Claimed
    from streams.core.ports import SeenIndex
    from streams.core.text.furniture import Furniture
    from streams.settings import Settings

STAGE = "dedup"


class Dedup:
    """Judges one batch of `wire.articles.v1` and writes `wire.stories.v1`."""

    def __init__(  # noqa: PLR0913 - the parts it connects
        self,
        settings: Settings,
        seen: SeenIndex,
        furniture: Furniture,
        producer: BatchProducer,
        dead_letters: DeadLetters,
        *,
        mark: Callable[[str, int], int | None] = lambda _topic, _partition: None,
        failpoint: Callable[[str, Batch], None] = NO_FAILPOINT,
    ) -> None:
        self._settings = settings
        self._seen = seen
        self._furniture = furniture
        self._producer = producer
        self._dead_letters = dead_letters
        self._mark = mark
        self._failpoint = failpoint

    async def work(self, batch: Batch) -> None:
        """Settle a batch; safe to call again after `Unavailable`.

        Raises:
            Unavailable: Redis or Kafka does not answer now.
            Behind: the seen index is to be restored first.
        """
        self._failpoint("dedup.work", batch)
        articles: list[tuple[ConsumerRecord[bytes, bytes], Article]] = []
        times: list[datetime] = []
        rejected: list[tuple[ConsumerRecord[bytes, bytes], Rejected]] = []
        for record in batch.records:
            try:
                article, at = codec.decode_record(record.key, record.value), codec.stamp(record.timestamp)
                articles.append((record, article))
                times.append(at)
            except Rejected as error:
                rejected.append((record, error))
        texts = fingerprints([article for _, article in articles], self._furniture)
        claims = [
            versions.claim(article, text, offset=record.offset, at=at)
            for (record, article), text, at in zip(articles, texts, times, strict=True)
        ]
        mark = self._mark(self._settings.stories_topic, batch.partition)
        claimed = await self._seen.claim(batch.topic_partition, claims, first=batch.start, last=batch.end - 1, mark=mark)
        self._failpoint("dedup.claimed", batch)
        emitted = codec.encode_emitted(datetime.now(UTC))
        stories = [
            Outgoing(
                record.partition,
                record.key,
                record.value,
                record.timestamp,
                [
                    *record.headers,
                    (codec.VERDICT_HEADER, codec.encode_verdict(answer.verdict)),
                    (codec.OFFSET_HEADER, codec.encode_offset(record.offset)),
                    (codec.EMITTED_HEADER, emitted),
                ],
            )
            for (record, _), answer in zip(articles, claimed, strict=True)
            if answer.verdict is not None
        ]
        letters = self._dead_letters.send(batch, rejected, stage=STAGE, now=datetime.now(UTC))
        sending = self._producer.send(self._settings.stories_topic, stories)
        # Side by side: one bad record a batch must not cost all others a round trip. Both are over before any is tried again.
        for answer in await asyncio.gather(letters, sending, return_exceptions=True):
            if answer is not None:
                raise answer
        self._failpoint("dedup.emitted", batch)
        self._count(articles, claimed, len(rejected))

    def _count(self, articles: list[tuple[ConsumerRecord[bytes, bytes], Article]], claimed: list[Claimed], rejected: int) -> None:
        for (record, article), answer in zip(articles, claimed, strict=True):
            source = self._settings.source_label(article.source)
            metrics.ARTICLES.labels(source, answer.verdict.verdict if answer.verdict else "repeat").inc()
            metrics.SOURCE_LAST_ARTICLE.labels(source).set(record.timestamp / 1e3)
            if article.published is not None:
                metrics.SOURCE_DELAY.observe(max(0.0, record.timestamp / 1e3 - article.published.timestamp()))
        if rejected:
            metrics.ARTICLES.labels("other", "rejected").inc(rejected)
