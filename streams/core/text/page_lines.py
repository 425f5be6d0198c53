"""A line of a page, and what kind of line it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

SHORT = 160
"""Code points from which on a line is a paragraph, and not looked at."""
HEAD_LINES, TAIL_LINES = 8, 4
"""Lines with words among which a page names the writer, the place and the weather."""
_HEADLINE_WORDS = 20
_CHINESE = re.compile("[\u3400-\u9fff]")
_FULL_STOP = re.compile(r"\.[\"')\]]*$")


class Kind(Enum):
    """What a line looks like by itself."""

    BLANK = auto()
    TEXT = auto()
    BULLET = auto()
    CLOCK = auto()
    TIMED = auto()
    WEATHER = auto()
    MENU = auto()
    BOX = auto()
    POINTER = auto()
    PAGE = auto()


@dataclass(slots=True)
class Line:
    """A line: its range with its break, its text without blanks around, its kind, how many lines with words there are so far."""

    start: int
    end: int
    text: str
    kind: Kind
    number: int
    index: int
    dropped: bool = False


def word_count(text: str) -> int:
    """Words; of Chinese, which writes no blanks, two characters count as one."""
    return len(text.split()) + len(_CHINESE.findall(text)) // 2


def is_headline_like(text: str) -> bool:
    """Whether a line may be another article's headline: short, and no sentence that a full stop closes."""
    return len(text) <= SHORT and word_count(text) <= _HEADLINE_WORDS and not _FULL_STOP.search(text)
