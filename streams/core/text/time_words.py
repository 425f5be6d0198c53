"""The words of dates in one language, and a folded text read as their tags.

A tag is one letter for what a word says, so that the grammar (`dates`) can be written as regular expressions over tags:

    W weekday    M month      N word that may be a month    H Hijri month    R day counted from today
    Q day counted from the one told of    K next, last, this    D number from 1 to 31    O ordinal in words
    C number in words    Y year    # other number    U day, week, month, year    V so many days in one word
    P part of a day    A ago    I in    J later    L week    Z month (this, next)    T year (this, next)
    S same year    B the word year    E word a date begins with    G word within a date
    & and, to    y m d the Chinese signs of year, month, day    , . / - ( ) as they are    x all else, and the end of a line
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from streams.core.text.fold import WORD, fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WHICH = ("next", "next_week", "last", "this")
UNITS = ("day", "week", "month", "year")
_MONTHS = tuple(map(str, range(1, 13)))
_SHIFTS = ("-1", "0", "1")
KEYED: dict[str, tuple[str, tuple[str, ...]]] = {
    "weekday": ("W", WEEKDAYS),
    "month": ("M", _MONTHS),
    "weak_month": ("N", _MONTHS),
    "hijri": ("H", _MONTHS),
    "day": ("R", ("-2", "-1", "0", "1", "2")),
    "following": ("Q", ("-1", "0", "1", "2")),
    "which": ("K", WHICH),
    "unit": ("U", UNITS),
    "week": ("L", _SHIFTS),
    "this_month": ("Z", _SHIFTS),
    "this_year": ("T", _SHIFTS),
    "number": ("C", tuple(map(str, range(1, 32)))),
    "ordinal": ("O", tuple(map(str, range(1, 32)))),
    "days": ("V", tuple(map(str, range(1, 32)))),
}
"""The tables of a dates file: the tag of each, and the keys it may have."""
LISTS = {
    "part": "P",
    "ago": "A",
    "ahead": "I",
    "later": "J",
    "same_year": "S",
    "year_word": "B",
    "lead": "E",
    "glue": "G",
    "range": "&",
    "year_sign": "y",
    "month_sign": "m",
    "day_sign": "d",
    "ignored": "x",
}
"""The lists of a dates file, and the tag of each."""

_WORD = re.compile(rf"{WORD}+|\n|[^\s'\"]")
_SIGNS = frozenset(",./-()")
_DIGIT = re.compile(r"\d")
_BY_ITSELF = frozenset("WMNHRQDOCUVLZTSYymd")
"""The tags of which one at least is in every date."""
_CONJUNCTIONS = ("", "و", "ف")
_ARTICLE = "ال"
_MOST_DAYS, _FIRST_YEAR, _LAST_YEAR = 31, 1000, 2199


class Token(NamedTuple):
    """A word or a phrase of several: its tag, what it stands for, and its place in the folded text."""

    tag: str
    value: int
    start: int
    end: int


def _value(group: str, key: str) -> int:
    names = KEYED[group][1]
    return int(key) if key.lstrip("-").isdigit() else names.index(key)


def _arabic_forms(word: str) -> Iterator[str]:
    """A first word with the proclitics Arabic writes onto it."""
    for conjunction in _CONJUNCTIONS:
        if word.startswith(_ARTICLE):
            rest = word.removeprefix(_ARTICLE)
            yield from (conjunction + article + rest for article in (_ARTICLE, "بال", "كال", "لل"))
        else:
            yield from (conjunction + preposition + word for preposition in ("", "ب", "ل", "ك"))


@dataclass(frozen=True)
class TimeWords:
    """The phrases of a language: by group, then by key ("" in the groups that are lists).

    `suffixes` may stand behind a number in digits; `month_first` languages write "March 3"; `without_blanks` ones part no words.
    """

    language: str
    phrases: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    suffixes: tuple[str, ...] = ()
    month_first: bool = False

    @property
    def without_blanks(self) -> bool:
        """Whether words stand without blanks between them."""
        return self.language == "zh"

    @cached_property
    def _entries(self) -> dict[tuple[str, ...], tuple[str, int]]:
        """Every phrase as its words, with its tag and value; phrases as written win over those with clitics."""
        exact: dict[tuple[str, ...], tuple[str, int]] = {}
        attached: dict[tuple[str, ...], tuple[str, int]] = {}
        for group, keys in self.phrases.items():
            for key, phrases in keys.items():
                entry = (KEYED[group][0], _value(group, key)) if group in KEYED else (LISTS[group], 0)
                for phrase in phrases:
                    words = tuple(_WORD.findall(fold(phrase).text))
                    exact[words] = entry
                    if self.language == "ar":
                        attached |= {(form, *words[1:]): entry for form in _arabic_forms(words[0])}
        return attached | exact

    @cached_property
    def _longer(self) -> dict[str, list[list[str]]]:
        """The phrases of several words by their first, the longest first."""
        found: dict[str, list[list[str]]] = {}
        for words in self._entries:
            if len(words) > 1:
                found.setdefault(words[0], []).append([*words])
        for candidates in found.values():
            candidates.sort(key=len, reverse=True)
        return found

    @cached_property
    def _known(self) -> frozenset[str]:
        """The words that phrases begin with."""
        return frozenset(words[0] for words in self._entries)

    @cached_property
    def _telling(self) -> frozenset[str]:
        """The words that phrases begin with that say something of a day by themselves, and not only beside others."""
        return frozenset(words[0] for words, (tag, _) in self._entries.items() if tag in _BY_ITSELF)

    def may_tell(self, text: str) -> bool:
        """Whether a folded text may name a day: without a word that says something of one, and a digit, it does not."""
        return self.without_blanks or _DIGIT.search(text) is not None or not self._telling.isdisjoint(_WORD.findall(text))

    @cached_property
    def _run(self) -> re.Pattern[str]:
        """Phrases of a language without blanks, the longest first; digits; whatever else stands in the text."""
        phrases = sorted(("".join(words) for words in self._entries), key=len, reverse=True)
        return re.compile("|".join([*map(re.escape, phrases), r"\d+", r"\n", r"[^\s'\"]"]))

    @cached_property
    def _number(self) -> re.Pattern[str]:
        clitics = r"[وف]?[بلك]?" if self.language == "ar" else ""
        return re.compile(f"{clitics}(\\d{{1,4}})(?:{'|'.join(map(re.escape, self.suffixes))})?")

    def _plain(self, word: str) -> tuple[str, int]:
        """The tag and value of a word that is none of the phrases'."""
        if word.isalpha():
            return "x", 0
        if word in _SIGNS:
            return word, 0
        match = self._number.fullmatch(word)
        if match is None:
            return "x", 0
        number = int(match[1])
        if 1 <= number <= _MOST_DAYS:
            return "D", number
        return ("Y" if _FIRST_YEAR <= number <= _LAST_YEAR else "#"), number

    def tokens(self, text: str) -> list[Token]:
        """A folded text as tokens, in order; blanks, quotation marks and apostrophes are none."""
        if self.without_blanks:
            joined = {"".join(words): entry for words, entry in self._entries.items()}
            return [Token(*(joined.get(m[0]) or self._plain(m[0])), m.start(), m.end()) for m in self._run.finditer(text)]
        words = _WORD.findall(text)
        places = [match.span() for match in _WORD.finditer(text)]
        known = self._known
        found: list[Token] = []
        place = 0
        while place < len(words):
            word, (start, end) = words[place], places[place]
            if word not in known and word.isalpha():
                found.append(Token("x", 0, start, end))  # most words have nothing to do with days
                place += 1
                continue
            phrase: tuple[str, ...] = (word,)
            bound = 0
            for candidate in self._longer.get(word, ()):
                if words[place : place + len(candidate)] == candidate:
                    phrase, end = tuple(candidate), places[place + len(candidate) - 1][1]
                    break
            if (entry := self._entries.get(phrase)) is not None:
                tag, value = entry
                if self.language == "ar":
                    bound = self._conjunction(phrase, tag, value)
            else:
                tag, value = self._plain(word)
                bound = int(tag in "DY" and word[0] in _CONJUNCTIONS)
            if bound:
                found.append(Token("&", 0, start, start + bound))  # what comes after an "and" is another date
            found.append(Token(tag, value, start + bound, end))
            place += len(phrase)
        return found

    def _conjunction(self, words: tuple[str, ...], tag: str, value: int) -> int:
        """How many letters of the first word are an "and" before it."""
        first = words[0]
        if first[0] in _CONJUNCTIONS[1:]:
            return int(self._entries.get((first[1:], *words[1:])) == (tag, value))
        return 0
