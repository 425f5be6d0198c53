"""Page furniture: what a web page puts around an article. It is never matched.

Works on folded text, line by line. A first cut: lines that open a box of other articles, a page's head of weather and
date, and bare clock times.
"""

from __future__ import annotations

import re

_BOXES = (
    "يتم قراءه الان",
    "الاكثر قراءه",
    "الاكثر مشاهده",
    "الاكثر تداولا",
    "اخبار متعلقه",
    "اخبار ذات صله",
    "مواضيع ذات صله",
    "مواضيع متعلقه",
    "مقالات ذات صله",
    "موضوعات متعلقه",
    "اخر الاخبار",
    "عاجل 24/7",
    "most read",
    "most popular",
    "related news",
    "related articles",
    "related stories",
    "related topics",
    "trending now",
    "more from",
    "les plus lus",
    "articles lies",
    "sur le meme sujet",
    "a lire egalement",
)
_POINTERS = (
    "اقرا ايضا",
    "اقرا المزيد",
    "شاهد ايضا",
    "طالع ايضا",
    "read also",
    "read more",
    "see also",
    "lire aussi",
    "a lire aussi",
    "voir aussi",
)
_BOX = re.compile(rf"\s*[-*,.^:|#\"]*\s*(?:{'|'.join(map(re.escape, _BOXES))})\s*[-:.,^|\"]*\s*")
_POINTER = re.compile(rf"\s*[-*,.^:|(\[\"]*\s*(?:{'|'.join(map(re.escape, _POINTERS))})\b(?P<rest>.*)")
_WEATHER = re.compile(r"\s*-?\d{1,2}(?:[.,]\d)?\s*(?:\^|o)?\s*[cf]\s*")
_MONTHS = (
    "يناير|فبراير|مارس|ابريل|نيسان|مايو|ايار|يونيو|حزيران|يوليو|تموز|اغسطس|اب|سبتمبر|ايلول|اكتوبر|نوفمبر|ديسمبر|شباط|اذار|"
    "تشرين|كانون|january|february|march|april|may|june|july|august|september|october|november|december|"
    "janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre"
)
_DATE = re.compile(rf"(?=.*\d)(?=.*(?:{_MONTHS}))[^\n]{{6,40}}")
_CLOCK = re.compile(r"\s*\d{1,2}:\d{2}\s*")
_LATIN_NAME = re.compile(r"\s*[a-z][a-z .'-]{1,30}\s*")
_SHARE = re.compile(
    r"\s*(?:share|tweet|print|facebook|twitter|whatsapp|telegram|مشاركه|شارك|طباعه|تابعنا علي .*|follow us.*|partager)\s*"
)
_HEAD_LINES = 8
_HEAD_WORDS = 6
_TAIL_FROM = 0.4
"""A box that opens in the first part of the text stands beside it, and only its own line goes."""


def _is_head(line: str, *, after_weather: bool) -> bool:
    """Whether a line among the first is a page's and no article's."""
    if _WEATHER.fullmatch(line) or (_DATE.fullmatch(line) and len(line.split()) <= _HEAD_WORDS):
        return True
    return after_weather and _LATIN_NAME.fullmatch(line) is not None


def kept(folded: str) -> list[tuple[int, int]]:
    """Ranges of the folded text that belong to the article, in order; linear in its length."""
    ranges: list[tuple[int, int]] = []
    place, number = 0, 0
    in_head, seen_weather = True, False
    skip_next = False
    for line in folded.splitlines(keepends=True):
        start, place = place, place + len(line)
        text = line.strip()
        if not text:
            continue
        number += 1
        if in_head and number <= _HEAD_LINES and _is_head(text, after_weather=seen_weather):
            seen_weather |= _WEATHER.fullmatch(text) is not None
            continue
        in_head = False
        if _BOX.fullmatch(text):
            if start >= _TAIL_FROM * len(folded):
                break
            continue
        pointer = _POINTER.fullmatch(text)
        if pointer:
            skip_next = not pointer["rest"].strip(" :.-")
            continue
        if skip_next or _CLOCK.fullmatch(text) or _SHARE.fullmatch(text):
            skip_next = False
            continue
        ranges.append((start, place))
    return _joined(ranges)


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbouring lines as one range."""
    joined: list[tuple[int, int]] = []
    for start, end in ranges:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
