"""Sittings of UN bodies: who sits, what sort of sitting, how far it has come.

The vocabulary is data (`streams/lexicons/un_session/`); here is how its words make a frame. In one sentence, whose order
of words is free, a sitting noun belongs to the body it stands nearest to; a verb of meeting, voting or being addressed
makes a sitting of a body it stands right beside. A foreign body nearer than the UN's takes the sitting away.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from streams.core.detect.frame import Frame, merge, merged
from streams.core.detect.sentence import Sentence, doer, holder
from streams.core.model import Organ, Outcome, Session, SittingKind, SittingStatus
from streams.core.text.fold import WORD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.core.detect.lexicon import Lexicons
    from streams.core.detect.vocabulary import Mention, Vocabulary
    from streams.core.text.document import Document, Part

MOST_SESSIONS = 20
_MOST_MENTIONS = 60
"""Mentions read in one sentence."""

_VERB, _ACT, _ADDRESS = 2, 4, 3
"""Words between a body and what it does: meeting, voting, being addressed."""
_KIND = 3
_MEMORY = 8
"""Sentences through which "the session" still means the last one."""
_TOPIC = 25
_REACH = {
    SittingStatus.CANCELLED: 6,
    SittingStatus.POSTPONED: 6,
    SittingStatus.SUSPENDED: 6,
    SittingStatus.REQUESTED: 10,
    SittingStatus.SCHEDULED: 6,
    SittingStatus.IN_PROGRESS: 4,
    SittingStatus.HELD: 4,
}
_ASIDE = (SittingStatus.CANCELLED, SittingStatus.POSTPONED, SittingStatus.SUSPENDED)
_DAYS = 8
_YEAR = re.compile(r"(?<!\d)(19[4-9]\d|20[0-4]\d)(?!\d)")
_WORDS = re.compile(f"{WORD}+")


class _Reader:
    """Reads one article's sentences in order and gathers frames."""

    def __init__(self, document: Document, vocabulary: Vocabulary) -> None:
        self.document = document
        self.vocabulary = vocabulary
        self.frames: list[Frame] = []
        self._topics: Counter[str] = Counter()
        self._last_body: dict[str, Organ] = {}
        self._is_un = False
        self._has_council = False
        self._last_seen = -_MEMORY - 1
        self._number = 0
        published = document.article.published
        self._year = published.year if published else None

    def read(self) -> list[Frame]:
        """Every sitting told of."""
        by_part: list[tuple[Part, list[Mention]]] = []
        for part in self.document.parts:
            mentions = [m for m in self.vocabulary.mentions(part.folded.text) if part.sentence_at(m.start) >= 0]
            self._topics.update(m.name for m in mentions if m.group == "topic")
            self._is_un |= any(m.group == "united_nations" or (m.group == "body" and m.name != Organ.UNGA) for m in mentions)
            self._has_council |= any(m.group == "body" and m.name == Organ.UNSC for m in mentions)
            by_part.append((part, mentions))
        if not any(m.group in ("body", "short") for _, mentions in by_part for m in mentions):
            return []
        for part, mentions in by_part:
            by_sentence: dict[int, list[Mention]] = {}
            for mention in mentions:
                here = by_sentence.setdefault(part.sentence_at(mention.start), [])
                if len(here) < _MOST_MENTIONS:
                    here.append(mention)
            for number, bounds in enumerate(part.sentences):
                self._number += 1
                if number in by_sentence:
                    self._sentence(Sentence(part, bounds, by_sentence[number]))
        return [self._with_topic(frame) for frame in merged(self.frames)]

    def _with_topic(self, frame: Frame) -> Frame:
        if frame.topic is None and frame.kind is not SittingKind.REGULAR and self._topics:
            return replace(frame, topic=self._topics.most_common(1)[0][0])
        return frame

    def _bodies(self, sentence: Sentence) -> list[Mention]:
        """The UN bodies a sentence names, a short name resolved to what it stands for."""
        found: list[Mention] = []
        for mention in sentence.of("body", "short"):
            if any(f.start <= mention.start and mention.end <= f.end for f in sentence.of("foreign")):
                continue
            if mention.group == "body":
                if mention.name != Organ.UN_OTHER:
                    self._last_body["assembly" if mention.name == Organ.UNGA else "council"] = Organ(mention.name)
                found.append(mention)
                continue
            is_assembly = mention.name == Organ.UNGA
            known = self._last_body.get("assembly" if is_assembly else "council")
            if known is not None or (is_assembly and self._is_un):
                found.append(mention._replace(name=known or Organ.UNGA))
        return found

    def _sentence(self, sentence: Sentence) -> None:
        bodies = self._bodies(sentence)
        taken: list[tuple[int, int]] = []
        nouns: list[tuple[int, int]] = []
        for sitting in sentence.of("sitting", "vote"):
            body = holder(sentence, sitting, bodies)
            if body is None or (sentence.right_before(body, "margin") or sentence.right_before(sitting, "margin")):
                continue
            self._add(sentence, sitting, body, f"sitting.{sitting.group}")
            taken.append((body.start, body.end))
            nouns.append((sitting.start, sitting.end))
        free = [b for b in bodies if (b.start, b.end) not in taken]
        told = len(self.frames)
        if free:
            self._verbs(sentence, free)
        if not taken and len(self.frames) == told:
            self._veto(sentence)
        if taken or free or len(self.frames) > told:
            self._last_seen = self._number
        if self.frames and self._number - self._last_seen <= _MEMORY:
            for noun in sentence.of("anaphora"):
                if not any(low <= noun.start and noun.end <= high for low, high in nouns):
                    self._anaphora(sentence, noun)

    def _verbs(self, sentence: Sentence, bodies: list[Mention]) -> None:
        is_headline = sentence.part.is_headline
        has_day = bool(sentence.of("when", "when_past", "when_future"))
        for group, reach, fits in (
            ("meets", _VERB, True),
            ("acts", _ACT, has_day or is_headline),
            ("address", _ADDRESS, True),
        ):
            for verb in sentence.of(group) if fits else ():
                body = doer(sentence, verb, bodies, reach)
                if body is not None and not sentence.right_before(body, "margin"):
                    self._add(sentence, verb, body, f"sitting.{group}")
                    bodies = [b for b in bodies if b is not body]

    def _veto(self, sentence: Sentence) -> None:
        """A veto of a day is a sitting of the Security Council, named in the sentence or not."""
        vetoes = [m for m in sentence.of("outcome") if m.name == Outcome.VETOED]
        has_day = sentence.of("when", "when_past") or sentence.part.is_headline
        if vetoes and has_day and self._has_council and not sentence.of("foreign"):
            self._add(sentence, vetoes[0]._replace(group="acts"), vetoes[0]._replace(name=Organ.UNSC), "sitting.veto")

    def _anaphora(self, sentence: Sentence, noun: Mention) -> None:
        """What is said of "the session" after it was told of."""
        if any(sentence.gap(noun, m) <= _KIND for m in sentence.of("foreign")):
            return
        status, certain = self._status(sentence, noun, noun)
        last = self.frames[-1]
        if not certain or status not in _ASIDE:
            status, certain = last.status, last.certain
        kind = self._kind(sentence, noun, last.body)
        told = replace(
            last,
            kind=kind if last.kind is SittingKind.UNSPECIFIED and kind is SittingKind.EMERGENCY else last.kind,
            status=status,
            certain=certain,
            outcome=self._outcome(sentence, noun),
            requested_by=self._requesters(sentence, noun),
        )
        self.frames[-1] = merge(replace(last, kind=told.kind), told)

    def _add(self, sentence: Sentence, noun: Mention, body: Mention, rule: str) -> None:
        if sentence.is_denied(noun, body):
            return
        status, certain = self._status(sentence, noun, body)
        organ = Organ(body.name)
        kind = self._kind(sentence, noun, organ)
        when, days = self._when(sentence, noun, body)
        start, end = min(noun.start, body.start), max(noun.end, body.end)
        self.frames.append(
            Frame(
                body=organ,
                kind=kind,
                status=status,
                certain=certain,
                span=sentence.part.span(start, end),
                rule=f"{rule}.{organ.value.lower()}",
                is_vote=noun.group == "vote",
                when=when,
                days=days,
                topic=self._topic(sentence, noun, body),
                requested_by=self._requesters(sentence, noun),
                outcome=self._outcome(sentence, noun),
                current=not self._is_past(sentence, noun, status),
            )
        )

    def _near(self, sentence: Sentence, group: str, anchors: tuple[Mention, ...], reach: int) -> list[tuple[int, Mention]]:
        found = [(min(sentence.gap(m, a) for a in anchors), m) for m in sentence.of(group)]
        return sorted((gap, m) for gap, m in found if gap <= reach)

    def _status(self, sentence: Sentence, noun: Mention, body: Mention) -> tuple[SittingStatus, bool]:
        """How far it has come, and whether that is said in so many words."""
        near = [
            (SittingStatus(m.name), gap, m)
            for gap, m in self._near(sentence, "status", (noun, body), max(_REACH.values()))
            if gap <= _REACH[SittingStatus(m.name)]
        ]
        told = {status for status, _, m in near if status is not SittingStatus.REQUESTED or m.start < noun.start}
        days = [g for g in ("when_past", "when_future") if self._near(sentence, g, (noun, body), _DAYS)]
        said = [
            *(s for s in (*_ASIDE, SittingStatus.REQUESTED, SittingStatus.SCHEDULED) if s in told),
            *(SittingStatus.HELD if day == "when_past" else SittingStatus.SCHEDULED for day in days),
            *(s for s in (SittingStatus.IN_PROGRESS, SittingStatus.HELD) if s in told),
        ]
        if said:
            return said[0], True
        aspects = self._near(sentence, "aspect", (noun, body), _DAYS)
        if aspects:
            return SittingStatus(aspects[0][1].name), aspects[0][1].name != SittingStatus.SCHEDULED
        if noun.group in ("acts", "address"):
            return SittingStatus.HELD, True
        return (SittingStatus.SCHEDULED if sentence.part.is_headline else SittingStatus.HELD), False

    def _kind(self, sentence: Sentence, noun: Mention, organ: Organ) -> SittingKind:
        near = [m for _, m in self._near(sentence, "kind", (noun,), _KIND)]
        if self.vocabulary.adjectives_follow:
            near = [m for m in near if m.end > noun.start]
        kinds = {SittingKind(m.name) for m in near}
        for kind in (SittingKind.EMERGENCY, SittingKind.CLOSED, SittingKind.REGULAR):
            if kind in kinds:
                return kind
        if organ is Organ.UNGA and self._near(sentence, "annual", (noun,), 0):
            return SittingKind.REGULAR
        return SittingKind.UNSPECIFIED

    def _when(self, sentence: Sentence, noun: Mention, body: Mention) -> tuple[str | None, frozenset[str]]:
        found = [
            pair for group in ("when", "when_past", "when_future") for pair in self._near(sentence, group, (noun, body), _DAYS)
        ]
        if not found:
            return None, frozenset()
        _, best = min(found, key=lambda pair: (pair[0], pair[1].start - pair[1].end))
        # «والثلاثاء» names الثلاثاء.
        start = best.start + (sentence.text[best.start : best.start + 3] in ("وال", "فال"))
        return sentence.part.span(start, best.end).quote, frozenset(_WORDS.findall(sentence.text[start : best.end]))

    def _topic(self, sentence: Sentence, noun: Mention, body: Mention) -> str | None:
        last = noun if noun.end > body.end else body
        behind = [m for m in sentence.of("topic") if m.start >= last.end and sentence.gap(last, m) <= _TOPIC]
        return behind[0].name if behind else None

    def _requesters(self, sentence: Sentence, noun: Mention) -> tuple[str, ...]:
        """Parties named right after "asked for by", or between a verb of asking and the sitting, or right before that verb."""
        parties = sentence.of("party", "topic")
        for asked in sentence.of("asked_by"):
            if sentence.gap(asked, noun) <= _DAYS:
                return self._chain(sentence, asked, parties)
        asking = [m for m in sentence.of("status") if m.name == SittingStatus.REQUESTED and m.end <= noun.start]
        if not asking or sentence.gap(asking[-1], noun) > _REACH[SittingStatus.REQUESTED] + _DAYS:
            return ()
        verb = asking[-1]
        inside = tuple(dict.fromkeys(m.name for m in parties if verb.end <= m.start and m.end <= noun.start))
        if inside:
            return inside
        before = [m for m in parties if m.end <= verb.start and sentence.gap(m, verb) <= 1]
        return (before[-1].name,) if before else ()

    def _chain(self, sentence: Sentence, asked: Mention, parties: Iterable[Mention]) -> tuple[str, ...]:
        found: list[str] = []
        last = asked
        for party in parties:
            if party.start >= last.end and sentence.gap(last, party) <= _KIND and sentence.none_between(last, party, "sitting"):
                found.append(party.name)
                last = party
        return tuple(dict.fromkeys(found))

    def _outcome(self, sentence: Sentence, noun: Mention) -> Outcome | None:
        found = [(gap, m) for gap, m in self._near(sentence, "outcome", (noun,), _TOPIC)]
        if any(m.name == Outcome.VETOED for _, m in found):
            return Outcome.VETOED
        return Outcome(found[0][1].name) if found else None

    def _is_past(self, sentence: Sentence, noun: Mention, status: SittingStatus) -> bool:
        """Whether the sentence puts the sitting into history: by words, or by a year before the article's last."""
        if self._near(sentence, "past", (noun,), _DAYS):
            return True
        if status is not SittingStatus.HELD:
            return False
        low, high = max(sentence.start, noun.start - 120), min(sentence.end, noun.end + 120)
        years = [int(year) for year in _YEAR.findall(sentence.text[low:high])]
        return any(year < self._year for year in years) if self._year is not None else bool(years)


class SessionDetector:
    """Finds the sittings of UN bodies an article tells of, each once."""

    name = "un_session"

    def __init__(self, lexicons: Lexicons) -> None:
        self._vocabularies = lexicons.sessions

    def detect(self, document: Document) -> list[Session]:
        """The sittings in the order they are first told of, at most `MOST_SESSIONS`."""
        vocabulary = self._vocabularies.get(document.language)
        if vocabulary is None:
            return []
        return [
            Session(
                body=frame.body,
                kind=frame.kind,
                status=frame.status,
                span=frame.span,
                rule=frame.rule,
                when=frame.when,
                topic=frame.topic,
                requested_by=frame.requested_by,
                outcome=frame.outcome,
                current=frame.current,
            )
            for frame in _Reader(document, vocabulary).read()[:MOST_SESSIONS]
        ]
