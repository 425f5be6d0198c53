"""What a developer writes who has not read this project: the same job with `str.translate`, `re` and pyahocorasick.

It knows every spelling of every term (clitics before its first word), the same phrases of page furniture, and gives the places
of the original, which `str.translate` loses, by a list of what was kept. It leaves out what the benchmark's articles do not need.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import ahocorasick

from streams.core.text.fold import fold, fold_char

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streams.core.text.furniture import Furniture

_CLITICS = ("", *"وفبكلس", "ال", "وال", "فال", "بال", "كال", "لل", "وب", "ول", "ولل", "وبال", "فلل")
_TABLE = {code: fold_char(chr(code)) for code in range(0x3000) if unicodedata.category(chr(code)) != "Cn"}
_HAMZA = re.compile("(?<=ي)ء+")
_SHORT = 160

Span = tuple[int, int, int]
"""A term's number, and where it stands in the original."""


def _automaton(phrases: Sequence[str]) -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for number, phrase in enumerate(phrases):
        for clitic in _CLITICS:
            automaton.add_word(clitic + phrase, (number, len(clitic + phrase)))
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

        self._box = re.compile(rf"\W*(?:{any_of('box')})\W*")
        self._menu = re.compile(rf"\W*(?:{any_of('menu')})\W*")
        self._line = re.compile(
            rf"\W*(?:\d+\W+)?(?:{any_of('line', 'menu')})\W*|\W*(?:{any_of('opening')})\b.*"
            rf"|\W*(?:{any_of('pointer')})\s*[:>|].*|\W*(?:{any_of('credit')})\s*[:|/].*|.*(?:{any_of('notice')}).*"
            r"|\W*\d{1,2}:\d{2}(?::\d{2})?\W*|[\W_]+"
            rf"|\W*\d+(?:\W+(?:{any_of('date')}|\d+))+\W*",
        )

    def kept(self, folded: str) -> list[tuple[int, int]]:
        """The ranges of the lines that are the article's."""
        found = []
        place = 0
        in_box = False
        for line in folded.split("\n"):
            end = place + len(line) + 1
            if self._box.fullmatch(line):
                in_box = True
            elif len(line) > _SHORT or not (in_box or self._line.fullmatch(line)):
                in_box = False
                found.append((place, end))
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
