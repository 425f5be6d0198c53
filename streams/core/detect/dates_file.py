"""Reading `dates/<language>.toml`: the words of dates."""

from __future__ import annotations

from streams.core.detect.toml_file import Table
from streams.core.text.fold import fold
from streams.core.text.time_words import KEYED, LISTS, TimeWords


def parse(name: str, language: str, data: str) -> TimeWords:
    """The words of one language, from the text of its file.

    Raises:
        LexiconError: the file is not TOML, holds an unknown field, an empty phrase, or one phrase in two places.
    """
    top = Table.parse(name, data)
    if (told := top.text("language")) != language:
        top.refuse(f"language is {told!r} in a file called {name}", "language")
    seen: dict[str, str] = {}

    def phrases(table: Table, key: str, place: str) -> list[str]:
        found = table.phrases(key)
        for index, phrase in enumerate(found):
            folded = " ".join(fold(phrase).text.split())
            if folded in seen:
                table.refuse(f"{key} holds {phrase!r}, which stands in {seen[folded]} already", key, index)
            seen[folded] = place
        return found

    words: dict[str, dict[str, list[str]]] = {}
    for group, (_, keys) in KEYED.items():
        table = top.table(group)
        words[group] = {key: phrases(table, key, f"[{group}] {key}") for key in keys}
        table.close()
    for group in LISTS:
        words[group] = {"": phrases(top, group, group)}
    suffixes = tuple(fold(suffix).text for suffix in top.phrases("suffixes"))
    month_first = top.flag("month_first")
    top.finish()
    return TimeWords(language, words, suffixes, month_first)
