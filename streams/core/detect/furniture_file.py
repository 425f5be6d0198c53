"""Reading `furniture/<language>.toml`: the phrases pages put around articles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.detect.toml_file import Table
from streams.core.text.fold import fold
from streams.core.text.furniture import GROUPS, Furniture

if TYPE_CHECKING:
    from collections.abc import Mapping


def _phrases(name: str, language: str, data: str) -> dict[str, list[str]]:
    top = Table.parse(name, data)
    if (told := top.text("language")) != language:
        top.refuse(f"language is {told!r} in a file called {name}", "language")
    found = {}
    for group in GROUPS:
        seen: dict[str, str] = {}
        for index, phrase in enumerate(top.phrases(group)):
            key = fold(phrase).text.strip()
            if key in seen:
                top.refuse(f"{group} holds {phrase!r} twice (as {seen[key]!r})", group, index)
            seen[key] = phrase
        found[group] = list(seen.values())
    top.finish()
    return found


def parse(files: Mapping[str, tuple[str, str]]) -> Furniture:
    """The furniture in `{path: (language, text of the file)}`, all languages together.

    Raises:
        LexiconError: a file is not TOML, holds an unknown field, an empty phrase, or a phrase twice in a group.
    """
    merged: dict[str, list[str]] = {group: [] for group in GROUPS}
    for path, (language, data) in sorted(files.items()):
        for group, phrases in _phrases(path, language, data).items():
            merged[group] += phrases
    return Furniture({group: tuple(dict.fromkeys(phrases)) for group, phrases in merged.items()})
