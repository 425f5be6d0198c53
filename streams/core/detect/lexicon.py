"""Lexicons: what analysts write in `streams/lexicons/*.toml`, parsed and checked. Text comes in from outside."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, reduce
from operator import or_
from typing import TYPE_CHECKING, Self

from streams.core.detect import dates_file, furniture_file, places_file
from streams.core.detect.matcher import Matcher
from streams.core.detect.places import Gazetteer
from streams.core.detect.places_file import Facts, PlaceNames
from streams.core.detect.toml_file import LexiconError, Problem, Table
from streams.core.detect.vocabulary import Vocabulary
from streams.core.model import Category
from streams.core.text.dates import Calendar
from streams.core.text.furniture import Furniture
from streams.core.text.time_words import TimeWords

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping, Sequence
    from collections.abc import Set as AbstractSet

    from streams.core.detect.matcher import Match
    from streams.core.detect.terms import Term
    from streams.core.text.fold import Folded

__all__ = ["Guard", "Lexicon", "LexiconError", "Lexicons", "Problem", "Rule", "Scope", "parse", "read"]

_FILE = re.compile(r"(?P<folder>(?:[\w-]+/)*)(?P<language>[a-z]{2,3})\.toml")
_SESSIONS = "un_session/"
_ID = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_FURNITURE = "furniture/"
_DATES = "dates/"
_PLACES = ("countries/", "places/")


class Scope(StrEnum):
    """Where a guard must stand to touch a hit."""

    BEFORE = "before"
    AFTER = "after"
    NEAR = "near"
    INSIDE = "inside"
    SENTENCE = "sentence"
    PASSAGE = "passage"
    ARTICLE = "article"


@dataclass(frozen=True, slots=True)
class Rule:
    """Terms that stand for one kind of act.

    A term of `any` is a hit where of every group of `all` some term, and no term of `none`, stands in its sentence,
    `within` so many words of it where that is given. `weight` is 0-100. `background` words tell of armed violence, but of no act.
    `vague` words are figures of speech as often: one by itself tells nothing, nor do any where an article has no word at all of
    an `absent` guard of the article.
    """

    id: str
    category: Category
    weight: float
    any: tuple[Term, ...]
    all: tuple[tuple[Term, ...], ...] = ()
    none: tuple[Term, ...] = ()
    within: int | None = None
    background: bool = False
    vague: bool = False


@dataclass(frozen=True, slots=True)
class Guard:
    """Terms that lower a hit: its weight is multiplied by `factor`.

    `words` is how far `before`, `after` and `near` (either side) reach; `inside` is in the gap of a hit ("the army denied
    shelling"); a `passage` guard (the sentence and
    its neighbours) and an `article` guard are in force from `count` places on. What it touches is
    `background` still, or `nothing` at all (sport, a figure of speech). An `absent` guard of a passage is in force
    where none of its terms stands, below headline and lead: news says when. One of an article is in force where fewer
    than `count` places have its terms, in a flash fewer than it has sentences less one, and multiplies once for each that is
    missing: news says who bears arms. A `dated` guard is in force where a year before the article's stands right beside its term:
    "in September 2022" of an article of 2025. It does not reach past a word of `stops`, nor, by its `clause`, past a comma or
    semicolon: "either" on both sides, "behind" where it stands behind the hit.
    """

    id: str
    any: tuple[Term, ...]
    scope: Scope
    factor: float
    words: int
    count: int
    nothing: bool
    absent: bool = False
    dated: bool = False
    stops: tuple[Term, ...] = ()
    clause: str = "none"


class Lexicon:
    """The rules and guards of one language, with the matchers of their terms.

    What makes a hit is searched for first, and what stands against one only where there may be any: most articles have none.
    """

    def __init__(self, language: str, rules: tuple[Rule, ...], guards: tuple[Guard, ...]) -> None:
        self.language = language
        self.rules = rules
        self.guards = guards

    @cached_property
    def _demanded(self) -> list[tuple[Term, Rule, str]]:
        """The terms of which some must stand in a text that has a hit."""
        found = []
        for rule in self.rules:
            found += [(term, rule, "any") for term in rule.any]
            found += [(term, rule, f"all {number}") for number, group in enumerate(rule.all) for term in group]
        return found

    @cached_property
    def terms(self) -> tuple[tuple[Term, Rule | Guard, str], ...]:
        """Every term with what it belongs to and the field it stands in, numbered as the matchers count them."""
        against = [(term, rule, "none") for rule in self.rules for term in rule.none]
        stops = [(term, guard, "stops") for guard in self.guards for term in guard.stops]
        return (*self._demanded, *against, *stops, *((term, guard, "any") for guard in self.guards for term in guard.any))

    @cached_property
    def acts(self) -> Matcher:
        """Finds the terms of `any` and `all`, by their number in `terms`."""
        return Matcher([term for term, _, _ in self._demanded])

    @cached_property
    def context(self) -> Matcher:
        """Finds the terms of `none` and of guards, by their number in `terms`."""
        first = len(self._demanded)
        return Matcher([term for term, _, _ in self.terms[first:]], first)

    @property
    def matchers(self) -> tuple[Matcher, ...]:
        """What finds all terms together."""
        return self.acts, self.context

    def find_each(self, texts: Sequence[Folded]) -> list[list[Match]]:
        """Every term in each of these texts."""
        found = zip(*(matcher.find_each(texts) for matcher in self.matchers), strict=True)
        return [list(itertools.chain.from_iterable(matches)) for matches in found]

    @cached_property
    def of_article(self) -> tuple[Guard, ...]:
        """The guards of the article."""
        return tuple(guard for guard in self.guards if guard.scope is Scope.ARTICLE)

    @cached_property
    def absent(self) -> tuple[Guard, ...]:
        """The guards in force in a passage without their terms."""
        return tuple(guard for guard in self.guards if guard.absent and guard.scope is Scope.PASSAGE)

    @cached_property
    def _needs(self) -> dict[int, tuple[frozenset[int], ...]]:
        """For each term of `any`, by its number, the terms of each group of `all` that must stand beside it."""
        numbers: dict[tuple[str, str], set[int]] = defaultdict(set)
        for number, (_, rule, name) in enumerate(self._demanded):
            numbers[rule.id, name].add(number)
        return {
            number: tuple(frozenset(numbers[rule.id, f"all {group}"]) for group in range(len(rule.all)))
            for number, (_, rule, name) in enumerate(self._demanded)
            if name == "any"
        }

    def may_tell(self, found: AbstractSet[int]) -> bool:
        """Whether a text with these terms, told by their numbers, may have a hit: all that some rule demands is there."""
        needs = self._needs
        return any(not any(group.isdisjoint(found) for group in needs[number]) for number in found if number in needs)


def _rule(table: Table, language: str) -> Rule:
    rule = Rule(
        id=table.text("id"),
        category=Category(table.text("category", among=[c.value for c in Category])),
        weight=table.number("weight", low=0, high=100),
        any=table.terms("any", language, required=True),
        all=table.groups("all", language),
        none=table.terms("none", language),
        within=table.count("within", high=100, default=100) if "within" in table.names() else None,
        background=table.flag("background"),
        vague=table.flag("vague"),
    )
    table.text("same", among=["sentence"], default="sentence")  # today's only scope; the field is there to be read
    table.close()
    return rule


def _guard(table: Table, language: str) -> Guard:
    guard = Guard(
        id=table.text("id"),
        any=table.terms("any", language, required=True),
        scope=Scope(table.text("scope", among=[s.value for s in Scope])),
        factor=table.number("factor", low=0, high=1),
        words=table.count("words", high=100, default=5),
        count=table.count("count", high=100, default=1),
        nothing=table.text("leaves", among=["background", "nothing"], default="background") == "nothing",
        absent=table.flag("absent"),
        dated=table.flag("dated"),
        stops=table.terms("stops", language),
        clause=table.text("clause", among=["none", "behind", "either"], default="none"),
    )
    if guard.absent and guard.scope not in (Scope.PASSAGE, Scope.ARTICLE):
        raise table.error("absent goes with the scopes passage and article only")
    table.close()
    return guard


def parse(name: str, data: str) -> Lexicon:
    """The lexicon in `data`, the text of the file `name`.

    Raises:
        LexiconError: it is not TOML, has no rules, holds an unknown field, an unreadable term or an id twice; with all of these.
    """
    match = _FILE.fullmatch(name)
    if match is None:
        raise LexiconError([Problem(name, 0, "", "a lexicon is called after its language, as ar.toml")])
    top = Table.parse(name, data)
    language = top.text("language")
    if language != match["language"]:
        top.refuse(f"language is {language!r} in a file called {name}", "language")
    # The file's own language tells how terms are read, so that a wrong name is one problem and not hundreds.
    tables = top.tables("rule"), top.tables("guard")
    rules = tuple(_rule(table, language) for table in tables[0])
    guards = tuple(_guard(table, language) for table in tables[1])
    if not rules:
        top.refuse("there is no [[rule]]")
    ids: set[str] = set()
    for table in (*tables[0], *tables[1]):
        identity = table.text("id")
        if identity in ids:
            table.refuse(f"the id {identity} is given twice", "id")
        elif identity and not _ID.fullmatch(identity):
            table.refuse(f"the id {identity!r} must be of a-z, 0-9, _ and -, in parts joined by dots", "id")
        ids.add(identity)
    top.finish()
    return Lexicon(language, rules, guards)


def read(path: str, data: str) -> Lexicon | Vocabulary | Furniture | TimeWords | Facts | PlaceNames:
    """What one file of the lexicons' folder holds; `path` is relative to the folder.

    Raises:
        LexiconError: the file is wrong, or none that a detector reads.
    """
    match = _FILE.fullmatch(path)
    folders = ("", _SESSIONS, _FURNITURE, _DATES, *_PLACES)
    if match is None or match["folder"] not in folders:
        known = ", ".join(f"{folder}<language>.toml" for folder in folders)
        raise LexiconError([Problem(path, 0, "", f"no detector reads this file; lexicons are {known}")])
    folder, language = match["folder"], match["language"]
    if folder == _FURNITURE:
        return furniture_file.parse(path, language, data)
    if folder == _DATES:
        return dates_file.parse(path, language, data)
    if folder in _PLACES:
        return places_file.parse(path, language, data)
    return Vocabulary.parse(path, language, data) if folder else parse(path, data)


@dataclass(frozen=True)
class Lexicons:
    """Everything the detectors know, by language. `version` is the start of the SHA-256 over all files, 16 hex digits."""

    version: str
    escalation: dict[str, Lexicon]
    sessions: dict[str, Vocabulary]
    furniture: Furniture = field(default_factory=Furniture)
    calendar: Calendar = field(default_factory=Calendar)
    gazetteer: Gazetteer = field(default_factory=Gazetteer)

    @classmethod
    def parse(cls, files: Mapping[str, str]) -> Self:
        """Parse `{path relative to the lexicons' folder: text of the file}`.

        Raises:
            LexiconError: files are wrong, a path is none that a detector reads, or there is no file at all; names every problem.
        """
        read_files: list[Lexicon | Vocabulary | Furniture | TimeWords | Facts | PlaceNames] = []
        digest = hashlib.sha256()
        problems: list[Problem] = []
        for path, data in sorted(files.items()):
            try:
                read_files.append(read(path, data))
            except LexiconError as error:
                problems += error.problems
                continue
            for part in (path, data):
                digest.update(f"{len(part)}:{part}".encode("utf-8", "surrogatepass"))
        escalation = {found.language: found for found in read_files if isinstance(found, Lexicon)}
        if not problems and not escalation:
            problems.append(Problem("lexicons", 0, "", "there is no <language>.toml"))
        if problems:
            raise LexiconError(problems)
        facts = reduce(or_, (found for found in read_files if isinstance(found, Facts)), Facts())
        return cls(
            digest.hexdigest()[:16],
            escalation,
            {found.language: found for found in read_files if isinstance(found, Vocabulary)},
            furniture_file.merged([found for found in read_files if isinstance(found, Furniture)]),
            Calendar({found.language: found for found in read_files if isinstance(found, TimeWords)}),
            Gazetteer(facts, [found for found in read_files if isinstance(found, PlaceNames)]),
        )

    def keep(self, databases: MutableMapping[str, bytes]) -> None:
        """Take compiled databases from here and put them there (`Scanner.databases`)."""
        for matcher in self.matchers:
            matcher.databases = databases
        self.furniture.scanner.databases = databases

    def warm(self) -> None:
        """Compile everything now rather than at the first article of each language.

        Raises:
            TermError: a term is too large; it is named.
        """
        for matcher in self.matchers:
            matcher.warm()
        self.furniture.scanner.warm()

    @property
    def matchers(self) -> tuple[Matcher, ...]:
        """Every matcher of every language."""
        words: tuple[Lexicon | Vocabulary, ...] = (*self.escalation.values(), *self.sessions.values())
        return (*itertools.chain.from_iterable(some.matchers for some in words), *self.gazetteer.matchers)
