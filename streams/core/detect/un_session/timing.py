"""How far a sitting has come and on which day it falls: the words of a sentence and its days, read together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streams.core.detect.un_session import day as times
from streams.core.detect.un_session.cue import distance
from streams.core.detect.un_session.status import Side, Stage, stage
from streams.core.model import SittingStatus

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from streams.core.detect.un_session.day import Day
    from streams.core.detect.un_session.holder import Trigger
    from streams.core.detect.un_session.sentence import Sentence
    from streams.core.detect.vocabulary import Mention

_DAY_ASKED_FOR = 4
"""Words between a sitting asked for and the day it is asked for on; a day further off is that of the asking."""


_FIXED = 5
"""Words between "was set" and the day."""


class Clock(NamedTuple):
    """When an article was published, the day of history that it told of before, and the day of the last sitting."""

    published: dt.datetime | None
    anchor: dt.date | None
    last: dt.date | None


class Said(NamedTuple):
    """What no other sitting of the sentence stands nearer to: words and days; a session of weeks `is_long`."""

    words: Sequence[Mention]
    days: Sequence[Day]
    is_long: bool


class Timing(NamedTuple):
    """A status with its day: the words (None where no day is named that is the sitting's) and the day of the calendar."""

    stage: Stage
    day: Day | None
    date: dt.date | None
    is_history: bool


def timing(sentence: Sentence, trigger: Trigger, said: Said, clock: Clock) -> Timing:
    """What a sentence says of a sitting's time."""
    published, history, last = clock
    near = [day for day in times.nearest(sentence, trigger, said.days) if not times.is_another(sentence, trigger, day)]
    today = published.date() if published else None
    side = times.side(near[0].time.when, today) if near else None
    far = distance(sentence, trigger, near[0]) if near else 0
    fixed = _fixed(sentence, trigger, near)
    if fixed is not None:
        near, side, far = [fixed], 1, 0
    found, agrees = stage(sentence, trigger, said.words, Side(side, far, fixed is not None, bool(near)), is_long=said.is_long)
    if found.is_told and found.status is SittingStatus.SCHEDULED and side != -1 and near and times.is_near(near[0]):
        found = found._replace(certain=True)
    chosen = near[0] if near and agrees else None
    if found.status is SittingStatus.POSTPONED:
        chosen = times.new_day(sentence, trigger, said.days)
    # «يناقش المجلس الاثنين»: what is told of in the present is looked for ahead.
    date = None
    if chosen is not None:
        known = found.status if found.certain or (found.is_told and times.is_near(chosen)) else None
        date = times.date_of(chosen, known, published, last if chosen.time.when.follows else history)
    if found.status is SittingStatus.REQUESTED and chosen is not None:
        is_over = side == -1 or (date is not None and today is not None and date < today)
        if chosen.start < trigger.noun.start or is_over or far > _DAY_ASKED_FOR:
            chosen, date = None, None  # the day it was asked for
    if date is None and chosen is not None and chosen.time.when.follows:
        chosen = None  # «غداة تحذير»: the day after what has no day
    is_history = times.is_long_ago(date, published) or (chosen is not None and side == -1 and times.is_month(chosen))
    return Timing(_by_date(found, date, today), chosen, date, is_history)


def _fixed(sentence: Sentence, trigger: Trigger, near: Sequence[Day]) -> Day | None:
    """The day that was set for a sitting told of before in the sentence: «طلبت … جلسة، وحدد لها الخميس»."""
    fixed = [m for m in sentence.of("fixed") if m.start >= max(trigger.noun.end, trigger.body.end)]
    return next((day for day in near if any(m.end <= day.start and sentence.gap(m, day) <= _FIXED for m in fixed)), None)


def _by_date(found: Stage, date: dt.date | None, today: dt.date | None) -> Stage:
    """What the calendar says of a status that the words leave open."""
    if found.certain or date is None or today is None or date == today:
        return found
    return Stage(SittingStatus.SCHEDULED if date > today else SittingStatus.HELD, certain=True)
