"""The body of a webhook: `{type, timestamp, data}`, under 20 kB. Pure.

`data` is the alert as published. Where it is too large its lists are cut from their ends, those a receiver misses least
first, and `truncated` beside `data` names every list that lost something; the whole alert stands at `/v1/alerts/{id}`.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from streams.codec import encode_alert, parse_json, to_json

if TYPE_CHECKING:
    from datetime import datetime

    from streams.core.model import Event

LIMIT = 20_000
"""A body is smaller than this, in bytes."""

_LISTS = (
    ("passages",),
    ("findings",),
    ("sources",),
    ("incident", "facts"),
    ("incident", "history"),
    ("incident", "requested_by"),
    ("places",),
)
_CLIPS = (2000, 500, 100, 20)
"""Lengths in code points that texts are cut to where even emptied lists do not suffice."""


def body(event: Event) -> bytes:
    """The body that tells `event`, the same bytes each time it is asked for."""
    alert = event.alert
    return _fitted({"type": str(alert.type), "timestamp": _timestamp(alert.detected), "data": parse_json(encode_alert(alert))})


def test_body(endpoint: str, now: datetime) -> bytes:
    """The body of a test event: type `endpoint.test`."""
    data = {"endpoint": endpoint, "message": "This is a test of wirewatch: the signature verifies and the endpoint answers."}
    return to_json({"type": "endpoint.test", "timestamp": _timestamp(now), "data": data})


def _timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _fitted(message: dict[str, Any]) -> bytes:
    encoded = to_json(message)
    if len(encoded) < LIMIT:
        return encoded
    message = {**message, "truncated": []}
    for path in _LISTS:
        holder = message["data"]
        for name in path[:-1]:
            holder = holder.get(name) or {}
        if not (items := holder.get(path[-1])):
            continue
        message["truncated"].append("/".join(path))
        encoded = _shortened(message, holder, path[-1], items)
        if len(encoded) < LIMIT:
            return encoded
    for length in _CLIPS:
        encoded = to_json({**message, "data": _clipped(message["data"], length), "truncated": [*message["truncated"], "texts"]})
        if len(encoded) < LIMIT:
            break
    return encoded


def _shortened(message: dict[str, Any], holder: dict[str, Any], name: str, items: list[Any]) -> bytes:
    """Put the longest beginning of `items` that fits under `name`, none where none does, and encode the message."""
    low, high = 0, len(items) - 1
    while low < high:
        middle = (low + high + 1) // 2
        holder[name] = items[:middle]
        if len(to_json(message)) < LIMIT:
            low = middle
        else:
            high = middle - 1
    holder[name] = items[:low]
    return to_json(message)


def _clipped(value: Any, length: int) -> Any:  # noqa: ANN401 - JSON is of any type
    """`value` with every text in it cut to `length` code points."""
    if isinstance(value, str):
        return value if len(value) <= length else value[: length - 1] + "…"
    if isinstance(value, list):
        return [_clipped(item, length) for item in value]
    if isinstance(value, dict):
        return {name: _clipped(item, length) for name, item in value.items()}
    return value
