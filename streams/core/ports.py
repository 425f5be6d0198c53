"""What the core needs of the world, as Protocols. Each has a Redis store and an in-memory twin under one contract suite.

Every method raises `Unavailable` after one failed attempt; waiting and trying again is the caller's (delivery.md, rule 7).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from streams.core.model import (
        Alert,
        Attempt,
        Bounds,
        Claim,
        Claimed,
        Commit,
        Delivery,
        Emitted,
        Endpoint,
        Entry,
        Lookup,
        Noted,
        Partition,
        Query,
        SeenSize,
        SeenStand,
        Snapshot,
    )


class SeenIndex(Protocol):
    """Which articles and which texts have been seen (delivery.md, rules 4 and 6)."""

    async def claim(
        self,
        partition: Partition,
        claims: Sequence[Claim],
        *,
        first: int | None = None,
        last: int | None = None,
        mark: int | None = None,
    ) -> list[Claimed]:
        """Claim a partition-batch atomically, in order; answers one `Claimed` a claim.

        The same article version at the same coordinates again is a replay and gets the verdict it got before; at other
        coordinates it is a repeat. The others are judged by `dedup.policy` beside the articles that own one of their
        keys, the first to claim a key owns it, and beside the highest version of the article they are a version of. An article
        opens a story or joins that of the one it is judged by. Times are the records' own; no clock plays a part. The
        stage's fence advances last.

        Args:
            partition: of the articles topic.
            claims: of its records, by offset.
            first: the offset the batch begins at, holes counted in; nothing is asked of the fence where it is left out.
            last: the offset it ends at, which the fence advances to: over dead letters too. The last claim's by default.
            mark: an offset of the stories topic below which nothing of this batch can stand (`SeenStand`).

        Raises:
            Behind: the fence lies below `first` less one, or the connection is a new one: compare first. Nothing was written.
        """
        ...

    async def restore(self, partition: Partition, emitted: Sequence[Emitted], *, first: int, last: int) -> None:
        """Claim what was claimed once, with the verdicts given, atomically; the fence advances to `last`.

        What is claimed already keeps its verdict.

        Raises:
            Behind: as `claim`, but a new connection will do.
        """
        ...

    async def stands(self, topic: str) -> Mapping[int, SeenStand]:
        """How far each partition of a topic is known."""
        ...

    def connection(self) -> int:
        """Names the present connection: another number once it has been made anew."""
        ...

    def compared(self, connection: int) -> None:
        """Let claims use this connection: all partitions have been compared and restored on it."""
        ...

    async def size(self) -> SeenSize:
        """How much the index holds now."""
        ...


class WorkNotes(Protocol):
    """What each worker is at, and which records were begun by processes that did not come back (delivery.md, rule 9)."""

    async def begin(self, who: str, batch: Noted) -> dict[str, Noted]:
        """Note a batch in the place of the one before; answers all notes as they were before, by who noted them."""
        ...

    async def take_back(self, who: str) -> None:
        """Forget what was noted last."""
        ...

    async def strike(self, record: str, life: str) -> int:
        """Mark a record as begun by the process `life`, however often; answers how many others marked it."""
        ...

    async def acquit(self, record: str, life: str | None = None) -> None:
        """Take back the mark of one process, or all marks where none is named."""
        ...

    async def fallen(self, records: Sequence[str], *, now: datetime, window: timedelta) -> int:
        """Note that these fall as dead letters; answers how many did within the window, each counted once, these included."""
        ...


class AlertLog(Protocol):
    """The writing side of the alert log (delivery.md, rule 5)."""

    async def read(
        self, partition: Partition, articles: Sequence[str], alerts: Sequence[str], sittings: Sequence[Lookup] = ()
    ) -> Snapshot:
        """The fence, the applied versions of these `source|uri`, and these alerts with all that the articles feed.

        With them the incidents of the indexes that `sittings` and the articles' own sittings name: those with a report
        within `joining.REACH` or of the date, and those within reach of one of them.
        """
        ...

    async def write(self, commit: Commit) -> None:
        """States, stream entries, indexes and applied versions in one atomic call, the fence last.

        Raises:
            Stale: the fence or a revision has moved since the snapshot; nothing was written.
        """
        ...


class AlertFeed(Protocol):
    """The reading side of the alert log."""

    async def get(self, alert: str) -> Alert | None:
        """The current alert, retracted ones included; None where there never was one."""
        ...

    async def recent(self, query: Query) -> list[Alert]:
        """Current alerts, newest change first, retracted ones left out."""
        ...

    async def tail(self, after: str, *, count: int, block_ms: int | None) -> list[Entry]:
        """Up to `count` entries behind stream id `after`, waiting up to `block_ms` for the first; None does not wait."""
        ...

    async def bounds(self) -> Bounds:
        """Where the log begins and ends now: a cursor before `first` has lost entries to trimming."""
        ...


class Subscribers(Protocol):
    """Webhook endpoints, what each is owed, and what came of it (delivery.md, rule 8)."""

    async def add(self, endpoint: Endpoint) -> None:
        """Add an endpoint, or put this in its place. It is owed the events logged from its first adding on."""
        ...

    async def replace(self, old: Endpoint, new: Endpoint) -> bool:
        """Put `new` in the place of `old`; False, and nothing changed, where `old` is not what stands there now."""
        ...

    async def remove(self, endpoint: str) -> bool:
        """Remove an endpoint and all it is owed; False where there is none."""
        ...

    async def list(self) -> list[Endpoint]:
        """Every endpoint, oldest first."""
        ...

    async def find(self, endpoint: str) -> Endpoint | None:
        """One endpoint, or None."""
        ...

    async def fan_out(self, consumer: str, *, count: int, block_ms: int | None, now: datetime) -> int:
        """Turn new log entries into one delivery per matching enabled endpoint and acknowledge them, in one step each.

        Entries taken by a consumer that died are taken over. Answers how many entries were taken.
        """
        ...

    async def due(self, now: datetime, *, limit: int, lease_ms: int, busy: Mapping[str, int] | None = None) -> Sequence[Delivery]:
        """Take deliveries that are due, hidden from others until `lease_ms` has passed: a dead sender's are taken again.

        At most `limit` an endpoint, less what `busy` says it has in flight, so that no endpoint's backlog stands before
        another's. Disabled endpoints are passed over; what they are owed stays.
        """
        ...

    async def settle(self, delivery: Delivery, attempt: Attempt, *, retry: datetime | None) -> None:
        """Record an attempt; drop the delivery, or put it back for `retry` with `attempt.number` attempts made."""
        ...

    async def schedule(self, delivery: Delivery) -> None:
        """Owe an endpoint this delivery, in the place of one of the same id; nothing where there is no such endpoint."""
        ...

    async def owe_event(self, endpoint: str, event_id: str, now: datetime) -> bool:
        """Owe an endpoint one event of the log again, whatever it asks for; False where the log no longer holds it."""
        ...

    async def owe_since(self, endpoint: str, since: datetime, now: datetime) -> int:
        """Owe an endpoint again every event detected since then that it asks for; answers how many."""
        ...

    async def attempts(self, endpoint: str, *, limit: int) -> Sequence[Attempt]:
        """The latest attempts at an endpoint, newest first; the last 100 are kept."""
        ...

    async def oldest_due(self, now: datetime) -> float:
        """Seconds the longest overdue delivery of an enabled endpoint has waited past its time, 0 where none is overdue."""
        ...
