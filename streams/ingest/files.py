"""Files, folders, JSONL and standard input as articles, one after another: no more than one article's text is held.

Used by `ingest`, and offline by `check` and `dedup`; knows nothing of Kafka.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from streams import codec
from streams.codec import ARTICLE_LIMIT
from streams.core.errors import Rejected
from streams.ingest.canonical import Note, canonical, from_text, quiet
from streams.ingest.encoding import LEGACY, decoded
from streams.ingest.item import Item, Unreadable, packed, source_name
from streams.ingest.paths import LINES, STDIN, TEXTS, files, unopened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from streams.ingest.generations import Record

LINE_LIMIT = 3 * ARTICLE_LIMIT
"""Bytes of a JSONL line: \\u0627 takes six bytes there and two in the canonical record."""

FILE_LIMIT = 4 * LINE_LIMIT
"""Bytes of a .json file, which is read whole."""

_MARK = b"\xef\xbb\xbf"


def read(
    paths: Sequence[str],
    *,
    source: str = "files",
    note: Note = quiet,
    advance: Callable[[int], None] = lambda _: None,
    stdin: BinaryIO | None = None,
) -> Iterator[Item | Unreadable]:
    """Every article of these files, folders and `-` (JSONL on standard input), in order.

    Args:
        paths: what to read; a folder gives its .txt, .jsonl, .ndjson, .json and .ninjs files, deep, in order of names.
        source: the articles' source name (ingest's own configuration: delivery.md, identity).
        note: told in words of what was left out or odd (`path: …`).
        advance: told of bytes as they are read, for a progress bar.
        stdin: what `-` reads; the process's own standard input by default.

    Raises:
        ValueError: when a source may not be called so; at once, not at the first article.
    """
    reader = _Reader(source_name(source), note, advance)
    return reader.read(paths, stdin or sys.stdin.buffer)


def size(paths: Sequence[str]) -> int | None:
    """Bytes `read` will go through, or None where that cannot be known (standard input)."""
    if STDIN in paths:
        return None
    return sum(path.stat().st_size for name in paths for path in files(name, quiet) if isinstance(path, Path))


class _Reader:
    """One run over some paths."""

    def __init__(self, source: str, note: Note, advance: Callable[[int], None]) -> None:
        self._source = source
        self._note = note
        self._advance = advance

    def read(self, paths: Sequence[str], stdin: BinaryIO) -> Iterator[Item | Unreadable]:
        for name in paths:
            if name == STDIN:
                yield from self._lines(stdin, "stdin")
                continue
            for path in files(name, self._note):
                if isinstance(path, Unreadable):
                    yield path
                    continue
                try:
                    yield from self._file(path)
                except OSError as error:
                    yield unopened(path, error)

    def _file(self, path: Path) -> Iterator[Item | Unreadable]:
        kind = path.suffix.lower()
        with path.open("rb") as file:
            if kind in LINES:
                yield from self._lines(file, str(path))
                return
            limit = ARTICLE_LIMIT if kind in TEXTS else FILE_LIMIT
            data = file.read(limit + 1)
        self._advance(len(data))
        if len(data) > limit:
            remedy = "" if kind in TEXTS else "; as JSONL, an article a line, it may be of any size"
            yield Unreadable(str(path), "too-large", f"more than {limit:,} bytes{remedy}")
        elif kind in TEXTS:
            yield self._item(str(path), partial(_text_record, data, path.stem))
        else:
            yield from self._objects(data, str(path))

    def _lines(self, file: BinaryIO, name: str) -> Iterator[Item | Unreadable]:
        """JSONL: a bad line is named and the rest goes on; a line too long is skipped without being held."""
        number, found = 0, False
        while line := file.readline(LINE_LIMIT + 1):
            number += 1
            self._advance(len(line))
            content = line.removeprefix(_MARK if number == 1 else b"").strip()
            if len(line) > LINE_LIMIT and not line.endswith(b"\n"):
                while (rest := file.readline(ARTICLE_LIMIT)) and not rest.endswith(b"\n"):
                    self._advance(len(rest))
                self._advance(len(rest))
                yield Unreadable(f"{name}:{number}", "too-large", f"a line of more than {LINE_LIMIT:,} bytes")
            elif content:
                yield self._item(f"{name}:{number}", partial(_json_record, content))
            found = found or bool(content)
        if not found:
            yield Unreadable(name, "empty", "there is no article in it")

    def _objects(self, data: bytes, name: str) -> Iterator[Item | Unreadable]:
        """The article of a .json file, or each of its array."""
        try:
            value = codec.parse_json(_text(data, lambda words: self._note(f"{name}: {words}")))
        except Rejected as rejected:
            remedy = "; it looks like JSONL: call it .jsonl" if _looks_like_lines(data) else ""
            yield Unreadable(name, rejected.reason, rejected.detail + remedy)
            return
        if not isinstance(value, list):
            yield self._item(name, partial(canonical, value))
        elif not value:
            yield Unreadable(name, "empty", "the array holds no article")
        else:
            for number, item in enumerate(value):
                yield self._item(f"{name}:[{number}]", partial(canonical, item))

    def _item(self, where: str, record: Callable[[Note], Record]) -> Item | Unreadable:
        try:
            return packed(record(lambda words: self._note(f"{where}: {words}")), source=self._source, where=where)
        except Rejected as rejected:
            return Unreadable(where, rejected.reason, rejected.detail)


def _json_record(content: bytes, note: Note) -> Record:
    return canonical(codec.parse_json(content), note)


def _text_record(data: bytes, stem: str, note: Note) -> Record:
    return from_text(_text(data, note), stem)


def _text(data: bytes, note: Note) -> str:
    if not data.strip():
        raise Rejected("empty", "the file is empty")
    text, encoding = decoded(data)
    if encoding == LEGACY:
        note(f"not UTF-8, read as {LEGACY}")
    return text


def _looks_like_lines(data: bytes) -> bool:
    first, _, rest = data.strip().partition(b"\n")
    try:
        return bool(rest) and isinstance(codec.parse_json(first), dict)
    except Rejected:
        return False
