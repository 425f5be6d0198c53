"""What must come of a ledger: the same stages over the in-memory stores, in one process, partition by partition, undisturbed."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import TYPE_CHECKING, Any

import orjson
from aiokafka.structs import ConsumerRecord

from streams import codec
from streams.agents.dedup import Dedup
from streams.agents.detect import Detect
from streams.agents.transport import Batch
from streams.core.model import AlertKind, Query
from streams.store.memory import MemoryAlertFeed, MemoryAlertLog, MemoryLog
from streams.store.memory_seen import MemorySeen
from tests.faults.ledger import by_partition
from tests.faults.wire import BUG

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streams.agents.producer import Outgoing
    from streams.core.assess import Assessor
    from streams.core.model import Alert, Event
    from streams.settings import Settings
    from tests.faults.ledger import Accepted

_TIMING = ("detected", "late")
"""Fields of an alert that tell when it was found, not what."""
_ORDER = ("id", "sequence", "type")
"""Fields of a sitting that depend on which of its reports came first."""
Letter = tuple[str, int, int]
"""A dead letter's identity: topic, partition, offset."""


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What stands in the alert log and the dead-letter topic at the end, in a form that two runs can be compared by.

    `events` are those of escalations, by id: a sitting's depend on which of its reports came first, and what they come to
    does not. `escalations` are by alert id, retracted ones too; `sittings` are those that stand, without what tells the order.
    """

    events: dict[str, str]
    escalations: dict[str, str]
    sittings: frozenset[str]
    letters: dict[Letter, tuple[bytes | None, bytes | None]]


def plain(alert: Alert) -> dict[str, Any]:
    """An alert as JSON gives it, without what tells when it was found."""
    told: dict[str, Any] = orjson.loads(codec.encode_alert(alert))
    return {name: value for name, value in told.items() if name not in _TIMING}


def event_line(event: Event) -> str:
    """What an event said, for comparing."""
    return f"{event.alert.type} {event.cause} {_line(plain(event.alert))}"


def escalation_line(alert: Alert) -> str:
    """What an escalation says at the end."""
    return _line(plain(alert))


def sitting_line(alert: Alert) -> str:
    """What a sitting says at the end, whichever of its reports came first."""
    told = plain(alert)
    told["incident"] = {**told["incident"], "id": ""}
    return _line({name: value for name, value in told.items() if name not in _ORDER})


def _line(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


class _Nowhere:
    """A producer and a dead-letter topic in a list."""

    def __init__(self) -> None:
        self.records: list[Outgoing] = []
        self.letters: list[ConsumerRecord[bytes, bytes]] = []

    async def send(self, what: Any, records: Iterable[Any], **_: object) -> None:
        if isinstance(what, Batch):
            self.letters += [record for record, _ in records]
        else:
            self.records += records


def _consumed(topic: str, partition: int, offset: int, record: Any) -> ConsumerRecord[bytes, bytes]:
    stamp = record.timestamp if hasattr(record, "timestamp") else record.stamp
    size = len(record.key or b""), len(record.value or b"")
    return ConsumerRecord(topic, partition, offset, stamp, 0, record.key, record.value, None, *size, tuple(record.headers))


def _batches(topic: str, partition: int, records: Sequence[ConsumerRecord[bytes, bytes]], size: int) -> Iterable[Batch]:
    for start in range(0, len(records), size):
        some = records[start : start + size]
        yield Batch(topic, partition, 0, some[0].offset, some[-1].offset + 1, some)


async def _play(settings: Settings, judge: Assessor, ledger: Sequence[Accepted], *, backwards: bool) -> Outcome:
    log, nowhere = MemoryLog(settings.model_copy(update={"log_max_entries": 1_000_000})), _Nowhere()
    dedup = Dedup(settings, MemorySeen(settings), judge.page_furniture, nowhere, nowhere)
    detect = Detect(settings, judge, MemoryAlertLog(log), nowhere)
    for partition, entries in sorted(by_partition(ledger).items(), reverse=backwards):
        read = [e for e in entries if e.record.poison != BUG]
        consumed = [_consumed(settings.articles_topic, partition, e.offset, e.record) for e in read]
        for batch in _batches(settings.articles_topic, partition, consumed, settings.batch):
            await dedup.work(batch)
        stories = [_consumed(settings.stories_topic, partition, n, record) for n, record in enumerate(nowhere.records)]
        for batch in _batches(settings.stories_topic, partition, stories, settings.batch):
            await detect.work(batch)
        nowhere.records = []
    feed = MemoryAlertFeed(log)
    standing = {alert.id: alert for alert in await feed.recent(Query(limit=1000, kind=AlertKind.UN_SESSION))}
    escalations = [kept.alert for kept in log.alerts if kept.alert.kind is AlertKind.ESCALATION]
    return Outcome(
        {e.event.id: event_line(e.event) for e in log.entries if e.event.alert.kind is AlertKind.ESCALATION},
        {alert.id: escalation_line(alert) for alert in escalations},
        frozenset(map(sitting_line, standing.values())),
        {(r.topic, r.partition, r.offset): (r.key, r.value) for r in nowhere.letters},
    )


def truth(settings: Settings, judge: Assessor, ledger: Sequence[Accepted], *, backwards: bool = False) -> Outcome:
    """What must come of this ledger. `backwards` takes the partitions in the other order, which must change nothing."""
    return asyncio.run(_play(settings, judge, ledger, backwards=backwards))
