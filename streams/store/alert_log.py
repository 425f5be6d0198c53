"""The writing side of the alert log in Redis (delivery.md, rule 5): one script call to read, one to write.

Why no event stands in the log twice:

- An entry is written only by the call that moves its partition's fence from the value the batch was computed from to
  the batch's last offset. The same batch sent again finds another fence: `Stale`, nothing written.
- A record delivered again lies at or below the fence; the caller compares `Snapshot.fence` with its offsets and leaves
  it out. An article that dedup emitted twice, at two offsets, is stopped by its applied version. It is no part of the
  revisions because all versions of an article share a partition, hence its fence.
- A reply that got lost is the same case: the call raises `Unavailable` though the batch was applied. The caller reads
  again, finds the fence at the batch's last offset, and has nothing left to do. Should the call still be on its way
  when he reads (a server that hung), the first of the two writes to arrive moves the fence and the other is `Stale`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from streams import codec
from streams.core.errors import Stale
from streams.core.incident.joining import REACH
from streams.core.model import Index, IndexEntry, Snapshot, Stored, Tier
from streams.store import keys
from streams.store.checks import check_commit
from streams.store.script import Script

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.model import Alert, Applied, Commit, Event, Lookup, Partition
    from streams.settings import Settings
    from streams.store.client import Client

MAX_AGE = timedelta(days=30)
"""How long an entry stays in the stream at most (delivery.md, rule 8)."""
_REACH = int(REACH.total_seconds())
_NOWHERE = IndexEntry((), 0, 0, ())
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_READ, _WRITE = Script("read.lua"), Script("write.lua")
_SHARED_KEYS = (keys.FENCES, keys.STREAM, keys.BY_TIME, *(keys.by_tier(tier) for tier in Tier))


def score(moment: datetime) -> int:
    """A time as the indexes sort it: whole microseconds, which a double holds exactly until the year 2255."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


class RedisAlertLog:
    """`AlertLog` in Redis. An alert is kept `settings.alert_ttl` seconds after its last change."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self._alert_lifetime = int(settings.alert_ttl * 1000)
        self._article_lifetime = int(settings.seen_ttl * 1000)
        self._entries = settings.log_max_entries

    async def read(
        self, partition: Partition, articles: Sequence[str], alerts: Sequence[str], sittings: Sequence[Lookup] = ()
    ) -> Snapshot:
        """The snapshot a batch is computed from. Alerts that do not exist are not in it."""
        names: list[bytes | str] = [keys.FENCES, *(keys.applied(article) for article in articles)]
        head: tuple[str | int | bytes, ...] = (str(partition), keys.ALERT, keys.INCIDENTS, _REACH, codec.to_json(sittings))
        fence, applied, found, indexes = await _READ(self._client, names, [*head, *alerts])
        return Snapshot(
            fence=-1 if fence is None else int(fence),
            applied={
                article: codec.decode_applied(value)
                for article, value in zip(articles, applied, strict=True)
                if value is not None
            },
            alerts={
                identity.decode(): Stored(codec.decode_state(state), int(revision))
                for identity, revision, state in zip(found[::3], found[1::3], found[2::3], strict=True)
            },
            indexes={
                name.decode(): Index(int(revision), frozenset(alert.decode() for alert in alerts_in))
                for name, revision, alerts_in in zip(indexes[::3], indexes[1::3], indexes[2::3], strict=True)
            },
        )

    async def write(self, commit: Commit) -> None:
        """Write a batch whole, or raise `Stale` with nothing written.

        Raises:
            ValueError: the commit contradicts itself; nothing was written.
        """
        check_commit(commit)
        names: list[bytes | str] = [
            *_SHARED_KEYS,
            *(keys.alert(stored.state.id) for stored in commit.states),
            *(keys.applied(article) for article in commit.applied),
        ]
        args: list[bytes | str | int] = [
            str(commit.partition),
            commit.fence,
            commit.last,
            self._alert_lifetime,
            self._entries,
            MAX_AGE // timedelta(milliseconds=1),
            keys.ALERT,
            keys.INCIDENTS,
            codec.to_json(commit.indexes),
            len(commit.states),
            len(commit.applied),
            len(commit.events),
        ]
        for stored in commit.states:
            args += _state_args(stored, commit.current[stored.state.id], commit.entries.get(stored.state.id, _NOWHERE))
        for applied in commit.applied.values():
            args += (codec.encode_applied(applied), self._lifetime(applied))
        for event in commit.events:
            args += _event_args(event)
        answer: bytes = await _WRITE(self._client, names, args)
        if answer != b"OK":
            raise Stale(f"{answer.decode()} has moved since it was read")

    def _lifetime(self, applied: Applied) -> int:
        """Longer than the topics keep records; and while it feeds alerts, as long as they may live."""
        return max(self._article_lifetime, self._alert_lifetime if applied.alerts or applied.sittings else 0)


def _state_args(stored: Stored, alert: Alert, entry: IndexEntry) -> tuple[bytes | str | int, ...]:
    incident = alert.incident
    return (
        stored.state.id,
        stored.revision,
        score(alert.detected),
        -1 if stored.state.retracted else alert.tier.rank,
        codec.encode_state(stored.state),
        codec.encode_alert(alert),
        alert.tier,
        alert.kind,
        alert.language,
        codec.to_json(alert.places),
        incident.body if incident else "",
        incident.status if incident else "",
        codec.to_json((entry.first, entry.last, entry.dates, entry.indexes)),
    )


def _event_args(event: Event) -> tuple[bytes | str, ...]:
    alert = event.alert
    return (event.id, event.cause, alert.type, alert.kind, alert.tier, codec.encode_alert(alert))
