"""Folding: one spelling for what readers take for the same word, with a way back to the original.

Every code point folds on its own into a string (`fold_char`), so folding is total and keeps no state, save for one
rule of Arabic spelling: a hamza after ya is dropped, for «طارئ», «طارىء» and «طاريء» are one word.
Folding keeps no run together and drops no white space: `fold(a) + fold(b) == fold(a + b)` wherever that rule
does not span the seam.

What remains outside ASCII in folded text are letters and digits only: punctuation, symbols and white space of every
script fold to ASCII. `WORD` therefore tells words from the rest, in text as in its UTF-8 and in the code page.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from typing import TYPE_CHECKING

import numpy as np

from streams.core.text import code_page
from streams.core.text.code_page import DROPPED, OTHER, SEAM, UNKNOWN, WIDE
from streams.core.text.traditional import SIMPLIFIED

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

WORD = r"[^\x00-/:-^`{-\x7f]"
"""A character of a word, as a regular expression over folded text: 0-9, a-z, _ and all beyond ASCII.

Written as what it is not: Python takes a millisecond to compile each class that reaches to U+10FFFF.
"""

_CHINESE = "\u3400-\u9fff"
WORDS = re.compile(f"[{_CHINESE}]|(?:(?![{_CHINESE}]){WORD})+")
"""The words of folded text; Chinese writes no blanks, and each of its characters counts as one."""

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
_PLAIN = {**SIMPLIFIED, **_LETTERS, **_PUNCTUATION, **dict.fromkeys(_NEWLINES, "\n")}
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


_HAMZA_AFTER_YA = re.compile("يءء*")  # two letters to begin with: a pattern that is searched for as fast as a string
_YA, _HAMZA = (bytes([code_page.BYTES[letter]]) for letter in "يء")
_HAMZA_BYTES = re.compile(re.escape(_YA + _HAMZA) + re.escape(_HAMZA) + b"*")


class _Tables:
    """`fold_char` for all code points, filled as they are met: a look-up for a whole text at once.

    Threads share them: the byte of a code point is written last, and who sees it finds the rest.
    """

    def __init__(self) -> None:
        self.page = np.full(0x110000, UNKNOWN, np.uint8)
        self.letters = np.zeros(0x110000, np.uint32)
        """The folding where it is one code point."""
        self.page[ord(_SEAM)], self.letters[ord(_SEAM)] = SEAM, ord(_SEAM)
        self.lengths = np.ones(0x110000, np.uint8)
        """Code points of the folding where it is several."""
        self.wide: dict[int, str] = {}

    def learn(self, codes: npt.NDArray[np.uint32]) -> None:
        for code in np.unique(codes).tolist():
            folded = fold_char(chr(code))
            if len(folded) == 1:
                self.letters[code] = ord(folded)
                self.page[code] = code_page.BYTES.get(folded, OTHER)
            elif folded:
                self.wide[code] = folded
                self.lengths[code] = len(folded)
                self.page[code] = WIDE
            else:
                self.page[code] = DROPPED


_SEAM = "\uffff"
"""Put between texts that are folded together: no character, and in no text."""
_TABLES = _Tables()
_MOST_WIDE = 32
"""Different one-to-many characters replaced one by one; a text with more of them is no article."""


def _codes(text: str) -> npt.NDArray[np.uint32] | npt.NDArray[np.uint16]:
    """The code points of a text, lone surrogates included."""
    short = text.encode("utf-16-le", "surrogatepass")
    if len(short) == 2 * len(text):
        return np.frombuffer(short, np.uint16)
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _looked_up(text: str) -> bytes:
    """The byte of the page for each code point, `DROPPED`, `WIDE` and `SEAM` among them."""
    codes = _codes(text)
    found = _TABLES.page.take(codes)
    raw: bytes = found.tobytes()
    if UNKNOWN in raw:
        _TABLES.learn(codes[found == UNKNOWN].astype(np.uint32))
        raw = _TABLES.page.take(codes).tobytes()
    return raw


def _spelt_out(text: str, raw: bytes) -> str:
    """The text with every one-to-many code point replaced by its folding; `raw` as `_looked_up` says."""
    wide = np.unique(_codes(text)[np.frombuffer(raw, np.uint8) == WIDE]).tolist()
    if len(wide) > _MOST_WIDE:
        return text.translate(_TABLES.wide)
    for code in wide:
        text = text.replace(chr(code), _TABLES.wide[code])
    return text


class Folded:
    """A folded text, and the way back from it to the original.

    `codes` is the text in the code page. What the page has no bytes for stands in `text` only.
    """

    __slots__ = ("_back", "_begin", "_sheet", "_spelt", "_text", "codes", "original")

    def __init__(self, original: str, sheet: bytes, begin: int, codes: bytes, spelt: str | None = None) -> None:
        """For `fold_each`: what `_looked_up` says of the original stands in `sheet` from `begin` on.

        `codes` is the same without `DROPPED` and hamzas after ya. `spelt` is the original with all that is `WIDE` spelt out, if
        any; `sheet` is of that then.
        """
        self.original = original
        self.codes = codes
        self._sheet, self._begin = sheet, begin
        self._spelt = original if spelt is None else spelt
        self._text: str | None = None
        self._back: tuple[list[int], npt.NDArray[np.int64] | None] | None = None

    @property
    def _raw(self) -> bytes:
        """The byte of each code point of `_spelt`, `DROPPED` among them."""
        return self._sheet[self._begin : self._begin + len(self._spelt)]

    @property
    def text(self) -> str:
        """The folded text, made when first asked for."""
        if self._text is None:
            if OTHER in self.codes:
                letters = _TABLES.letters.take(_codes(self._spelt)[np.frombuffer(self._raw, np.uint8) != DROPPED])
                text = letters.tobytes().decode("utf-32-le", "surrogatepass")
                self._text = _HAMZA_AFTER_YA.sub("ي", text) if "يء" in text else text
            else:
                self._text = code_page.decoded(self.codes)
        return self._text

    def piece(self, start: int, end: int) -> str:
        """`text[start:end]`, without making all of the text where it is not there yet."""
        piece = self.codes[start:end]
        return self.text[start:end] if self._text is not None or OTHER in piece else code_page.decoded(piece)

    def _way_back(self) -> tuple[list[int], npt.NDArray[np.int64] | None]:
        """How many were kept before each code point dropped; and where one-to-many ones are spelt out, each one's place."""
        origin = None
        if self._spelt is not self.original:
            origin = np.repeat(np.arange(len(self.original)), _TABLES.lengths.take(_codes(self.original)))
        if len(self.codes) == len(self._spelt):
            return [], origin
        raw = np.frombuffer(self._raw, np.uint8)
        gone = np.flatnonzero(raw == DROPPED)
        if len(raw) - len(gone) != len(self.codes):
            wide = self._raw.translate(None, b"\0")
            hamzas = [place for m in _HAMZA_BYTES.finditer(wide) for place in range(m.start() + 1, m.end())]
            gone = np.sort(np.concatenate([gone, np.flatnonzero(raw != DROPPED)[hamzas]]))
        return (gone - np.arange(len(gone))).tolist(), origin

    def _place(self, index: int) -> int:
        """The place in the original of a code point of the folded text; behind its last, the original's end."""
        if index >= len(self.codes):
            return len(self.original)
        dropped, origin = self._back or self._way_back()
        place = index + bisect_right(dropped, index)
        return place if origin is None else int(origin[place])

    def source(self, start: int, end: int) -> tuple[int, int]:
        """The range of the original that folded to `text[start:end]`, marks on its last letter included.

        Where a range begins or ends within a ligature, the whole ligature is answered. Both ranges are half-open, in
        code points; an empty range answers an empty one.
        """
        dropped, origin = self._back = self._back or self._way_back()
        before = bisect_right(dropped, start)
        if origin is None and 0 <= start < end and (before == len(dropped) or dropped[before] > end):
            return start + before, end + before  # nothing was dropped here
        first = self._place(max(start, 0))
        if end <= start:
            return first, first
        last = self._place(end - 1) + 1
        until = self._place(end)
        while until < last:  # within a ligature
            end += 1
            until = self._place(end)
        while last < until and unicodedata.category(self.original[last]) != "Cf":
            last += 1
        return first, last


def fold_each(texts: Sequence[str]) -> list[Folded]:
    """Fold many texts at once, which costs less than one by one; each as `fold` does."""
    together = _SEAM.join(texts)
    sheet = _looked_up(together)
    if WIDE in sheet or sheet.count(SEAM) != len(texts) - 1:
        return [fold(text) for text in texts]
    codes = _HAMZA_BYTES.sub(_YA, sheet.translate(None, b"\0"))
    found = []
    begin = start = 0
    for text in texts:
        end = codes.find(SEAM, start)
        found.append(Folded(text, sheet, begin, codes[start : end if end >= 0 else None]))
        begin, start = begin + len(text) + 1, end + 1
    return found


def fold(text: str) -> Folded:
    """Fold any string; deterministic, idempotent in its `.text`, total (lone surrogates included)."""
    raw = _looked_up(text)
    spelt = None
    if WIDE in raw:
        spelt = _spelt_out(text, raw)
        raw = _looked_up(spelt)  # what a folding is made of folds to itself
    if SEAM in raw:
        raw = raw.replace(bytes([SEAM]), bytes([OTHER]))
    return Folded(text, raw, 0, _HAMZA_BYTES.sub(_YA, raw.translate(None, b"\0")), spelt)
