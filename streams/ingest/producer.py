"""Items to `wire.articles.v1`: idempotent, acks=all, and accepted only once Kafka has said so (delivery.md, rule 1)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Self

from kafka import KafkaProducer, errors
from kafka.codec import has_zstd

from streams.core.errors import Unavailable
from streams.ingest.connection import connection, in_words, unavailable
from streams.ingest.item import Failure, Item
from streams.ingest.topics import exists, specs

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from streams.settings import Settings

_IN_FLIGHT, _IN_FLIGHT_BYTES = 10_000, 96 * 1024 * 1024  # at most this much waits for its answer
_BATCH = 512 * 1024
_THIS_ARTICLE = (
    errors.MessageSizeTooLargeError,
    errors.RecordListTooLargeError,
    errors.InvalidRecordError,
    errors.PolicyViolationError,
)


class WireProducer:
    """Sends items, in order per key, with a bounded number in flight; a context manager that flushes at its end.

    Args:
        settings: where Kafka is and what the topic is called.
        failed: told of every article that was not accepted, with the reason.
        patience: seconds Kafka has to take an article, retries included.

    Raises (all methods):
        Unavailable: Kafka does not answer or does not want us; what was in flight is told to `failed` on leaving.
    """

    def __init__(self, settings: Settings, *, failed: Callable[[Failure], None], patience: float = 120.0) -> None:
        self._settings = settings
        self._failed = failed
        self._patience = patience
        self._waiting: deque[tuple[Item, Any]] = deque()
        self._bytes = 0
        self.accepted = 0
        topic = specs(settings)[settings.articles_topic]
        if not exists(settings, topic.name):  # kafka-python would wait for it until its own patience ends
            raise unavailable(errors.UnknownTopicOrPartitionError(), settings)
        with in_words(settings):
            self._producer = KafkaProducer(
                **connection(settings),
                acks="all",
                enable_idempotence=True,
                compression_type="zstd" if has_zstd() else None,
                batch_size=_BATCH,
                linger_ms=5,
                max_request_size=topic.max_message_bytes,
                delivery_timeout_ms=int(patience * 1000),
                request_timeout_ms=int(patience * 250),
                max_block_ms=15_000,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None:
                self.flush()
        finally:
            self._producer.close(timeout=2)
            self._give_up()

    def send(self, item: Item) -> None:
        """Hand one article to Kafka; waits while too much is in flight."""
        size = len(item.value)
        while self._waiting and (
            self._waiting[0][1].is_done or len(self._waiting) >= _IN_FLIGHT or self._bytes + size > _IN_FLIGHT_BYTES
        ):
            self._settle()
        try:
            with in_words(self._settings):
                future = self._send(item)
        except Unavailable:
            self._failed(Failure(item.where, "not-sent", "Kafka did not take it"))
            raise
        if future is not None:
            self._waiting.append((item, future))
            self._bytes += size

    def flush(self) -> None:
        """Wait until every article sent has been accepted or refused."""
        with in_words(self._settings):
            self._producer.flush(timeout=self._patience)
        while self._waiting:
            self._settle()

    def _send(self, item: Item) -> Any:  # noqa: ANN401 - kafka-python has no types
        try:
            return self._producer.send(self._settings.articles_topic, key=item.key, value=item.value, headers=item.headers)
        except errors.MessageSizeTooLargeError as error:
            self._failed(Failure(item.where, "too-large", str(error)))
            return None

    def _settle(self) -> None:
        """Wait for the oldest article's answer and count or name it."""
        item, future = self._waiting[0]
        try:
            with in_words(self._settings):
                self._answer(item, future)
        finally:
            self._waiting.popleft()
            self._bytes -= len(item.value)

    def _answer(self, item: Item, future: Any) -> None:  # noqa: ANN401 - kafka-python has no types
        try:
            future.get(timeout=self._patience)
        except _THIS_ARTICLE as error:
            self._failed(Failure(item.where, "refused", f"Kafka refuses this article: {type(error).__name__}"))
        except errors.KafkaError as error:
            self._failed(Failure(item.where, "not-accepted", f"{type(error).__name__}: {error}"))
            raise
        else:
            self.accepted += 1

    def _give_up(self) -> None:
        """After a failure: count what Kafka did accept, and name the rest."""
        for item, future in self._waiting:
            if future.is_done and future.succeeded():
                self.accepted += 1
            else:
                self._failed(Failure(item.where, "unconfirmed", "sent, but Kafka never said that it has it"))
        self._waiting.clear()
