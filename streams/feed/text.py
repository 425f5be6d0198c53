"""Texts and times in HTML: which way they run, and how codes are read. Pure."""

from __future__ import annotations

import datetime as dt
import unicodedata


def direction(text: str) -> str:
    """`rtl` or `ltr` by what most letters are, `auto` without letters.

    `dir=auto` looks at the first letter only: an Arabic headline that begins with F-16 would run the wrong way.
    """
    kinds = [unicodedata.bidirectional(character) for character in text]
    right, left = sum(kind in {"R", "AL"} for kind in kinds), kinds.count("L")
    if right == left == 0:
        return "auto"
    return "rtl" if right >= left else "ltr"


def words(name: str) -> str:
    """A code of the model as people read it: `ceasefire_breach` is "ceasefire breach"."""
    return name.replace("_", " ")


def utc(moment: dt.datetime) -> dt.datetime:
    """The same moment in UTC, which all of the page is in."""
    return moment.astimezone(dt.UTC)


def time(moment: dt.datetime, *, ago: bool = False) -> str:
    """A `<time>` in UTC. With `ago` the page's script adds how long ago that was."""
    there = utc(moment)
    shown = f"{there.day} {there:%b %Y, %H:%M} UTC"
    marker = " data-ago" if ago else ""
    return f'<time datetime="{there.isoformat(timespec="seconds")}"{marker}>{shown}</time>'
