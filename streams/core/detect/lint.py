"""What is wrong with lexicons that can be read: terms that never count, rules and guards that change nothing.

A term is tried on phrases it stands for, written out from its own text, with the matcher of its language: what holds
for the matcher holds for articles. Only `shadowed` knows what the assessment makes of hits: of those that overlap the
weightiest counts.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from streams.core.detect.lexicon import Guard, Lexicon, LexiconError, Lexicons, Rule, read
from streams.core.detect.terms import TermError
from streams.core.detect.toml_file import Problem
from streams.core.detect.toml_lines import Lines
from streams.core.detect.vocabulary import Vocabulary
from streams.core.text.fold import fold
from streams.core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence

    from streams.core.detect.matcher import Match
    from streams.core.detect.terms import Term
    from streams.core.text.document import Searcher

_GROUP = re.compile(r"\(([^()]*\|[^()]*)\)")
_STAR = re.compile(r"\*(?=$|[\s|)])")
_GAP = re.compile(r"(?<=\s)\.\.(?=\s)")
_ANY = "qxqx"
"""A word, and an ending, that no lexicon knows: what is left open in a term stands for this as well as for nothing."""
_MOST_PHRASES = 2000
"""Phrases a term is tried on; of one that stands for more it is not said that it never counts."""
_TOGETHER = 16
"""Phrases searched at once."""


def phrases(text: str) -> Iterator[str]:
    """Phrases that the term written as `text` stands for, folded; every alternative, with what is open empty and filled."""
    pieces = _GROUP.split(text)
    options = [piece.split("|") if number % 2 else [piece] for number, piece in enumerate(pieces)]
    for filled in (True, False):
        for chosen in itertools.product(*options):
            phrase = _GAP.sub(_ANY if filled else "", _STAR.sub(_ANY if filled else "", "".join(chosen)))
            yield " ".join(fold(phrase).text.split())
        if not _GAP.search(text) and not _STAR.search(text):
            return


def _always(text: str, matcher: Searcher[Match], meets: Callable[[int, Sequence[Match]], set[int]]) -> set[int]:
    """The terms that `meets` finds among the matches in every phrase of a term: given are the phrase's length and the matches."""
    common: set[int] | None = None
    rest = itertools.islice(phrases(text), _MOST_PHRASES + 1)
    tried = 0
    while some := list(itertools.islice(rest, _TOGETHER)):
        tried += len(some)
        for phrase, matches in zip(some, matcher.find_each([fold(phrase) for phrase in some]), strict=True):
            found = meets(len(phrase), matches)
            common = found if common is None else common & found
            if not common:
                return set()
    return set() if tried > _MOST_PHRASES else common or set()


def _whole(length: int, matches: Sequence[Match]) -> set[int]:
    return {match.term for match in matches if (match.start, match.end) == (0, length)}


def _within(_: int, matches: Sequence[Match]) -> set[int]:
    return {match.term for match in matches}


class _File:
    """One file of a language being examined."""

    def __init__(self, path: str, data: str) -> None:
        self.path = path
        self.lines = Lines(data)
        self.problems: list[Problem] = []

    def note(self, line: int, place: str, what: str) -> None:
        self.problems.append(Problem(self.path, line, place, what))


def _one_sentence(term: Term) -> bool:
    text = next(phrases(term.text))
    return len(sentences(text)) == 1


