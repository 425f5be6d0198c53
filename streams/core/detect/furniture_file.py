"""Reading `furniture/<language>.toml`: the phrases pages put around articles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.detect.toml_file import Table
from streams.core.text.fold import fold
from streams.core.text.furniture import GROUPS, Furniture

if TYPE_CHECKING:
    from collections.abc import Sequence


def parse(name: str, language: str, data: str) -> Furniture:
    """The furniture of one language, from the text of its file.

    Raises:
        LexiconError: the file is not TOML, holds an unknown field, an empty phrase, or a phrase twice in a group.
    """
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
        found[group] = tuple(seen.values())
    top.finish()
    return Furniture(found)


def merged(parts: Sequence[Furniture]) -> Furniture:
    """The phrases of all languages together, in the order given, each once a group."""
    together = {group: [phrase for part in parts for phrase in part.phrases[group]] for group in GROUPS}
    return Furniture({group: tuple(dict.fromkeys(phrases)) for group, phrases in together.items()})
