"""One telling of a sitting: everything a sentence says of it, as a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.detect.un_session import facts
from streams.core.detect.un_session.cue import distance
from streams.core.detect.un_session.day import is_near, side
from streams.core.detect.un_session.doubt import is_denied, is_past
from streams.core.detect.un_session.frame import Frame
from streams.core.detect.un_session.party import requesters, topic
from streams.core.detect.un_session.status import Stage, is_margin_of
from streams.core.detect.un_session.timing import Clock, Said, timing
from streams.core.model import Organ, SittingKind, SittingStatus

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from streams.core.detect.un_session.day import Day
    from streams.core.detect.un_session.holder import Trigger
    from streams.core.detect.un_session.party import Named
    from streams.core.detect.un_session.sentence import Sentence
    from streams.core.detect.vocabulary import Mention


def _is_owned(sentence: Sentence, trigger: Trigger, all_: Sequence[Trigger], cue: Mention | Day) -> bool:
    """Whether no other sitting of the sentence stands nearer to a word than this one."""
    own = distance(sentence, trigger, cue)
    for other in all_:
        if other is trigger:
            continue
        far = distance(sentence, other, cue)
        if far == own and other.body == trigger.body and cue.group:  # both are as near by the body they share
            own, far = sentence.distance(trigger.noun, cue), sentence.distance(other.noun, cue)
        if far < own:
            return False
    return True


class Teller:
    """Makes frames of an article's tellings. `year` is the article's; the last day of a sitting dates "the next day"."""

    def __init__(self, published: dt.datetime | None) -> None:
        self.published = published
        self.year = published.year if published is not None else 0
        self.looks_back = False
        """Whether the headline tells of history: what is told without a day of its own is of it too."""
        self._anchor: dt.date | None = None
        self._last: dt.date | None = None

    def frame(
        self,
        sentence: Sentence,
        trigger: Trigger,
        all_: Sequence[Trigger],
        days: Sequence[Day],
        places: Sequence[Named],
    ) -> Frame | None:
        """What a sentence says of one of its sittings; None where it takes the sitting back."""
        if is_denied(sentence, trigger) and not is_margin_of(sentence, trigger):
            return None
        words = sentence.of("status", "aspect", "kind", "outcome")
        owned = [m for m in words if len(all_) == 1 or _is_owned(sentence, trigger, all_, m)]
        near = [day for day in days if len(all_) == 1 or _is_owned(sentence, trigger, all_, day)]
        organ = Organ(trigger.body.name)
        kind = facts.kind(sentence, trigger, owned, organ)
        is_long = facts.is_long(sentence, trigger, organ, kind)
        clock = Clock(self.published, self._anchor, self._last)
        found, day, date, is_history = timing(sentence, trigger, Said(owned, near, is_long), clock)
        if organ is Organ.UNGA and kind is SittingKind.REGULAR and found.status is SittingStatus.HELD and not found.certain:
            found = Stage(SittingStatus.IN_PROGRESS, certain=False)  # the yearly session lasts for weeks
        # Held "on Monday" is of now, whatever years the sentence names of what it was about.
        year = 0 if day is not None and date is not None and is_near(day) else self.year
        is_old = self.looks_back and (day is None or side(day.time.when, None) is None)
        current = not is_history and not is_old and not is_past(sentence, trigger, found.status, year)
        if date is not None:
            self._last = date
            self._anchor = self._anchor if current else date
        start, end = min(trigger.noun.start, trigger.body.start), max(trigger.noun.end, trigger.body.end)
        return Frame(
            body=organ,
            kind=kind,
            status=found.status,
            certain=found.certain,
            is_told=found.is_told,
            span=sentence.part.span(start, end),
            rule=f"{trigger.rule}.{organ.value.lower()}",
            is_vote=trigger.noun.group == "vote",
            is_elliptic=trigger.rule == "sitting.elliptic",
            is_headline=sentence.part.is_headline,
            is_long=is_long,
            when=sentence.part.span(day.start, day.end).quote if day else None,
            date=date,
            topic=topic(sentence, trigger, places),
            requested_by=requesters(sentence, trigger, found.status, places),
            outcome=facts.outcome(sentence, trigger, owned, organ),
            current=current,
        )
