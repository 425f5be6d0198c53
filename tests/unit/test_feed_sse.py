from __future__ import annotations

import asyncio
import re

import pytest
from feed_server import Reader
from hypothesis import given
from hypothesis import strategies as st

from streams.core.model import AlertType
from streams.feed import sse


@pytest.mark.parametrize(
    ("data", "wire"),
    [
        ("x", "data: x\n"),
        ("", "data: \n"),
        (" x", "data:  x\n"),
        ("a\nb", "data: a\ndata: b\n"),
        ("a\rb", "data: a\ndata: b\n"),
        ("a\r\nb", "data: a\ndata: b\n"),
        ("a\n\rb", "data: a\ndata: \ndata: b\n"),
        ("a\n\nid: 9-9\n\nb", "data: a\ndata: \ndata: id: 9-9\ndata: \ndata: b\n"),
        ("a\u2028b\u2029c\x85d\x0be\x0cf\x1cg", "data: a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\n"),
        ("a\0b", "data: a\0b\n"),
        ("\ufeffx", "data: \ufeffx\n"),
        ("مجلس الأمن", "data: مجلس الأمن\n"),
        (": not a comment", "data: : not a comment\n"),
    ],
)
def test_an_event_on_the_wire(data, wire):
    assert sse.event("alert", data, stream_id="5-0").decode() == f"id: 5-0\nevent: alert\n{wire}\n"


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\r\nb", "a\0b", "5-0\n\nevent: alert\ndata: forged"])
def test_an_id_or_name_that_could_forge_a_field_is_refused(value):
    with pytest.raises(ValueError, match="one line without NUL"):
        sse.event("alert", "x", stream_id=value)
    with pytest.raises(ValueError, match="one line without NUL"):
        sse.event(value, "x", stream_id="5-0")


def test_the_opening_sets_the_cursor_without_an_event():
    assert sse.opening("5-0") == b"id: 5-0\nretry: 3000\n\n"
    assert sse.opening(None) == b"retry: 3000\n\n"


def test_every_type_of_alert_event_has_its_name():
    assert {kind: sse.EVENTS[kind] for kind in AlertType} == {
        AlertType.CREATED: "alert",
        AlertType.UPDATED: "update",
        AlertType.RETRACTED: "retract",
    }


async def _lines(wire):
    for line in wire.split(b"\n"):
        yield line + b"\n"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4))
def test_a_reader_gets_each_text_back_with_its_line_ends_as_lf(texts):
    wire = b"".join(sse.event("update", text, stream_id=f"{number}-0") for number, text in enumerate(texts))
    reader = Reader(_lines(wire))

    async def read():
        return await reader.take(len(texts))

    events = asyncio.run(read())
    assert [event.data for event in events] == [re.sub("\r\n|\r", "\n", text) for text in texts]
    assert [event.id for event in events] == [f"{number}-0" for number in range(len(texts))]
