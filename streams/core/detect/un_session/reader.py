"""Reads an article sentence by sentence and gathers what is told of sittings."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from streams.core.detect.un_session import day as times
from streams.core.detect.un_session import recall
from streams.core.detect.un_session.cue import ASIDE
from streams.core.detect.un_session.doubt import years
from streams.core.detect.un_session.frame import Frame, merged
from streams.core.detect.un_session.holder import Trigger, triggers
from streams.core.detect.un_session.organs import Organs
from streams.core.detect.un_session.party import named, requesters
from streams.core.detect.un_session.sentence import Sentence
from streams.core.detect.un_session.telling import Teller
from streams.core.detect.vocabulary import BODIES
from streams.core.model import Organ, Outcome, SittingKind, SittingStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streams.core.detect.places import Gazetteer, Place
    from streams.core.detect.un_session.day import Day
    from streams.core.detect.un_session.party import Named
    from streams.core.detect.vocabulary import Mention, Vocabulary
    from streams.core.text.dates import Calendar
    from streams.core.text.document import Document, Part

_MOST_MENTIONS = 80
"""Mentions read in one sentence."""
_LOOKS_BACK = 2
"""Years from which a headline that names a year tells of history."""
_MEMORY = 8
"""Sentences through which "the session" still means the last one."""


def _is_today(frame: Frame) -> bool:
    """Whether a sitting without a day is of the article's own: one that is going on, or told of in the bare present."""
    if frame.when is not None or frame.date is not None or not frame.current:
        return False
    if frame.status is SittingStatus.SCHEDULED:
        return not frame.certain and not frame.is_headline
    return frame.status is SittingStatus.IN_PROGRESS and frame.certain and frame.kind is not SittingKind.REGULAR


