"""Reading `countries/` and `places/`: how languages name places, and what the places are (`mul.toml`, of all languages)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streams.core.detect.toml_file import LexiconError, Problem, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from streams.core.detect.terms import Term

ALL_LANGUAGES = "mul"
"""The name of the file of facts, as ISO 639 calls what is in many languages."""
OF_COUNTRIES = ("country", "demonym", "capital")
"""Tables keyed by the code of a country, ISO 3166-1 alpha-2."""
BY_NAME = ("city", "region", "group")
"""Tables keyed by the shortest English name."""
NOWHERE = "none"
"""What stands for the country of a group, or of what several claim."""
_MOST_WORDS = 30


@dataclass(frozen=True, slots=True)
class Reading:
    """When a name means something else: `means` a code or a name, or "" for no place at all.

    It holds where one of `before` or `after` stands `words` away at most, on its side, or of `near` on either; without any of
    these, always; never where one of `unless` stands so near, or, with `company`, another place.
    """

    of: tuple[Term, ...]
    means: str
    before: tuple[Term, ...] = ()
    after: tuple[Term, ...] = ()
    near: tuple[Term, ...] = ()
    unless: tuple[Term, ...] = ()
    words: int = 1
    company: bool = False


@dataclass(frozen=True, slots=True)
class PlaceNames:
    """One file's names: terms with the table and key each stands under. `lines` are those of the keys, for `problems`."""

    file: str
    language: str
    terms: tuple[tuple[Term, str, str], ...] = ()
    ignored: tuple[Term, ...] = ()
    readings: tuple[Reading, ...] = ()
    lines: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """What places are: the English names of countries by code; the country ("" for none) of other places, by table and name."""

    countries: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def knows(self, table: str, key: str) -> bool:
        """Whether there is such a country or place."""
        return key in (self.countries if table in OF_COUNTRIES else self.places.get(table, {}))

    def table(self, key: str) -> str | None:
        """The table a country's code or a place's name is found in; None where in none."""
        tables = ["country", *self.places]
        return next((table for table in tables if self.knows(table, key)), None)

    def __or__(self, other: Facts) -> Facts:
        places = {table: {**self.places.get(table, {}), **other.places.get(table, {})} for table in BY_NAME}
        return Facts({**self.countries, **other.countries}, places)


def parse(file: str, language: str, data: str) -> Facts | PlaceNames:
    """What the text of one file holds.

    Raises:
        LexiconError: the file is not TOML, holds an unknown field or an unreadable term.
    """
    top = Table.parse(file, data)
    if (told := top.text("language")) != language:
        top.refuse(f"language is {told!r} in a file called {file}", "language")
    if language == ALL_LANGUAGES:
        return _facts(top)
    terms: list[tuple[Term, str, str]] = []
    lines: dict[tuple[str, str], int] = {}
    for name in (*OF_COUNTRIES, *BY_NAME):
        table = top.table(name)
        for key in table.names():
            lines[name, key] = table.line(key)
            terms += [(term, name, key) for term in table.terms(key, language)]
    ignored = top.terms("ignored", language)
    readings = tuple(_reading(table, language, lines) for table in top.tables("reading"))
    top.finish()
    return PlaceNames(file, language, tuple(terms), ignored, readings, lines)


def _facts(top: Table) -> Facts:
    countries = top.table("country")
    found = {code: countries.text(code) for code in countries.names()}
    places: dict[str, dict[str, str]] = {}
    for name in BY_NAME:
        table = top.table(name)
        places[name] = {key: "" if (of := table.text(key)) == NOWHERE else of for key in table.names()}
    top.finish()
    return Facts(found, places)


def _reading(table: Table, language: str, lines: dict[tuple[str, str], int]) -> Reading:
    means = table.text("means", default="")
    lines["reading", means] = table.line("means")
    reading = Reading(
        of=table.terms("of", language, required=True),
        means=means,
        before=table.terms("before", language),
        after=table.terms("after", language),
        near=table.terms("near", language),
        unless=table.terms("unless", language),
        words=table.count("words", high=_MOST_WORDS, default=1),
        company=table.flag("company"),
    )
    table.close()
    return reading


def check(facts: Facts, files: Sequence[PlaceNames]) -> None:
    """See that every place that files name is one.

    Raises:
        LexiconError: some are not; names each with file and line.
    """
    problems = [
        Problem(
            f"places/{ALL_LANGUAGES}.toml", 0, f"[{table}]", f"{name} is in {code!r}, which is no country of {ALL_LANGUAGES}.toml"
        )
        for table, places in facts.places.items()
        for name, code in places.items()
        if code and code not in facts.countries
    ]
    for names in files:
        for (table, key), line in names.lines.items():
            if table == "reading":
                if key and facts.table(key) is None:
                    problems.append(
                        Problem(names.file, line, "reading", f"{key!r} is no country or place of {ALL_LANGUAGES}.toml")
                    )
            elif not facts.knows(table, key):
                where = "country" if table in OF_COUNTRIES else table
                problems.append(Problem(names.file, line, f"[{table}]", f"{key!r} is not in [{where}] of {ALL_LANGUAGES}.toml"))
    if problems:
        raise LexiconError(problems)
