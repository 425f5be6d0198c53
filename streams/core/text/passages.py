"""Passages: original text cut around marked spans, so that a page counts no offsets."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from streams.core.model import Passage, Segment
from streams.core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streams.core.model import Article, Field, Span

_REACH = 24
"""How many code points a cut may move to fall between words."""
_JOINER = "\u200d"

_Range = tuple[int, int]


def _is_seam(text: str, index: int) -> bool:
    """Whether a cut before `index` leaves no mark without its letter."""
    if index <= 0 or index >= len(text):
        return True
    return unicodedata.category(text[index])[0] != "M" and _JOINER not in text[index - 1 : index + 1]


def _cut_before(text: str, index: int, low: int) -> int:
    """The nearest good place for a cut at or before `index`, not before `low`."""
    for place in range(index, max(low, index - _REACH) - 1, -1):
        if place == low or text[place - 1].isspace() or text[place].isspace():
            return place
    while index > low and not _is_seam(text, index):
        index -= 1
    return index


def _cut_after(text: str, index: int, high: int) -> int:
    """The nearest good place for a cut at or after `index`, not after `high`."""
    for place in range(index, min(high, index + _REACH) + 1):
        if place == high or text[place].isspace() or text[place - 1].isspace():
            return place
    while index < high and not _is_seam(text, index):
        index += 1
    return index


def _window(text: str, bounds: Sequence[_Range], span: _Range, width: int) -> _Range:
    """The sentence (or sentences) around a span, cut down to about `width` where longer; never less than the span."""
    touched = [b for b in bounds if b[0] < span[1] and span[0] < b[1]]
    low = min([span[0], *(b[0] for b in touched)])
    high = max([span[1], *(b[1] for b in touched)])
    if high - low <= width:
        return low, high
    spare = max(0, width - (span[1] - span[0]))
    start = max(low, span[0] - spare // 2)
    end = min(high, span[1] + spare - (span[0] - start))
    return _cut_after(text, start, span[0]) if start > low else low, _cut_before(text, end, span[1]) if end < high else high


def _merged(windows: Iterable[_Range]) -> list[_Range]:
    merged: list[_Range] = []
    for start, end in sorted(windows):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _segments(text: str, window: _Range, marks: Iterable[tuple[_Range, str]]) -> tuple[Segment, ...]:
    """The window's text in marked and unmarked runs; of marks that overlap the one that begins first keeps the words."""
    place, end = window
    found: list[Segment] = []
    for (low, high), rule in sorted(marks, key=lambda m: (m[0][0], -m[0][1], m[1])):
        start, stop = max(low, place), min(high, end)
        if start >= stop:
            continue
        if place < start:
            found.append(Segment(text[place:start]))
        found.append(Segment(text[start:stop], rule))
        place = stop
    if place < end:
        found.append(Segment(text[place:end]))
    return tuple(found)


def _of_field(field: Field, marks: Sequence[tuple[_Range, str]], *, limit: int, width: int) -> list[Passage]:
    bounds = sentences(field.text)
    windows: list[_Range] = []
    for span, _ in marks:
        if len(windows) == limit:
            break
        if not any(w[0] <= span[0] and span[1] <= w[1] for w in windows):
            windows.append(_window(field.text, bounds, span, width))
    return [Passage(field.pointer, w[0], _segments(field.text, w, marks)) for w in _merged(windows)]


def passages(article: Article, marks: Sequence[tuple[Span, str]], *, limit: int = 6, width: int = 400) -> tuple[Passage, ...]:
    """The sentences around `marks`, in reading order; a passage's segments, joined, are `text[start:]` of its field.

    Args:
        article: whose fields the spans belong to; spans of other fields or outside the text are left out.
        marks: spans with the rule each stands for, most important first: they decide what is shown.
        limit: how many passages at most.
        width: code points a passage has at most, save where one mark alone is longer or two passages touch.
    """
    found: list[Passage] = []
    for field in article.fields:
        own = [((s.start, s.end), r) for s, r in marks if s.field == field.pointer and 0 <= s.start < s.end <= len(field.text)]
        if own and len(found) < limit:
            found.extend(_of_field(field, own, limit=limit - len(found), width=width))
    return tuple(found)
