"""Countries, cities, regions and groups named in a folded text (`countries/`, `places/`)."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple

from streams.core.detect.matcher import Match, Matcher
from streams.core.detect.places_file import Facts, PlaceNames, Reading, check
from streams.core.text.fold import WORDS, fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streams.core.detect.terms import Term

_IGNORED = "ignored"
_CONTEXT = ("before", "after", "near", "unless")
_COMPANY = "company"
_RANK = ("country", "region", "city", "capital", "group", "demonym", _IGNORED)
"""Of names at one place the first of these counts; what is to be ignored is always the longer one."""
_WITH_ARTICLE = re.compile("[وف]?(?:ال|بال|كال|لل)")
_CONJUNCTIONS = "وف"
_LONGEST_WORD = 24
"""Characters a word and the blank beside it are taken to have at most."""
_MOST_NEAR = 200


class PlaceKind(StrEnum):
    """What a name is. `DEMONYM` is "Syrian"; `CAPITAL` a capital (or a seat, as the Kremlin) that stands for its government."""

    COUNTRY = "country"
    DEMONYM = "demonym"
    CAPITAL = "capital"
    CITY = "city"
    REGION = "region"
    GROUP = "group"


class Place(NamedTuple):
    """A place or party at `[start, end)` of a folded text, clitics included.

    `name` is the shortest English one: of a demonym and of a capital that of the country. `code` is the country's ISO 3166-1
    alpha-2 code in these cases (`XK` for Kosovo), of all else the name in small letters with hyphens: "gaza", "arab-group".
    `country` is the code of the country it belongs to, None for groups and for what several claim.
    """

    start: int
    end: int
    code: str
    name: str
    kind: PlaceKind
    country: str | None


class _Found(NamedTuple):
    """A term's match: the table and key it stands under, or the number and role of the reading it belongs to."""

    start: int
    end: int
    table: str
    key: str
    bare: str = ""


@dataclass(frozen=True)
class _Names:
    """Everything a language knows of places."""

    language: str
    files: tuple[PlaceNames, ...]

    @cached_property
    def readings(self) -> tuple[Reading, ...]:
        return tuple(reading for names in self.files for reading in names.readings)

    @cached_property
    def _entries(self) -> list[tuple[Term, str, str, str]]:
        """Terms with table, key, and how they begin where Arabic writes no article before them."""
        found: list[tuple[Term, str, str, str]] = []
        for names in self.files:
            found += [(term, table, key, self._bare(term, table)) for term, table, key in names.terms]
            found += [(term, _IGNORED, "", "") for term in names.ignored]
        for number, reading in enumerate(self.readings):
            for role in ("of", *_CONTEXT):
                found += [(term, role, str(number), "") for term in getattr(reading, role)]
        return found

    def _bare(self, term: Term, table: str) -> str:
        begins = fold(term.text).text[:2]
        return "" if self.language != "ar" or table in ("demonym", "group") or begins == "ال" or "(" in begins else begins

    @cached_property
    def matcher(self) -> Matcher:
        return Matcher([term for term, *_ in self._entries])

    def found(self, text: str, matches: Sequence[Match]) -> list[_Found]:
        entries = self._entries
        return [_Found(m.start, m.end, *entries[m.term][1:]) for m in matches if self._stands(text, m)]

    def _stands(self, text: str, match: Match) -> bool:
        """Whether a name without an article stands without one: «مالي» is Mali, «المالي» financial."""
        bare = self._entries[match.term][3]
        if not bare:
            return True
        written = text[match.start : match.end]
        if written.startswith(bare) or (written[0] in _CONJUNCTIONS and written[1:].startswith(bare)):
            return True
        article = _WITH_ARTICLE.match(written)
        return article is None or not written[article.end() :].startswith(bare)


def _longest(found: Sequence[_Found]) -> list[_Found]:
    """The names among the matches, in order; of those that overlap the first, and the longest that begins there."""
    kept: list[_Found] = []
    for name in sorted((f for f in found if f.table in _RANK), key=lambda f: (f.start, -f.end, _RANK.index(f.table))):
        if not kept or name.start >= kept[-1].end:
            kept.append(name)
    return [name for name in kept if name.table != _IGNORED]


