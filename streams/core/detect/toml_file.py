"""Reading lexicon files strictly: every error names the file and the place in it, and nothing unknown is let pass."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from streams.core.detect.terms import Term, TermError
from streams.core.text.fold import fold

if TYPE_CHECKING:
    from collections.abc import Collection


class LexiconError(ValueError):
    """A lexicon that cannot be used. The message is `file: place: what is wrong and what would mend it`."""

    def __init__(self, file: str, place: str, problem: str) -> None:
        super().__init__(f"{file}: {place}: {problem}" if place else f"{file}: {problem}")
        self.file = file
        self.place = place


class Table:
    """A table of a TOML file, read field by field; `close` refuses what nobody has read."""

    def __init__(self, file: str, place: str, values: dict[str, Any]) -> None:
        self.file = file
        self.place = place
        self._values = values
        self._read: set[str] = set()

    @classmethod
    def parse(cls, file: str, data: str) -> Table:
        """The whole file.

        Raises:
            LexiconError: it is not TOML.
        """
        try:
            return cls(file, "", tomllib.loads(data))
        except tomllib.TOMLDecodeError as error:
            raise LexiconError(file, "", f"not TOML: {error}") from None

    def error(self, problem: str) -> LexiconError:
        """An error at this table."""
        return LexiconError(self.file, self.place, problem)

    def _get(self, name: str, kind: type | tuple[type, ...], what: str, *, default: object = ...) -> Any:  # noqa: ANN401 - of the kind asked for
        self._read.add(name)
        if name not in self._values:
            if default is ...:
                raise self.error(f"{name} is missing; it must be {what}")
            return default
        value = self._values[name]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.error(f"{name} must be {what}, not {value!r}")
        return value

    def text(self, name: str, *, among: Collection[str] = (), default: object = ...) -> Any:  # noqa: ANN401 - a string, or the default
        """A non-empty string, one of `among` where given."""
        value = self._get(name, str, "a string", default=default)
        if isinstance(value, str) and name in self._values:
            if not value.strip():
                raise self.error(f"{name} is empty")
            if among and value not in among:
                raise self.error(f"{name} must be one of {', '.join(sorted(among))}, not {value!r}")
        return value

    def number(self, name: str, *, low: float, high: float, default: object = ...) -> float:
        """A number from `low` to `high`."""
        value = float(self._get(name, (int, float), f"a number from {low:g} to {high:g}", default=default))
        if not low <= value <= high:
            raise self.error(f"{name} must be from {low:g} to {high:g}, not {value:g}")
        return value

    def count(self, name: str, *, high: int, default: int) -> int:
        """A whole number from 1 to `high`."""
        value: int = self._get(name, int, f"a whole number from 1 to {high}", default=default)
        if not 1 <= value <= high:
            raise self.error(f"{name} must be from 1 to {high}, not {value}")
        return value

    def flag(self, name: str) -> bool:
        """True or false; false where it is not given."""
        value: bool = self._get(name, bool, "true or false", default=False)
        return value

    def terms(self, name: str, language: str, *, required: bool = False) -> tuple[Term, ...]:
        """A list of terms; the same term twice, however spelt, is an error."""
        values = self._get(name, list, "a list of terms", **({} if required else {"default": []}))
        if name in self._values and not values:
            raise self.error(f"{name} is empty")
        return self._terms(name, values, language)

    def groups(self, name: str, language: str) -> tuple[tuple[Term, ...], ...]:
        """A list of groups of terms; a string stands for a group of its own."""
        values = self._get(name, list, "a list of terms or of lists of terms", default=[])
        if name in self._values and not all(values or [None]):
            raise self.error(f"{name} is empty or holds an empty group")
        return tuple(self._terms(name, value if isinstance(value, list) else [value], language) for value in values)

    def _terms(self, name: str, values: list[Any], language: str) -> tuple[Term, ...]:
        found: dict[str, Term] = {}
        for value in values:
            if not isinstance(value, str):
                raise self.error(f"{name} must hold strings, not {value!r}")
            key = fold(value).text
            if key in found:
                raise self.error(f"{name} holds {value!r} twice (as {found[key].text!r})")
            try:
                found[key] = Term(value, language)
            except TermError as error:
                raise self.error(f"{name}: {error}") from None
        return tuple(found.values())

    def phrases(self, name: str) -> list[str]:
        """A list of non-empty strings; none where it is not given."""
        values: list[str] = self._get(name, list, "a list of phrases", default=[])
        if not all(isinstance(value, str) and fold(value).text.strip() for value in values):
            raise self.error(f"{name} must hold phrases")
        return values

    def tables(self, name: str) -> list[Table]:
        """An array of tables, `[[name]]`, each with its id in its place."""
        values = self._get(name, list, f"tables written [[{name}]]", default=[])
        found = []
        for number, value in enumerate(values, 1):
            if not isinstance(value, dict):
                raise self.error(f"{name} must be tables written [[{name}]]")
            found.append(Table(self.file, f"{name} {value.get('id', f'number {number}')}", value))
        return found

    def table(self, name: str) -> Table:
        """A table, `[name]`; empty where it is not given."""
        return Table(self.file, f"[{name}]", self._get(name, dict, f"a table written [{name}]", default={}))

    def names(self) -> list[str]:
        """The fields there are."""
        return list(self._values)

    def close(self) -> None:
        """Refuse fields that were not read.

        Raises:
            LexiconError: there are some.
        """
        unknown = sorted(set(self._values) - self._read)
        if unknown:
            raise self.error(f"unknown field {', '.join(unknown)}; known are {', '.join(sorted(self._read))}")
