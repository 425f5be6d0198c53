"""Which lines of a page go, judged by the lines around them: boxes, tickers and menus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.text.page_lines import Kind, Line, is_headline_like, word_count

if TYPE_CHECKING:
    from collections.abc import Sequence

_GO = frozenset({Kind.BULLET, Kind.CLOCK, Kind.WEATHER, Kind.BOX, Kind.POINTER, Kind.PAGE})
_LEAST_TICKS = 3
_LEAST_MENU = 2
_LIVE_SHARE = 0.5
"""Where more of the words than this stand behind clock times, they are the article: a live report."""


def settle(lines: Sequence[Line]) -> None:
    """Mark every line that goes; a blank line goes with the line before it."""
    filled = [line for line in lines if line.kind is not Kind.BLANK]
    for line in filled:
        line.dropped = line.kind in _GO
    _boxes(filled)
    _tickers(filled)
    _menus(filled)
    before = False
    for line in lines:
        if line.kind is Kind.BLANK:
            line.dropped = before
        before = line.dropped


def _boxes(filled: Sequence[Line]) -> None:
    """A box takes what looks like headlines, and whatever stands behind a bullet or a time, up to the next paragraph."""
    in_box = is_item = points = False
    for line in filled:
        if line.kind is Kind.BOX:
            in_box, is_item, points = True, False, False
        elif line.kind is Kind.POINTER:
            points = True
        elif line.kind in {Kind.BULLET, Kind.CLOCK}:
            is_item = True
        elif line.kind in {Kind.TEXT, Kind.TIMED, Kind.MENU}:
            headline = is_headline_like(line.text)
            if (points and headline) or (in_box and (is_item or headline or line.kind is Kind.TIMED)):
                line.dropped = True
            else:
                in_box = False
            is_item = points = False


def _tickers(filled: Sequence[Line]) -> None:
    """Three and more lines in a row, each behind a time, are a ticker; unless they are most of the text."""
    runs: list[list[Line]] = [[]]
    timed = False
    for line in filled:
        if line.kind is Kind.CLOCK:
            timed = True
        elif line.kind is Kind.TIMED or (timed and line.kind is Kind.TEXT):
            runs[-1].append(line)
            timed = False
        elif line.kind is not Kind.BULLET:
            runs.append([])
            timed = False
    runs = [run for run in runs if len(run) >= _LEAST_TICKS]
    words = sum(word_count(line.text) for line in filled) if runs else 0
    for run in runs:
        if sum(word_count(line.text) for line in run) <= _LIVE_SHARE * words:
            for line in run:
                line.dropped = True


def _menus(filled: Sequence[Line]) -> None:
    """Names of sections one below the other are a menu; a single one may be a crosshead."""
    run: list[Line] = []
    for line in [*filled, None]:
        if line is not None and line.kind is Kind.MENU:
            run.append(line)
            continue
        if len(run) >= _LEAST_MENU:
            for item in run:
                item.dropped = True
        run = []