class Reader:
    """Reads one article's sentences in order and gathers frames."""

    def __init__(self, document: Document, vocabulary: Vocabulary, calendar: Calendar, gazetteer: Gazetteer) -> None:
        self.document = document
        self.vocabulary = vocabulary
        self.gazetteer = gazetteer
        self.calendar = calendar
        self.frames: list[Frame] = []
        self._places: dict[str, list[Named]] = {}
        self._topics: Counter[str] = Counter()
        self._organs = Organs()
        self._teller = Teller(document.article.published)
        self._last_seen = -_MEMORY - 1
        self._number = 0

    def read(self) -> list[Frame]:
        """Every sitting told of."""
        parts = [(part, self._mentions(part)) for part in self.document.parts]
        groups = {m.group for _, by_sentence in parts for mentions in by_sentence.values() for m in mentions}
        if not groups & BODIES:
            return []
        self._organs.settle()
        if self.vocabulary.needs_united_nations and "united_nations" not in groups:
            return []
        for part, _ in parts:
            self._places[part.field.pointer] = found = [named(place, self.gazetteer) for place in self._places_of(part)]
            self._topics.update(place.topic for place in found if place.topic is not None)
        late = [sentence for part, by_sentence in parts for sentence in self._part(part, by_sentence)]
        for sentence in late:  # a headline that names no body speaks of what the text tells
            self._headline(sentence)
        return [self._completed(frame) for frame in merged(self.frames)]

    def _mentions(self, part: Part) -> dict[int, list[Mention]]:
        """The mentions of a part by the number of their sentence; what they say of the whole article is noted."""
        by_sentence: dict[int, list[Mention]] = {}
        for mention in self.vocabulary.mentions(part):
            by_sentence.setdefault(part.sentence_at(mention.start), []).append(mention)
        by_sentence.pop(-1, None)
        mentions = [mention for some in by_sentence.values() for mention in some]
        self._organs.note(mentions)
        if part.is_headline:
            old = self._teller.year - _LOOKS_BACK
            is_old = any(year <= old for year in years(part.folded.text))
            self._teller.looks_back = is_old or any(m.group == "past" for m in mentions)
        if self._teller.published is None:
            self._teller.year = max([self._teller.year, *years(part.folded.text)])
        return by_sentence

    def _part(self, part: Part, by_sentence: dict[int, list[Mention]]) -> Iterator[Sentence]:
        """Read a part; a headline that tells of nothing by itself is answered, to be read last."""
        for number, bounds in enumerate(part.sentences):
            self._number += 1
            if number in by_sentence:
                sentence = Sentence(part, bounds, by_sentence[number][:_MOST_MENTIONS], self.vocabulary, self._number)
                if not self._sentence(sentence) and part.is_headline:
                    yield sentence

    def _completed(self, frame: Frame) -> Frame:
        """A sitting with what the whole article says of it."""
        published = self._teller.published
        if published is not None and _is_today(frame):
            frame = replace(frame, date=published.date())
        if frame.topic is None and frame.kind is not SittingKind.REGULAR and self._topics:
            return replace(frame, topic=self._topics.most_common(1)[0][0])
        return frame

    def _days(self, sentence: Sentence) -> list[Day]:
        found = times.days(sentence, self.calendar, self.document.language)
        sentence.name_days([(day.start, day.end) for day in found])
        return found

    def _sentence(self, sentence: Sentence) -> bool:
        """Read a sentence; whether it told of anything."""
        bodies = self._organs.named_in(sentence)
        recent = self._number - self._last_seen <= _MEMORY
        may_veto = self._organs.may_veto(sentence)
        if not bodies and not recent and not may_veto and not sentence.of("premises"):
            return False
        if not bodies and not sentence.of("elliptic", "anaphora", "asked_by", "outcome", "premises"):
            return False
        days = self._days(sentence)
        found = triggers(sentence, bodies, has_day=bool(days))
        told = len(self.frames)
        last = self.frames[-1] if self.frames else None
        others = recall.others(sentence, found, self._organs.last, last) if recent or bodies else []
        others += recall.again(sentence, found)
        all_ = sorted([*found, *others], key=lambda t: t.noun.start)
        told_of = [trigger for trigger in all_ if self._tell(sentence, trigger, all_, days)]
        self._veto(sentence, found, days)
        if self.frames and (recent or len(self.frames) > told):
            self._same(sentence, told_of, days)
        if recent and self.frames and not told_of and sentence.of("asked_by") and not sentence.of("foreign"):
            # «وتقدمت بالطلب …» of the sitting told of before
            last = self.frames[-1]
            asked = requesters(sentence, None, last.status, self._places_in(sentence))
            self.frames[-1] = replace(last, requested_by=tuple(dict.fromkeys((*last.requested_by, *asked))))
        if bodies or len(self.frames) > told:
            self._last_seen = self._number
        return len(self.frames) > told

    def _headline(self, sentence: Sentence) -> None:
        """A headline without a body's name: what it says of a sitting is said of one the text told of."""
        if not self.frames or sentence.of("foreign"):
            return
        days = self._days(sentence)
        if len([f for f in merged(self.frames) if f.current]) > 1:
            return
        for noun in sentence.of("sitting", "vote")[:1]:
            number = next((n for n, f in enumerate(self.frames) if f.current), 0)
            trigger = Trigger(noun, noun._replace(name=self.frames[number].body), f"sitting.{noun.group}")
            told = self._frame(sentence, trigger, [trigger], days)
            if told is not None and (told.status in ASIDE or told.certain):
                self.frames[number] = recall.added(self.frames[number], told)

    def _same(self, sentence: Sentence, found: list[Trigger], days: list[Day]) -> None:
        """What is said of "the session" after it was told of."""
        for trigger in recall.known(sentence, found, self.frames[-1]):
            told = self._frame(sentence, trigger, [*found, trigger], days)
            if told is not None and recall.is_own(self.frames[-1], told):
                self.frames.append(told)
            elif told is not None:
                self.frames[-1] = recall.added(self.frames[-1], told)

    def _veto(self, sentence: Sentence, found: list[Trigger], days: list[Day]) -> None:
        """A veto of a day is a sitting of the Security Council, named in the sentence or not; beside another, in a clause."""
        vetoes = [m for m in sentence.of("outcome") if m.name == Outcome.VETOED]
        if not vetoes or any(not sentence.inside(vetoes[0], trigger.noun, "clause") for trigger in found):
            return
        if (days or sentence.part.is_headline) and self._organs.may_veto(sentence) and not sentence.of("foreign"):
            noun = vetoes[0]._replace(group="acts")
            trigger = Trigger(noun, noun._replace(name=Organ.UNSC), "sitting.veto")
            if self._tell(sentence, trigger, [trigger, *found], days):
                self._organs.last = Organ.UNSC

    def _tell(self, sentence: Sentence, trigger: Trigger, all_: list[Trigger], days: list[Day]) -> bool:
        """Add a telling; whether there is one."""
        frame = self._frame(sentence, trigger, all_, days)
        if frame is None:
            return False
        frame = replace(frame, is_other=bool(self.frames) and recall.is_other(sentence, trigger, frame.status))
        if frame.is_other and frame.is_elliptic and frame.date is None:
            frame = replace(frame, date=self.frames[-1].date)  # «ثم عاد مساء إلى الانعقاد»
        if frame.is_elliptic and not recall.names_itself(sentence, frame):
            if self.frames:
                self.frames[-1] = recall.sharpened(self.frames[-1], frame)
            return False
        self.frames.append(frame)
        return True

    def _frame(self, sentence: Sentence, trigger: Trigger, all_: Sequence[Trigger], days: list[Day]) -> Frame | None:
        return self._teller.frame(sentence, trigger, all_, days, self._places_in(sentence))

    def _places_of(self, part: Part) -> list[Place]:
        language = self.document.language
        matcher = self.gazetteer.matcher(language)
        return self.gazetteer.places(part.folded.text, part.found(matcher), language) if matcher is not None else []

    def _places_in(self, sentence: Sentence) -> list[Named]:
        return [p for p in self._places[sentence.part.field.pointer] if sentence.start <= p.start and p.end <= sentence.end]
