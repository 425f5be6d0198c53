"""Reading lexicon files strictly: every problem is told with its file, line and place, all of a file at once."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from streams.core.detect.terms import Term, TermError
from streams.core.detect.toml_lines import Lines, line_of_error
from streams.core.text.fold import fold

MOST_SPELLINGS = 30_000
"""Alternatives that the terms of one file may stand for: as many compile within about a minute and a gigabyte."""

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong and what would mend it. `line` is 0 where it is no one line; `place` a table such as `rule a`, or empty."""

    file: str
    line: int
    place: str
    what: str

    def __str__(self) -> str:
        """`file:line: place: what`."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.place}: {self.what}" if self.place else f"{where}: {self.what}"


class LexiconError(ValueError):
    """Lexicons that cannot be used: every problem, by file and line. The message is a line for each."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


class Table:
    """A table of a TOML file, read field by field; `close` refuses what nobody has read.

    A wrong field is noted, and a harmless value answered in its place, so that one reading finds all that is wrong;
    `finish`, called on the top table, raises what was noted. Until it has returned, what was read is not to be used.
    """

    def __init__(self, file: str, values: dict[str, Any], lines: Lines, at: tuple[str, int] = ("", 1)) -> None:
        self.file = file
        self.place = ""
        self._values = values
        self._lines = lines
        self._at = at
        self._read: set[str] = set()
        self._problems: list[Problem] = []
        self._spellings = [0]  # of the whole file, as the problems are

    @classmethod
    def parse(cls, file: str, data: str) -> Table:
        """The whole file.

        Raises:
            LexiconError: it is not TOML.
        """
        try:
            return cls(file, tomllib.loads(data), Lines(data))
        except tomllib.TOMLDecodeError as error:
            raise LexiconError([Problem(file, line_of_error(str(error), data), "", f"not TOML: {error}")]) from None

    def _inner(self, values: dict[str, Any], name: str, number: int, place: str) -> Table:
        table = Table(self.file, values, self._lines, (name, number))
        table.place = place
        table._problems, table._spellings = self._problems, self._spellings
        return table

    def refuse(self, what: str, field: str | None = None, index: int | None = None) -> None:
        """Note a problem of this table, of one of its fields, or of one string in a field's value."""
        if field is None or field not in self._values:
            line = self._lines.table(*self._at)
        elif index is None:
            line = self._lines.key(*self._at, field)
        else:
            line = self._lines.string(*self._at, field, index)
        problem = Problem(self.file, line, self.place, what)
        if problem not in self._problems:
            self._problems.append(problem)

    def error(self, what: str, field: str | None = None) -> LexiconError:
        """An error that ends the reading here, with what was noted before."""
        self.refuse(what, field)
        return LexiconError(self._problems)

    def finish(self) -> None:
        """End reading the file.

        Raises:
            LexiconError: something was refused, here or in a table within.
        """
        self.close()
        if self._spellings[0] > MOST_SPELLINGS:
            self.refuse(
                f"the terms stand for {self._spellings[0]:,} spellings, {MOST_SPELLINGS:,} are the most; write fewer alternatives"
            )
        if self._problems:
            raise LexiconError(self._problems)

    def _get(self, name: str, kind: type | tuple[type, ...], what: str, *, default: object, required: bool = False) -> Any:  # noqa: ANN401 - of the kind asked for
        self._read.add(name)
        if name not in self._values:
            if required:
                self.refuse(f"{name} is missing; it must be {what}")
            return default
        value = self._values[name]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.refuse(f"{name} must be {what}, not {value!r}", name)
            return default
        return value

    def text(self, name: str, *, among: Sequence[str] = (), default: str | None = None) -> str:
        """A non-empty string, one of `among` where given; required without a default."""
        instead = default or (among[0] if among else "")
        value: str = self._get(name, str, "a string", default=instead, required=default is None)
        if name in self._values and value is not instead:
            if not value.strip():
                self.refuse(f"{name} is empty", name)
            elif among and value not in among:
                self.refuse(f"{name} must be one of {', '.join(sorted(among))}, not {value!r}", name)
                return instead
        return value

    def number(self, name: str, *, low: float, high: float) -> float:
        """A number from `low` to `high`; required."""
        what = f"a number from {low:g} to {high:g}"
        value = float(self._get(name, (int, float), what, default=low, required=True))
        if not low <= value <= high:
            self.refuse(f"{name} must be from {low:g} to {high:g}, not {value:g}", name)
        return value

    def count(self, name: str, *, high: int, default: int) -> int:
        """A whole number from 1 to `high`."""
        value: int = self._get(name, int, f"a whole number from 1 to {high}", default=default)
        if not 1 <= value <= high:
            self.refuse(f"{name} must be from 1 to {high}, not {value}", name)
        return value

    def flag(self, name: str) -> bool:
        """True or false; false where it is not given."""
        value: bool = self._get(name, bool, "true or false", default=False)
        return value

    def terms(self, name: str, language: str, *, required: bool = False) -> tuple[Term, ...]:
        """A list of terms; the same term twice, however spelt, is an error."""
        values = self._get(name, list, "a list of terms", default=[None], required=required)
        if values == []:
            self.refuse(f"{name} is empty", name)
        return () if values == [None] else self._terms(name, values, language, 0)

    def groups(self, name: str, language: str) -> tuple[tuple[Term, ...], ...]:
        """A list of groups of terms; a string stands for a group of its own."""
        values = self._get(name, list, "a list of terms or of lists of terms", default=[None])
        if values == [None]:
            return ()
        if not all(values or [None]):
            self.refuse(f"{name} is empty or holds an empty group", name)
        found = []
        begin = 0
        for value in values:
            group = value if isinstance(value, list) else [value]
            found.append(self._terms(name, group, language, begin))
            begin += len(group)
        return tuple(found)

    def _terms(self, name: str, values: list[Any], language: str, begin: int) -> tuple[Term, ...]:
        """The terms of one list, whose first is string number `begin` of the field."""
        found: dict[str, Term] = {}
        index = begin
        for value in values:
            if not isinstance(value, str):
                self.refuse(f"{name} must hold strings, not {value!r}", name, index)
                continue
            key = " ".join(fold(value).text.split())
            if key in found:
                self.refuse(f"{name} holds {value!r} twice (as {found[key].text!r})", name, index)
            else:
                try:
                    found[key] = Term(value, language)
                    self._spellings[0] += found[key].spellings
                except TermError as error:
                    self.refuse(f"{name}: {error}", name, index)
            index += 1
        return tuple(found.values())

    def phrases(self, name: str) -> list[str]:
        """A list of strings that fold to something; none where it is not given."""
        values = self._get(name, list, "a list of phrases", default=[])
        found = []
        for index, value in enumerate(values):
            if isinstance(value, str) and fold(value).text.strip():
                found.append(value)
            else:
                self.refuse(f"{name} must hold phrases, not {value!r}", name, index)
        return found

    def tables(self, name: str) -> list[Table]:
        """An array of tables, `[[name]]`, each with its id in its place."""
        values = self._get(name, list, f"tables written [[{name}]]", default=[])
        found = []
        for number, value in enumerate(values, 1):
            if not isinstance(value, dict):
                self.refuse(f"{name} must be tables written [[{name}]]", name)
                break
            found.append(self._inner(value, name, number, f"{name} {value.get('id', f'number {number}')}"))
        return found

    def table(self, name: str) -> Table:
        """A table, `[name]`; empty where it is not given."""
        values = self._get(name, dict, f"a table written [{name}]", default={})
        return self._inner(values, name, 1, f"[{name}]")

    def line(self, field: str) -> int:
        """The line where a field's value begins; that of the table where it is not given."""
        return self._lines.key(*self._at, field)

    def names(self) -> list[str]:
        """The fields there are."""
        return list(self._values)

    def close(self) -> None:
        """Refuse fields that were not read."""
        known = ", ".join(sorted(self._read))
        for name in self._values:
            if name not in self._read:
                self.refuse(f"unknown field {name}; known are {known}", name)
