"""A text as an array of words: what each is worth for likeness is worked out once a word, not once an occurrence."""

from __future__ import annotations

import re
import zlib
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from streams.core.dedup.marks import before_names, marks, no_negation, stop_words
from streams.core.dedup.number_words import CHINESE, JOINING, chinese, number_words
from streams.core.text.code_page import IS_WORD
from streams.core.text.fold import WORD

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

_HAN = "\u3400-\u9fff"
_HAS_HAN = re.compile(f"[{_HAN}]")
_BLANKED = bytes(byte if is_word else 0x20 for byte, is_word in enumerate(IS_WORD))
"""All bytes of folded text that belong to no word, as blanks; in UTF-8 and in the code page."""
_ZERO, _TEN = np.uint8(ord("0")), np.uint8(10)

HASH = np.uint64(0xFFFFFFFF)
MARK_SHIFT, STOP_BIT, NUMBER_BIT, NAMING_BIT, JOINING_BIT, MILD_BIT = (np.uint64(n) for n in (32, 40, 41, 42, 43, 44))
"""A word is 64 bits: the hash of its stem, its mark (`marks`), and whether it says nothing, is a number, comes before a
name, may stand within a number, or makes a negation before it none."""
ONE = np.uint64(1)

_CLITICS = ("وال", "بال", "فال", "كال", "لل", "ال")
_LATIN_ENDING = re.compile("(?<=[a-z]{4})(?:ing|ed|es|(?<!s)s|e)$")
_FUTURE = "سي"
_ENDINGS = ("تين", "ات", "ان", "ون", "ين", "ها", "هم", "وا", "ه", "ي", "ا", "ت")
_LEAST, _LONG, _LONG_CYRILLIC, _LONGEST_BEGINNING = 3, 6, 5, 9
_LONGEST_NUMERAL = 30
_IS_CYRILLIC = re.compile("[\u0400-\u052f]")
_IS_ARABIC = re.compile("[\u0600-\u06ff]")
_NUMERAL = re.compile("[وفبلك]?_?([0-9]+(?:_[0-9]+)*)")
_GROUPED = re.compile("[1-9][0-9]{0,2}(?:_[0-9]{3})+")


def stem(word: str) -> str:
    """A folded word without most of its inflection: Arabic clitics and endings; elsewhere what is behind its sixth letter.

    Behind the fifth in Cyrillic.
    """
    if not _IS_ARABIC.match(word):
        return word[:_LONG_CYRILLIC] if _IS_CYRILLIC.match(word) else _LATIN_ENDING.sub("", word)[:_LONG]
    if word[0] in "وف" and len(word) > _LEAST + 1:
        word = word[1:]
    if word.startswith(_FUTURE) and len(word) > _LEAST + 1:
        word = word[1:]
    for clitic in _CLITICS:
        if word.startswith(clitic) and len(word) >= len(clitic) + _LEAST:
            word = word[len(clitic) :]
            break
    else:
        if word[0] in "بل" and len(word) > _LEAST + 1:
            word = word[1:]
    return _without_ending(_without_ending(word))


def _without_ending(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) >= len(ending) + _LEAST:
            return word[: -len(ending)]
    return word


def figure(token: str) -> float:
    """The worth of a numeral, its points and commas written _: groups of three are thousands.

    >>> figure("385_000"), figure("1_659_837"), figure("2_6"), figure("0_7")
    (385000.0, 1659837.0, 2.6, 0.7)
    """
    token = token[:_LONGEST_NUMERAL].strip("_")
    if _GROUPED.fullmatch(token):
        return float(token.replace("_", ""))
    whole, _, part = token.partition("_")
    return float(f"{whole}.{part.replace('_', '')}")


def value(word: str) -> float | None:
    """What a folded word is worth as a number; None where it is none."""
    numeral = _NUMERAL.fullmatch(word)
    if numeral:
        return figure(numeral[1])
    known = number_words()
    if word in known:
        return known[word]
    if word[0] in "وب" and word[1:] in known:
        return known[word[1:]]
    return chinese(word) if word[0] in CHINESE else None


