"""Sentences, as ranges. Works on original and on folded text alike."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMES = "mr mrs ms dr prof gen lt col sgt capt maj cmdr adm st gov sen rep no vs etc mme mlle art"
_MONTHS = "jan feb mar apr jun jul aug sep sept oct nov dec"
_ABBREVIATIONS = frozenset(f"{_NAMES} {_MONTHS}".split())
_END = re.compile(
    r"""
    \n+                                      # a line is a sentence: headlines, paragraphs, lists
    | (?<=[\u3400-\u9fff])[;；](?=\s*[\u3400-\u9fff])   # a Chinese semicolon parts whole sentences
    | (?P<stop>[.!?؟…。！？۔]+)
      (?:["'”’»›)\]]+ | \s*[»”])*            # closing quotes belong to what they close
      (?: (?=\s|$) | (?<=[.!?؟…۔”»"])(?=[\u0600-\u06ff"«“\u2e80-\u9fff]) | (?<=[。！？])
        | (?<=[\u3400-\u9fff][.!?]) | (?<=[\u3400-\u9fff][.!?]["”』」])  # 。 of folded text, before a digit or letter
      )
    """,
    re.VERBOSE,
)
_SIGN = re.compile("[\n;；.!?؟…。！？۔]")
_LONGEST = 2000
_LAST_WORD = re.compile(r"(\w+)\W*$")


def _is_abbreviation(text: str, start: int, stop: int) -> bool:
    """Whether the full stop at `stop` closes «د. », `U.N.` or `Gen.` rather than a sentence that began at `start`."""
    if text[stop] != "." or text[stop : stop + 2] == "..":
        return False
    word = _LAST_WORD.search(text, max(start, stop - 12), stop)
    if word is None or (word.end() != stop and word.group(1) == ""):
        return False
    name = word.group(1)
    return (len(name) == 1 and not name.isdigit()) or name.lower() in _ABBREVIATIONS


def sentences(text: str) -> list[tuple[int, int]]:
    """Half-open ranges of the sentences of `text`, in order, without the white space around them. Linear in its length.

    What has no end for `_LONGEST` code points is cut between words there, so that work within a sentence is bounded.
    """
    found: list[tuple[int, int]] = []
    start = 0
    for match in _ends(text):
        if match["stop"] and _is_abbreviation(text, start, match.start()):
            continue
        _append(found, text, start, match.end())
        start = match.end()
    _append(found, text, start, len(text))
    return found


def _ends(text: str) -> Iterator[re.Match[str]]:
    """The matches of `_END`, tried only where one of its signs stands."""
    sign = _SIGN.search(text)
    while sign:
        match = _END.match(text, sign.start())
        if match:
            yield match
        sign = _SIGN.search(text, match.end() if match else sign.end())


def _append(found: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > _LONGEST:
        cut = text.rfind(" ", start + 1, start + _LONGEST) + 1 or start + _LONGEST
        found.append((start, cut))
        start = cut
    if start < end:
        found.append((start, end))
