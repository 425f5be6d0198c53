"""The dead-letter topic read and replayed: `wirewatch dlq` (delivery.md, rule 10)."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition, errors
from kafka.codec import has_zstd

from streams import codec
from streams.core.errors import Unavailable
from streams.ingest import topics
from streams.ingest.connection import connection, in_words, unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from streams.settings import Settings

_OURS = {header: name for name, header in codec.LETTER_HEADERS.items()}
_PATIENCE = 30.0
"""Seconds Kafka has to answer a fetch or take a record."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter. `name` is its place in the dead-letter topic, `told` what our headers say, `headers` the record's own.

    `timestamp` is the record's, in milliseconds since 1970 UTC.
    """

    name: str
    told: dict[str, str]
    key: bytes | None
    value: bytes | None = field(repr=False)
    timestamp: int
    headers: list[tuple[str, bytes]]

    @property
    def origin(self) -> tuple[str, int, int]:
        """Topic, partition and offset it fell from: its identity, for the same letter may stand in the topic twice."""
        return self.told["topic"], int(self.told["partition"]), int(self.told["offset"])

    def matches(self, filters: dict[str, str]) -> bool:
        """Whether every filter holds: `source` and `uri` are the key's, the others what the headers tell."""
        source, _, uri = (self.key or b"").decode("utf-8", "replace").partition("|")
        known = {**self.told, "source": source, "uri": uri}
        return all(known.get(name) == value for name, value in filters.items())


FILTERS = (*codec.LETTER_HEADERS, "source", "uri")
"""What letters can be chosen by."""


def _letter(record: Any) -> Letter:  # noqa: ANN401 - kafka-python has no types
    told = {_OURS[name]: (value or b"").decode("utf-8", "replace") for name, value in record.headers if name in _OURS}
    own = [(name, value) for name, value in record.headers if name not in _OURS]
    return Letter(f"{record.partition}:{record.offset}", told, record.key, record.value, record.timestamp, own)


def read(settings: Settings) -> Iterator[Letter]:
    """Every letter there is now, each once: partition by partition, oldest first.

    Raises:
        Unavailable: Kafka does not answer, or has no such topic.
    """
    spec = topics.specs(settings)[settings.dead_letter_topic]
    if not topics.exists(settings, spec.name):
        raise Unavailable(f"Kafka at {settings.kafka_bootstrap} has no topic {spec.name}: run `wirewatch topics`")
    seen: set[tuple[str, int, int]] = set()
    with in_words(settings):
        consumer = KafkaConsumer(
            **connection(settings), max_partition_fetch_bytes=spec.max_message_bytes, fetch_max_bytes=spec.max_message_bytes
        )
        try:
            for number in sorted(consumer.partitions_for_topic(spec.name) or ()):
                for letter in _partition(consumer, TopicPartition(spec.name, number)):
                    if letter.told.keys() >= {"topic", "partition", "offset", "stage"} and letter.origin not in seen:
                        seen.add(letter.origin)
                        yield letter
        finally:
            consumer.close()


def _partition(consumer: Any, partition: Any) -> Iterator[Letter]:  # noqa: ANN401 - kafka-python has no types
    end = consumer.end_offsets([partition])[partition]
    consumer.assign([partition])
    consumer.seek(partition, consumer.beginning_offsets([partition])[partition])
    while consumer.position(partition) < end:
        found = consumer.poll(timeout_ms=int(_PATIENCE * 1000)).get(partition, ())
        if not found and consumer.position(partition) < end:
            raise errors.KafkaTimeoutError(f"{partition.topic}:{partition.partition} gives no records")
        yield from (_letter(record) for record in found if record.offset < end)


def replay(settings: Settings, letters: Iterable[Letter], *, note: Callable[[Letter, str], None]) -> int:
    """Write letters to the topic their stage reads, as the records they were; answers how many.

    Key, value, headers, timestamp and partition are the record's own, but for a timestamp that lies more than half the topic's
    retention ago: that is brought forward to there, or Kafka would delete the record before it is read. Safe to repeat: an
    article that was judged meanwhile is a repeat and changes nothing. `note` is told of each letter and where it went.

    Raises:
        Unavailable: Kafka does not take them; those told of stand there.
    """
    inputs = {"dedup": settings.articles_topic, "detect": settings.stories_topic}
    specs, count = topics.specs(settings), 0
    with in_words(settings):
        producer = KafkaProducer(
            **connection(settings),
            acks="all",
            enable_idempotence=True,
            compression_type="zstd" if has_zstd() else None,
            max_request_size=specs[settings.dead_letter_topic].max_message_bytes,
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )
        try:
            for letter in letters:
                topic = inputs.get(letter.told["stage"], letter.origin[0])
                oldest = time.time() * 1000 - (specs[topic].retention_ms / 2 if topic in specs else math.inf)
                sent = producer.send(
                    topic,
                    key=letter.key,
                    value=letter.value,
                    partition=letter.origin[1],
                    timestamp_ms=int(max(letter.timestamp, oldest)),
                    headers=[*letter.headers, (codec.LETTER_HEADERS["attempts"], letter.told.get("attempts", "1").encode())],
                )
                sent.get(timeout=_PATIENCE)
                note(letter, topic)
                count += 1
        except AssertionError as error:  # kafka-python's answer to a partition that is not there
            raise unavailable(errors.UnknownTopicOrPartitionError(), settings) from error
        finally:
            producer.close(timeout=2)
    return count
