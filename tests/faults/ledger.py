"""The producer's ledger: what Kafka has acknowledged, record by record, at the place it was acknowledged at."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kafka import KafkaProducer

from streams.agents.engine import MAX_RECORD

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streams.settings import Settings
    from tests.faults.wire import Record

_PATIENCE = 300


@dataclass(frozen=True, slots=True)
class Accepted:
    """A record and the offset it was acknowledged at."""

    record: Record
    offset: int


class Ledger:
    """Writes a wire at a pace and keeps the books; started at once.

    A send never expires within a run, so nothing is sent twice and what is in no book was never accepted: the run fails then.

    Args:
        settings: where Kafka is and what the topic is called.
        records: to be written, in order.
        rate: records a second, None for as fast as it goes; may be changed meanwhile.
    """

    def __init__(self, settings: Settings, records: Sequence[Record], rate: float | None) -> None:
        self._settings, self.records, self.rate = settings, records, rate
        self._stop = threading.Event()
        self._futures: list[Any] = []
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def sent(self) -> int:
        """Records handed to Kafka's client."""
        return len(self._futures)

    @property
    def done(self) -> bool:
        """Whether all is written. What kept a record from being accepted is raised."""
        if self.error is not None:
            raise self.error
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._write()
        except BaseException as error:  # noqa: BLE001 - told by the thread that asks
            self.error = error

    def _write(self) -> None:
        producer = KafkaProducer(
            bootstrap_servers=self._settings.kafka_bootstrap.split(","),
            acks="all",
            enable_idempotence=True,
            linger_ms=5,
            max_request_size=MAX_RECORD,
            delivery_timeout_ms=_PATIENCE * 1000,
            request_timeout_ms=30_000,
            max_block_ms=_PATIENCE * 1000,
            metrics_enabled=False,
        )
        due = time.monotonic()
        try:
            for record in self.records:
                if self._stop.is_set():
                    break
                due = self._wait(due)
                self._futures.append(
                    producer.send(
                        self._settings.articles_topic,
                        key=record.key,
                        value=record.value,
                        headers=record.headers,
                        partition=record.partition,
                        timestamp_ms=record.stamp,
                    )
                )
            producer.flush(timeout=_PATIENCE)
        finally:
            producer.close(timeout=10)

    def _wait(self, due: float) -> float:
        if self.rate is None:
            return time.monotonic()
        due = max(due, time.monotonic() - 1) + 1 / self.rate  # a second late at most: then it is another rate
        self._stop.wait(max(0.0, due - time.monotonic()))
        return due

    def close(self, *, stop: bool = False) -> list[Accepted]:
        """Wait until all is acknowledged (with `stop` write no more); answers the ledger.

        Raises:
            whatever kept a record from being accepted.
        """
        if stop:
            self._stop.set()
        self._thread.join(_PATIENCE * 2)
        if self.error is not None:
            raise self.error
        return [
            Accepted(record, future.get(timeout=_PATIENCE).offset)
            for record, future in zip(self.records, self._futures, strict=False)
        ]


def by_partition(ledger: Iterable[Accepted]) -> dict[int, list[Accepted]]:
    """The ledger as a topic holds it."""
    found: dict[int, list[Accepted]] = {}
    for entry in ledger:
        found.setdefault(entry.record.partition, []).append(entry)
    for entries in found.values():
        entries.sort(key=lambda entry: entry.offset)
    return found
