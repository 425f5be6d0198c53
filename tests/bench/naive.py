"""What a developer writes who has not read this project: the same job with `str.translate`, `re` and pyahocorasick.

It knows every spelling of every term, the same phrases and forms of page furniture, and gives the places of the original, which
`str.translate` loses, by a list of what was kept. Of furniture it leaves out what takes more than a line to tell, save boxes,
menus and tickers.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from typing import TYPE_CHECKING

import ahocorasick

from streams.core.text.fold import fold, fold_char

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from streams.core.text.furniture import Furniture

_CLITICS = ("", *"وفبكلس", "ال", "وال", "فال", "بال", "كال", "لل", "وب", "ول", "ولل", "وبال", "فلل")
_TABLE = {code: fold_char(chr(code)) for code in range(0x3000) if unicodedata.category(chr(code)) != "Cn"}
_HAMZA = re.compile("(?<=ي)ء+")
_SHORT = 160

Span = tuple[int, int, int]
"""A term's number, and where it stands in the original."""


def _with_tanwin(word: str) -> tuple[str, ...]:
    return (word,) if len(word) < 3 or word[-1] in "اهيوء" or word.startswith("ال") else (word, word + "ا")


def _spellings(phrase: str) -> Iterator[str]:
    """The phrase with every clitic, article and alif of tanwin that Arabic writes onto its words."""
    first, *others = phrase.split()
    words = [[clitic + word for clitic in _CLITICS for word in _with_tanwin(first)]]
    for other in others:
        articles = ("",) if other.startswith("ال") else ("", "ال")
        words.append([article + word for article in articles for word in _with_tanwin(other)])
    return map(" ".join, itertools.product(*words))


def _automaton(phrases: Sequence[str]) -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for number, phrase in enumerate(phrases):
        for spelling in _spellings(phrase):
            automaton.add_word(spelling, (number, len(spelling)))
    automaton.make_automaton()
    return automaton


def _hits(automaton: ahocorasick.Automaton, folded: str) -> list[Span]:
    """The terms in folded text, as whole words."""
    padded = f" {folded} "
    return [
        (number, last - length, last)
        for last, (number, length) in automaton.iter(padded)
        if not padded[last + 1].isalnum() and not padded[last - length].isalnum()
    ]


def bare(phrases: Sequence[str]) -> Callable[[str], list[Span]]:
    """Translate and match only: no furniture, and places in the folded text."""
    automaton = _automaton(phrases)
    return lambda text: _hits(automaton, text.translate(_TABLE))


class _Page:
    """Page furniture, line by line, each by the regular expression of its kind."""

    def __init__(self, furniture: Furniture) -> None:
        def any_of(*groups: str) -> str:
            phrases = {fold(phrase).text for group in groups for phrase in furniture.phrases[group]}
            return "|".join(map(re.escape, sorted(phrases, key=len, reverse=True)))

        agencies = any_of("agency")
        self._box = re.compile(rf"\W*(?:{any_of('box')})\W*")
        self._menu = re.compile(rf"\W*(?:{any_of('menu')})\W*")
        self._lines = [
            re.compile(pattern)
            for pattern in (
                rf"\W*(?:\d+\W+)?(?:{any_of('line')})(?:\W+\d+)?\W*",
                rf"\W*(?:{any_of('opening')})\b.*",
                rf"\W*(?:{any_of('pointer')})\s*[:>|].*",
                rf"\W*(?:{any_of('credit')})\s*[:|/].*",
                rf".*(?:{any_of('notice')}).*",
                r"\W*\d{1,2}:\d{2}(?::\d{2})?\W*|[\W_]+",  # clock times; no word at all
                r"\W*(?:[^\W\d]+\W+){0,3}-?\d{1,2}\s*(?:\^\s*[cfم]?|[cf])\W*",  # the weather
                r"\W*\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\W*",
                rf"\W*\d+(?:\W+(?:{any_of('date')}|\d+))+\W*",
                rf"\W*(?:{any_of('byline')})\s+(?:[^\W\d]+\W*){{1,9}}",
            )
        ]
        self._timed = re.compile(r"\W*\d{1,2}:\d{2}\s*[-|:]?\s*[^\W\d].*")
        self._dateline = re.compile(
            rf"[^\n().:]{{2,50}}\(\s*(?:{agencies})\s*\)\s*[-:]+|[^\n().:/-]{{2,40}}[-/]\s*(?:{agencies})\s*[-:.]+"
        )

    def _goes(self, line: str) -> bool:
        items = [item for item in re.split(r"[|,>/]|\s-\s", line) if item.strip()]
        if len(items) > 2 and 2 * sum(bool(self._menu.fullmatch(item)) for item in items) > len(items):
            return True
        return any(pattern.fullmatch(line) for pattern in self._lines)

    def kept(self, folded: str) -> list[tuple[int, int]]:
        """The ranges of the lines that are the article's."""
        found = []
        place = 0
        in_box = False
        lines = folded.split("\n")
        menu = [len(line) <= _SHORT and bool(self._menu.fullmatch(line)) for line in lines]
        timed = [len(line) <= _SHORT and bool(self._timed.fullmatch(line)) for line in lines]
        for number, line in enumerate(lines):
            end = place + len(line) + 1
            is_row = menu[number] and any(menu[max(0, number - 1) : number] + menu[number + 1 : number + 2])
            is_tick = timed[number] and any(all(timed[n : n + 3]) for n in range(max(0, number - 2), number + 1))
            if len(line) <= _SHORT and self._box.fullmatch(line):
                in_box = True
            elif len(line) > _SHORT or not (in_box or is_row or is_tick or self._goes(line)):
                in_box = False
                dateline = None if found else self._dateline.match(line)
                found.append((place + dateline.end() if dateline else place, end))
            place = end
        return found


def whole(phrases: Sequence[str], furniture: Furniture) -> Callable[[str], list[Span]]:
    """The same job as ours: fold, leave out furniture, match, and answer places of the original."""
    automaton = _automaton(phrases)
    page = _Page(furniture)

    def read(text: str) -> list[Span]:
        wide = text.translate(_TABLE)
        folded = _HAMZA.sub("", wide)
        kept = page.kept(folded)
        hits = [hit for hit in _hits(automaton, folded) if any(low <= hit[1] < high for low, high in kept)]
        if not hits:
            return []
        places = [place for place, char in enumerate(text) for _ in _TABLE.get(ord(char), char)]
        for match in reversed([*_HAMZA.finditer(wide)]):
            del places[match.start() : match.end()]
        found = []
        for number, start, end in hits:
            last = places[end - 1] + 1
            while last < len(text) and unicodedata.combining(text[last]):
                last += 1
            found.append((number, places[start], last))
        return found

    return read
