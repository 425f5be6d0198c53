"""Places in the alert log as readers name them: `<milliseconds>-<sequence>`, in the order of the log."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streams.core.errors import Rejected

if TYPE_CHECKING:
    from streams.core.model import Bounds

START = "0-0"
"""Before the log's first entry, whichever that is: where `earliest` and an empty log's readers begin."""

_FORM = re.compile(r"([0-9]{1,20})-([0-9]{1,20})")
_LARGEST = 2**64 - 1


def order(stream_id: str) -> tuple[int, int]:
    """A sort key: stream ids are two numbers, so they do not order as text."""
    milliseconds, _, sequence = stream_id.partition("-")
    return int(milliseconds), int(sequence)


def parse(text: str) -> str:
    """A cursor from a reader, in its one canonical form; `earliest` is the start of the log.

    Raises:
        Rejected: `bad-cursor`.
    """
    if text == "earliest":
        return START
    match = _FORM.fullmatch(text)
    numbers = [int(part) for part in match.groups()] if match else []
    if not match or max(numbers) > _LARGEST:
        raise Rejected(
            "bad-cursor",
            "the cursor must be the id of an event of this stream, like 1771761600000-0, or the word earliest; "
            "leave it out to get only what happens from now on",
        )
    return f"{numbers[0]}-{numbers[1]}"


def lost(after: str, bounds: Bounds) -> str | None:
    """Why a reader at `after` cannot simply go on, or None.

    `trimmed`: entries behind it may have gone already. `foreign`: the log ends before it, so it is another log's
    cursor, or this one was restored from an older copy.
    """
    if order(after) > order(bounds.last):
        return "foreign"
    if after != START and order(after) < order(bounds.first):
        return "trimmed"
    return None
