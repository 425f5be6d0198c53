"""Faults of the workers themselves."""

from __future__ import annotations

import contextlib
import math
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from kafka import KafkaConsumer, TopicPartition

from streams.store import keys
from tests.faults.run import SESSION
from tests.faults.wire import BUG_TEXT, PARTITIONS, Blend
from tests.product import eventually

if TYPE_CHECKING:
    from concurrent.futures import Future

    from tests.faults.run import Run

RECORDS, RATE = 3000, 200.0


def worker_kill(run: Run) -> None:
    """kill -9 five times, each while it works, each restarted at once."""
    run.team()
    run.write(RECORDS, RATE)
    for _ in range(5):
        run.progress(run.dice.randrange(1, 60))
        run.pause(1.6)  # past a commit or not
        victim = run.dice.choice(run.workers)
        victim.kill()
        victim.start()
    run.drained()
    run.judged()


def worker_zombie(run: Run) -> None:
    """Frozen past the session timeout, so that another takes its partitions over, and awake again with a batch in hand."""
    run.team()
    run.write(RECORDS, RATE)
    run.progress(run.dice.randrange(1, 120))
    zombie = run.dice.choice(run.workers)
    zombie.freeze()
    time.sleep(SESSION + 2)  # the fault itself: Kafka counts it dead
    run.progress(5)
    zombie.thaw()
    run.drained()
    run.judged()


def dedup_reemit(run: Run) -> None:
    """Killed when stories are written and their articles not yet acknowledged: they are written again."""
    run.team(1)
    run.write(RECORDS, RATE)
    victim, struck = run.workers[0], 0
    with contextlib.closing(_Offsets(run)) as offsets:
        for _ in range(3):
            run.progress(run.dice.randrange(1, 80))
            victim.freeze()  # at whatever point it is, again until it is the right one
            while not (ahead := offsets.emitted() > offsets.acknowledged()) and not (run.ledger and run.ledger.done):
                victim.thaw()
                run.pause(0.3)
                victim.freeze()
            struck += ahead
            victim.kill()
            victim.start()
    run.drained()
    run.figures["struck between emit and commit"] = struck
    if not struck:
        run.problem("never struck between emit and commit")
    run.judged()


class _Offsets:
    """How far dedup has claimed, emitted and acknowledged, in records."""

    def __init__(self, run: Run) -> None:
        self._settings = run.settings
        self._redis = run.redis.client
        self._consumer = KafkaConsumer(
            bootstrap_servers=run.settings.kafka_bootstrap.split(","),
            group_id=run.settings.group,
            enable_auto_commit=False,
            metrics_enabled=False,
        )

    def close(self) -> None:
        """Leave Kafka."""
        self._consumer.close()

    def longest_pause(self, ended: Future[tuple[float, int]], *, after: float = 3.0) -> float:
        """The longest that articles of any partition waited while none of it was claimed, in seconds.

        Looks until a process has `ended` and `after` seconds more.
        """
        topic, longest, end = self._settings.articles_topic, 0.0, math.inf
        moved = dict.fromkeys(range(PARTITIONS), (-1, time.monotonic()))
        while (now := time.monotonic()) < end:
            claimed = keys.partitions(topic, self._redis.hgetall(keys.SEEN_FENCES))
            ends = self._consumer.end_offsets([TopicPartition(topic, number) for number in range(PARTITIONS)])
            for part, written in ends.items():
                fence, since = moved[part.partition]
                if claimed.get(part.partition, -1) > fence or written <= fence + 1:
                    moved[part.partition] = claimed.get(part.partition, -1), now
                longest = max(longest, now - since)
            if end == math.inf and ended.done():
                end = now + after
            time.sleep(0.02)  # a look, not a wait: what is measured are the times between looks
        return longest

    def emitted(self) -> int:
        """Stories written."""
        parts = [TopicPartition(self._settings.stories_topic, number) for number in range(PARTITIONS)]
        return sum(self._consumer.end_offsets(parts).values())

    def acknowledged(self) -> int:
        """Articles committed; a few of them became no story."""
        parts = [TopicPartition(self._settings.articles_topic, number) for number in range(PARTITIONS)]
        return sum(self._consumer.committed(part) or 0 for part in parts)


def worker_term(run: Run) -> None:
    """SIGTERM in the middle of batches, three times: the exit is clean and quick, and the other worker goes on at once."""
    run.team()
    run.write(RECORDS, RATE)
    slowest, longest, codes = 0.0, 0.0, set()
    with ThreadPoolExecutor(1) as hand, contextlib.closing(_Offsets(run)) as offsets:
        for _ in range(3):
            run.progress(run.dice.randrange(1, 120))
            victim = run.dice.choice(run.workers)
            ended = hand.submit(victim.end)
            longest = max(longest, offsets.longest_pause(ended))
            seconds, code = ended.result()
            slowest, codes = max(slowest, seconds), codes | {code}
            victim.start()
            eventually(victim.ready, message=f"{victim.instance} ready")
    run.at_most("slowest exit s", slowest, 10)
    run.at_most("longest pause s", longest, 2)
    if codes != {0}:
        run.problem(f"exit codes {sorted(codes)}, not 0")
    run.drained()
    run.judged()


def worker_churn(run: Run) -> None:
    """Workers join and leave all the time, some in order, some killed."""
    run.team(1)
    run.write(RECORDS, RATE)
    for number in range(5):
        run.progress(run.dice.randrange(1, 60))
        newcomer = run.worker(f"guest{number}")
        eventually(newcomer.ready, message=f"{newcomer.instance} ready")
        run.pause(2.0)
        leaver = run.dice.choice([worker for worker in run.workers if worker.alive])
        if run.dice.random() < 0.5:
            leaver.kill()
        else:
            seconds, _ = leaver.end()
            run.at_most("slowest exit s", max(seconds, run.figures.get("slowest exit s", 0)), 10)
        run.workers.remove(leaver)
    run.drained()
    run.judged()


def handler_bug(run: Run) -> None:
    """A bug that one article sets off: the process ends and acknowledges nothing; after three strikes a dead letter."""
    stage = run.dice.choice(("dedup", "detect"))
    action = run.dice.choice(("raise", "kill"))
    run.figures["failpoint"] = f"{stage}.work={action}"
    run.team(2, FAILPOINT=f"{stage}.work={action}:{BUG_TEXT}", FAILPOINTS_ALLOWED="true")
    run.write(RECORDS // 2, RATE, Blend(bugs=1))
    run.drained(within=120)
    deaths = run.figures.get("restarted after", [])
    wanted = {70} if action == "raise" else {-signal.SIGKILL}
    if not deaths or set(deaths) != wanted:
        run.problem(f"ended with {sorted(set(deaths))}, not {sorted(wanted)}")
    run.judged()
