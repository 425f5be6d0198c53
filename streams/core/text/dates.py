"""Finding time expressions in folded text: a grammar over the tags of words (`time_words`).

First the parts a date is made of are found, then neighbours that speak of one day become one mention: «غدا الاثنين»,
"Monday, August 12", «завтра, 26 октября». What day it is, `when.resolve` says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from streams.core.text.time_words import UNITS, WHICH, TimeWords, Token
from streams.core.text.when import Direction, Mention, When, Which, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Calendar", "Direction", "Mention", "When", "Which", "resolve"]

_DUAL = r"(?:[/(-]{1,2}[MNH]\)?)?"
"""«كانون الأول/ديسمبر»: the same month once more."""
_YEAR = r"(?:[,G]{0,2}B?(?P<y>Y)B?y?)"
_PARTS: tuple[tuple[str, str], ...] = (
    ("date", r"(?P<y>Y)-(?P<m>D)-(?P<d>D)"),
    ("date", r"(?P<d>D)(?P<sign>[/.-])(?P<m>D)(?P=sign)(?P<y>Y)"),
    ("date", rf"(?:KG?)?(?P<d>[DOC])(?:[-&E]&?[DOC])?\.?G{{0,3}}(?P<m>[MNH])\.?{_DUAL}(?P<k>K)?{_YEAR}?"),
    ("date", r"(?:(?P<y>Y)y|(?P<t>T)|(?P<s>S))?(?P<m>[DC])m(?P<d>[DC])d"),
    ("date", r"(?P<d>[DO])G{0,3}(?P<z>Z)"),
    ("date", r"(?P<d>D)(?P<here>K)(?![WMNUR])"),
    ("date", r"(?P<z>Z)(?P<d>[DC])d"),
    ("date", r"(?P<d>[DC])d"),
    ("month", rf"(?P<m>[MNH])\.?{_DUAL}K?{_YEAR}"),
    ("month", rf"(?:KG?)?(?P<m>M){_DUAL}K?"),
    ("month", r"(?:(?P<y>Y)y|(?P<t>T)|(?P<s>S))?(?P<m>[DC])m"),
    ("weekday", r"(?P<n>L)(?P<c>C)"),
    ("weekday", r"(?P<n>L)(?P<sunday>d)"),
    ("weekday", r"(?:(?P<k>K)G?)?(?P<w>W)(?:[/-]W)?(?P<k2>K)?"),
    ("week", r"(?P<n>L)"),
    ("month", r"(?P<z>Z)"),
    ("day", r"(?P<r>R)"),
    ("day", r"(?P<q>Q)"),
    ("days", r"(?P<ago>A)(?:(?P<v>V)|(?P<c>[DCO#])(?P<u>U))"),
    ("days", r"(?:(?P<v>V)|(?P<c>[DCO#])(?P<u>U))(?:(?P<ago>A)|(?P<later>J))"),
    ("days", r"(?:(?P<ahead>I)|(?P<later>J))(?:(?P<v>V)|(?P<c>[DCO#])(?P<u>U))"),
    ("year", r"(?:[IEG]{0,2}B(?P<y>Y)|[IE]?(?P<y2>Y)[By]|[IE](?P<y3>Y))"),
    ("year", r"(?P<t>T)"),
    ("year", r"(?P<s>S)"),
)
"""Kinds of parts, and how each is written in tags; of those that begin at one place the longest is taken."""
_MONTH_FIRST = ("date", r"(?P<m>[MN])\.?(?P<d>[DO])(?:[-&]&?[DO])?(?![,.]?[DC#]*U)(?:,?(?P<y>Y))?")

_ONE_DAY = {
    ("day", "weekday"): re.compile(r",?[EGPU]{0,2}\(?"),
    ("day", "date"): re.compile(r",?[EGPU]{0,3}\(?"),
    ("weekday", "date"): re.compile(r",?P?,?[EGU]{0,3}\(?"),
    ("weekday", "day"): re.compile(r"[EGU]?\(?"),
    ("date", "weekday"): re.compile(r"[EGU]?\(?"),
    ("date", "day"): re.compile(r"[EGU]?\("),
    ("weekday", "week"): re.compile(r",?[EGU]{0,3}"),
    ("week", "weekday"): re.compile(r",?[EGU]{0,2}"),
    ("date", "year"): re.compile(r",?[EGU]{0,3}"),
    ("month", "year"): re.compile(r",?[EGU]{0,3}"),
}
"""What may stand between two parts that speak of one day."""
_BEFORE = re.compile(r"(?:[EI]{0,2}G{0,2}(?:P[EGU]{0,3})+|[EIU]{1,2}G?)$")
_AFTER = re.compile(r"G{0,2}P|\)")
_NIGHT = re.compile(r"[/GE-]?W")
"""After a part of a day and a weekday: the day a night ends on."""
_REACH = 6
"""Tokens looked back for words a date begins with."""
_NEVER_FIRST = frozenset("x&#,.()/-PJUmyd")


class _Part(NamedTuple):
    kind: str
    start: int
    end: int
    when: When


def _patterns(*, month_first: bool) -> list[tuple[str, re.Pattern[str]]]:
    return [(kind, re.compile(written)) for kind, written in (*_PARTS, *([_MONTH_FIRST] if month_first else []))]


_COMPILED = {flag: _patterns(month_first=flag) for flag in (False, True)}
_MOST_MONTHS = 12


def _when(match: re.Match[str], tokens: Sequence[Token]) -> When | None:
    """What a part says; None where its numbers are none of a date's."""
    told = {name: tokens[match.start(name)] for name, found in match.groupdict().items() if found is not None}
    value = {name: token.value for name, token in told.items()}
    if "u" in told or "v" in told:
        count = value.get("v", value.get("c", 0)) * (-1 if "ago" in told else 1)
        inexact = "u" in told and UNITS[value["u"]] != "day"
        return When(days=None if inexact else count, follows="later" in told, ahead="ahead" in told, inexact=inexact)
    if value.get("m", 1) > _MOST_MONTHS:
        return None
    weekday = value.get("w", value["c"] - 1 if "c" in value else 6 if "sunday" in value else None)
    if weekday is not None and weekday > 6:  # noqa: PLR2004 - there are seven
        return None
    which = value.get("k", value.get("k2"))
    if "here" in told and WHICH[value["here"]] != "this":
        return None
    return When(
        year=value.get("y", value.get("y2", value.get("y3"))),
        month=value.get("m"),
        day=value.get("d"),
        is_hijri="m" in told and told["m"].tag == "H",
        weekday=weekday,
        which=Which(WHICH[which]) if which is not None else None,
        days=value.get("r", value.get("q")),
        follows="q" in told,
        weeks=value.get("n"),
        months=0 if "here" in told else value.get("z"),
        years=value.get("t"),
        same_year="s" in told,
    )


