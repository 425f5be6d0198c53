"""Page furniture: what a web page puts around an article. It is never matched.

Works on folded text, line by line. What a line may say stands in `streams/lexicons/furniture/<language>.toml`; what it
looks like is judged here. Lines without a word, clock times, dates and weather go wherever they are known by their form.
A line that opens a box of other articles takes the short lines behind it along, up to the next paragraph.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from streams.core.text.fold import fold
from streams.core.text.page_lines import HEAD_LINES, SHORT, TAIL_LINES, Kind, Line, is_headline_like, word_count
from streams.core.text.page_runs import settle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GROUPS = ("box", "pointer", "line", "opening", "notice", "credit", "byline", "menu", "date", "agency")
"""The groups of phrases a furniture file may hold."""

_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_WORDS = re.compile(r"\w+")
_ITEMS = re.compile(r"[|,>\"/^]|\s-\s")
_NO_WORD = re.compile(r"[\W_]*")
_CLOCK = re.compile(r"\W*\d{1,2}:\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?|gmt|utc)?\W*")
_TIMED = re.compile(r"\W*\d{1,2}:\d{2}\s*[-|:]?\s*[^\W\d]")
_NUMERIC_DATE = re.compile(r"\W*\d{1,4}([./-])\d{1,2}\1\d{1,4}(?:\W+\d{1,2}:\d{2}(?::\d{2})?)?\W*")
_PLACE = r"[^\W\d_]+(?:[ ,'.-]+[^\W\d_]+){0,2}"
_DEGREES = r"-?\d{1,2}(?:[.,]\d)?\s*"
_WEATHER = re.compile(
    rf"\W*{_DEGREES}(?:\^\s*[cfم]?|o?[cf])\W*|(?:{_PLACE}\W+)?{_DEGREES}\^\s*[cfم]?(?:\W+{_PLACE})?\W*",
)
_PLACE_LINE = re.compile(rf"\W*{_PLACE}\W*")
_COPYRIGHT = re.compile(r"\W*(?:\(c\)|\^|copyright)\s*\^?\s*(?:19|20)\d\d\b")
_MOST_PLACE_WORDS, _MOST_DATE_TOKENS = 2, 16
_MOST_CREDIT_WORDS, _MOST_BYLINE_WORDS, _MOST_ITEM_WORDS = 7, 9, 3
_MOST_OPENING_WORDS = 30
_CHINESE_FROM = "\u2e80"
"""Scripts from here on write no blanks: their lines do not begin with a word that can be looked up."""
_LEAST_ITEMS = 3
_DATELINE_SIGN, _DATELINE_REACH = re.compile("[(/电-]"), 60
_SMALL = "and in at for de del da la le les et y e i of the von van al el и с к в en"
"""Words written small within names."""
_SMALL_NAMES = frozenset(_SMALL.split())


def _key(text: str, *, digits: bool = True) -> str:
    """A line by its words alone, with or without those that hold digits."""
    return " ".join(word for word in _WORDS.findall(text) if digits or not any(map(str.isdigit, word)))


def _any(phrases: Sequence[str]) -> str:
    """A regular expression for one of these, whole words where the script has blanks; longest first."""
    ends = (re.escape(p) + (r"\b" if p[-1:] < "\u2e80" else "") for p in sorted(phrases, key=lambda p: (-len(p), p)))
    return "|".join(ends) or r"(?!)"


@dataclass(frozen=True)
class Furniture:
    """The phrases of page furniture in all languages together, by group; pages mix languages."""

    phrases: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def _folded(self, group: str) -> list[str]:
        return [fold(phrase).text.strip() for phrase in self.phrases.get(group, ())]

    @cached_property
    def _boxes(self) -> frozenset[str]:
        return frozenset(map(_key, self._folded("box")))

    @cached_property
    def _lines(self) -> frozenset[str]:
        return frozenset(_key(p, digits=False) for p in self._folded("line"))

    @cached_property
    def _menu(self) -> frozenset[str]:
        return frozenset(map(_key, self._folded("menu")))

    @cached_property
    def _dates(self) -> frozenset[str]:
        return frozenset(token for p in self._folded("date") for token in _TOKEN.findall(p))

    @cached_property
    def _pointer(self) -> re.Pattern[str]:
        return re.compile(rf"\W*(?P<phrase>{_any(self._folded('pointer'))})(?P<separator>\s*[:>|]|\W*$)?(?P<rest>.*)")

    @cached_property
    def _opening(self) -> re.Pattern[str]:
        return re.compile(rf"\W*(?:{_any(self._folded('opening'))})")

    @cached_property
    def _notices(self) -> tuple[str, ...]:
        return tuple(self._folded("notice"))

    @cached_property
    def _first_words(self) -> frozenset[str]:
        """The words lines of phrases begin with: one look-up spares most lines the regular expressions."""
        groups = ("pointer", "opening", "credit", "byline", "box")
        return frozenset(_WORDS.findall(p)[0] for group in groups for p in self._folded(group))

    @cached_property
    def _credit(self) -> re.Pattern[str]:
        labels = _any([*self._folded("credit"), *self._folded("box")])
        return re.compile(rf"\W*(?:{labels})\s*(?:[:|/]|-(?=\s))(?P<rest>.*)")

    @cached_property
    def _byline(self) -> re.Pattern[str]:
        return re.compile(rf"\W*(?:{_any(self._folded('byline'))})(?P<names>.+)")

    @cached_property
    def _dateline(self) -> re.Pattern[str]:
        agency = rf"(?:{_any(self._folded('agency'))})"
        agencies = rf"{agency}(?:\s*[/,-]\s*{agency})*"
        return re.compile(
            rf"""\s*(?:[^\n().:"]{{2,50}}\(\s*{agencies}\s*\)\s*[-:]+|[^\n().:"/-]{{2,40}}[-/]\s*{agencies}\s*[-:.]+"""
            rf"|{agency}[^\n,.:]{{0,20}}电)\s*",
        )

    def kept(self, folded: str, original: str = "") -> list[tuple[int, int]]:
        """Ranges of the folded text that belong to the article, in order and apart; linear in its length.

        `original`, where given, tells names from common words by their capitals.
        """
        lines = self._read(folded, original)
        settle(lines)
        ranges: list[tuple[int, int]] = []
        first = True
        for line in lines:
            if line.dropped:
                continue
            start = line.start
            if first and line.kind is Kind.TEXT:
                first = False
                may_be = _DATELINE_SIGN.search(folded, line.start, min(line.end, line.start + _DATELINE_REACH))
                dateline = self._dateline.match(folded, line.start, line.end) if may_be else None
                start = dateline.end() if dateline and dateline.end() < line.end else start
            if ranges and ranges[-1][1] == start:
                ranges[-1] = (ranges[-1][0], line.end)
            elif start < line.end:
                ranges.append((start, line.end))
        return ranges

    def _read(self, folded: str, original: str) -> list[Line]:
        """Every line with its kind; `end` is behind the line's break."""
        lines: list[Line] = []
        place = number = 0
        for index, text in enumerate(folded.split("\n")):
            end = min(place + len(text) + 1, len(folded))
            kind = Kind.TEXT
            stripped = text.strip()
            if not stripped:
                kind = Kind.BLANK
            else:
                if len(stripped) <= SHORT:
                    kind = self._kind(stripped)
                number += 1
            lines.append(Line(place, end, stripped, kind, number, index))
            place = end
        self._name_bylines(lines, original)
        return lines

    def _kind(self, text: str) -> Kind:  # noqa: C901, PLR0911, PLR0912 - one line a kind, in order
        if _NO_WORD.fullmatch(text):
            return Kind.BULLET
        if text[-1:].isdigit() or any(map(str.isdigit, text)):
            if _CLOCK.fullmatch(text):
                return Kind.CLOCK
            if _WEATHER.fullmatch(text):
                return Kind.WEATHER
            if self._is_date(text) or _COPYRIGHT.match(text):
                return Kind.PAGE
            if _TIMED.match(text):
                return Kind.TIMED
        key = _key(text)
        if key in self._boxes:
            return Kind.BOX
        if key in self._menu:
            return Kind.MENU
        if any(notice in text for notice in self._notices):
            return Kind.PAGE
        if _key(text, digits=False) in self._lines or self._is_menu_row(text):
            return Kind.PAGE
        if text < _CHINESE_FROM and key.partition(" ")[0] not in self._first_words:
            return Kind.TEXT
        pointer = self._pointer.match(text)
        if pointer and self._points(pointer, text):
            return Kind.PAGE if pointer["rest"].strip(" :.->|\"'") else Kind.POINTER
        if self._opening.match(text) and word_count(text) <= _MOST_OPENING_WORDS:
            return Kind.PAGE
        credit = self._credit.match(text)
        if credit and word_count(credit["rest"]) <= _MOST_CREDIT_WORDS and not text.endswith((".", "?", "!")):
            return Kind.PAGE
        return Kind.TEXT

    def _points(self, pointer: re.Match[str], text: str) -> bool:
        """«اقرأ أيضا: …» points; "More than forty …" does not."""
        return pointer["separator"] is not None or (" " in pointer["phrase"] and is_headline_like(text))

    def _is_date(self, text: str) -> bool:
        if _NUMERIC_DATE.fullmatch(text):
            return True
        tokens = _TOKEN.findall(text)
        words = [token for token in tokens if not token.isdigit()]
        return 0 < len(words) < len(tokens) <= _MOST_DATE_TOKENS and all(word in self._dates for word in words)

    def _is_menu_row(self, text: str) -> bool:
        """«الرئيسية | سياسة | رياضة», `Home > World > Asia`."""
        if not _ITEMS.search(text):
            return False
        items = [_key(item) for item in _ITEMS.split(text)]
        items = [item for item in items if item]
        if len(items) < _LEAST_ITEMS or any(word_count(item) > _MOST_ITEM_WORDS for item in items):
            return False
        return 2 * sum(item in self._menu for item in items) > len(items)

    def _name_bylines(self, lines: list[Line], original: str) -> None:
        """Mark lines that name the writer, and the place beside a line of weather, at the page's head and foot."""
        filled = [line for line in lines if line.kind is not Kind.BLANK]
        for number, line in enumerate(filled):
            if line.kind is not Kind.TEXT or not (number < HEAD_LINES or number >= len(filled) - TAIL_LINES):
                continue
            if number < HEAD_LINES and self._is_place_of_weather(filled, number):
                line.kind = Kind.PAGE
                continue
            may_be = len(line.text) <= SHORT and _key(line.text).partition(" ")[0] in self._first_words
            byline = self._byline.fullmatch(line.text) if may_be else None
            if byline and not line.text.endswith((".", "?", "!", ",", ":")) and self._is_name(byline["names"], line, original):
                line.kind = Kind.PAGE

    def _is_place_of_weather(self, filled: list[Line], number: int) -> bool:
        text = filled[number].text
        beside = filled[max(0, number - 1) : number + 2]
        return (
            any(line.kind is Kind.WEATHER for line in beside)
            and _PLACE_LINE.fullmatch(text) is not None
            and word_count(text) <= _MOST_PLACE_WORDS
        )

    def _is_name(self, names: str, line: Line, original: str) -> bool:
        count = word_count(names)
        if not 1 <= count <= _MOST_BYLINE_WORDS:
            return False
        spelt = _line(original, line.index)
        words = [word for word in re.findall(r"[^\W\d_]+", spelt)[1:] if word.lower() not in _SMALL_NAMES]
        return bool(words) and not any(word[0].islower() for word in words)


_BREAK = re.compile("[\n\v\f\r\x85\u2028\u2029]")
"""What folds to a line's end."""


def _line(original: str, index: int) -> str:
    """Line number `index` of the original: folding keeps lines."""
    lines = _BREAK.split(original, index + 1)
    return lines[index] if index < len(lines) else ""