def _marked(word: str) -> tuple[int, str]:
    """The mark of a word, and the form of it that has one."""
    known = marks()
    for form in _forms(word):
        if form in known:
            return known[form], form
    for length in range(min(len(word), _LONGEST_BEGINNING), 2, -1):
        found = known.get(word[:length] + "*")
        if found is not None:
            return found, word
    return 0, word


def _forms(word: str) -> list[str]:
    forms = [word]
    if word[0] in "وف":
        forms.append(word[1:])
    forms += [form[1:] for form in forms if form[:1] in ("ب", "ل") and len(form) > _LEAST]
    forms += ["ال" + form[2:] for form in forms if form[:2] == "لل"]
    return forms


def described_word(word: str) -> int:
    """What a folded word is worth: 64 bits, see `MARK_SHIFT`."""
    number = value(word)
    mark, form = _marked(word) if number is None else (0, word)
    # A number is one however it is written, so that «ثمانمئة» and 800 make the same shingle.
    text = f"#{number:g}" if number is not None else stem(form)
    found = zlib.crc32(text.encode("utf-8", "surrogatepass")) * 0x9E3779B1 & 0xFFFFFFFF
    plain = [form for form in _forms(word) if form]
    known = stop_words()
    if any(form in known for form in plain[:2]) or (len(word) == 1 and not _HAS_HAN.match(word) and number is None):
        found |= 1 << int(STOP_BIT)
    if number is not None:
        found |= 1 << int(NUMBER_BIT)
    if word in JOINING:
        found |= 1 << int(JOINING_BIT)
    if any(form in before_names() for form in plain[:2]):
        found |= 1 << int(NAMING_BIT)
    if word in no_negation():
        found |= 1 << int(MILD_BIT)
    return found | mark << int(MARK_SHIFT)


@cache
def _with_han() -> re.Pattern[str]:
    """Words of texts with Chinese signs: those that mark something are whole, the rest sign by sign."""
    known = sorted((word for word in [*marks(), *stop_words()] if len(word) > 1 and _HAS_HAN.match(word)), key=len, reverse=True)
    return re.compile(rf"{'|'.join(known)}|[{CHINESE}]+|[{_HAN}]|\d+(?:[.,]\d+)*|(?:(?![{_HAN}]){WORD})+")


@lru_cache(4096)
def worth(word: bytes) -> float:
    """What a word in UTF-8 is worth as a number, 0 where it is none."""
    return value(word.decode("utf-8", "surrogatepass")) or 0.0


def has_han(text: str) -> bool:
    """Whether a text has Chinese signs."""
    return _HAS_HAN.search(text) is not None


def spaced(text: str) -> str:
    """A folded text with blanks around Chinese signs: one by one, save those of a number and of words that mark something."""
    return " ".join(_with_han().findall(text)) if has_han(text) else text


def blanked(data: bytes) -> npt.NDArray[np.uint8]:
    """Folded text with blanks for all that belongs to no word, numerals with _ for points and commas.

    In UTF-8 or in the code page.
    """
    raw, clean = np.frombuffer(data, np.uint8), np.frombuffer(bytearray(data.translate(_BLANKED)), np.uint8)
    is_point = (raw[:-1] == ord(".")) | (raw[:-1] == ord(","))
    places = np.flatnonzero(is_point)
    clean[places[raw[places + 1] - _ZERO < _TEN]] = ord("_")
    return clean


def tokens(text: str) -> list[bytes]:
    """The words of a folded text in UTF-8, numerals with _ for points and commas."""
    return blanked(spaced(text).encode("utf-8", "surrogatepass") + b" ").tobytes().split()


def described(words: Sequence[bytes]) -> npt.NDArray[np.uint64]:
    """What these words are worth, in order."""
    return np.array([_described(word) for word in words], np.uint64)


@lru_cache(4096)
def _described(word: bytes) -> int:
    return described_word(word.decode("utf-8", "surrogatepass"))