def _parts(tags: str, tokens: Sequence[Token], *, month_first: bool) -> list[_Part]:
    found: list[_Part] = []
    place = 0
    while place < len(tags):
        best: _Part | None = None
        if tags[place] not in _NEVER_FIRST:
            for kind, pattern in _COMPILED[month_first]:
                match = pattern.match(tags, place)
                if match and (best is None or match.end() > best.end) and (when := _when(match, tokens)) is not None:
                    best = _Part(kind, match.start(), match.end(), when)
        if best is None:
            place += 1
        else:
            found.append(best)
            place = best.end
    return found


def _union(first: When, then: When) -> When:
    """What two parts say together; what is said first stays."""
    told = {name: getattr(then, name) for name in When.__slots__ if getattr(first, name) is None or getattr(first, name) is False}
    return replace(first, **told)


def _joined(parts: Sequence[_Part], tags: str) -> list[_Part]:
    found: list[_Part] = []
    kinds: set[str] = set()
    for part in parts:
        if found and part.kind not in kinds:
            between = tags[found[-1].end : part.start]
            allowed = _ONE_DAY.get((found[-1].kind, part.kind))
            if allowed is not None and allowed.fullmatch(between):
                end = part.end + (between.endswith("(") and tags[part.end : part.end + 1] == ")")
                kinds.add(part.kind)
                found[-1] = _Part(part.kind, found[-1].start, end, _union(found[-1].when, part.when))
                continue
        found.append(part)
        kinds = {part.kind}
    return found


@dataclass(frozen=True)
class Calendar:
    """Finds dates in the languages whose words it was given."""

    words: Mapping[str, TimeWords] = field(default_factory=dict)

    def find(self, text: str, language: str) -> list[Mention]:
        """The time expressions of a folded text, in order, none within another; none in a language it has no words of."""
        words = self.words.get(language)
        if words is None or not words.may_tell(text):
            return []
        tokens = words.tokens(text)
        tags = "".join(token.tag for token in tokens)
        found = []
        done = 0
        for part in _joined(_parts(tags, tokens, month_first=words.month_first), tags):
            if part.start < done:
                continue  # the second day of a night between two
            low = max(done, part.start - _REACH)
            before = _BEFORE.search(tags[low : part.start])
            start = low + before.start() if before else part.start
            end = part.end
            if before and "P" in before[0] and part.kind == "weekday" and (night := _NIGHT.match(tags, end)):
                end = night.end()
            after = _AFTER.match(tags, end)
            if after and after[0] != ")":
                end = after.end()
            while tags[end - 1] == ".":
                end -= 1  # of the sentence, not of the month
            found.append(Mention(tokens[start].start, tokens[end - 1].end, part.when))
            done = end
        return found
