"""Server-sent events as bytes (WHATWG HTML, 9.2.5). Pure: exact strings in the tests are its specification.

Only CR, LF and CRLF end a line there; U+2028, U+0085 and the like are text, which `str.splitlines` does not know.
"""

from __future__ import annotations

import re

from streams.core.model import AlertType

RETRY_MS = 3000
PING = "ping"

EVENTS = {AlertType.CREATED: "alert", AlertType.UPDATED: "update", AlertType.RETRACTED: "retract"}
"""The name of an entry's event on the stream (contracts.md, "Feed"); the fourth is `gap`."""

_LINE_END = re.compile(r"\r\n|\r|\n")


def _line(name: str, value: str) -> str:
    """One field of one line. NUL too is refused: a browser ignores an id that holds one."""
    if re.search(r"[\r\n\0]", value):
        raise ValueError(f"{name} must be one line without NUL")
    return f"{name}: {value}\n"


def event(name: str, data: str, *, stream_id: str) -> bytes:
    """One event. Lines of `data` may end in any of the three ways; the reader gets them ended by LF."""
    lines = "".join(f"data: {line}\n" for line in _LINE_END.split(data))
    return f"{_line('id', stream_id)}{_line('event', name)}{lines}\n".encode()


def opening(stream_id: str | None) -> bytes:
    """What a stream begins with: how soon to come back, and from where should nothing happen before that.

    A block without data dispatches no event, yet sets the reader's last event id; None leaves the id it has.
    """
    place = _line("id", stream_id) if stream_id is not None else ""
    return f"{place}retry: {RETRY_MS}\n\n".encode()
