"""Lexicons on disk: the TOML files analysts edit, and the databases compiled from them, kept by the hash of their patterns."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator, MutableMapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from streams.core.detect.lexicon import LexiconError, Lexicons
from streams.core.detect.lint import lint

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_DIGEST = hashlib.sha256().digest_size


class CompiledDatabases(MutableMapping[str, bytes]):
    """Compiled databases as files of a folder, each behind the SHA-256 of its bytes.

    hyperscan runs what it loads, so a damaged file counts as absent, and a folder that others may write is not used. A
    folder that cannot be written keeps nothing, which costs time only.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _usable(self) -> bool:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            state = self._folder.stat()
        except OSError:
            return False
        return state.st_uid == os.getuid() and not state.st_mode & 0o022

    def __getitem__(self, key: str) -> bytes:
        if not self._usable():
            raise KeyError(key)
        try:
            kept = (self._folder / f"{key}.hsdb").read_bytes()
        except OSError:
            raise KeyError(key) from None
        if hashlib.sha256(kept[_DIGEST:]).digest() != kept[:_DIGEST]:
            raise KeyError(key)
        return kept[_DIGEST:]

    def __setitem__(self, key: str, value: bytes) -> None:
        if not self._usable():
            return
        with contextlib.suppress(OSError):
            # Several processes start at once: each writes its own file, the last rename wins, none reads half a file.
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(hashlib.sha256(value).digest() + value)
            Path(file.name).replace(self._folder / f"{key}.hsdb")

    def __delitem__(self, key: str) -> None:
        try:
            (self._folder / f"{key}.hsdb").unlink()
        except OSError:
            raise KeyError(key) from None

    def __iter__(self) -> Iterator[str]:
        return (path.stem for path in self._folder.glob("*.hsdb"))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def bundled() -> Traversable:
    """The folder of the lexicons that come with the package."""
    return files("streams").joinpath("lexicons")


def read(folder: Traversable | Path, prefix: str = "") -> dict[str, str]:
    """The text of every .toml file of a folder, by its path in it.

    Raises:
        OSError, UnicodeDecodeError: a file cannot be read.
    """
    found: dict[str, str] = {}
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.is_dir():
            found |= read(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".toml"):
            found[f"{prefix}{entry.name}"] = entry.read_text("utf-8")
    return found


def state(folder: Path) -> tuple[tuple[str, int, int, int], ...]:
    """What changes with any file of a folder: paths, times of change, sizes. Cheap; empty where it cannot be told."""
    found = []
    try:
        for path in sorted(folder.rglob("*.toml")):
            stat = path.stat()
            found.append((path.relative_to(folder).as_posix(), stat.st_mtime_ns, stat.st_size, stat.st_ino))
    except OSError:
        return ()
    return tuple(found)


def load(folder: Traversable | Path, *, databases: Path | None, check: bool = False) -> Lexicons:
    """The lexicons of a folder, with their databases kept in another.

    Args:
        folder: the .toml files.
        databases: where compiled databases are kept; nowhere without.
        check: refuse also what can be read but is of no use, as `lexicon lint` does. Takes seconds.

    Raises:
        LexiconError: files are wrong; names every problem.
        OSError, UnicodeDecodeError: a file cannot be read.
    """
    kept = CompiledDatabases(databases) if databases is not None else None
    texts = read(folder)
    if check and (problems := lint(texts, kept)):
        raise LexiconError(problems)
    lexicons = Lexicons.parse(texts)
    if kept is not None:
        lexicons.keep(kept)
    return lexicons