class _Context:
    """The words beside names that tell how these are to be read."""

    def __init__(self, text: str, readings: Sequence[Reading], found: Sequence[_Found], named: Sequence[_Found]) -> None:
        self._text = text
        self._readings = readings
        self._subjects: dict[tuple[int, int], list[int]] = {}
        self._words: dict[int, list[_Found]] = {}
        self._company = [name._replace(table=_COMPANY) for name in named]
        for match in found:
            if match.table == "of":
                self._subjects.setdefault((match.start, match.end), []).append(int(match.key))
            elif match.table in _CONTEXT:
                self._words.setdefault(int(match.key), []).append(match)

    def reading(self, name: _Found) -> Reading | None:
        """The first reading of a name that holds here; None where it means what it says."""
        for number in sorted(self._subjects.get((name.start, name.end), ())):
            reading = self._readings[number]
            words = [*_near(self._words.get(number, []), name, reading)]
            if reading.company:
                words += _near(self._company, name, reading)
            if _holds(reading, {word.table for word in words if _is_near(self._text, name, word, reading.words)}):
                return reading
        return None


def _near(found: Sequence[_Found], place: _Found, reading: Reading) -> Sequence[_Found]:
    """Of matches in order of their start those that may stand near enough; so many at most, however long the text."""
    reach = reading.words * _LONGEST_WORD
    low = bisect_left(found, place.start - reach, key=lambda f: f.start)
    high = bisect_right(found, place.end + reach, key=lambda f: f.start)
    return found[low : min(high, low + _MOST_NEAR)]


def _is_near(text: str, place: _Found, other: _Found, words: int) -> bool:
    """Whether `other` stands fewer than `words` words away from a place, on the side it is to stand."""
    if other.end <= place.start:
        return other.table != "after" and len(WORDS.findall(text, other.end, place.start)) < words
    return other.table != "before" and other.start >= place.end and len(WORDS.findall(text, place.end, other.start)) < words


def _holds(reading: Reading, roles: set[str]) -> bool:
    """Whether a reading holds where words of these roles stand near."""
    if "unless" in roles or (reading.company and _COMPANY in roles):
        return False
    return bool(roles & {"before", "after", "near"}) or not (reading.before or reading.after or reading.near)


@cache
def _code(name: str) -> str:
    """The code of a place that is no country, by its English name."""
    return re.sub(r"[^a-z0-9+]+", "-", fold(name).text).strip("-")


class Gazetteer:
    """Finds the places and parties of each language. Safe to share between threads."""

    def __init__(self, facts: Facts | None = None, files: Sequence[PlaceNames] = ()) -> None:
        """Take the names of all files.

        Raises:
            LexiconError: a file names a place that `facts` does not know.
        """
        self._facts = facts if facts is not None else Facts()
        check(self._facts, files)
        languages = dict.fromkeys(names.language for names in files)
        self._names: Mapping[str, _Names] = {
            language: _Names(language, tuple(names for names in files if names.language == language)) for language in languages
        }

    @property
    def matchers(self) -> tuple[Matcher, ...]:
        """The matcher of each language."""
        return tuple(names.matcher for names in self._names.values())

    def matcher(self, language: str) -> Matcher | None:
        """What finds the words of `places` in this language; None in a language without names."""
        names = self._names.get(language)
        return names.matcher if names is not None else None

    def country(self, code: str) -> str | None:
        """The shortest English name of a country, by its code; None where there is none such."""
        return self._facts.countries.get(code)

    def find(self, text: str, language: str) -> list[Place]:
        """The places named in a folded text, in order, none overlapping another; none in a language without names.

        Ambiguous names are judged by the words beside them, so the text should be at least the whole sentence.
        """
        matcher = self.matcher(language)
        return self.places(text, matcher.find(text), language) if matcher is not None else []

    def places(self, text: str, matches: Sequence[Match], language: str) -> list[Place]:
        """`find` in a text in which the language's matcher has found these matches already."""
        names = self._names[language]
        found = names.found(text, matches)
        named = _longest(found)
        context = _Context(text, names.readings, found, named)
        answered = []
        for name in named:
            table, key = name.table, name.key
            if (reading := context.reading(name)) is not None:
                table, key = self._facts.table(reading.means) or "", reading.means
            if table:
                answered.append(self._place(name, table, key))
        return answered

    def _place(self, found: _Found, table: str, key: str) -> Place:
        kind = PlaceKind(table)
        if kind in (PlaceKind.COUNTRY, PlaceKind.DEMONYM, PlaceKind.CAPITAL):
            return Place(found.start, found.end, key, self._facts.countries[key], kind, key)
        return Place(found.start, found.end, _code(key), key, kind, self._facts.places[table][key] or None)
