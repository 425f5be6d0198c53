"""One run of one fault: a wire of its own on topics of its own, workers, what was done to whom, and what came of it."""

from __future__ import annotations

import contextlib
import random
import re
import time
from typing import TYPE_CHECKING, Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from streams.ingest import topics
from streams.store import keys
from tests.faults import audit
from tests.faults.ledger import Ledger
from tests.faults.truth import truth
from tests.faults.wire import PARTITIONS, USUAL, wire
from tests.faults.worker import Worker
from tests.product import Product, eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from streams.core.assess import Assessor
    from tests.faults.proxy import Proxy
    from tests.faults.servers import Brokers, RedisServer
    from tests.faults.wire import Blend

SESSION = 6.0
"""Seconds of Kafka's session timeout in these runs."""
RECOVERY = SESSION + 15
"""Seconds within which all must be drained once the last fault is over."""
_REPAIR = 30
"""Seconds a gap in the log gets to be repaired after the last commit."""


class Failed(Exception):  # noqa: N818 - what became of a run
    """A pass figure was missed; the message says which."""


class Run:
    """One seed of one fault.

    Args:
        brokers, redis: the servers, which outlive it.
        folder: for logs.
        judge: the detectors, for the truth.
        seed: of the wire and of every choice.
        rig: rules to break in the workers.
    """

    def __init__(  # noqa: PLR0913 - what a run needs
        self, brokers: Brokers, redis: RedisServer, folder: Path, judge: Assessor, seed: int, *, rig: str = ""
    ) -> None:
        self.brokers, self.redis, self.folder, self.seed = brokers, redis, folder, seed
        self.dice = random.Random(seed)  # noqa: S311 - a repeatable run, no secret
        self.figures: dict[str, Any] = {}
        self.workers: list[Worker] = []
        self.ledger: Ledger | None = None
        self._judge, self._rig = judge, rig
        self._problems: list[str] = []
        self.proxy: Proxy | None = None
        self.anew()

    def anew(self) -> None:
        """Topics and a group that nobody has used, and an empty Redis."""
        extra = {"SESSION_TIMEOUT": f"{SESSION:g}", "PARTITIONS": str(PARTITIONS)}
        self.product = Product(self.brokers.bootstrap, self.redis.url, self.folder, extra)
        self.settings = self.product.settings(partitions=PARTITIONS, carrier_interval=0.0, session_timeout=SESSION)
        self.redis.client.flushall()
        if problems := topics.ensure(self.settings):
            raise RuntimeError("\n".join(problems))

    # --- actors -----------------------------------------------------------------------------------------------------

    def worker(self, instance: str = "", **more: str) -> Worker:
        """Start one more worker; not waited for."""
        worker = Worker(self.product, instance or f"w{len(self.workers)}", rig=self._rig, more=more)
        worker.start()
        self.workers.append(worker)
        return worker

    def team(self, count: int = 2, **more: str) -> None:
        """Start so many workers and wait until all are ready."""
        for _ in range(count):
            self.worker(**more)
        for worker in self.workers:
            eventually(worker.ready, message=f"{worker.instance} ready; see {worker.log}")

    def write(self, count: int, rate: float | None, blend: Blend = USUAL) -> Ledger:
        """Begin to write the wire."""
        self.ledger = Ledger(self.settings, wire(self.seed, count, blend), rate)
        return self.ledger

    # --- moments ----------------------------------------------------------------------------------------------------

    def events(self) -> int:
        """Entries of the alert log now; -1 while Redis does not answer."""
        with contextlib.suppress(Exception):
            return int(self.redis.client.xlen(keys.STREAM))
        return -1

    def taken(self) -> int:
        """Stories that the alert log has taken in, by its fences."""
        with contextlib.suppress(Exception):
            values: Any = self.redis.client.hvals(keys.FENCES)
            return sum(int(found[0]) + 1 for value in values if (found := re.match(rb"\d+", value)))
        return 0

    def expected_stories(self) -> int:
        """Records of the wire that become stories: all but poison and repeats."""
        assert self.ledger is not None
        good = [record for record in self.ledger.records if not record.poison]
        return len({(record.key, record.value) for record in good})

    def progress(self, events: int = 1, *, within: float = 60) -> None:
        """Wait until the alert log has grown by so many entries, or all is written and drained."""
        start = self.events()
        eventually(
            lambda: self.events() >= start + events or (self.ledger is not None and self.ledger.done and self.settled()),
            within=within,
            message=f"{events} events more than {start}",
        )

    def pause(self, most: float, least: float = 0.0) -> None:
        """Let a time pass that the seed decides: the fault strikes anywhere."""
        time.sleep(self.dice.uniform(least, most))  # not to wait for something, but to strike at no special moment

    def supervise(self, seconds: float, *, until: Callable[[], bool] = lambda: False) -> None:
        """As systemd does: start again what has ended by itself."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not until():
            for worker in self.workers:
                code = worker.supervise()
                if code is not None:
                    self.figures.setdefault("restarted after", []).append(code)
            time.sleep(0.1)

    # --- the end ----------------------------------------------------------------------------------------------------

    def settled(self) -> bool:
        """Whether everything in both topics is acknowledged by the workers; False while Kafka does not say."""
        try:
            consumer = KafkaConsumer(
                bootstrap_servers=self.settings.kafka_bootstrap.split(","),
                group_id=self.settings.group,
                enable_auto_commit=False,
                metrics_enabled=False,
            )
        except KafkaError:
            return False
        try:
            # Articles first: what they become is in the other topic before they are acknowledged.
            return all(map(self._acknowledged, (consumer, consumer), (self.settings.articles_topic, self.settings.stories_topic)))
        except KafkaError:
            return False
        finally:
            consumer.close()

    @staticmethod
    def _acknowledged(consumer: KafkaConsumer, topic: str) -> bool:
        parts = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        ends = consumer.end_offsets(parts)
        return all((consumer.committed(part) or 0) >= ends[part] for part in parts)

    def drained(self, within: float = RECOVERY) -> float:
        """Wait until all that is written is acknowledged, supervising; answers the seconds, which must be `within`.

        Counted from now, or from the last record's acknowledgement where that is later.
        """
        assert self.ledger is not None
        start = time.monotonic()
        while not self.ledger.done:
            self.supervise(0.2)
            start = time.monotonic()
        end = time.monotonic() + within + 60  # longer than it may take: how long it did take is worth to be known
        while not (settled := self.settled()) and time.monotonic() < end:
            self.supervise(0.3)
        seconds = round(time.monotonic() - start, 1)
        self.figures["drained after s"] = seconds
        if not settled:
            self.problem(f"not drained within {within + 60:g} s")
        elif seconds > within:
            self.problem(f"drained after {seconds:g} s, not {within:g}")
        return seconds

    def problem(self, what: str) -> None:
        """Note a pass figure that was missed; the run goes on."""
        self._problems.append(what)

    def at_most(self, name: str, value: float, most: float) -> None:
        """Note a figure and its bound."""
        self.figures[name] = round(value, 2)
        if value > most:
            self.problem(f"{name}: {value:.2f}, at most {most:g}")

    def at_least(self, name: str, value: float, least: float) -> None:
        """Note a figure and its bound."""
        self.figures[name] = round(value, 2)
        if value < least:
            self.problem(f"{name}: {value:.2f}, at least {least:g}")

    def judged(self) -> None:
        """Hold the end against the truth and note everything that is not as promised."""
        assert self.ledger is not None
        ledger = self.ledger.close()
        wanted = truth(self.settings, self._judge, ledger)
        end = time.monotonic() + _REPAIR
        found = audit.compare_log(self.redis.client, wanted)
        while not found.clean and time.monotonic() < end and not found.doubled:
            self.supervise(0.5)
            found = audit.compare_log(self.redis.client, wanted)
        found, again = audit.compare_topics(self.settings, ledger, found)
        self._count({"records": len(ledger), "events": len(wanted.events), "sittings": len(wanted.sittings)})
        self._count({"dead letters": len(wanted.letters), "letters again": again, **found.counts})
        self.figures["told"] = [*self.figures.get("told", []), *found.told]
        if not found.clean:
            self.problem("; ".join(f"{name} {value}" for name, value in found.counts.items() if value))

    def _count(self, counts: dict[str, int]) -> None:
        """Add to the figures: a run may be judged several times."""
        for name, value in counts.items():
            self.figures[name] = self.figures.get(name, 0) + value

    def verdict(self) -> None:
        """Tell whether all was as promised.

        Raises:
            Failed: naming everything that was not.
        """
        if self._problems:
            raise Failed("; ".join(self._problems))

    def close(self) -> None:
        """Stop every process of this run, whatever happened."""
        if self.ledger is not None:
            with contextlib.suppress(Exception):
                self.ledger.close(stop=True)
        for worker in self.workers:
            worker.close()


@contextlib.contextmanager
def starting(run: Run) -> Iterator[Run]:
    """A run that is closed at the end."""
    try:
        yield run
    finally:
        run.close()
