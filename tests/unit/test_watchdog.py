"""What ends a process that hangs, and what must not."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest

from streams.agents.transport import Batch
from streams.agents.watchdog import Standing, Watchdog
from streams.core.errors import Unavailable
from streams.core.model import Partition

A0, A1 = Partition("articles", 0), Partition("articles", 1)
BATCH = Batch("articles", 0, 1, 5, 9, [])
LIMIT = 60.0


class World:
    """A clock to turn, one stage, and a Kafka that answers or does not."""

    def __init__(self):
        self.now, self.away, self.kafka_ends = 1000.0, False, {}
        self.stage = SimpleNamespace(name="dedup", batch=None, alive=self.now, waiting_for="")
        self.dog = Watchdog(LIMIT, {"articles": self.stage}, self.ends, self.end, clock=lambda: self.now)

    def ends(self, partitions):
        if self.away:
            raise Unavailable("Kafka does not answer")
        return {partition: self.kafka_ends.get(partition, 0) for partition in partitions}

    def end(self, code):
        raise AssertionError

    def passes(self, seconds, partitions=None, *, flowing=True, fetching=True, loop=True):
        """Second after second; answers why the process would have ended, and after how many."""
        since = self.now
        for _ in range(seconds):
            self.now += 1
            if loop:
                where = partitions() if callable(partitions) else partitions or {}
                self.dog.see(Standing(flowing=flowing, fetched=self.now if fetching else since, partitions=where))
            if why := self.dog.look():
                return why
        return ""


@pytest.fixture
def world():
    return World()


def test_a_quiet_topic_is_no_reason(world):
    assert world.passes(1000, {A0: (5, 5)}) == ""
    assert world.dog.doubt == ""


def test_work_that_is_done_is_progress_however_much_waits(world):
    assert world.passes(1000, lambda: {A0: (int(world.now), 10**6)}) == ""


def test_work_that_waits_while_none_is_done(world):
    assert world.passes(40, {A0: (5, 9)}) == ""
    assert "articles:0" in world.dog.doubt
    assert "4 records" in world.passes(30, {A0: (5, 9)})


def test_a_handler_that_hangs_is_named(world):
    world.stage.batch, world.stage.alive = BATCH, world.now
    assert world.passes(59) == ""
    assert "dedup has been at articles:0, offsets 5 to 8" in world.passes(2)


def test_waiting_for_redis_is_life(world):
    world.stage.batch, world.stage.waiting_for = BATCH, "Redis is away"

    def waiting():
        world.stage.alive = world.now
        return {A0: (5, 9)}

    assert world.passes(1000, waiting) == ""


def test_waiting_for_kafka_is_life_until_it_is_back(world):
    world.away = True
    assert world.passes(1000, {A0: (5, 9)}) == ""
    assert world.passes(1000, flowing=False) == ""
    world.away = False
    assert "articles:0" in world.passes(3 * int(LIMIT), {A0: (5, 9)})


def test_no_partitions_for_long_though_kafka_answers(world):
    assert world.passes(85, flowing=False) == ""
    assert "no partitions" in world.passes(10, flowing=False)


def test_a_fetcher_that_stands(world):
    assert "fetcher" in world.passes(70, {A0: (5, 5)}, fetching=False)


def test_records_of_which_the_consumer_never_heard(world):
    world.kafka_ends = {A0: 9}
    assert "4 records" in world.passes(3 * int(LIMIT), {A0: (5, 5)})


def test_a_partition_that_is_passed_over_while_another_moves(world):
    def unfair():
        return {A0: (5, 9), A1: (int(world.now), 10**6)}

    assert world.passes(590, unfair) == ""
    assert "articles:0" in world.passes(20, unfair)


def test_a_loop_that_does_not_turn(world):
    world.passes(1, {A0: (5, 5)})
    assert "event loop" in world.passes(70, loop=False)


PROGRAM = """
import os, re, sys, time
from types import SimpleNamespace
from streams.agents.watchdog import Standing, Watchdog
dog = Watchdog(0.4, {}, lambda _: {}, os._exit)
dog.see(Standing(flowing=True, fetched=0.0, partitions={}))
dog.start()
time.sleep(60)
"""


def test_a_blocked_process_ends_with_71_and_one_line():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 71
    (line,) = (done.stdout + done.stderr).splitlines()
    assert "the event loop has been blocked" in line
