"""Reads an article sentence by sentence and gathers what is told of sittings."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from streams.core.detect.un_session import day as times
from streams.core.detect.un_session import facts
from streams.core.detect.un_session.doubt import is_denied, is_past, years
from streams.core.detect.un_session.frame import Frame, merge, merged
from streams.core.detect.un_session.holder import Trigger, is_margin, triggers
from streams.core.detect.un_session.party import named, requesters, topic
from streams.core.detect.un_session.sentence import Sentence
from streams.core.detect.un_session.status import ASIDE, Stage, distance, is_margin_of
from streams.core.detect.un_session.timing import Clock, timing
from streams.core.detect.vocabulary import BODIES
from streams.core.model import Organ, Outcome, SittingKind, SittingStatus

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from streams.core.detect.places import Gazetteer
    from streams.core.detect.un_session.day import Day
    from streams.core.detect.un_session.party import Named
    from streams.core.detect.vocabulary import Mention, Vocabulary
    from streams.core.text.dates import Calendar
    from streams.core.text.document import Document, Part

_MOST_MENTIONS = 80
"""Mentions read in one sentence."""
_MEMORY = 8
"""Sentences through which "the session" still means the last one."""
_SHORT = {Organ.UNGA.value: "assembly", Organ.UN_OTHER.value: "other"}
"""What a short name stands for: the last of its sort; the two councils share theirs."""
_TOLD_LATER = (SittingKind.EMERGENCY, SittingKind.REGULAR)
"""Kinds that "the session" may turn out to be of: a closed one may be another."""
_LOOKS_BACK = 2
"""Years from which a headline that names a year tells of history."""
_FOREIGN = 3
"""Words between "the session" and a body that is none of the UN's."""


def _is_today(frame: Frame) -> bool:
    """Whether a sitting without a day is of the article's own: one that is going on, or told of in the bare present."""
    if frame.when is not None or frame.date is not None or not frame.current:
        return False
    if frame.status is SittingStatus.SCHEDULED:
        return not frame.certain and not frame.is_headline
    return frame.status is SittingStatus.IN_PROGRESS and frame.certain


