"""Evasion: words spelt so that people read them and machines do not.

`plain` undoes what folding does not: letters of another script inside a word, and digits for letters. It replaces code
point by code point, so that every offset stays. Only words that mix scripts are touched, and only where all their foreign
letters look like letters of the word's own script: a Russian ending on a Latin brand stays as it is.
What is reversed by bidi overrides is not turned round: overrides are dropped by folding, and flagged.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

EVASION = "evasion"
"""The flag of a hit whose words are disguised; it lowers nothing."""

_Script = Literal["latin", "cyrillic", "greek", "arabic"]

_LATIN = "A-Za-z\u00c0-\u024f\uff21-\uff3a\uff41-\uff5a"
_GREEK = "\u0370-\u03ff"
_CYRILLIC = "\u0400-\u052f"
_ARABIC = "\u0620-\u063f\u0641-\u064a\u066e-\u06d3\u06fa-\u06ff\u0750-\u077f\ufb50-\ufdfb\ufe70-\ufefc"
_BETWEEN = "\u00ad\u0300-\u036f\u061c\u0640\u064b-\u065f\u0670\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
"""What may stand inside a word without ending it: marks, tatweel, invisible controls."""
_HIDDEN = "\u061c\u180e\u200b-\u200f\u2060-\u2064\u206a-\u206f\ufeff"
_BIDI = "\u202a-\u202e\u2066-\u2069"

_ALL = _LATIN + _GREEK + _CYRILLIC + _ARABIC
_WORD = re.compile(f"[{_ALL}](?:[{_ALL}{_BETWEEN}0-9@$|]*[{_ALL}])?")
_SEAM = re.compile(
    f"[{_GREEK}{_CYRILLIC}{_ARABIC}][{_BETWEEN}]*[{_LATIN}]|[{_LATIN}][{_BETWEEN}]*[{_GREEK}{_CYRILLIC}{_ARABIC}]"
    f"|[{_GREEK}][{_BETWEEN}]*[{_CYRILLIC}]|[{_CYRILLIC}][{_BETWEEN}]*[{_GREEK}]"
    f"|[{_LATIN}{_CYRILLIC}][{_BETWEEN}]*[0-9@$|]+[{_BETWEEN}]*[{_LATIN}{_CYRILLIC}]",
)
_LETTER: dict[_Script, re.Pattern[str]] = {
    "latin": re.compile(f"[{_LATIN}]"),
    "cyrillic": re.compile(f"[{_CYRILLIC}]"),
    "greek": re.compile(f"[{_GREEK}]"),
    "arabic": re.compile(f"[{_ARABIC}]"),
}


def _pairs(text: str) -> dict[str, str]:
    return {pair[0]: pair[1] for pair in text.split()}


_TO_LATIN = _pairs(
    "аa вb еe ԁd һh іi јj кk ӏl мm нh оo рp ԛq ѕs тt уy хx ԝw сc "
    "АA ВB ЕE ЅS ІI ЈJ КK МM НH ОO РP СC ТT УY ХX ԚQ ԜW ЗE "
    "αa βb εe ιi κk νv οo ρp τt υu χx ωw γy ϲc ϳj "
    "ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX",
)
_TO_CYRILLIC = _pairs(
    "aа eе kк mм hн oо pр cс tт yу xх bь iі sѕ jј AА BВ EЕ KК MМ HН OО PР CС TТ YУ XХ "
    "αа εе κк νп οо ρр τт υу χх φф γу ΑА ΒВ ΕЕ ΚК ΜМ ΗН ΟО ΡР ΤТ ΥУ ΧХ ΠП ΦФ ΓГ πп",
)
_TO_ARABIC = {"l": "ا", "I": "ا", "|": "ا", "o": "ه", "O": "ه", "ο": "ه", "о": "ه", "О": "ه", "ӏ": "ا", "і": "ا"}
_TARGETS: tuple[tuple[_Script, dict[str, str]], ...] = (
    ("latin", _TO_LATIN),
    ("cyrillic", _TO_CYRILLIC),
    ("arabic", _TO_ARABIC),
)
_DIGITS = {
    "latin": {"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "|": "l"},
    "cyrillic": {"0": "о", "3": "з", "4": "ч", "6": "б", "@": "а"},
    "arabic": {"|": "ا"},
}
_BRAND = re.compile(f"[{_LATIN}]{{2,}}[{_CYRILLIC}]+")
"""A Latin name in capitals with a Russian ending, as «SMSок»."""
_LEAST_LETTERS = 4
"""Letters a word must have before a digit in it is taken for one more: `F16s` and `B2B` are names."""
_MOST_DIGITS = 3
_LONGEST = 60
"""Code points beyond which what looks like a word is none."""


def _script(word: str, dominant: _Script) -> tuple[_Script, dict[str, str]] | None:
    """The script a word is really in: the text's own where its letters allow it, else the one of most of its letters."""
    possible = []
    for script, table in _TARGETS:
        own = len(_LETTER[script].findall(word))
        foreign = [c for c in word if c not in table and any(p.match(c) for s, p in _LETTER.items() if s != script)]
        if own and not foreign:
            possible.append((script == dominant, own, script, table))
    if not possible:
        return None
    _, _, script, table = max(possible, key=lambda found: found[:2])
    return script, table


