"""The code page: folded text with one byte for each code point, which is what is searched.

Bytes below 0x80 are ASCII. From 0x80 on each stands for a letter of the page; `OTHER` stands for any letter without a
byte of its own, so that every place in the page is the same place in the folded text, and `fold.WORD` tells words
from the rest in both. Folded text holds no controls but the line feed: the bytes 0 to 3 are free for signs of our own.
"""

from __future__ import annotations

import codecs

_ARABIC = "ءابتثجحخدذرزسشصضطظعغفقكلمنهوي" + "پچژگڤٹڈڑں"
_CYRILLIC = "абвгдежзиклмнопрстуфхцчшщъыьэюя" + "єіґ"
_GREEK = "αβγδεζηθικλμνξοπρστυφχψω"
_HEBREW = "אבגדהוזחטיךכלםמןנסעףפץצקרשת"
LETTERS = _ARABIC + _CYRILLIC + _GREEK + _HEBREW
"""Letters with a byte of their own, in the order of their bytes from 0x80 on. As folding leaves them."""

DROPPED, WIDE, UNKNOWN, SEAM = range(4)
"""What folds to nothing; what folds to several code points; what was not folded yet; what parts two texts."""
OTHER = 0xFF
"""A letter that is not of the page."""

IS_WORD = bytes(code >= 0x80 or chr(code) in "0123456789abcdefghijklmnopqrstuvwxyz_" for code in range(256))  # noqa: PLR2004 - ASCII ends
"""1 for what is part of a word (`fold.WORD`), 0 for the rest, by byte: a table for `bytes.translate`."""

BYTES = {**{chr(code): code for code in range(0x80)}, **{letter: 0x80 + number for number, letter in enumerate(LETTERS)}}
_DECODING = "".join(sorted(BYTES, key=BYTES.__getitem__))


def encoded(folded: str) -> bytes | None:
    """Folded text in the page, or None where some of its letters are not of it."""
    codes = [BYTES.get(char) for char in folded]
    return None if None in codes else bytes(code for code in codes if code is not None)


def decoded(codes: bytes) -> str:
    """The folded text of bytes that hold no `OTHER`."""
    return codecs.charmap_decode(codes, "strict", _DECODING)[0]