class _Rules(_File):
    """A file of rules and guards."""

    def __init__(self, path: str, data: str, lexicon: Lexicon) -> None:
        super().__init__(path, data)
        self._lexicon = lexicon
        self._terms = lexicon.terms
        self._tables: dict[str, tuple[str, int]] = {}
        for number, rule in enumerate(lexicon.rules, 1):
            self._tables[rule.id] = ("rule", number)
        for number, guard in enumerate(lexicon.guards, 1):
            self._tables[guard.id] = ("guard", number)

    def _place(self, owner: Rule | Guard) -> str:
        return f"{self._tables[owner.id][0]} {owner.id}"

    def _line(self, number: int) -> int:
        """The line of term number so many."""
        _, owner, field = self._terms[number]
        key, _, group = field.partition(" ")
        before = sum(map(len, owner.all[: int(group)])) if group and isinstance(owner, Rule) else 0
        first = next(n for n, (_, other, name) in enumerate(self._terms) if other is owner and name == field)
        return self.lines.string(*self._tables[owner.id], key, before + number - first)

    def _refuse(self, number: int, what: str) -> None:
        self.note(self._line(number), self._place(self._terms[number][1]), what)

    def examine(self) -> list[Problem]:
        owners: list[Rule | Guard] = [*self._lexicon.rules, *self._lexicon.guards]
        for owner in owners:
            self._idle(owner)
        for number in range(len(self._terms)):
            self._examine(number)
        return self.problems

    def _idle(self, owner: Rule | Guard) -> None:
        table = self._tables[owner.id]
        if isinstance(owner, Guard):
            if owner.factor == 1 and not owner.nothing:
                self.note(self.lines.key(*table, "factor"), self._place(owner), "factor 1 changes nothing")
        elif owner.weight == 0 and not owner.background:
            self.note(self.lines.key(*table, "weight"), self._place(owner), "with weight 0 no term of it ever counts")
        elif owner.within is not None and not owner.all and not owner.none:
            self.note(self.lines.key(*table, "within"), self._place(owner), "within says nothing without all or none")

    def _examine(self, number: int) -> None:
        term, owner, field = self._terms[number]
        matcher = self._lexicon
        if not _one_sentence(term):
            self._refuse(number, f"{term.text!r} never matches: it spans the end of a sentence")
            return
        same = _always(term.text, matcher, _whole)
        if (covering := self._covering(number, same)) is not None:
            self._refuse(number, covering)
        elif isinstance(owner, Rule) and field != "none":
            within = _always(term.text, matcher, _within)
            nones = [n for n in within if self._terms[n][1:] == (owner, "none")]
            if nones:
                none = self._terms[nones[0]][0].text
                self._refuse(number, f"{term.text!r} never counts: none holds {none!r}, which always stands in it")
            elif field == "any" and (heavier := self._heavier(number, within)) is not None:
                self._refuse(number, heavier)

    def _covering(self, number: int, same: set[int]) -> str | None:
        """What is to be said where another term of the same use matches all this one does."""
        term, owner, field = self._terms[number]
        for other in sorted(same - {number}):
            text, its, its_field = self._terms[other]
            mutual = number in _always(text.text, self._lexicon, _whole)
            if mutual and other > number:
                continue  # told of the later one
            twice = f"{term.text!r} is there already" if mutual else f"{term.text!r} adds nothing"
            if its is owner and its_field == field:
                return f"{twice}: {field.split()[0]} holds {text.text!r} (line {self._line(other)})"
            if field == its_field == "any" and self._shadows(its, owner, mutual=mutual):
                return f"{twice}: {self._place(its)} holds {text.text!r} (line {self._line(other)})"
        return None

    @staticmethod
    def _shadows(other: Rule | Guard, owner: Rule | Guard, *, mutual: bool) -> bool:
        """Whether a hit of the other owner at the same place makes one of this owner pointless."""
        if isinstance(other, Guard) or isinstance(owner, Guard):
            return False
        if other.all or other.none or (other.background and not owner.background):
            return mutual and (other.all, other.none, other.within, other.weight) == (
                owner.all,
                owner.none,
                owner.within,
                owner.weight,
            )
        return other.weight > owner.weight or (other.weight == owner.weight and other.category is owner.category)

    def _heavier(self, number: int, within: set[int]) -> str | None:
        term, owner, _ = self._terms[number]
        for other in sorted(within - {number}):
            text, its, field = self._terms[other]
            if field == "any" and isinstance(its, Rule) and isinstance(owner, Rule) and its is not owner:
                free = not its.all and not its.none and (owner.background or not its.background)
                if free and its.weight > owner.weight:
                    return f"{term.text!r} never counts: {text.text!r} of {self._place(its)} always stands in it and weighs more"
        return None


class _Words(_File):
    """A file of the words of sittings."""

    def __init__(self, path: str, data: str, vocabulary: Vocabulary) -> None:
        super().__init__(path, data)
        self._vocabulary = vocabulary

    def _line(self, number: int) -> int:
        _, group, name = self._vocabulary.terms[number]
        first = next(n for n, (_, *where) in enumerate(self._vocabulary.terms) if where == [group, name])
        return self.lines.string(*((group, 1, name) if name else ("", 1, group)), number - first)

    def examine(self) -> list[Problem]:
        terms = self._vocabulary.terms
        for number, (term, group, name) in enumerate(terms):
            if not _one_sentence(term):
                self.note(self._line(number), group, f"{term.text!r} never matches: it spans the end of a sentence")
                continue
            for other in sorted(_always(term.text, self._vocabulary.matcher, _whole) - {number}):
                text, its, key = terms[other]
                mutual = its == group and number in _always(text.text, self._vocabulary.matcher, _whole)
                if its == group and (mutual or key == name) and not (mutual and other > number):
                    where = f"{key or group} holds {text.text!r} (line {self._line(other)})"
                    what = "is there already" if mutual else "adds nothing"
                    self.note(self._line(number), f"[{group}] {name}" if name else group, f"{term.text!r} {what}: {where}")
                    break
        return self.problems


def lint(files: Mapping[str, str], databases: MutableMapping[str, bytes] | None = None) -> list[Problem]:
    """Every problem of `{path relative to the lexicons' folder: text}`, by file and line; none where all is well.

    `databases` keeps what is compiled on the way, as `Matcher.databases` does.
    """
    problems: list[Problem] = []
    for path, data in sorted(files.items()):
        try:
            found = read(path, data)
        except LexiconError as error:
            problems += error.problems
            continue
        if not isinstance(found, Lexicon | Vocabulary):
            continue  # read, and that is all there is to find wrong in one file by itself
        try:
            for matcher in found.matchers:
                if databases is not None:
                    matcher.databases = databases
                matcher.warm()
        except TermError as error:
            problems.append(Problem(path, 0, "", str(error)))
            continue
        examined = _Rules(path, data, found) if isinstance(found, Lexicon) else _Words(path, data, found)
        problems += examined.examine()
    if not problems:
        try:
            Lexicons.parse(files)
        except LexiconError as error:
            problems += error.problems
    return sorted(problems)
