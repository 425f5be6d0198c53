"""What the words of a date say, and the day of the calendar they mean for an article published when it was."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from hijridate import Gregorian, Hijri

if TYPE_CHECKING:
    from collections.abc import Sequence

_WEEK = 7


class Direction(StrEnum):
    """Where a date is looked for that its words leave open: a sitting set is to come, one held is over."""

    PAST = "past"
    FUTURE = "future"
    NONE = "none"


class Which(StrEnum):
    """What stands with a weekday. `NEXT` is the coming one, `NEXT_WEEK` that of the week after, as languages differ."""

    NEXT = "next"
    NEXT_WEEK = "next_week"
    LAST = "last"
    THIS = "this"


@dataclass(frozen=True, slots=True)
class When:
    """What is said, apart from any time of publication; None where it is not said.

    `weekday` is 0 for Monday. `days` count from the day of publication; from the day told of before where `follows`;
    where `ahead` ("in four days") from either, a day told of first.
    `weeks`, `months`, `years` are -1, 0, 1 for the last, this, the next one. `inexact` says no day: "in two weeks".
    """

    year: int | None = None
    month: int | None = None
    day: int | None = None
    is_hijri: bool = False
    weekday: int | None = None
    which: Which | None = None
    days: int | None = None
    follows: bool = False
    ahead: bool = False
    weeks: int | None = None
    months: int | None = None
    years: int | None = None
    same_year: bool = False
    inexact: bool = False


class Mention(NamedTuple):
    """A time expression: its place in the folded text, half-open, and what it says."""

    start: int
    end: int
    when: When


def resolve(
    mention: Mention,
    published: dt.datetime | None,
    direction: Direction = Direction.NONE,
    anchor: dt.date | None = None,
    *,
    zone: dt.tzinfo | None = None,
) -> dt.date | None:
    """The day a mention means; None where its words name no one day, or none that is in the calendar.

    Args:
        mention: as `Calendar.find` answers it.
        published: aware. Its date is "today", so its offset should be that of the outlet. A full date needs none.
        direction: where an open weekday or a date without a year is looked for; without one, what is nearest.
        anchor: the day told of before, for "the next day", "four days later", "of the same year". Dates without a year fall
            into its year. Without an anchor those that need one answer None.
        zone: the outlet's own, where it is known and `published` is in another.
    """
    today = published.astimezone(zone or published.tzinfo).date() if published is not None else None
    try:
        return _resolved(mention.when, today, direction, anchor)
    except (OverflowError, ValueError):
        return None


def _resolved(when: When, today: dt.date | None, direction: Direction, anchor: dt.date | None) -> dt.date | None:
    if when.inexact:
        return None
    if when.day is not None:
        return _of_calendar(when, today, direction, anchor)
    if when.month is not None or when.year is not None:
        return None
    if when.days is not None:
        return _of_days(when, today, anchor)
    if when.weekday is not None and today is not None:
        return _of_weekday(when, when.weekday, today, direction)
    return None


def _of_days(when: When, today: dt.date | None, anchor: dt.date | None) -> dt.date | None:
    base = anchor if when.follows or (when.ahead and anchor is not None) else today
    if base is None and today is not None and when.weekday is not None and when.days is not None:
        # "The day before, on Monday", of no day told of: its weekday tells it.
        return _of_weekday(when, when.weekday, today, Direction.PAST if when.days < 0 else Direction.NONE)
    if base is None or when.days is None:
        return None
    found = base + dt.timedelta(when.days)
    if when.weekday is None:
        return found
    # "Yesterday, Wednesday" of an article stamped after midnight: the weekday tells which day is today.
    ahead = (when.weekday - found.weekday()) % _WEEK
    return found + dt.timedelta(ahead if ahead <= _WEEK // 2 else ahead - _WEEK)


def _of_weekday(when: When, weekday: int, today: dt.date, direction: Direction) -> dt.date:
    ahead = (weekday - today.weekday()) % _WEEK
    in_this_week = weekday - today.weekday()
    if when.weeks is not None or when.which is Which.NEXT_WEEK:
        days = in_this_week + _WEEK * (1 if when.weeks is None else when.weeks)
    elif when.which is Which.NEXT:
        days = ahead or _WEEK
    elif when.which is Which.LAST:
        days = ahead - _WEEK
    elif direction is Direction.FUTURE or not ahead:
        days = ahead
    elif direction is Direction.PAST:
        days = ahead - _WEEK
    elif when.which is Which.THIS:
        days = in_this_week
    else:
        days = ahead if ahead <= _WEEK // 2 else ahead - _WEEK
    return today + dt.timedelta(days)


def _of_calendar(when: When, today: dt.date | None, direction: Direction, anchor: dt.date | None) -> dt.date | None:
    if when.is_hijri:
        return _of_hijri(when, today, direction)
    year, month, day = when.year, when.month, when.day
    if month is not None and year is None and (when.same_year or when.years is None) and anchor is not None:
        year = anchor.year
    elif month is not None and year is None and when.years is not None and today is not None:
        year = today.year + when.years
    if year is not None and month is not None and day is not None:
        return dt.date(year, month, day)
    if today is None or day is None or when.same_year:
        return None
    if month is not None:
        candidates = [_valid(y, month, day) for y in range(today.year - 1, today.year + 2)]
    else:
        shifts = (-1, 0, 1) if when.months is None else (when.months,)
        months = [divmod(today.year * 12 + today.month - 1 + shift, 12) for shift in shifts]
        candidates = [_valid(y, m + 1, day) for y, m in months]
    return _best([c for c in candidates if c is not None], when, today, direction)


def _of_hijri(when: When, today: dt.date | None, direction: Direction) -> dt.date | None:
    if when.month is None or when.day is None:
        return None
    if when.year is not None:
        return Hijri(when.year, when.month, when.day).to_gregorian()
    if today is None:
        return None
    year = Gregorian.fromdate(today).to_hijri().year
    candidates = [Hijri(y, when.month, when.day).to_gregorian() for y in (year - 1, year, year + 1)]
    return _best(candidates, when, today, direction)


def _valid(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _best(candidates: Sequence[dt.date], when: When, today: dt.date, direction: Direction) -> dt.date | None:
    """Of the days a date without year or month may be: one of the weekday named, on the side asked for, the nearest."""
    if when.which is Which.NEXT or when.which is Which.NEXT_WEEK:
        direction = Direction.FUTURE
    elif when.which is Which.LAST:
        direction = Direction.PAST

    def rank(day: dt.date) -> tuple[bool, bool, int]:
        wrong_weekday = when.weekday is not None and day.weekday() != when.weekday
        wrong_side = (direction is Direction.PAST and day > today) or (direction is Direction.FUTURE and day < today)
        return wrong_weekday, wrong_side, abs((day - today).days)

    return min(candidates, key=rank, default=None)
