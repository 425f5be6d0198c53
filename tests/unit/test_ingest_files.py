"""Reading files, folders, JSONL and standard input: everything is an item or named with a reason, and nothing is held whole."""

from __future__ import annotations

import io
import json
import os
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from streams import codec
from streams.ingest import files
from streams.ingest.files import read, size
from streams.ingest.item import Item, Unreadable

if TYPE_CHECKING:
    from pathlib import Path

GOOD = b'{"id": "a", "text": "t"}\n'


def outcome(path, **options):
    return [(str(i.where), i.reason if isinstance(i, Unreadable) else i.article.uri) for i in read([str(path)], **options)]


def write(folder: Path, **contents: bytes) -> Path:
    for name, data in contents.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def test_a_folder_deep_and_in_order_of_names(tmp_path):
    write(tmp_path, b_txt=b"text", a_jsonl=GOOD)
    write(tmp_path, c__d_json=b'{"uri": "u", "headline": "h"}', c__a_ninjs=b'[{"uri": "v", "headline": "h"}]')
    write(tmp_path, z_pdf=b"%PDF", README=b"no")
    notes = []
    found = outcome(tmp_path, note=notes.append)
    assert found == [
        (f"{tmp_path}/a.jsonl:1", "a"),
        (f"{tmp_path}/b.txt", "b"),
        (f"{tmp_path}/c/a.ninjs:[0]", "v"),
        (f"{tmp_path}/c/d.json", "u"),
    ]
    assert len(notes) == 2
    assert all("left out" in note for note in notes)


def test_one_bad_line_is_named_and_the_rest_goes_on(tmp_path):
    good = [b'\xef\xbb\xbf{"id": "a", "text": "t"}', b'{"id": "c", "text": "t"}']
    lines = [good[0], b"", b"{broken", b'{"id": "b", "text": ""}', b"[]", good[1]]
    path = tmp_path / "wire.jsonl"
    path.write_bytes(b"\r\n".join(lines))
    assert outcome(path) == [
        (f"{path}:1", "a"),
        (f"{path}:3", "bad-json"),
        (f"{path}:4", "no-text"),
        (f"{path}:5", "bad-shape"),
        (f"{path}:6", "c"),
    ]


def test_standard_input_is_jsonl():
    found = list(read(["-"], stdin=io.BytesIO(GOOD + b"{\n"), source="radio.one"))
    assert found[0].article.key == "radio.one|a"
    assert found[0].where == "stdin:1"
    assert str(found[1]).startswith("stdin:2: bad-json: not JSON")


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n\t", "empty"),
        ("a.txt", b"\x00\x01\x02", "not-text"),
        ("a.txt", b"\xd0\xff\xd1 \xf3\xf2", "bad-encoding"),
        ("a.jsonl", b"", "empty"),
        ("a.jsonl", b"\n\n", "empty"),
        ("a.json", b"", "empty"),
        ("a.json", b"[]", "empty"),
        ("a.json", b"{", "bad-json"),
        ("a.json", b"5", "bad-shape"),
        ("a.ninjs", b'{"uri": "u"}', "no-text"),
        ("a.html", b"<p>", "unknown-kind"),
        ("a", b"text", "unknown-kind"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, name, data, reason):
    path = tmp_path / name
    path.write_bytes(data)
    assert outcome(path) == [(str(path), reason)]


def test_missing_and_forbidden_and_broken_links(tmp_path):
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    locked = write(tmp_path, locked_txt=b"text") / "locked.txt"
    locked.chmod(0)
    if os.geteuid() != 0:  # root may read everything
        assert outcome(locked) == [(str(locked), "not-allowed")]
    assert outcome(tmp_path / "gone.txt") == [(f"{tmp_path}/gone.txt", "not-found")]
    assert outcome(tmp_path / "missing") == [(f"{tmp_path}/missing", "not-found")]


def test_links_in_circles_end(tmp_path):
    write(tmp_path, sub__a_txt=b"text")
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    notes = []
    assert outcome(tmp_path, note=notes.append) == [(f"{tmp_path}/self", "unreadable"), (f"{tmp_path}/sub/a.txt", "a")]
    assert len(notes) == 1


def test_a_pipe_in_a_folder_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    notes = []
    assert outcome(tmp_path, note=notes.append) == []
    assert "pipe" in notes[0]


