from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.webhooks import backoff

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
HOURS = 3600.0


def following(made: int, *, roll: float = 0.5, wish: timedelta | None = None, lifetime: timedelta = WEEK) -> timedelta | None:
    due = backoff.next_attempt(made, NOON, created=NOON, lifetime=lifetime, roll=roll, wish=wish)
    return None if due is None else due - NOON


@pytest.mark.parametrize(
    ("made", "seconds"),
    [
        (1, 5),
        (2, 5 * 60),
        (3, 30 * 60),
        (4, 2 * HOURS),
        (5, 5 * HOURS),
        (6, 10 * HOURS),
        (7, 14 * HOURS),
        (8, 20 * HOURS),
        (9, 24 * HOURS),
    ],
)
def test_the_schedule(made: int, seconds: float) -> None:
    assert following(made) == timedelta(seconds=seconds)
    assert following(made, roll=0.0) == timedelta(seconds=seconds) * 0.8


def test_no_eleventh_attempt() -> None:
    assert following(10) is None
    assert following(50) is None


@given(made=st.integers(1, 9), roll=st.floats(0, 1, exclude_max=True))
def test_jitter_stays_within_a_fifth(made: int, roll: float) -> None:
    delay, step = following(made, roll=roll), backoff.STEPS[made - 1]
    assert delay is not None
    assert step * 0.8 <= delay <= step * 1.2 + timedelta(microseconds=1)


def test_a_wish_to_wait_longer_is_granted_and_one_for_less_is_not() -> None:
    assert following(1, wish=timedelta(minutes=1)) == timedelta(minutes=1)
    assert following(2, wish=timedelta(seconds=1)) == timedelta(minutes=5)


def test_the_lifetime_ends_it() -> None:
    assert following(2, lifetime=timedelta(minutes=5)) == timedelta(minutes=5)
    assert following(2, lifetime=timedelta(minutes=5) - timedelta(microseconds=1)) is None
    assert following(1, lifetime=timedelta(minutes=5), wish=timedelta(minutes=6)) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("99999999999999999999", 86400),
        ("Sun, 01 Mar 2026 12:01:30 GMT", 90),
        ("Sunday, 01-Mar-26 12:01:30 GMT", 90),
        ("Sun, 01 Mar 2026 12:01:30 -0000", 90),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("Sun, 01 Mar 2099 12:00:00 GMT", 86400),
    ],
)
def test_retry_after(header: str, seconds: float) -> None:
    assert backoff.retry_after(header, NOON) == timedelta(seconds=seconds)


@pytest.mark.parametrize("header", [None, "", "soon", "-5", "1.5", "٣", "Sun, 99 Mar 2026 12:00:00 GMT"])
def test_a_retry_after_that_says_nothing(header: str | None) -> None:
    assert backoff.retry_after(header, NOON) is None


@given(st.text())
def test_any_retry_after_is_bounded(header: str) -> None:
    wait = backoff.retry_after(header, NOON)
    assert wait is None or timedelta(0) <= wait <= timedelta(hours=24)
