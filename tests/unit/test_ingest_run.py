"""How fast articles are handed on, and what the exit code says."""

from __future__ import annotations

import pytest

from streams.ingest import run
from streams.ingest.item import Failure
from streams.ingest.run import Result, ingest
from streams.settings import Settings


class Clock:
    """Time that passes only by waiting and by the work of whoever takes the articles."""

    def __init__(self):
        self.now = 100.0
        self.slept = 0.0

    def monotonic(self):
        return self.now

    def wait(self, seconds):
        """As the event that would stop the reading: nobody sets it."""
        self.now += seconds
        self.slept += seconds

    def is_set(self):
        return False


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(run, "time", clock)
    return clock


def test_a_rate_spreads_articles_evenly(clock):
    times = [clock.now for _ in run._paced(iter(range(11)), 5.0, clock)]
    assert times == pytest.approx([100 + n / 5 for n in range(11)])


def test_a_slow_taker_is_not_made_slower_nor_made_up_for_beyond_a_second(clock):
    times = []
    for number in run._paced(iter(range(30)), 5.0, clock):
        times.append(clock.now)
        if number == 0:
            clock.now += 60.0
    assert times[1] == 160.0
    assert sum(t < 161.0 for t in times[1:]) <= 11


def test_without_a_rate_nothing_waits(clock):
    assert list(run._paced(iter(range(3)), None, clock)) == [0, 1, 2]
    assert clock.slept == 0


def test_exit_codes():
    assert Result(3, ()).exit_code == 0
    assert Result(3, (Failure("a:1", "bad-json", "not JSON"),)).exit_code == 1
    assert str(Failure("a:1", "bad-json", "not JSON")) == "a:1: bad-json: not JSON"


def test_usage_is_checked_before_kafka_is_asked():
    with pytest.raises(ValueError, match="above zero"):
        ingest(Settings(), [], rate=0)
    with pytest.raises(ValueError, match="a source is called by"):
        ingest(Settings(), [], source="a|b")
