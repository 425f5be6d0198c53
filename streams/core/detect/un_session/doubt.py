"""What takes a sitting back: denials, suppositions; and what puts it into history."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streams.core.detect.un_session.cue import ASIDE
from streams.core.model import SittingStatus

if TYPE_CHECKING:
    from streams.core.detect.un_session.holder import Trigger
    from streams.core.detect.un_session.sentence import Sentence

_HISTORY = 8
"""Words between a sitting and what says that it was long ago."""
_PARTICLES = 1
"""Words between a negation and its verb: «no se reunió»."""
_DENIED = 2
"""Words between a sitting and the verb that is denied."""
_YEAR = re.compile(r"(?<!\d)(19[4-9]\d|20[0-4]\d)(?!\d)")
_YEAR_REACH = 120
_NUMBERED = 4
"""Characters between "resolution" and its number."""


def years(text: str) -> list[int]:
    """The years a folded text names, from the first of the United Nations on."""
    return [int(year) for year in _YEAR.findall(text)]


def is_denied(sentence: Sentence, trigger: Trigger) -> bool:
    """Whether it did not take place, was not asked for, or is only supposed."""
    if any(m.end <= trigger.noun.start for m in sentence.of("refuted")):
        return True
    verbs = [
        m
        for m in sentence.of("meets", "aspect", "acts", "address", "status")
        if min(sentence.gap(m, trigger.noun), sentence.gap(m, trigger.body)) <= _DENIED and m.name not in ASIDE
    ]
    if any(m.name == SittingStatus.POSTPONED for m in sentence.of("status")):
        return False  # «لن تلتئم الجلسة قبل الأحد، إذ أخرت يوما»
    return any(sentence.right_before(m, "denied", "supposed", reach=_PARTICLES) for m in (trigger.noun, trigger.body, *verbs))


def is_past(sentence: Sentence, trigger: Trigger, status: SittingStatus, year: int) -> bool:
    """Whether the sentence puts the sitting into history: by words, or by a year before `year`, the article's."""
    if any(sentence.gap(m, trigger.noun) <= _HISTORY for m in sentence.of("past")):
        return True
    if status is not SittingStatus.HELD:
        return False
    low, high = max(sentence.start, trigger.noun.start - _YEAR_REACH), min(sentence.end, trigger.noun.end + _YEAR_REACH)
    return any(int(found[1]) < year for found in _YEAR.finditer(sentence.text, low, high) if not _is_number(sentence, found))


def _is_number(sentence: Sentence, found: re.Match[str]) -> bool:
    """Whether what looks like a year is the number of a resolution: «القرار 1973»."""
    return any(0 <= found.start() - m.end <= _NUMBERED for m in sentence.of("numbered"))
