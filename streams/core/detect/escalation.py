"""Escalation: which rules of the lexicon an article meets, and which guards touch them."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from streams.core.detect.lexicon import Guard, Rule, Scope
from streams.core.detect.screen import screened
from streams.core.model import Hit
from streams.core.text.evasion import EVASION, is_disguised

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.detect.lexicon import Lexicon, Lexicons
    from streams.core.text.document import Document, Part

_MOST_JUDGED = 4000
"""Places of rules judged in one field, and guards looked at in one sentence: an article has tens of either."""
_MOST_GUARDS = 50
_PASSAGE = 1
_PLAIN = 18.0
"""Weight from which a hit is a plain statement of an act."""
_DENSITY = 1
"""Places of a topic's words for each sentence with a plain statement, from which the article is of that topic."""
LEAD_SENTENCES = 2
"""Sentences of a body that are its lead."""

CONTEXT = "context"
"""The guard every hit of a `background` rule carries: the words tell of armed violence, but of no act."""
_SENTENCE, _INSIDE, _PASSAGES, _ARTICLE = Scope.SENTENCE, Scope.INSIDE, Scope.PASSAGE, Scope.ARTICLE
"""Named once: Python 3.11 looks a member of an enumeration up ten times as long as a name of the module."""
_AHEAD, _BEHIND = (Scope.BEFORE, Scope.NEAR), (Scope.AFTER, Scope.NEAR)
"""Scopes that reach a hit from before it, and from behind it, so many words."""
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20[0-4]\d)(?!\d)")
_PAUSE = re.compile(r"[,;](?![0-9])")
_BESIDE = 6
"""Code points beside a term within which its year stands."""
FIGURE = "nothing"
"""The guard a hit carries beside one that leaves nothing of it: sport, a figure of speech."""
ALONE = "alone"
"""The guard of vague words that are all there is of violence in an article: one, or any with no word of who bears arms."""


class _Found:
    """Where in one field the terms of a rule's or guard's fields stand."""

    def __init__(self, part: Part, lexicon: Lexicon, year: int) -> None:
        self.part = part
        self._year = year
        self.places: list[tuple[Rule, int, int, int]] = []
        """Where hits are, guards aside: the rule, the sentence, start and end."""
        self.others: dict[tuple[str, str, int], list[tuple[int, int]]] = defaultdict(list)
        self.guards: dict[int, list[tuple[Guard, int, int]]] = defaultdict(list)
        self.counts: dict[str, int] = defaultdict(int)
        """How many places of each guard of the article there are; words that two of its terms share are one."""
        self._passages: dict[int, list[Guard]] = {}
        ends: dict[str, int] = defaultdict(int)
        places: list[tuple[Rule, int, int, int]] = []
        terms, bounds = lexicon.terms, part.sentences
        began = [start for start, _ in bounds]
        for term, start, end in itertools.chain(part.found(lexicon.acts), part.found(lexicon.context)):
            sentence = bisect_right(began, start) - 1
            if sentence < 0 or end > bounds[sentence][1]:
                continue  # in page furniture
            _, owner, field = terms[term]
            if field != "any":
                self.others[owner.id, field, sentence].append((start, end))
            elif isinstance(owner, Guard):
                if owner.dated and not self._is_past(start, end):
                    continue
                if owner.scope is _ARTICLE:
                    self.counts[owner.id] += start >= ends[owner.id]
                    ends[owner.id] = max(ends[owner.id], end)
                elif len(beside := self.guards[sentence]) < _MOST_GUARDS:
                    beside.append((owner, start, end))
            elif len(places) < _MOST_JUDGED:
                places.append((owner, sentence, start, end))
        self.places += [place for place in places if not (place[0].all or place[0].none) or self._holds(*place)]
        self._absent = self._missed(lexicon) if self.places else []

    def _missed(self, lexicon: Lexicon) -> list[Guard]:
        """The guards that reach a passage without their terms. Where headline or lead has some, they lower by half as much."""
        led = {guard.id for sentence in range(LEAD_SENTENCES) for guard, *_ in self.guards.get(sentence, ())}
        return [replace(guard, factor=(1 + guard.factor) / 2) if guard.id in led else guard for guard in lexicon.absent]

    def _is_past(self, start: int, end: int) -> bool:
        """Whether a year before the article's stands right beside this place."""
        low = max(0, start - _BESIDE)
        return any(int(year[1]) < self._year for year in _YEAR.finditer(self.part.folded.text, low, end + _BESIDE))

    def plain_sentences(self) -> int:
        """How many sentences hold a plain statement of an act, before guards."""
        return len({sentence for rule, sentence, *_ in self.places if rule.weight >= _PLAIN and not rule.background})

    def _near(self, key: tuple[str, str, int], start: int, end: int, within: int | None) -> bool:
        """Whether a term of a rule's field stands in the sentence, near enough."""
        places = self.others.get(key, ())
        if within is None or not places:
            return bool(places)
        return self.part.is_any_within(start, end, places, within)

    def _holds(self, rule: Rule, sentence: int, start: int, end: int) -> bool:
        """Whether the rule's `all` and `none` allow a hit at this place."""
        for number in range(len(rule.all)):
            if not self._near((rule.id, f"all {number}", sentence), start, end, rule.within):
                return False
        return not rule.none or not self._near((rule.id, "none", sentence), start, end, rule.within)

    def touching(self, sentence: int, start: int, end: int) -> list[Guard]:
        """The guards of the sentence that reach a hit at this place."""
        found = []
        for guard, low, high in self.guards.get(sentence, ()):
            scope = guard.scope
            if scope is _SENTENCE:
                reaches = True
            elif scope is _INSIDE:
                reaches = start < low < high < end
            else:
                is_beside = (high <= start and scope in _AHEAD) or (low >= end and scope in _BEHIND)
                reaches = is_beside and self.part.words_between(start, end, low, high) <= guard.words
            if reaches and not self._is_parted(guard, sentence, (low, high), (start, end)):
                found.append(guard)
        return found + self._around(sentence)

    def _is_parted(self, guard: Guard, sentence: int, words: tuple[int, int], hit: tuple[int, int]) -> bool:
        """Whether a guard's words stand in another clause than a hit: behind a pause, or beyond a word that `stops` them."""
        low, high = min(words[1], hit[1]), max(words[0], hit[0])
        is_behind = words[0] >= hit[1]
        pauses = guard.clause == "either" or (guard.clause == "behind" and is_behind)
        if pauses and _PAUSE.search(self.part.folded.text, low, high):
            return True
        return any(low <= start < high for start, _ in self.others.get((guard.id, "stops", sentence), ()))

    def _around(self, sentence: int) -> list[Guard]:
        """The guards of the passage around a sentence that stand there often enough."""
        if sentence not in self._passages:
            counts: dict[str, int] = defaultdict(int)
            guards = {}
            for number in range(sentence - _PASSAGE, sentence + _PASSAGE + 1):
                for guard, _, _ in self.guards.get(number, ()):
                    if guard.scope is _PASSAGES:
                        counts[guard.id] += 1
                        guards[guard.id] = guard
            self._passages[sentence] = [
                guard for guard in guards.values() if not guard.absent and counts[guard.id] >= guard.count
            ]
            if not self.part.is_headline and sentence >= LEAD_SENTENCES:
                self._passages[sentence] += [guard for guard in self._absent if not counts[guard.id]]
        return self._passages[sentence]