def test_legacy_arabic_is_read_and_told(tmp_path):
    path = tmp_path / "old.txt"
    path.write_bytes("قصف المدينة القديمة".encode("windows-1256"))
    notes = []
    (found,) = read([str(path)], note=notes.append)
    assert found.article.body.text == "قصف المدينة القديمة"
    assert notes == [f"{path}: not UTF-8, read as windows-1256"]


def test_jsonl_in_a_json_file_is_explained(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(GOOD * 2)
    (found,) = read([str(path)])
    assert "call it .jsonl" in found.detail


def test_too_large_is_named_and_the_rest_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(codec, "ARTICLE_LIMIT", 400)
    monkeypatch.setattr(files, "ARTICLE_LIMIT", 400)
    monkeypatch.setattr(files, "LINE_LIMIT", 1200)
    monkeypatch.setattr(files, "FILE_LIMIT", 2000)
    long_line = b'{"id": "l", "text": "' + b"x" * 5000 + b'"}\n'
    large = b'{"id": "m", "text": "' + b"x" * 600 + b'"}\n'
    write(tmp_path, a_jsonl=long_line + GOOD + large + GOOD + long_line.strip(), b_txt=b"x" * 401, c_json=b" " * 2001)
    assert outcome(tmp_path) == [
        (f"{tmp_path}/a.jsonl:1", "too-large"),
        (f"{tmp_path}/a.jsonl:2", "a"),
        (f"{tmp_path}/a.jsonl:3", "too-large"),
        (f"{tmp_path}/a.jsonl:4", "a"),
        (f"{tmp_path}/a.jsonl:5", "too-large"),
        (f"{tmp_path}/b.txt", "too-large"),
        (f"{tmp_path}/c.json", "too-large"),
    ]


def test_a_large_wire_streams(tmp_path):
    path = tmp_path / "wire.jsonl"
    line = json.dumps({"id": "a", "text": "x" * 50_000}).encode() + b"\n"
    path.write_bytes(line * 400)  # 20 MB
    tracemalloc.start()
    count = sum(isinstance(i, Item) for i in read([str(path)]))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 400
    assert peak < 2_000_000


def test_progress_adds_up_to_the_size(tmp_path):
    write(tmp_path, a_jsonl=GOOD * 3 + b"bad\n", b_txt=b"text", c_json=b"{}")
    steps = []
    list(read([str(tmp_path)], advance=steps.append))
    assert sum(steps) == size([str(tmp_path)])
    assert size([str(tmp_path), "-"]) is None


def test_the_source_is_ours_never_the_bodys():
    (found,) = read(["-"], source="wire-1", stdin=io.BytesIO(b'{"id": "a", "text": "t", "source": "files|b"}'))
    assert found.article.source == "wire-1"
    assert found.article.outlet == "files|b"
    assert found.key == b"wire-1|a"


@pytest.mark.parametrize("name", ["", "a|b", "a b", "وكالة", "a\n", "x" * 101])
def test_a_source_is_called_plainly(name):
    with pytest.raises(ValueError, match="a source is called by"):
        read([], source=name)


def test_cloudevents_headers():
    line = b'{"id": "a", "text": "t", "version": 4, "published": "2025-03-11T09:00:00+03:00"}'
    (found,) = read(["-"], stdin=io.BytesIO(line))
    assert found.headers == [
        ("ce_specversion", b"1.0"),
        ("ce_id", b"files|a|4"),
        ("ce_source", b"files"),
        ("ce_type", b"wirewatch.article.v1"),
        ("ce_time", b"2025-03-11T09:00:00+03:00"),
        ("content-type", b"application/json"),
    ]
    (timeless,) = read(["-"], stdin=io.BytesIO(GOOD))
    assert "ce_time" not in dict(timeless.headers)


def test_the_five_wires(shared):
    texts = list(read([str(path) for path in sorted((shared / "wires").glob("*.txt"))]))
    lines = list(read([str(shared / "wires" / "articles.jsonl")]))
    assert len(texts) == len(lines) == 5
    for text, line in zip(texts, lines, strict=True):
        assert line.article.uri == f"wire:{text.article.uri}"
        assert text.article.body.text.strip() == line.article.body.text.strip()
