"""Every key in Redis. Two hash tags (delivery.md), so that on a cluster each script finds all its keys in one slot."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streams.core.model import Tier

# --- the alert log: {ww:log} ----------------------------------------------------------------------------------------

FENCES = "{ww:log}:fences"
"""Hash: `topic:partition` -> last story offset applied."""
STREAM = "{ww:log}:stream"
"""Stream: one entry an event, with the fields `id`, `cause`, `type`, `kind`, `tier`, `alert` (its JSON)."""
BY_TIME = "{ww:log}:time"
"""Sorted set: alert id by the time of its last change (Unix time in microseconds); retracted ones are not in it."""
ALERT = "{ww:log}:alert:"
"""Prefix of a hash an alert: `rev`, `state`, `alert`, `tier`, `kind`, `language`, `places`, `body`, `status`."""
INCIDENTS = "{ww:log}:incidents:"
"""Prefix of a hash a body and place (`UNSC|syria`): `rev`, and alert id -> when it was first and last reported, its dates."""
APPLIED = "{ww:log}:applied:"
"""Prefix of a string a `source|uri`: the highest version applied, the alerts it feeds, where its sittings stand (JSON)."""


def by_tier(tier: Tier) -> str:
    """Sorted set as `BY_TIME`, of one tier's alerts."""
    return f"{{ww:log}}:tier:{tier}"


def alert(identity: str) -> str:
    """The hash of one alert."""
    return ALERT + identity


def applied(article: str) -> bytes:
    """What the log took in of one `source|uri`."""
    return APPLIED.encode() + digest(article)


WORK = "{ww:log}:work"
"""Hash: stage and worker -> the batch it began last, `topic:partition start end`, and when (Unix time in milliseconds)."""
NAME = "{ww:log}:name:"
"""Prefix of a string a `group:worker`: the lease of the process that has the name, which keeps it alive."""
STRIKES = "{ww:log}:strikes:"
"""Prefix of a set a record, `stage:topic:partition:offset`: the processes that began it alone and did not come back."""
LETTERS = "{ww:log}:letters"
"""Sorted set: `stage topic:partition:offset` of each record that became a dead letter of late, by time (Unix milliseconds)."""
TOPICS = ("{ww:log}:topics", "{ww:seen}:topics")
"""Hash: topic -> the id Kafka gave it, beside the fences of the log and those of the seen index."""

# --- the seen index: {ww:seen} --------------------------------------------------------------------------------------

SEEN = "{ww:seen}:3:"
"""Prefix of all of the seen index; `claim.lua` says what stands behind it.

The number is that of the layout: it goes up with every change of what is kept or of how fingerprints are made. What another
layout wrote, fences included, is not there, and expires by itself.
"""
SEEN_FENCES = SEEN + "fences"
"""Hash: `topic:partition` -> last article offset claimed."""
SEEN_MARKS = SEEN + "marks"
"""Hash: `topic:partition` -> offset of the stories topic, behind which all that lies above the fence was emitted."""
SEEN_BATCHES = SEEN + "batches"
"""The number of the last batch claimed."""
SEEN_SLOTS = SEEN + "slots"
"""Set: the slots of time that articles were claimed in, to count what the index holds."""

SEEN_HELD, SEEN_TOTAL, SEEN_DROPPED = SEEN + "held", SEEN + "total", SEEN + "dropped"
"""A list of the batches held, the articles in them, and those that went before their time, to keep the index in bounds."""


def digest(name: str) -> bytes:
    """16 bytes for a name of any length: addresses are long, and of two million keys the names would be the bulk."""
    return hashlib.blake2b(name.encode(), digest_size=16).digest()


# --- webhooks: {ww:log}, because the fan-out reads the stream and writes these in one script ---------------------------

FAN_OUT = "webhooks"
"""Consumer group of `STREAM`. Trimming goes by count and age alone: what it takes before the group read it, webhooks miss."""
ENDPOINTS = "{ww:log}:webhook:endpoints"
"""Hash: endpoint id -> the endpoint (JSON)."""
ENDPOINTS_SINCE = "{ww:log}:webhook:since"
"""Hash: endpoint id -> the last stream id when it was added; it is owed what comes after."""
OWED = "{ww:log}:webhook:owed:"
"""Prefix of a sorted set an endpoint: event id by due time (Unix time in milliseconds)."""
DELIVERY = "{ww:log}:webhook:delivery:"
"""Prefix of a hash a delivery, by its id: `event`, `payload`, `attempt`, `created`."""
ATTEMPTS = "{ww:log}:webhook:attempts:"
"""Prefix of a list an endpoint: its latest attempts (JSON), newest first."""


def partitions(topic: str, flat: dict[bytes, bytes]) -> dict[int, int]:
    """What a hash by `topic:partition` holds of one topic, by the partition's number."""
    prefix = f"{topic}:".encode()
    return {int(name[len(prefix) :]): int(value) for name, value in flat.items() if name.startswith(prefix)}