def _lowered(rule: Rule, guards: Sequence[Guard]) -> tuple[float, tuple[str, ...]]:
    """What these guards leave of a rule's weight, and what a hit they touch carries; a guard that stands there twice is one."""
    weight, names, is_figure = rule.weight, [], False
    for guard in guards:
        if guard.id not in names:
            names.append(guard.id)
            weight *= guard.factor
            is_figure = is_figure or guard.nothing
    if rule.background:
        names.append(CONTEXT)
    if is_figure:
        names.append(FIGURE)
    return round(weight, 2), tuple(names)


def _hit(found: _Found, rule: Rule, place: tuple[int, int, int], everywhere: list[Guard]) -> Hit:
    sentence, start, end = place
    weight, names = _lowered(rule, [*found.touching(sentence, start, end), *everywhere])
    span = found.part.span(start, end)
    return Hit(rule.id, rule.category, span, weight, (*names, EVASION) if is_disguised(span.quote) else names)


def _is_alone(found: list[tuple[Rule, Hit]], *, is_long: bool, is_bare: bool) -> bool:
    """Whether all there is of violence are vague words: one, but for a flash, that has no room for a second.

    In an article that `is_bare`, with no word of who bears arms, acts are vague too, and any number of vague words tells nothing.
    """
    telling = [(rule, hit) for rule, hit in found if FIGURE not in hit.guards]
    if not all(rule.vague or (is_bare and not rule.background) for rule, _ in telling):
        return False
    return is_bare or (is_long and len({hit.span.quote for _, hit in telling}) == 1)


def _missing(guard: Guard, places: int, sentences: int) -> int:
    """How many places of an absent guard of the article are missing: one for every sentence but one, up to its count."""
    return max(0, min(guard.count, sentences - 1) - places)


def _hits(document: Document, lexicon: Lexicon) -> list[Hit]:
    published = document.article.published
    fields = [_Found(part, lexicon, published.year if published else 0) for part in document.parts]
    plain = sum(found.plain_sentences() for found in fields)
    is_long = any(len(found.part.sentences) > LEAD_SENTENCES for found in fields)
    sentences = sum(len(found.part.sentences) for found in fields)
    everywhere, is_bare = [], False
    for guard in lexicon.of_article:
        places = sum(found.counts[guard.id] for found in fields)
        if not guard.absent and places >= max(guard.count, _DENSITY * plain):
            everywhere.append(guard)
        elif guard.absent and (missing := _missing(guard, places, sentences)):
            everywhere.append(replace(guard, factor=guard.factor**missing))
            is_bare = is_bare or not places
    hits = [
        (rule, _hit(found, rule, (sentence, start, end), everywhere))
        for found in fields
        for rule, sentence, start, end in found.places
    ]
    if _is_alone(hits, is_long=is_long, is_bare=is_bare):
        return [replace(hit, guards=(*hit.guards, ALONE)) for _, hit in hits]
    return [hit for _, hit in hits]


class EscalationDetector:
    """Finds the hits of the lexicon of an article's language; an article of any other language has none."""

    name = "escalation"

    def __init__(self, lexicons: Lexicons) -> None:
        self._lexicons = lexicons.escalation

    def detect(self, documents: Sequence[Document], language: str) -> list[list[Hit]]:
        """Of each document every hit in reading order; `weight` is what the guards left of the rule's."""
        lexicon = self._lexicons.get(language)
        if lexicon is None:
            return [[] for _ in documents]
        return screened(documents, lexicon.acts, lexicon.may_tell, lexicon.matchers, lambda document: _hits(document, lexicon))
