"""What a caller may not ask of the alert log: mistakes of ours, refused before anything is written or read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.core.model import Commit, Query

START = "0-0"
"""Before the first entry of the log."""


def check_commit(commit: Commit) -> None:
    """Refuse a commit that contradicts itself.

    Raises:
        ValueError: saying what is wrong.
    """
    if commit.last <= commit.fence:
        raise ValueError(f"nothing to write: last offset {commit.last} is not above the fence {commit.fence}")
    if any(stored.revision < 0 for stored in commit.states):
        raise ValueError("a revision is 0 or more")
    states = _distinct("alert", (stored.state.id for stored in commit.states))
    _distinct("event", (event.id for event in commit.events))
    if states != commit.current.keys():
        raise ValueError(f"states and current must name the same alerts: {sorted(states ^ commit.current.keys())}")
    if not commit.entries.keys() <= states:
        raise ValueError("an index entry tells of an incident whose state is not in the commit")
    if any(event.alert.id not in states for event in commit.events):
        raise ValueError("an event tells of an alert whose state is not in the commit")


def _distinct(what: str, names: Iterable[str]) -> set[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{what} {name} stands twice in the commit")
        seen.add(name)
    return seen


def check_query(query: Query) -> None:
    """Refuse a limit out of bounds, or a time without its zone.

    Raises:
        ValueError: saying what is wrong.
    """
    if not 1 <= query.limit <= 1000:  # noqa: PLR2004 - the bounds of Query
        raise ValueError("limit must be 1 to 1000")
    if query.since is not None and query.since.tzinfo is None:
        raise ValueError("since needs a zone")


def stream_order(stream_id: str) -> tuple[int, int]:
    """A stream id (`milliseconds-number`) as what it sorts by.

    Raises:
        ValueError: it is none.
    """
    milliseconds, _, number = stream_id.partition("-")
    for part in (milliseconds, number):
        if not (part.isascii() and part.isdigit() and int(part) < 2**64):
            raise ValueError("a place in the log is written milliseconds-number, for example 1700000000000-0")
    return int(milliseconds), int(number)
