"""Page furniture: what a web page puts around an article. It is never matched.

Works on folded text, line by line. What a line may say stands in `streams/lexicons/furniture/<language>.toml`; what it
looks like is judged here. Lines without a word, clock times, dates and weather go wherever they are known by their form.
A line that opens a box of other articles takes the short lines behind it along, up to the next paragraph.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, groupby
from typing import TYPE_CHECKING

from streams.core.text.fold import fold
from streams.core.text.page_glance import Glance
from streams.core.text.page_lines import HEAD_LINES, SHORT, TAIL_LINES, Kind, is_headline_like, word_count
from streams.core.text.page_runs import settle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streams.core.text.fold import Folded

GROUPS = ("box", "pointer", "line", "opening", "notice", "credit", "byline", "menu", "date", "agency")
"""The groups of phrases a furniture file may hold."""

_TOKEN = re.compile(r"[^\W\d_]+|\d+")
_WORDS = re.compile(r"\w+")
_ITEMS = re.compile(r"[|,>\"/^]|\s-\s")
_DIGIT = re.compile(
    "[\\d\u1369-\u1371\u19da\u24f5-\u24fd\u24ff\u2776-\u277e\u2780-\u2788\u278a-\u2792"
    "\U00010a40-\U00010a43\U00010e60-\U00010e68\U00011052-\U0001105a]",
)
"""`str.isdigit`, of what folding leaves."""
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
_DATELINE_SIGN, _DATELINE_REACH = re.compile(rb"[(/\xff-]"), 60
_FILLED = re.compile(rb"[^ \n]")
_COPYRIGHT_WORDS = frozenset({"c", "copyright"})
_SMALL = "and in at for de del da la le les et y e i of the von van al el и с к в en"
"""Words written small within names."""
_SMALL_NAMES = frozenset(_SMALL.split())


_ALL, _CREDITS, _NONE = frozenset(GROUPS), frozenset({"credit", "box"}), frozenset[str]()


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
    def _notice(self) -> re.Pattern[str]:
        return re.compile("|".join(map(re.escape, self._folded("notice"))) or r"(?!)")

    @cached_property
    def _first_words(self) -> Mapping[str, frozenset[str]]:
        """The words lines of phrases begin with, and whose: one look-up spares most lines the regular expressions."""
        found: dict[str, set[str]] = {}
        for group in ("pointer", "opening", "credit", "byline", "box"):
            for phrase in self._folded(group):
                found.setdefault(_WORDS.findall(phrase)[0], set()).add(group)
        return {word: frozenset(groups) for word, groups in found.items()}

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

    @cached_property
    def _glance(self) -> Glance:
        phrases = [phrase for group in self.phrases if group != "agency" for phrase in self._folded(group)]
        words = {word for phrase in phrases for word in _WORDS.findall(phrase)[:1]}
        words |= {key.partition(" ")[0] for key in self._lines} | self._dates | _COPYRIGHT_WORDS
        return Glance(words, self._menu, self._folded("notice"))

    def warm(self) -> None:
        """Compile everything now rather than at the first text."""
        self._glance.scanner.warm()

    def kept(self, folded: Folded) -> list[tuple[int, int]]:
        """Ranges of the folded text that belong to the article, in order and apart; linear in its length."""
        return self.kept_each([folded])[0]

    def kept_each(self, texts: Sequence[Folded]) -> list[list[tuple[int, int]]]:
        """`kept` of each of these texts, which costs less than one by one."""
        return [self._kept(text, looks) for text, looks in zip(texts, self._glance.lines(texts), strict=True)]

    def _kept(self, folded: Folded, looks: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        found: dict[int, Kind] = {}
        for start, end in looks:
            text = folded.piece(start, end).strip()
            if len(text) <= SHORT and text:
                kind = self._kind(text)
                if kind is not Kind.TEXT or self._byline_of(text):
                    found[start] = kind
        if not found:
            return self._whole(folded)
        lines = folded.text.split("\n")
        texts = [line.strip() for line in lines]
        starts = list(accumulate([len(line) + 1 for line in lines], initial=0))
        starts[-1] -= 1  # behind the last line there is no break
        kinds = [Kind.TEXT if text else Kind.BLANK for text in texts]
        for start, kind in found.items():
            kinds[bisect_left(starts, start)] = kind
        if Kind.TEXT in found.values() or Kind.WEATHER in kinds:
            self._name_bylines(kinds, texts, folded.original)
        return self._ranges(folded, starts, kinds, settle(kinds, texts))

    def _ranges(
        self, folded: Folded, starts: Sequence[int], kinds: Sequence[Kind], gone: Sequence[bool]
    ) -> list[tuple[int, int]]:
        """What is left of the lines that begin at `starts`, without the dateline of the first of text."""
        ranges: list[tuple[int, int]] = []
        place = 0
        for is_gone, run in groupby(gone):
            low, place = place, place + sum(1 for _ in run)
            if not is_gone and starts[low] < starts[place]:
                ranges.append((starts[low], starts[place]))
        first = next((number for number, kind in enumerate(kinds) if kind is Kind.TEXT and not gone[number]), None)
        if first is None:
            return ranges
        return _without(ranges, starts[first], self._behind_dateline(folded, starts[first], starts[first + 1]))

    def _whole(self, folded: Folded) -> list[tuple[int, int]]:
        """All of a text without furniture, save for the dateline."""
        codes = folded.codes
        filled = _FILLED.search(codes)
        if filled is None:
            return [(0, len(codes))] if codes else []
        line = codes.rfind(b"\n", 0, filled.start()) + 1
        end = codes.find(b"\n", line) + 1 or len(codes)
        return _without([(0, len(codes))], line, self._behind_dateline(folded, line, end))

    def _behind_dateline(self, folded: Folded, start: int, end: int) -> int:
        """Where the article's first line begins without its dateline."""
        if not _DATELINE_SIGN.search(folded.codes, start, min(end, start + _DATELINE_REACH)):
            return start
        dateline = self._dateline.match(folded.piece(start, end))
        return start + dateline.end() if dateline and start + dateline.end() < end else start

    def _kind(self, text: str) -> Kind:  # noqa: C901, PLR0911, PLR0912 - one line a kind, in order
        words = _WORDS.findall(text)
        if not words or (words[0][0] == "_" and _NO_WORD.fullmatch(text)):
            return Kind.BULLET
        key = figureless = " ".join(words)
        if _DIGIT.search(text):
            if _CLOCK.fullmatch(text):
                return Kind.CLOCK
            if _WEATHER.fullmatch(text):
                return Kind.WEATHER
            if self._is_date(text) or _COPYRIGHT.match(text):
                return Kind.PAGE
            if _TIMED.match(text):
                return Kind.TIMED
            figureless = _key(text, digits=False)
        if key in self._boxes:
            return Kind.BOX
        if key in self._menu:
            return Kind.MENU
        if figureless in self._lines or self._notice.search(text) or self._is_menu_row(text):
            return Kind.PAGE
        groups = _ALL if text >= _CHINESE_FROM else self._first_words.get(words[0], _NONE)
        if not groups:
            return Kind.TEXT
        pointer = self._pointer.match(text) if "pointer" in groups else None
        if pointer and self._points(pointer, text):
            return Kind.PAGE if pointer["rest"].strip(" :.->|\"'") else Kind.POINTER
        if "opening" in groups and self._opening.match(text) and word_count(text) <= _MOST_OPENING_WORDS:
            return Kind.PAGE
        credit = self._credit.match(text) if groups & _CREDITS else None
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

    def _name_bylines(self, kinds: list[Kind], texts: Sequence[str], original: str) -> None:
        """Mark lines that name the writer, and the place beside a line of weather, at the page's head and foot."""
        filled = [number for number, kind in enumerate(kinds) if kind is not Kind.BLANK]
        for place, number in enumerate(filled):
            if kinds[number] is not Kind.TEXT or not (place < HEAD_LINES or place >= len(filled) - TAIL_LINES):
                continue
            text = texts[number]
            beside = [kinds[other] for other in filled[max(0, place - 1) : place + 2]]
            if place < HEAD_LINES and Kind.WEATHER in beside and self._is_place(text):
                kinds[number] = Kind.PAGE
                continue
            byline = self._byline_of(text) if len(text) <= SHORT else None
            if byline and self._is_name(byline["names"], number, original):
                kinds[number] = Kind.PAGE

    def _byline_of(self, text: str) -> re.Match[str] | None:
        """What a short line would be as a byline."""
        first = _WORDS.search(text)
        if (
            first is None
            or "byline" not in self._first_words.get(first.group(), _NONE)
            or text.endswith((".", "?", "!", ",", ":"))
        ):
            return None
        return self._byline.fullmatch(text)

    def _is_place(self, text: str) -> bool:
        return _PLACE_LINE.fullmatch(text) is not None and word_count(text) <= _MOST_PLACE_WORDS

    def _is_name(self, names: str, number: int, original: str) -> bool:
        count = word_count(names)
        if not 1 <= count <= _MOST_BYLINE_WORDS:
            return False
        spelt = _line(original, number)
        words = [word for word in re.findall(r"[^\W\d_]+", spelt)[1:] if word.lower() not in _SMALL_NAMES]
        return bool(words) and not any(word[0].islower() for word in words)


def _without(ranges: list[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    """The ranges without `[start, end)`, which stands within one of them."""
    if start == end:
        return ranges
    cut = [((low, start), (end, high)) if low <= start < high else ((low, high),) for low, high in ranges]
    return [(low, high) for pieces in cut for low, high in pieces if low < high]


_BREAK = re.compile("[\n\v\f\r\x85\u2028\u2029]")
"""What folds to a line's end."""


def _line(original: str, index: int) -> str:
    """Line number `index` of the original: folding keeps lines."""
    lines = _BREAK.split(original, index + 1)
    return lines[index] if index < len(lines) else ""
