"""The days a sentence names, and which of them is a sitting's."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streams.core.detect.un_session.cue import distance
from streams.core.model import SittingStatus
from streams.core.text.dates import Direction, Which, resolve

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from streams.core.detect.un_session.holder import Trigger
    from streams.core.detect.un_session.sentence import Sentence
    from streams.core.text.dates import Calendar, When
    from streams.core.text.dates import Mention as Time

_REACH = 20
"""Words between a sitting and its day, commas counted."""
_CLOSES = 4
"""Words between "goes on, ends" and the day on which."""
_COUNTED = 2
"""Days counted from today that have names of their own: "the day before yesterday"."""
_MONTHS = 12
_LONG_AGO = 8
"""Days after which a sitting is no news of now (GUIDELINES.md, `current`)."""
_OVER = frozenset({SittingStatus.HELD, SittingStatus.SUSPENDED, SittingStatus.IN_PROGRESS})
_COMING = frozenset({SittingStatus.REQUESTED, SittingStatus.SCHEDULED, SittingStatus.POSTPONED, SittingStatus.CANCELLED})


class Day(NamedTuple):
    """A time expression of a sentence: group and name are empty, so that it stands where a mention of the vocabulary may."""

    group: str
    name: str
    start: int
    end: int
    time: Time


def days(sentence: Sentence, calendar: Calendar, language: str) -> list[Day]:
    """The time expressions of a sentence, by place."""
    text = sentence.text[sentence.start : sentence.end]
    return [Day("", "", sentence.start + time.start, sentence.start + time.end, time) for time in calendar.find(text, language)]


def side(when: When, published: dt.date | None) -> int | None:
    """Which side of the article's day the words themselves put it: -1, 0 or 1; None where they leave it open."""
    shifts = [shift for shift in (None if when.follows else when.days, when.weeks, when.months, when.years) if shift]
    if shifts:
        return 1 if shifts[0] > 0 else -1
    if when.days == 0 and not when.follows:
        return 0
    if when.which is not None and when.which is not Which.THIS:
        return -1 if when.which is Which.LAST else 1
    return _of_month(when, published) if published is not None and not when.is_hijri else None


def _of_month(when: When, published: dt.date) -> int | None:
    """The same of a year, or of a month by itself: which of the two such months is nearer."""
    if when.year is not None:
        return (when.year > published.year) - (when.year < published.year) or None
    if when.month is None or when.day is not None:
        return None
    ahead = (when.month - published.month) % _MONTHS
    return 0 if not ahead else 1 if ahead <= _MONTHS // 2 else -1


def _is_span(when: When) -> bool:
    """Whether it counts from some day rather than naming one: "in three days", "the next day"."""
    return when.follows or when.inexact or (when.days is not None and abs(when.days) > _COUNTED)


def nearest(sentence: Sentence, trigger: Trigger, owned: Sequence[Day]) -> list[Day]:
    """The days near enough to be the sitting's, the nearest first; days named before days counted and months."""
    noun = trigger.noun.start
    far = [(_is_span(day.time.when) or is_month(day), distance(sentence, trigger, day), day.start < noun, day) for day in owned]
    return [day for _, words, _, day in sorted(far, key=lambda found: found[:3]) if words <= _REACH]


def is_another(sentence: Sentence, trigger: Trigger, day: Day) -> bool:
    """Whether the day is not the one a sitting begins on: its last one, or that of what it is held because of."""
    if sentence.is_behind("until", day) or sentence.right_before(day, "closes", reach=_CLOSES):
        return True
    if any(m.start < day.end < m.end and not sentence.is_definite(m) for m in sentence.of("counted_from")):
        return True
    return day.start >= trigger.noun.end and bool(sentence.inside(trigger.noun, day, "cause"))


def new_day(sentence: Sentence, trigger: Trigger, owned: Sequence[Day]) -> Day | None:
    """The day a sitting is put off to: behind "to", else the last that is named, and not behind "from"."""
    near = nearest(sentence, trigger, owned)
    key = lambda day: (sentence.is_behind("until", day), not sentence.is_behind("since", day), day.start)  # noqa: E731 - read once
    return max(near, key=key, default=None)


def date_of(day: Day, status: SittingStatus | None, published: dt.datetime | None, anchor: dt.date | None) -> dt.date | None:
    """The day of the calendar: a sitting to come is looked for ahead, one held behind; without a status what is nearest."""
    direction = Direction.PAST if status in _OVER else Direction.FUTURE if status in _COMING else Direction.NONE
    return resolve(day.time, published, direction, anchor)


def is_near(day: Day) -> bool:
    """Whether it names one day of these weeks: "Monday", "tomorrow"."""
    when = day.time.when
    return when.day is None and not when.follows and (when.weekday is not None or when.days is not None)


def is_month(day: Day) -> bool:
    """Whether it names a month or a year and no day in it."""
    when = day.time.when
    return when.day is None and when.weekday is None and (when.month is not None or when.year is not None)


def is_long_ago(date: dt.date | None, published: dt.datetime | None) -> bool:
    """Whether a day lies so far behind the article that a sitting of it is history."""
    return date is not None and published is not None and (published.date() - date).days > _LONG_AGO
