"""The `detect` agent: runs the detectors over stories and takes what they find into the alert log.

Read, compute, write; when something moved in between, all three again (delivery.md, rule 5).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from streams import codec, metrics
from streams.agents.failpoint import NO_FAILPOINT
from streams.core import alerts
from streams.core.dedup.agency import agency
from streams.core.dedup.fingerprint import content_key
from streams.core.errors import Behind, Rejected, Stale, Unavailable
from streams.core.model import Article, Assessment, Commit, Reported, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from aiokafka.structs import ConsumerRecord

    from streams.agents.dead_letter import DeadLetters
    from streams.agents.transport import Batch
    from streams.core.assess import Assessor
    from streams.core.model import Partition, Snapshot
    from streams.core.ports import AlertLog
    from streams.settings import Settings

STAGE = "detect"
_MOST_MOVES = 8
"""Times a batch is computed anew at once because the log moved; then it waits, as for a Redis that does not answer."""
_TOGETHER = 16
"""Articles judged at once: more are not faster, and each may be a megabyte."""


class _Read(NamedTuple):
    """A record that was read, with the time it was written, and that of its story where it was settled `before`."""

    record: ConsumerRecord[bytes, bytes]
    article: Article
    verdict: Verdict
    stamp: datetime
    before: datetime | None

    def judged(self, assessment: Assessment) -> alerts.Judged:
        # Most articles feed no alert.
        content, credit = (content_key(self.article), agency(self.article)) if alerts.feeds(assessment) else (None, None)
        offset = self.record.offset
        return alerts.Judged(self.article, self.verdict, assessment, content, offset, self.stamp, credit, self.before)


def _read(record: ConsumerRecord[bytes, bytes], *, replayed: bool) -> _Read:
    article, at = codec.decode_record(record.key, record.value), codec.stamp(record.timestamp)
    # Events of what was settled once were told then, hardly later than its story was written; only that time is kept.
    before = (codec.decode_emitted(record.headers) or at) if replayed else None
    return _Read(record, article, codec.decode_verdict(record.headers), at, before)


def _judged(assessor: Assessor, reads: list[_Read]) -> Iterator[alerts.Judged]:
    for start in range(0, len(reads), _TOGETHER):
        some = reads[start : start + _TOGETHER]
        for read, assessment in zip(some, assessor.assess_each([read.article for read in some]), strict=True):
            yield read.judged(assessment)


async def read_for(
    log: AlertLog, partition: Partition, judged: Sequence[alerts.Judged], wanted: AbstractSet[str] = frozenset()
) -> Snapshot:
    """All of the log that a batch may touch, and the alerts `wanted` besides.

    Raises:
        Unavailable: Redis does not answer now.
    """
    names, ids, where = alerts.articles(judged), sorted({*alerts.touching(judged), *wanted}), alerts.lookups(judged)
    snapshot = await log.read(partition, names, ids, where)
    if more := alerts.exposed(snapshot, judged):
        snapshot = await log.read(partition, names, ids, [*where, *more])
    return snapshot


class Detect:
    """Judges one batch of `wire.stories.v1` and writes the alert log."""

    def __init__(
        self,
        settings: Settings,
        assessor: Assessor,
        log: AlertLog,
        dead_letters: DeadLetters,
        *,
        failpoint: Callable[[str, Batch], None] = NO_FAILPOINT,
    ) -> None:
        self._interval = timedelta(seconds=settings.carrier_interval)
        self._late_after = timedelta(seconds=settings.late_after)
        self.assessor = assessor
        """What judges from the next batch on; another may be put in its place at any time."""
        self._log = log
        self._dead_letters = dead_letters
        self._failpoint = failpoint

    async def work(self, batch: Batch) -> None:
        """Settle a batch; safe to call again after `Unavailable`.

        Raises:
            Unavailable: Redis or Kafka does not answer now.
            Behind: what lies between the fence and the batch is to be worked on first.
        """
        self._failpoint("detect.work", batch)
        reads: list[_Read] = []
        rejected: list[tuple[ConsumerRecord[bytes, bytes], Rejected]] = []
        for record in batch.records:
            try:
                reads.append(_read(record, replayed=batch.replayed))
            except Rejected as error:
                rejected.append((record, error))
        judged = list(_judged(self.assessor, reads))  # by one assessor, whatever takes its place meanwhile
        wanted: set[str] = set()
        now = datetime.now(UTC)
        for _ in range(_MOST_MOVES):
            if await self._take_in(batch, judged, wanted, now):
                break
        else:
            raise Unavailable("the alert log moves faster than this batch is judged")
        self._failpoint("detect.written", batch)
        await self._dead_letters.send(batch, rejected, stage=STAGE, now=datetime.now(UTC))

    async def _take_in(self, batch: Batch, judged: list[alerts.Judged], wanted: set[str], now: datetime) -> bool:
        """Apply what is above the fence; False when the log moved meanwhile and all must be computed again.

        What a refused call would have written is `wanted` of the next reading: an id may be taken by an incident that no
        index led to.
        """
        partition = batch.topic_partition
        snapshot = await read_for(self._log, partition, judged, wanted)
        last = batch.end - 1
        if snapshot.fence < batch.start - 1:
            raise Behind(snapshot.fence)
        if snapshot.fence >= last:
            return True  # redelivered: all of it stands in the log
        plan = alerts.apply(snapshot, judged, now=now, carrier_interval=self._interval, late_after=self._late_after)
        commit = Commit(
            partition=partition,
            fence=snapshot.fence,
            last=last,
            states=plan.states,
            current=plan.current,
            applied=plan.applied,
            events=plan.events,
            indexes={name: index.revision for name, index in snapshot.indexes.items()},
            entries=plan.entries,
        )
        try:
            await self._log.write(commit)
        except Stale:
            wanted.update(stored.state.id for stored in plan.states)
            return False
        self._count([item for item in judged if item.offset > snapshot.fence], plan, datetime.now(UTC))
        return True

    def _count(self, fresh: list[alerts.Judged], plan: alerts.Plan, written: datetime) -> None:
        stamps = {item.article.id: item.stamp for item in fresh}
        for event in plan.events:
            alert = event.alert
            metrics.ALERTS.labels(alert.kind, alert.tier, alert.type).inc()
            metrics.PUBLISH_TO_ALERT.observe(max(0.0, (written - stamps[event.cause]).total_seconds()))
        for item in fresh:
            escalation = item.assessment.escalation
            if escalation.value is Reported.REPORT:
                for hit in escalation.hits:
                    metrics.HITS.labels(hit.category, item.assessment.language).inc()
            for session in item.assessment.sessions:
                if session.current:
                    metrics.SESSIONS.labels(session.body, session.status).inc()