def _one(word: str, index: int) -> str:
    """What the digit 1 stands for: l beside an l or behind an i, else i."""
    return "l" if word[index - 1].lower() in "li" else "i"


def _plain_word(word: str, dominant: _Script) -> str:
    if len(word) > _LONGEST or not _SEAM.search(word):
        return word
    if _BRAND.fullmatch(word) and word[:2].isupper() and not word.isupper():
        return word
    found = _script(word, dominant)
    if found is None:
        return word
    script, table = found
    own = _LETTER[script]
    letters = [c if own.match(c) else table.get(c, c) for c in word]
    spelt = "".join(letters)
    numbers = [i for i, c in enumerate(word) if c in "0123456789@$|"]
    if len(own.findall(spelt)) >= _LEAST_LETTERS and len(numbers) <= _MOST_DIGITS:
        for i in numbers:
            # A digit beside another is a number.
            if any(0 <= j < len(word) and word[j].isdigit() for j in (i - 1, i + 1)):
                continue
            letters[i] = _one(spelt, i) if word[i] == "1" and script == "latin" else _DIGITS[script].get(word[i], word[i])
    return "".join(letters)


def _dominant(text: str) -> _Script:
    head = text[:2000]
    return max(_LETTER, key=lambda script: len(_LETTER[script].findall(head)))


_SKIPPED = 0xFF
_SEAMS = np.array([n.bit_count() > 1 and n not in {0b11000, 0b10010} for n in range(256)])
"""Which kinds of code points side by side need a look: scripts that meet, digits beside Latin or Cyrillic letters."""


@cache
def _kinds() -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    """What each code point of the basic plane is: a bit for its script or for digits, `_SKIPPED` for what stands within words."""
    table = np.zeros(0x10000, np.uint8)
    every = "".join(map(chr, range(0x10000)))
    classes = (_LATIN, _GREEK, _CYRILLIC, _ARABIC, "0-9@$|")
    for bit, chars in enumerate(classes):
        table[[match.start() for match in re.finditer(f"[{chars}]", every)]] = 1 << bit
    table[[match.start() for match in re.finditer(f"[{_BETWEEN}]", every)]] = _SKIPPED
    return table


def _seams(text: str) -> npt.NDArray[np.int64]:
    """The places before which `_SEAM` may be found; cheap, for nearly every article has none."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    kinds = _kinds().take(codes, mode="clip")
    places: npt.NDArray[np.int64] = np.flatnonzero(kinds != _SKIPPED)
    kinds = kinds.take(places)
    return places[1:].compress(_SEAMS.take(kinds[:-1] | kinds[1:]))


def plain(text: str) -> str:
    """`text` with the look-alikes inside its words replaced; as long as it was, code point for code point."""
    return plain_each([text])[0]


def plain_each(texts: Sequence[str]) -> list[str]:
    """`plain` of each of these texts, which costs less than one by one."""
    found = [*texts]
    seams = _seams("\n".join(texts))
    if len(seams):
        ends = np.cumsum([len(text) + 1 for text in texts])
        for number in np.unique(ends.searchsorted(seams, "right")).tolist():
            found[number] = _plain(texts[number])
    return found


def _plain(text: str) -> str:
    if not _SEAM.search(text):
        return text
    dominant = _dominant(text)
    return _WORD.sub(lambda match: _plain_word(match.group(), dominant), text)


_TRICKS = re.compile(
    f"(?<=[^\\W\\d_])[{_BETWEEN}]*[{_HIDDEN}][{_BETWEEN}]*(?=[^\\W\\d_])"  # invisible, within a word
    f"|[{_BIDI}]"
    "|\u0640{2}|(?:\u0640[^\u0640\\s]+){3}"  # tatweel drawn out, or again and again
    "|[\ufb50-\ufdcf\ufe70-\ufefc]",  # presentation forms; from U+FDF0 on they are ligatures people do type
)


_SIGNS = "\\s.,:;!?()\"'\u00ab\u00bb\u060c\u061b\u061f-"
_ORDINARY = re.compile(f"[\u0621-\u063a\u0641-\u06520-9{_SIGNS}]*|[A-Za-z\u00c0-\u017f{_SIGNS}]*|[\u0410-\u044f{_SIGNS}]*")
"""Letters of one script, marks, blanks and the signs of a sentence, and digits beside Arabic: nothing of what is looked for."""


def is_disguised(quote: str) -> bool:
    """Whether these words of the original are spelt so as not to be found."""
    if _ORDINARY.fullmatch(quote):
        return False
    if _TRICKS.search(quote) or plain(quote) != quote:
        return True
    return any("\U0001d400" <= char <= "\U0001d7ff" or unicodedata.category(char) == "Co" for char in quote)