class Reader:
    """Reads one article's sentences in order and gathers frames."""

    def __init__(self, document: Document, vocabulary: Vocabulary, calendar: Calendar, gazetteer: Gazetteer) -> None:
        self.document = document
        self.vocabulary = vocabulary
        self.gazetteer = gazetteer
        self._places: dict[str, list[Named]] = {}
        self.calendar = calendar
        self.frames: list[Frame] = []
        self._topics: Counter[str] = Counter()
        self._last_body: dict[str, Organ] = {}
        self._last_organ: Organ | None = None
        self._is_un = False
        self._has_council = self._has_assembly = False
        self._year = 0
        self._last_seen = -_MEMORY - 1
        self._number = 0
        self._published = document.article.published
        if self._published is not None:
            self._year = self._published.year
        self._anchor: dt.date | None = None
        self._looks_back = False

    def read(self) -> list[Frame]:
        """Every sitting told of."""
        parts = [(part, self._mentions(part)) for part in self.document.parts]
        groups = {m.group for _, mentions in parts for m in mentions}
        if not groups & BODIES:
            return []
        if not self._has_council and self._is_vetoed(parts):
            self._has_council = self._is_un = True
            self._last_body["council"] = Organ.UNSC
        if self.vocabulary.needs_united_nations and "united_nations" not in groups:
            return []
        for part, _ in parts:
            places = self.gazetteer.find(part.folded.text, self.document.language)
            self._places[part.field.pointer] = found = [named(place, self.gazetteer) for place in places]
            self._topics.update(place.topic for place in found if place.topic is not None)
        late = [sentence for part, mentions in parts for sentence in self._part(part, mentions)]
        for sentence in late:  # a headline that names no body speaks of what the text tells
            self._headline(sentence)
        return [self._completed(frame) for frame in merged(self.frames)]

    def _is_vetoed(self, parts: list[tuple[Part, list[Mention]]]) -> bool:
        """Whether "the Council" alone is the one where texts are vetoed: no other is named, of the UN or not."""
        mentions = [mention for _, found in parts for mention in found]
        if self._last_body or any(m.group == "foreign" or m.name == Organ.UNHRC for m in mentions):
            return False
        return any(m.group == "short" and m.name == Organ.UNSC for m in mentions) and any(
            m.group == "outcome" and m.name == Outcome.VETOED for m in mentions
        )

    def _mentions(self, part: Part) -> list[Mention]:
        """The mentions of a part; what they say of the whole article is noted."""
        mentions = [m for m in self.vocabulary.mentions(part) if part.sentence_at(m.start) >= 0]
        bodies = {m.name for m in mentions if m.group == "body"}
        self._is_un |= bool(bodies - {Organ.UNGA}) or any(m.group == "united_nations" for m in mentions)
        self._has_council |= Organ.UNSC in bodies
        self._has_assembly |= Organ.UNGA in bodies or (
            self._is_un and any(m.group == "short" and m.name == Organ.UNGA for m in mentions)
        )
        if part.is_headline:
            old = self._year - _LOOKS_BACK
            self._looks_back = any(m.group == "past" for m in mentions) or any(y <= old for y in years(part.folded.text))
        if self._published is None:
            self._year = max([self._year, *years(part.folded.text)])
        return mentions

    def _part(self, part: Part, mentions: list[Mention]) -> Iterator[Sentence]:
        """Read a part; a headline that tells of nothing by itself is answered, to be read last."""
        by_sentence: dict[int, list[Mention]] = {}
        for mention in mentions:
            here = by_sentence.setdefault(part.sentence_at(mention.start), [])
            if len(here) < _MOST_MENTIONS:
                here.append(mention)
        for number, bounds in enumerate(part.sentences):
            self._number += 1
            if number in by_sentence:
                sentence = Sentence(part, bounds, by_sentence[number], self.vocabulary, self._number)
                if not self._sentence(sentence) and part.is_headline:
                    yield sentence

    def _completed(self, frame: Frame) -> Frame:
        """A sitting with what the whole article says of it."""
        if self._published is not None and _is_today(frame):
            frame = replace(frame, date=self._published.date())
        if frame.topic is None and frame.kind is not SittingKind.REGULAR and self._topics:
            return replace(frame, topic=self._topics.most_common(1)[0][0])
        return frame

    def _bodies(self, sentence: Sentence) -> list[Mention]:
        """The UN bodies a sentence names, a short name resolved to what it stands for."""
        found: list[Mention] = []
        for mention in sentence.of("body", "short", "gathering"):
            if any(f.start <= mention.start and mention.end <= f.end for f in sentence.of("foreign")):
                continue
            if mention.group == "gathering" and mention.name == Organ.UNGA and not self._has_assembly:
                continue
            if mention.group != "short":
                self._last_body[_SHORT.get(mention.name, "council")] = Organ(mention.name)
                self._last_organ = Organ(mention.name)
                found.append(mention)
                continue
            is_assembly = mention.name == Organ.UNGA
            if any(m.start < mention.end and mention.start < m.end for m in sentence.of("body", "gathering")):
                continue
            known = self._last_body.get(_SHORT.get(mention.name, "council"))
            if known is not None or (is_assembly and self._is_un):
                found.append(mention._replace(name=known or Organ.UNGA))
        return found

    def _days(self, sentence: Sentence) -> list[Day]:
        found = times.days(sentence, self.calendar, self.document.language)
        sentence.name_days([(day.start, day.end) for day in found])
        return found

    def _sentence(self, sentence: Sentence) -> bool:
        """Read a sentence; whether it told of anything."""
        bodies = self._bodies(sentence)
        recent = self._number - self._last_seen <= _MEMORY
        if not bodies and not recent and not self._has_council and not sentence.of("premises"):
            return False
        days = self._days(sentence)
        found = triggers(sentence, bodies, has_day=bool(days))
        told = len(self.frames)
        others = self._others(sentence, found) if recent or bodies else []
        all_ = sorted([*found, *others], key=lambda t: t.noun.start)
        told_of = [trigger for trigger in all_ if self._tell(sentence, trigger, all_, days)]
        if not found:
            self._veto(sentence, days)
        if recent or len(self.frames) > told:
            self._same(sentence, told_of, days)
        if recent and self.frames and not told_of and not sentence.of("foreign"):
            # «وتقدمت بالطلب …» of the sitting told of before
            last = self.frames[-1]
            asked = requesters(sentence, None, last.status, self._places_in(sentence)) if sentence.of("asked_by") else ()
            self.frames[-1] = replace(last, requested_by=tuple(dict.fromkeys((*last.requested_by, *asked))))
        if bodies or len(self.frames) > told:
            self._last_seen = self._number
        return len(self.frames) > told

    def _headline(self, sentence: Sentence) -> None:
        """A headline without a body's name: what it says of a sitting is said of one the text told of."""
        if not self.frames or sentence.of("foreign"):
            return
        days = self._days(sentence)
        sittings = merged(self.frames)
        if len([f for f in sittings if f.current]) > 1:
            return
        for noun in sentence.of("sitting", "vote")[:1]:
            last = next((f for f in self.frames if f.current), self.frames[0])
            trigger = Trigger(noun, noun._replace(name=last.body), f"sitting.{noun.group}")
            told = self._frame(sentence, trigger, [trigger], days)
            if told is not None and (told.status in ASIDE or told.certain):
                self._add_to(told, next((n for n, f in enumerate(self.frames) if f.current and f.body is told.body), 0))

    def _others(self, sentence: Sentence, found: list[Trigger]) -> list[Trigger]:
        """Nouns that name no body but tell of another sitting of the one named last: «مشاورات مغلقة»."""
        organ = self._last_organ
        if organ is None or sentence.of("foreign"):
            return []
        taken = [(t.noun.start, t.noun.end) for t in found]
        if self.frames and self.frames[-1].body is organ:
            # "The closed session" is the one told of; a vote may be another.
            votes = sentence.of("vote")
            known = [m for m in sentence.of("anaphora") if not any(m.start <= v.start < m.end for v in votes)]
            taken += [(m.start, m.end) for m in known if self.frames[-1].status is SittingStatus.REQUESTED]
        return [
            Trigger(noun._replace(group="sitting"), noun._replace(name=organ), "sitting.elliptic")
            for noun in sentence.of("elliptic")
            if not any(a < noun.end and noun.start < b for a, b in taken) and not is_margin(sentence, noun)
        ]

    def _same(self, sentence: Sentence, found: list[Trigger], days: list[Day]) -> None:
        """What is said of "the session" after it was told of."""
        if not self.frames:
            return
        taken = [(t.noun.start, t.noun.end) for t in found]
        for noun in sentence.of("anaphora"):
            if any(a < noun.end and noun.start < b for a, b in taken):
                continue
            if any(sentence.gap(noun, m) <= _FOREIGN for m in sentence.of("foreign")) or is_margin(sentence, noun):
                continue
            trigger = Trigger(noun, noun._replace(name=self.frames[-1].body), "sitting.anaphora")
            told = self._frame(sentence, trigger, [*found, trigger], days)
            if told is not None:
                self._add_to(told, len(self.frames) - 1)

    def _add_to(self, told: Frame, number: int) -> None:
        """Add what is said of a sitting without its body's name to the telling it belongs to."""
        last = self.frames[number]
        is_aside = told.certain and (
            told.status in ASIDE
            or (told.when is not None and last.status is SittingStatus.REQUESTED and told.status is SittingStatus.SCHEDULED)
        )
        # «وكان من المقرر أن تلتئم الجلسة الثلاثاء»
        names_day = (
            told.certain
            and told.status is SittingStatus.SCHEDULED
            and told.date
            and last.when is None
            and last.status is not SittingStatus.HELD
        )
        told = replace(
            told,
            kind=told.kind if told.kind in _TOLD_LATER else last.kind,
            status=told.status if is_aside else last.status,
            certain=last.certain or is_aside,
            when=told.when if is_aside or names_day else None,
            date=told.date if is_aside or names_day else None,
            topic=None,
        )
        self.frames[number] = merge(last, told)

    def _veto(self, sentence: Sentence, days: list[Day]) -> None:
        """A veto of a day is a sitting of the Security Council, named in the sentence or not."""
        vetoes = [m for m in sentence.of("outcome") if m.name == Outcome.VETOED]
        if vetoes and (days or sentence.part.is_headline) and self._has_council and not sentence.of("foreign"):
            noun = vetoes[0]._replace(group="acts")
            trigger = Trigger(noun, noun._replace(name=Organ.UNSC), "sitting.veto")
            self._tell(sentence, trigger, [trigger], days)

    def _owned(self, sentence: Sentence, trigger: Trigger, all_: list[Trigger], cue: Mention | Day) -> bool:
        """Whether no other sitting of the sentence stands nearer to a word than this one."""
        own = distance(sentence, trigger, cue)
        return all(other is trigger or distance(sentence, other, cue) >= own for other in all_)

    def _tell(self, sentence: Sentence, trigger: Trigger, all_: list[Trigger], days: list[Day]) -> bool:
        """Add a telling; whether there is one."""
        frame = self._frame(sentence, trigger, all_, days)
        if frame is None:
            return False
        if frame.is_elliptic and frame.when is None and frame.status not in ASIDE:
            is_named = bool(sentence.of("body")) and frame.kind in (SittingKind.EMERGENCY, SittingKind.CLOSED)
            if not is_named:
                self._sharpen(frame)
                return False
        self.frames.append(frame)
        return True

    def _sharpen(self, told: Frame) -> None:
        """Add that the sitting told of last was urgent: «وعارضته ثلاث دول في جلسة طارئة»."""
        if not self.frames or told.kind is not SittingKind.EMERGENCY:
            return
        last = self.frames[-1]
        if last.body is told.body and last.current and last.kind is SittingKind.UNSPECIFIED and last.status is told.status:
            self.frames[-1] = replace(last, kind=told.kind)

    def _frame(self, sentence: Sentence, trigger: Trigger, all_: list[Trigger], days: list[Day]) -> Frame | None:
        if is_denied(sentence, trigger) and not is_margin_of(sentence, trigger):
            return None
        owned = [m for m in sentence.of("status", "aspect", "kind", "outcome") if self._owned(sentence, trigger, all_, m)]
        near = [d for d in days if self._owned(sentence, trigger, all_, d)]
        found, day, date, is_history = timing(sentence, trigger, owned, near, Clock(self._published, self._anchor))
        organ = Organ(trigger.body.name)
        kind = facts.kind(sentence, trigger, owned, organ)
        if organ is Organ.UNGA and kind is SittingKind.REGULAR and found == Stage(SittingStatus.HELD, certain=False):
            found = Stage(SittingStatus.IN_PROGRESS, certain=False)  # the yearly session lasts for weeks
        is_old = self._looks_back and (day is None or times.side(day.time.when, None) is None)
        current = not is_history and not is_old and not is_past(sentence, trigger, found.status, self._year)
        if date is not None and not current:
            self._anchor = date
        places = self._places_in(sentence)
        start, end = min(trigger.noun.start, trigger.body.start), max(trigger.noun.end, trigger.body.end)
        return Frame(
            body=organ,
            kind=kind,
            status=found.status,
            certain=found.certain,
            span=sentence.part.span(start, end),
            rule=f"{trigger.rule}.{organ.value.lower()}",
            is_vote=trigger.noun.group == "vote",
            is_elliptic=trigger.rule == "sitting.elliptic",
            is_headline=sentence.part.is_headline,
            when=sentence.part.span(day.start, day.end).quote if day else None,
            date=date,
            topic=topic(sentence, trigger, places),
            requested_by=requesters(sentence, trigger, found.status, places),
            outcome=facts.outcome(sentence, trigger, owned),
            current=current,
        )

    def _places_in(self, sentence: Sentence) -> list[Named]:
        return [p for p in self._places[sentence.part.field.pointer] if sentence.start <= p.start and p.end <= sentence.end]
