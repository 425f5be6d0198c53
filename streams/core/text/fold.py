"""Folding: one spelling for what readers take for the same word, with a way back to the original.

Every code point folds on its own into a string (`fold_char`), so folding is total and keeps no state, save for one
rule of Arabic spelling: a hamza after ya is dropped, for «طارئ», «طارىء» and «طاريء» are one word.
Folding keeps no run together and drops no white space: `fold(a) + fold(b) == fold(a + b)` wherever that rule
does not span the seam.

What remains outside ASCII in folded text are letters and digits only: punctuation, symbols and white space of every
script fold to ASCII. `WORD` therefore tells words from the rest, in text as in its UTF-8.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

WORD = r"[^\x00-/:-^`{-\x7f]"
"""A character of a word, as a regular expression over folded text: 0-9, a-z, _ and all beyond ASCII.

Written as what it is not: Python takes a millisecond to compile each class that reaches to U+10FFFF.
"""

_LETTERS = {
    "ى": "ي",
    "ی": "ي",
    "ې": "ي",
    "ۍ": "ي",
    "ے": "ي",
    "ة": "ه",
    "ۃ": "ه",
    "ہ": "ه",
    "ھ": "ه",
    "ە": "ه",
    "ٱ": "ا",
    "ک": "ك",
    "ڪ": "ك",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "ı": "i",
    "æ": "ae",
    "œ": "oe",
}
_PUNCTUATION = {
    "،": ",",
    "؛": ";",
    "؟": "?",
    "۔": ".",
    "。": ".",
    "、": ",",
    "·": ",",
    "•": ",",
    "¿": "?",
    "¡": "!",
    "՞": "?",
    "।": ".",
    "٪": "%",
    "٭": "*",
    "‘": "'",
    "’": "'",
    "‚": "'",
    "‛": "'",
    "ʼ": "'",
    "ʹ": "'",
    "`": "'",
    "´": "'",
    "′": "'",
    "−": "-",
    "⁄": "/",
}
_CATEGORIES = {
    "Ps": "(",
    "Pe": ")",
    "Pi": '"',
    "Pf": '"',
    "Pd": "-",
    "Po": ",",
    "Pc": "_",
    "Sm": "^",
    "Sc": "^",
    "Sk": "^",
    "So": "^",
    "Zs": " ",
    "Zl": "\n",
    "Zp": "\n",
    "Cc": " ",
    "Cf": "",
}
_NEWLINES = "\n\v\f\r\x85\u2028\u2029"
_PLAIN = {**_LETTERS, **_PUNCTUATION, **dict.fromkeys(_NEWLINES, "\n")}
_MARKS = (
    (0x0300, 0x036F),  # Latin, Greek, Cyrillic
    (0x0483, 0x0489),
    (0x0591, 0x05C7),  # Hebrew points
    (0x0610, 0x061A),  # Arabic
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x06D6, 0x06ED),
    (0x08CA, 0x08FF),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFE20, 0xFE2F),
    (0xE0100, 0xE01EF),
)
_TATWEEL = "ـ"


def _is_mark(char: str) -> bool:
    return any(low <= ord(char) <= high for low, high in _MARKS) and unicodedata.category(char)[0] == "M"


def _fold_once(char: str) -> str:
    """One step for one code point; the fixed point of these steps is its folding."""
    if char == _TATWEEL or _is_mark(char):
        return ""
    plain = _PLAIN.get(char)
    if plain is not None:
        return plain
    if char.isascii():
        return " " if unicodedata.category(char) == "Cc" else char.lower()
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return str(digit)
    replaced = unicodedata.normalize("NFKD", char).casefold()
    if replaced != char:
        kept = "".join(c for c in replaced if not _is_mark(c))
        # Hangul and others whose parts are no marks go back together.
        return unicodedata.normalize("NFC", kept)
    return _CATEGORIES.get(unicodedata.category(char), char)


def fold_char(char: str) -> str:
    """What one code point folds to: "" for what is dropped, more than one character for a ligature."""
    before, after = "", char
    while before != after:
        before, after = after, "".join(map(_fold_once, after))
    return after


class _Table(dict[int, str]):
    """`fold_char` by code point, worked out once each."""

    def __missing__(self, code: int) -> str:
        value = self[code] = fold_char(chr(code))
        return value


_TABLE = _Table()
_HAMZA_AFTER_YA = re.compile("(?<=ي)ء+")

# The same once more as arrays over all code points, filled as they are met: a look-up for a whole text at once.
_DROPPED, _WIDE = 0xFFFFFFFF, 0xFFFFFFFE
_FOLDS = np.zeros(0x110000, np.uint32)  # 0 is not yet known: nothing folds to U+0000
_LENGTHS = np.zeros(0x110000, np.uint8)
_MOST_WIDE = 32
"""Different one-to-many characters replaced one by one; a text with more of them is no article."""


def _codes(text: str) -> npt.NDArray[np.uint32]:
    """The code points of a text, lone surrogates included."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _looked_up(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """What each code point folds to: a code point, `_DROPPED` or `_WIDE`. Fills the tables as needed."""
    found = _FOLDS.take(codes)
    if found.size and not found.all():
        for code in np.unique(codes[found == 0]).tolist():
            folded = _TABLE[code]
            _LENGTHS[code] = len(folded)
            # Last, for threads share the tables: who sees a folding finds its length.
            _FOLDS[code] = ord(folded) if len(folded) == 1 else _WIDE if folded else _DROPPED
        found = _FOLDS.take(codes)
    return found


def _folded_wide(text: str) -> str:
    """The folding of each code point, without the rule of hamza; equals `text.translate(_TABLE)`."""
    codes = _codes(text)
    found = _looked_up(codes)
    wide = found == _WIDE
    if wide.any():
        chars = np.unique(codes[wide]).tolist()
        if len(chars) > _MOST_WIDE:
            return text.translate(_TABLE)
        for code in chars:
            text = text.replace(chr(code), _TABLE[code])
        found = _looked_up(_codes(text))  # what a folding is made of folds to itself
    kept: bytes = found[found != _DROPPED].tobytes()
    return kept.decode("utf-32-le", "surrogatepass")


class Folded:
    """Folded `text`, and the way back from it to the original."""

    __slots__ = ("_starts", "original", "text")

    def __init__(self, original: str) -> None:
        self.original = original
        wide = _folded_wide(original)
        self.text = _HAMZA_AFTER_YA.sub("", wide) if "يء" in wide else wide
        self._starts: npt.NDArray[np.int64] | None = None

    def _begun(self) -> npt.NDArray[np.int64]:
        """Where in `text` the folding of each code point of the original begins, and at last its end."""
        codes = _codes(self.original)
        lengths = _LENGTHS.take(codes).astype(np.int64)
        starts = np.concatenate(([0], np.cumsum(lengths)))
        if starts[-1] != len(self.text):
            wide = _folded_wide(self.original)
            dropped = [place for match in _HAMZA_AFTER_YA.finditer(wide) for place in range(*match.span())]
            np.subtract.at(lengths, starts.searchsorted(dropped, "right") - 1, 1)
            starts = np.concatenate(([0], np.cumsum(lengths)))
        return starts

    def source(self, start: int, end: int) -> tuple[int, int]:
        """The range of the original that folded to `text[start:end]`, marks on its last letter included.

        Where a range begins or ends within a ligature, the whole ligature is answered. Both ranges are half-open, in
        code points; an empty range answers an empty one.
        """
        if self._starts is None:
            self._starts = self._begun()
        starts = self._starts
        if end <= start:
            place = min(max(int(starts.searchsorted(start, "right")) - 1, 0), len(self.original))
            return place, place
        first = int(starts.searchsorted(start, "right")) - 1
        last = int(starts.searchsorted(end - 1, "right"))
        while last < len(self.original) and starts[last + 1] == starts[last] and not self._is_control(last):
            last += 1
        return first, last

    def _is_control(self, index: int) -> bool:
        return unicodedata.category(self.original[index]) == "Cf"


def fold(text: str) -> Folded:
    """Fold any string; deterministic, idempotent in its `.text`, total (lone surrogates included)."""
    return Folded(text)
