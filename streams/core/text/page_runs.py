"""Which lines of a page go, judged by the lines around them: boxes, tickers and menus."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from streams.core.text.page_lines import Kind, is_headline_like, word_count

if TYPE_CHECKING:
    from collections.abc import Sequence

_ITEM_HEADS, _ITEMS = frozenset({Kind.BULLET, Kind.CLOCK}), frozenset({Kind.TEXT, Kind.TIMED, Kind.MENU})
_OPENERS = frozenset({Kind.BOX, Kind.POINTER})
_GO = frozenset({Kind.BULLET, Kind.CLOCK, Kind.WEATHER, Kind.BOX, Kind.POINTER, Kind.PAGE})
_LEAST_TICKS = 3
_LEAST_MENU = 2
_LIVE_SHARE = 0.5
"""Where more of the words than this stand behind clock times, they are the article: a live report."""


def settle(kinds: Sequence[Kind], texts: Sequence[str]) -> list[bool]:
    """Of each line whether it goes; a blank line goes with the line before it."""
    filled = [number for number, kind in enumerate(kinds) if kind is not Kind.BLANK]
    gone = [kind in _GO for kind in kinds]
    opened = [number for number in filled if kinds[number] in _OPENERS]
    if opened:
        _boxes(filled[filled.index(opened[0]) :], kinds, texts, gone)
    if kinds.count(Kind.CLOCK) + kinds.count(Kind.TIMED) >= _LEAST_TICKS:
        _tickers(filled, kinds, texts, gone)
    if kinds.count(Kind.MENU) >= _LEAST_MENU:
        _menus(filled, kinds, gone)
    if len(filled) < len(kinds):
        before = False
        for number, kind in enumerate(kinds):
            if kind is Kind.BLANK:
                gone[number] = before
            before = gone[number]
    return gone


def _boxes(filled: Sequence[int], kinds: Sequence[Kind], texts: Sequence[str], gone: list[bool]) -> None:
    """A box takes what looks like headlines, and whatever stands behind a bullet or a time, up to the next paragraph."""
    in_box = is_item = points = False
    for number in filled:
        kind = kinds[number]
        if kind is Kind.BOX:
            in_box, is_item, points = True, False, False
        elif kind is Kind.POINTER:
            points = True
        elif kind in _ITEM_HEADS:
            is_item = True
        elif kind in _ITEMS:
            is_free = in_box and (is_item or kind is Kind.TIMED)
            if is_free or ((points or in_box) and is_headline_like(texts[number])):
                gone[number] = True
            else:
                in_box = False
            is_item = points = False


def _tickers(filled: Sequence[int], kinds: Sequence[Kind], texts: Sequence[str], gone: list[bool]) -> None:
    """Three and more lines in a row, each behind a time, are a ticker; unless they are most of the text."""
    runs: list[list[int]] = [[]]
    timed = False
    for number in filled:
        kind = kinds[number]
        if kind is Kind.CLOCK:
            timed = True
        elif kind is Kind.TIMED or (timed and kind is Kind.TEXT):
            runs[-1].append(number)
            timed = False
        elif kind is not Kind.BULLET:
            runs.append([])
            timed = False
    runs = [run for run in runs if len(run) >= _LEAST_TICKS]
    words = sum(word_count(texts[number]) for number in filled) if runs else 0
    for run in runs:
        if sum(word_count(texts[number]) for number in run) <= _LIVE_SHARE * words:
            for number in run:
                gone[number] = True


def _menus(filled: Sequence[int], kinds: Sequence[Kind], gone: list[bool]) -> None:
    """Names of sections one below the other are a menu; a single one may be a crosshead."""
    for is_menu, run in groupby(filled, lambda number: kinds[number] is Kind.MENU):
        if is_menu and len(items := list(run)) >= _LEAST_MENU:
            for item in items:
                gone[item] = True
