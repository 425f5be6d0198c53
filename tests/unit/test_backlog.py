"""When a worker will be level: courses of a backlog, and what is said of them."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from streams import metrics
from streams.agents.backlog import WINDOW, Backlog
from streams.agents.catch_up import CatchUp
from streams.agents.watchdog import Standing
from streams.core.model import Partition

ARTICLES, STORIES = Partition("articles", 0), Partition("stories", 0)


class Course(NamedTuple):
    """So many seconds in which so many records a second come and are done."""

    seconds: int
    comes: int
    done: int


class World:
    """One partition of articles that runs its course, second after second."""

    def __init__(self, waiting=0):
        self.now, self.done, self.end = 1000.0, 500, 500 + waiting
        self.backlog = Backlog()

    def see(self):
        return self.backlog.see(self.now, {ARTICLES: (self.done, self.end)})

    def passes(self, course):
        """What is said at its end."""
        for _ in range(course.seconds):
            self.now += 1
            self.end += course.comes
            self.done = min(self.done + course.done, self.end)
            said = self.see()
        return said


@pytest.mark.parametrize(
    ("waiting", "courses", "said"),
    [
        (0, [Course(60, 0, 0)], (0, 0)),  # a quiet topic
        (0, [Course(60, 500, 500)], (0, 0)),  # all is done as it comes
        (300, [Course(60, 300, 300)], (300, 0)),  # what came last waits, never for long
        (10_000, [Course(5, 0, 100)], (9_500, 0)),  # nobody saw it wait for so long yet
        (10_000, [Course(20, 0, 100)], (8_000, 80)),  # an outage's backlog
        (10_000, [Course(20, 60, 100)], (9_200, 230)),  # while more comes
        (10_000, [Course(60, 0, 10), Course(int(WINDOW), 0, 100)], (6_400, 64)),  # by the speed of late
        (10_000, [Course(99, 0, 100)], (100, 1)),
        (10_000, [Course(100, 0, 100)], (0, 0)),
        (10_000, [Course(110, 20, 100), Course(20, 20, 100)], (0, 0)),
        (10_000, [Course(20, 0, 0)], (10_000, math.inf)),  # it stands
        (10_000, [Course(20, 100, 100)], (10_000, math.inf)),  # it does not gain
        (0, [Course(60, 100, 90)], (600, 0)),  # it loses, and nothing has waited long yet
        (0, [Course(200, 100, 90)], (2_000, math.inf)),  # it loses
        (3, [Course(20, 0, 0)], (3, math.inf)),  # few records, and a Redis that is away
        (0, [Course(20, 10, 10), Course(8, 10, 0), Course(8, 10, 20)], (0, 0)),  # a short stop is none
    ],
)
def test_what_is_said_of_a_course(waiting, courses, said):
    world = World(waiting)
    world.see()
    for course in courses:
        told = world.passes(course)
    assert told == pytest.approx(said)


@given(st.integers(1000, 10**7), st.integers(1, 10**5), st.integers(11, 200))
def test_at_an_even_speed_the_forecast_comes_true(waiting, speed, seconds):
    world = World(waiting)
    world.see()
    told = world.passes(Course(seconds, 0, speed))
    left = waiting - speed * seconds
    assert told.waiting == max(0, left)
    assert told.level_in == pytest.approx(max(0, left) / speed)


def test_once_behind_a_worker_is_so_until_nothing_old_waits():
    world = World(1000)
    world.see()
    assert world.passes(Course(11, 10, 90)).level_in > 0
    assert world.passes(Course(1, 10, 90)) == (40, pytest.approx(40 * 12 / 960)), "what came two seconds ago waits"
    assert world.passes(Course(1, 10, 35)) == (15, 0), "only what came just now waits"


def test_stories_still_to_be_judged_are_work_as_articles_are():
    """Dedup is the faster one: when its articles are done, the worker is not level."""
    backlog = Backlog()
    for second in range(21):
        emitted, judged = min(1000, 100 * second), 20 * second
        said = backlog.see(second, {ARTICLES: (emitted, 1000), STORIES: (judged, emitted)})
    assert said == pytest.approx((600, 30))


def test_another_workers_partition_is_no_speed_and_no_level():
    backlog = Backlog()
    for second in range(20):
        backlog.see(second, {ARTICLES: (100 * second, 10_000)})
    assert backlog.see(20, None).level_in == math.inf, "Kafka assigns anew"
    assert backlog.see(21, {ARTICLES: (2000, 10_000), STORIES: (0, 50_000)}) == (58_000, math.inf)
    for second in range(22, 28):
        said = backlog.see(second, {ARTICLES: (2000, 10_000), STORIES: (1000 * (second - 21), 50_000)})
    assert said == pytest.approx((52_000, 52))
    assert backlog.see(28, {}) == (0, 0)


def test_a_level_worker_stays_so_while_kafka_assigns():
    backlog = Backlog()
    backlog.see(0, {ARTICLES: (5, 5)})
    assert [backlog.see(second, None).level_in for second in range(1, 60)] == [0] * 59


def test_the_log_says_when_it_will_be_level_and_when_it_is():
    now = 0.0
    follower = CatchUp(clock=lambda: now, calendar=lambda: datetime.fromtimestamp(now, UTC))
    with capture_logs() as lines:
        for second in range(130):
            now = float(second)
            done = min(10_000, max(0, second - 20) * 100)
            follower.see(Standing(flowing=True, fetched=now, partitions={ARTICLES: (done, 10_000)}))
            if second == 15:
                assert metrics.CATCH_UP._value.get() == math.inf
            if second == 60:
                assert metrics.CATCH_UP._value.get() == pytest.approx(60)
    assert metrics.CATCH_UP._value.get() == 0
    begins, *drains, ends = lines
    assert (begins["log_level"], begins["waiting"], "level_in" in begins) == ("warning", 10_000, False)
    assert "does not shrink" in begins["level_at"]
    assert [line["event"] for line in drains] == ["catching up"] * 3
    assert [line["level_at"] for line in drains[1:]] == ["1970-01-01T00:02:00+00:00"] * 2
    assert drains[1]["level_in"] == "0:00:49"
    assert (ends["event"], ends["behind_for"]) == ("level with Kafka", "0:01:49")
