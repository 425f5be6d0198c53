"""The files behind the paths a user names."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

from streams.ingest.item import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.ingest.canonical import Note

STDIN = "-"
TEXTS, LINES, OBJECTS = (".txt",), (".jsonl", ".ndjson"), (".json", ".ninjs")
KINDS = (*TEXTS, *LINES, *OBJECTS)


def files(name: str, note: Note) -> Iterator[Path | Unreadable]:
    """The readable kinds of files under `name`, in order of their names; folders are gone into, links followed.

    A folder is read once, even where links lead in circles. What a folder holds beside is told to `note`; what the user
    named himself and cannot be read is `Unreadable`.
    """
    seen: set[tuple[int, int]] = set()
    waiting: list[tuple[Path, bool]] = [(Path(name), True)]
    while waiting:
        here, named = waiting.pop()
        try:
            status = here.stat()
            if stat.S_ISDIR(status.st_mode):
                if (status.st_dev, status.st_ino) in seen:
                    note(f"{here}: left out, this folder has been read already")
                else:
                    seen.add((status.st_dev, status.st_ino))
                    waiting += ((child, False) for child in sorted(here.iterdir(), reverse=True))
                continue
        except OSError as error:
            yield unopened(here, error)
            continue
        problem = "" if here.suffix.lower() in KINDS else f"not one of {', '.join(KINDS)}"
        if not stat.S_ISREG(status.st_mode):
            problem = f"not a regular file; to read from a pipe, use {STDIN}"
        if not problem:
            yield here
        elif named:
            yield Unreadable(str(here), "unknown-kind", problem)
        else:
            note(f"{here}: left out, {problem}")


def unopened(path: Path, error: OSError) -> Unreadable:
    """Why the system would not open it, in its own words."""
    reason = {FileNotFoundError: "not-found", PermissionError: "not-allowed"}.get(type(error), "unreadable")
    return Unreadable(str(path), reason, error.strerror or str(error))
