"""What stands in Redis and in the dead-letter topic at the end, held against the truth."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from kafka import KafkaConsumer, TopicPartition

from streams import codec
from streams.core.model import AlertKind, Event
from streams.store import keys
from tests.faults.truth import escalation_line, event_line, sitting_line
from tests.faults.wire import BUG

if TYPE_CHECKING:
    import redis

    from streams.settings import Settings
    from tests.faults.ledger import Accepted
from tests.faults.truth import Letter, Outcome

_HEADER = "__streams.errors."
_CHUNK = 1000


@dataclass(frozen=True)
class Audit:
    """What is wrong; everything 0 is the promise kept. `told` are examples, for people.

    `missing` counts events of escalations and sittings that should be there; `doubled` entries with an event id that another
    has, and events that the truth has under no id; `wrong` alerts, events or sittings that say something else than they should;
    `unkept` records that Kafka has not at the place it acknowledged them at; the last three are about dead letters.
    """

    missing: int
    doubled: int
    wrong: int
    unkept: int
    letters_missing: int
    letters_extra: int
    letters_changed: int
    told: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Nothing missing, nothing doubled, nothing wrong, dead letters exact."""
        return not any(self.counts.values())

    @property
    def counts(self) -> dict[str, int]:
        """For the results file."""
        return {name: value for name, value in asdict(self).items() if name != "told"}


def entries(client: redis.Redis) -> list[Event]:
    """The whole alert log."""
    found: list[Event] = []
    start = "-"
    while True:
        some: Any = client.xrange(keys.STREAM, min=start, count=_CHUNK)
        found += [Event(f[b"id"].decode(), f[b"cause"].decode(), codec.decode_alert(f[b"alert"])) for _, f in some]
        if len(some) < _CHUNK:
            return found
        start = "(" + some[-1][0].decode()


def compare_log(client: redis.Redis, truth: Outcome) -> Audit:
    """The alert log against the truth; Kafka is not asked."""
    log = entries(client)
    alerts = {event.alert.id for event in log}
    standing = {name.decode() for name in client.zrange(keys.BY_TIME, 0, -1)}
    current = {}
    for identity in alerts | standing:
        stored: Any = client.hget(keys.alert(identity), "alert")
        if stored is not None:
            current[identity] = codec.decode_alert(stored)
    ids = Counter(event.id for event in log)
    events = {event.id: event_line(event) for event in log if event.alert.kind is AlertKind.ESCALATION}
    escalations = {i: escalation_line(a) for i, a in current.items() if a.kind is AlertKind.ESCALATION}
    sittings = [sitting_line(a) for i, a in current.items() if a.kind is AlertKind.UN_SESSION and i in standing]
    lost = truth.events.keys() - events.keys()
    unseen = truth.sittings - set(sittings)
    repeated = [identity for identity, count in ids.items() if count > 1]
    strange = events.keys() - truth.events.keys()
    surplus = len(sittings) - len(truth.sittings)
    changed = [i for i in truth.events.keys() & events.keys() if truth.events[i] != events[i]]
    differing = [i for i, line in truth.escalations.items() if escalations.get(i) != line]
    told = [
        *(f"missing event {truth.events[i][:160]}" for i in sorted(lost)[:2]),
        *(f"missing sitting {line[:160]}" for line in sorted(unseen)[:2]),
        *(f"event id {i} stands {ids[i]} times" for i in sorted(repeated)[:2]),
        *(f"event not in the truth {events[i][:160]}" for i in sorted(strange)[:2]),
        *(f"event differs: {_difference(truth.events[i], events[i])}" for i in sorted(changed)[:2]),
        *(f"alert differs: {_difference(truth.escalations[i], escalations.get(i, 'nothing'))}" for i in sorted(differing)[:2]),
    ]
    missing, doubled = len(lost) + len(unseen), sum(ids[i] - 1 for i in repeated) + len(strange) + max(0, surplus)
    return Audit(missing, doubled, len(changed) + len(differing), 0, 0, 0, 0, tuple(told))


def _difference(wanted: str, found: str) -> str:
    at = next((n for n, (a, b) in enumerate(zip(wanted, found, strict=False)) if a != b), 0)
    start = max(0, at - 60)
    return f"…{wanted[start : at + 80]}… but …{found[start : at + 80]}…"


def consumed(settings: Settings, topic: str) -> list[Any]:
    """Everything a topic holds."""
    consumer = KafkaConsumer(
        bootstrap_servers=settings.kafka_bootstrap.split(","),
        enable_auto_commit=False,
        max_partition_fetch_bytes=32 * 1024 * 1024,
        fetch_max_bytes=64 * 1024 * 1024,
        metrics_enabled=False,
    )
    try:
        parts = [TopicPartition(topic, number) for number in range(settings.partitions or 0)]
        consumer.assign(parts)
        ends = consumer.end_offsets(parts)
        consumer.seek_to_beginning(*parts)
        found: list[Any] = []
        while any(consumer.position(part) < ends[part] for part in parts):
            for records in consumer.poll(timeout_ms=500).values():
                found += records
        return found
    finally:
        consumer.close()


def compare_topics(settings: Settings, ledger: list[Accepted], log: Audit) -> tuple[Audit, int]:
    """The audit with the topics compared too; answers it and how many dead letters were written more than once."""
    kept = {(r.partition, r.offset): (r.key, r.value) for r in consumed(settings, settings.articles_topic)}
    unkept = sum(kept.get((e.record.partition, e.offset)) != (e.record.key, e.record.value) for e in ledger)
    letters = [(_identity(r), (r.key, r.value)) for r in consumed(settings, settings.dead_letter_topic)]
    # A story's offset is in no ledger, and one that is written again and falls again is the same letter again.
    fallen = {content: i for i, content in letters if i[0] == settings.stories_topic}
    letters = [(fallen[content] if i[0] == settings.stories_topic else i, content) for i, content in letters]
    wanted: dict[Letter, tuple[bytes | None, bytes | None]] = {}
    for e in ledger:
        if e.record.poison:
            content = (e.record.key, e.record.value)
            at = (settings.articles_topic, e.record.partition, e.offset)
            wanted[fallen.get(content, at) if e.record.poison == BUG else at] = content
    found = dict(letters)
    changed = [i for i, content in letters if i in wanted and wanted[i] != content]
    missing, extra = wanted.keys() - found.keys(), found.keys() - wanted.keys()
    told = [*(f"no dead letter of {i}" for i in sorted(missing)[:2]), *(f"dead letter of {i}" for i in sorted(extra)[:2])]
    audit = Audit(log.missing, log.doubled, log.wrong, unkept, len(missing), len(extra), len(changed), (*log.told, *told))
    return audit, len(letters) - len(found)


def _identity(record: Any) -> Letter:
    told = {name: value.decode() for name, value in record.headers if name.startswith(_HEADER)}
    return told[f"{_HEADER}topic"], int(told[f"{_HEADER}partition"]), int(told[f"{_HEADER}offset"])
