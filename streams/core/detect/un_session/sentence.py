"""One sentence as mentions of the vocabulary, and how far apart they stand.

Order of words is free; what counts is how many words, commas and other mentions stand between two.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from streams.core.detect.vocabulary import Mention, Vocabulary
    from streams.core.text.document import Part


class Placed(Protocol):
    """What has a place in the folded text: a mention of the vocabulary, a day, a party."""

    @property
    def start(self) -> int:
        """Its first code point."""

    @property
    def end(self) -> int:
        """The code point behind it."""


_STOP = re.compile(r"[;:]|\.\s| -+ |\n")
_PAUSE = re.compile(r"[,;:()]| -+ ")
_COMMA = 1
"""Words that a comma parts by."""
_LONGEST_WORD = 20
_AND = "وف"
_ARTICLE = "ال"
_CLAUSE = 18
"""Words that the beginning of another clause parts by."""


class Sentence:
    """The mentions of one sentence. `number` counts sentences through the article."""

    def __init__(self, part: Part, bounds: tuple[int, int], mentions: list[Mention], vocabulary: Vocabulary, number: int) -> None:
        self.part = part
        self.start, self.end = bounds
        self.text = part.folded.text
        self.vocabulary = vocabulary
        self.number = number
        self.days: list[tuple[int, int]] = []
        self._gaps: dict[tuple[int, int, int, int], int] = {}
        self._distances: dict[tuple[int, int, int, int], int] = {}
        self._by_group: dict[str, list[Mention]] = {}
        for mention in mentions:
            self._by_group.setdefault(mention.group, []).append(mention)
        self._of: dict[tuple[str, ...], list[Mention]] = {}

    def name_days(self, days: list[tuple[int, int]]) -> None:
        """Say which ranges are days: they stand anywhere and part nothing, and their words («بعد ظهر») say nothing else."""
        self.days = days
        for known in (self._gaps, self._distances, self._of):
            known.clear()
        for group in ("status", "aspect", "past"):
            if group in self._by_group:
                kept = [m for m in self._by_group[group] if not any(a <= m.start and m.end <= b for a, b in days)]
                self._by_group[group] = kept

    def is_of_day(self, mention: Placed) -> bool:
        """Whether a word stands right before a day, or is a part of one: "on Monday"."""
        return any(start <= mention.end + 1 and mention.start < end for start, end in self.days)

    def of(self, *groups: str) -> list[Mention]:
        """Mentions of these groups, by place."""
        if len(groups) == 1:
            return self._by_group.get(groups[0], [])
        found = self._of.get(groups)
        if found is None:
            some = [m for group in groups for m in self._by_group.get(group, ())]
            found = self._of[groups] = sorted(some, key=lambda m: (m.start, -m.end))
        return found

    def gap(self, one: Placed, other: Placed) -> int:
        """Words between two mentions, those of days not counted; in Chinese, pairs of characters."""
        key = one.start, one.end, other.start, other.end
        if (known := self._gaps.get(key)) is not None:
            return known
        low, high = self.between(one, other)
        words = self.part.words_between(one.start, one.end, other.start, other.end)
        for start, end in self.days:
            if low <= start and end <= high:
                words -= self.part.words_between(start, start, end, end)
        found = self._gaps[key] = max(0, words) // self.vocabulary.characters_a_word
        return found

    def distance(self, one: Placed, other: Placed) -> int:
        """Words between two mentions, a pause and the beginning of a clause counting as words of their own."""
        key = one.start, one.end, other.start, other.end
        if (known := self._distances.get(key)) is not None:
            return known
        low, high = self.between(one, other)
        clauses = len(self.inside(one, other, "clause"))
        pauses = len(_PAUSE.findall(self.text, low, max(low, high)))
        found = self._distances[key] = self.gap(one, other) + _COMMA * pauses + _CLAUSE * clauses
        return found

    def between(self, one: Placed, other: Placed) -> tuple[int, int]:
        """The range between two mentions."""
        return (one.end, other.start) if one.end <= other.start else (other.end, one.start)

    def stops_between(self, one: Placed, other: Placed) -> bool:
        """Whether a clause ends between the two."""
        low, high = self.between(one, other)
        # «مجلس الأمن: انقسام بعد مشاورات»: what a sentence begins with speaks of all of it.
        low += min(one.end, other.end) == low and self._is_heading(low)
        return _STOP.search(self.text, low, max(low, high)) is not None

    def _is_heading(self, colon: int) -> bool:
        """Whether the sentence begins with a name and this colon."""
        return self.text[colon : colon + 1] == ":" and any(
            m.start == self.start and m.end == colon for m in self.of("body", "short")
        )

    def pauses_between(self, one: Placed, other: Placed) -> bool:
        """Whether a comma or the like stands between the two."""
        low, high = self.between(one, other)
        return _PAUSE.search(self.text, low, max(low, high)) is not None

    def is_parted(self, one: Placed, other: Placed) -> bool:
        """Whether a comma parts the two: one, not the two of what is put in between."""
        low, high = self.between(one, other)
        return len(_PAUSE.findall(self.text, low, max(low, high))) % 2 == 1

    def inside(self, one: Placed, other: Placed, *groups: str) -> list[Mention]:
        """Mentions of these groups between the two."""
        low, high = self.between(one, other)
        return [m for group in groups for m in self._by_group.get(group, ()) if low <= m.start and m.end <= high]

    def none_between(self, one: Placed, other: Placed, *groups: str) -> bool:
        """Whether no mention of these groups, nor the end of a clause, stands between the two."""
        return not self.inside(one, other, *groups) and not self.stops_between(one, other)

    def is_behind(self, word: str, mention: Placed) -> bool:
        """Whether one of the plain words of the list `word` stands right before it."""
        before = self.text[max(self.start, mention.start - _LONGEST_WORD) : mention.start].split()
        return bool(before) and before[-1] in self.vocabulary.plain[word]

    def is_definite(self, mention: Placed) -> bool:
        """Whether the Arabic article is written onto it: «اليوم من دون» counts no days."""
        return self.text.startswith(_ARTICLE, mention.start)

    def begins_clause(self, verb: Placed) -> bool:
        """Whether a clause begins with a verb: behind «ثم» or «على أن», or with «و» written onto it."""
        if self.text[verb.start] in _AND and self.text[verb.start - 2 : verb.start] == ", ":
            return True
        return self.is_behind("then", verb)

    def has_no_subject(self, verb: Placed) -> bool:
        """Whether no noun follows a verb that could be its subject, but a day or a word of `goes_on`."""
        if any(0 <= start - verb.end <= 1 for start, _ in self.days):
            return True
        behind = self.text[verb.end : min(self.end, verb.end + _LONGEST_WORD)].split()
        return bool(behind) and behind[0] in self.vocabulary.plain["goes_on"]

    def holds(self, word: str, one: Placed, other: Placed) -> bool:
        """Whether one of the plain words of the list `word` stands between two mentions."""
        low, high = self.between(one, other)
        return not self.vocabulary.plain[word].isdisjoint(self.text[low : max(low, high)].split())

    def right_before(self, mention: Placed, *groups: str, reach: int = 0) -> bool:
        """Whether a mention of these groups stands right before it."""
        for m in self.of(*groups):
            if m.end <= mention.start and self.gap(m, mention) <= reach and not self.stops_between(m, mention):
                return True
        return False
