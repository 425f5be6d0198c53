"""Which lines of pages may be furniture at all: one scan over many texts tells, so that other lines cost nothing.

What is looked for is what `furniture` judges by: a phrase's first word at the head of a line, a figure there, a notice, a
phrase of menus between separators, a line without words, a symbol, a letter the code page has no byte for. A line with none
of these is no furniture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from streams.core.text import code_page
from streams.core.text.page_lines import SHORT
from streams.core.text.scanner import Scanner

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    import numpy.typing as npt

    from streams.core.text.fold import Folded

_SIGNS = r"[^0-9a-z_\x80-\xff\n]"
_MARKS = ":^./-"
_FORMS = (
    rf"\n{_SIGNS}*_|\n{_SIGNS}*[a-z\x80-\xff]+[0-9_]",  # a figure within the first word
    # A number first; but where it is all there is, and no clock, date or degree, it is none of ours.
    rf"\n{_SIGNS}*[0-9]+(?:[a-z_\x80-\xff{_MARKS}]|{_SIGNS}+[0-9a-z_\x80-\xff]|{_SIGNS}*[{_MARKS}])",
    rf"\n{_SIGNS}*[{_MARKS}]{_SIGNS}*[0-9]",
    r"\n *[^0-9a-z\x80-\xff\n ][^0-9a-z\x80-\xff\n]*\n",  # signs only
    r"\^",  # a symbol: a degree, a copyright
    r"\xff[^\n]*\n",  # a letter that is not of the page
)
_MOST_LOOKS = 200_000
"""Places found in one scan; where there are more, every line is looked at."""
_BREAK, _BLANK = 0x0A, 0x20


def _escaped(word: str) -> str | None:
    codes = code_page.encoded(word)
    return None if codes is None else "".join(f"\\x{byte:02x}" for byte in codes)


class Glance:
    """Built of the words phrases begin with, the phrases of menus and the notices, all folded.

    "" among the first words stands for a phrase that a number alone may be.
    """

    def __init__(self, first_words: Collection[str], menu: Iterable[str], notices: Iterable[str]) -> None:
        # What holds a letter that is not of the page stands in lines that are looked at anyway.
        words = {word for word in map(_escaped, first_words) if word}
        items = [[_escaped(word) for word in item.split()] for item in menu]
        phrases = {f"{_SIGNS}+".join(filter(None, item)) for item in items if item and None not in item}
        patterns = (
            *_FORMS,
            *([rf"\n{_SIGNS}*[0-9]"] if "" in first_words else []),
            *(notice for notice in map(_escaped, notices) if notice),
            *(rf"\n{_SIGNS}*{word}[^0-9a-z_\x80-\xff]" for word in sorted(words)),
            *(rf'[|,>"/^-]{_SIGNS}*{phrase}{_SIGNS}*[|,>"/^\n-]' for phrase in sorted(phrases)),
        )
        self.scanner = Scanner([pattern.encode() for pattern in patterns])

    def lines(self, texts: Sequence[Folded]) -> list[list[tuple[int, int]]]:
        """Of each text the ranges of the short lines that need a look, without their breaks, in order."""
        found: list[list[tuple[int, int]]] = [[] for _ in texts]
        sheet = b"\n".join([b"", *[text.codes for text in texts], b""])
        data = np.frombuffer(sheet, np.uint8)
        breaks = np.flatnonzero(data == _BREAK)
        starts, stops = breaks[:-1] + 1, breaks[1:]
        # What is longer may be short without the blanks around it.
        is_short = (stops - starts <= SHORT) | (data.take(starts) == _BLANK) | (data.take(stops - 1) == _BLANK)
        starts, stops = starts[is_short], stops[is_short]
        looks = self._looks(b"\n".join([b"", *[sheet[a:b] for a, b in zip(starts.tolist(), stops.tolist(), strict=True)], b""]))
        if not len(looks):
            return found
        starts, stops = starts.take(looks), stops.take(looks)
        begins = np.cumsum([1, *(len(text.codes) + 1 for text in texts)])
        owners = begins.searchsorted(starts, "right") - 1
        offsets = begins.take(owners)
        for owner, start, stop in zip(owners.tolist(), (starts - offsets).tolist(), (stops - offsets).tolist(), strict=True):
            found[owner].append((start, stop))
        return found

    def _looks(self, lines: bytes) -> npt.NDArray[np.int64]:
        """The numbers of the lines that need a look; there is a break before each and behind the last."""
        _, ends = self.scanner.scan(lines, _MOST_LOOKS)
        breaks = np.flatnonzero(np.frombuffer(lines, np.uint8) == _BREAK)
        if len(ends) == _MOST_LOOKS:
            return np.arange(len(breaks) - 1)
        return np.unique(breaks.searchsorted(np.array(ends, np.int64) - 1) - 1)
