"""Three strikes: a record that kills the process three times becomes a dead letter (delivery.md, rule 9; ADR 4).

A batch is noted in Redis before it is worked on. One that overlaps what somebody noted and may have died of runs record
by record, each marked by this process while it runs, alone: no other stage of the process is at work then, which might be
what kills it. Ends in order take note and mark back; only deaths leave them.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog

from streams import codec, metrics
from streams.core.errors import Behind, Rejected, Unavailable
from streams.core.model import Noted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from aiokafka.structs import ConsumerRecord

    from streams.agents.dead_letter import DeadLetters
    from streams.agents.transport import Batch
    from streams.core.ports import WorkNotes

log = structlog.get_logger(__name__)

STRIKES = 3
REASON = "three-strikes"


class Turns:
    """Lets the stages of a process work side by side, or one of them alone."""

    def __init__(self) -> None:
        self._changed = asyncio.Condition()
        self._working = self._asking = 0
        self._alone = False

    @contextlib.asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """Work while others may; whoever asks to be alone goes first."""
        async with self._changed:
            await self._changed.wait_for(lambda: not (self._alone or self._asking))
            self._working += 1
        try:
            yield
        finally:
            self._working -= 1
            await self._tell()

    @contextlib.asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Work while nobody else does."""
        self._asking += 1
        try:
            async with self._changed:
                await self._changed.wait_for(lambda: not (self._alone or self._working))
                self._alone = True
        finally:
            self._asking -= 1
            await self._tell()
        try:
            yield
        finally:
            self._alone = False
            await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


class Strikes:
    """Runs a stage's batches so that a death can be laid to a record.

    Args:
        stage: its name.
        worker: names this process among all of the group; the same after a restart.
        notes: what survives a death.
        dead_letters: where a condemned record goes.
        turns: shared by all stages of the process.
    """

    def __init__(self, stage: str, worker: str, notes: WorkNotes, dead_letters: DeadLetters, turns: Turns) -> None:
        self._stage = stage
        self._who = f"{stage} {worker}"
        self._notes = notes
        self._dead_letters = dead_letters
        self._turns = turns
        self._life = secrets.token_hex(8)
        self._begun = False
        self._left: list[Noted] = []  # noted by the process before this one
        self._suspect = False

    async def parts(self, batch: Batch) -> list[Batch]:
        """The batch as it is to be run: whole, or record by record where somebody may have died of it.

        Raises:
            Unavailable: Redis does not answer now.
        """
        if not batch.records:
            return [batch]
        noted = Noted(batch.topic_partition, batch.start, batch.end)
        others = await self._notes.begin(self._who, noted)
        before = others.pop(self._who, None)
        if not self._begun and before is not None:
            self._left.append(before)
        self._begun = True
        suspects = [*self._left, *(found for who, found in others.items() if who.partition(" ")[0] == self._stage)]
        self._suspect = any(_overlap(noted, found) for found in suspects)
        if not self._suspect:
            return [batch]
        metrics.SUSPECT.labels(self._stage).inc()
        log.warning(
            "suspect batch", stage=self._stage, partition=str(noted.partition), offset=batch.start, records=len(batch.records)
        )
        return _singles(batch)

    async def whole(self, batch: Batch, work: Callable[[Batch], Awaitable[None]]) -> None:
        """Let `work` have a batch that nothing is said against."""
        async with self._turns.together():
            await work(batch)

    async def run(self, part: Batch, work: Callable[[Batch], Awaitable[None]]) -> None:
        """Let `work` have one record of a suspect batch, or make it a dead letter; then it has none, and moves the fence.

        Raises:
            Unavailable: and whatever else the stage's work raises.
        """
        name = f"{self._stage}:{part.topic}:{part.partition}:{_offset(part.records[0])}"
        async with self._turns.alone():
            try:
                await self._run(part, name, work)
            except (Unavailable, Behind, asyncio.CancelledError):
                with contextlib.suppress(Unavailable):
                    await self._notes.acquit(name, self._life)
                raise

    async def _run(self, part: Batch, name: str, work: Callable[[Batch], Awaitable[None]]) -> None:
        record = part.records[0]
        deaths = await self._notes.strike(name, self._life)
        if deaths >= STRIKES:
            detail = f"{deaths} processes died of this record in the stage {self._stage}"
            await self._dead_letters.send(
                dataclasses.replace(part, replayed=False),
                [(record, Rejected(REASON, detail))],
                stage=self._stage,
                now=datetime.now(UTC),
                attempts=deaths,
            )
            await work(dataclasses.replace(part, records=[]))  # its marks stay: it may be delivered again
        else:
            await work(part)
            await self._notes.acquit(name)

    def done(self, batch: Batch) -> None:
        """Every part of a batch is dealt with."""
        self._left = [found for found in self._left if found.partition != batch.topic_partition or found.end > batch.end]

    async def leave(self) -> None:
        """The batch begun last ends in order and undone: no death. One that is suspect stays so."""
        if not self._suspect:
            with contextlib.suppress(Unavailable):
                await self._notes.take_back(self._who)


def _offset(record: ConsumerRecord[bytes, bytes]) -> int:
    """What names a record in its partition: of a story its article's offset, for each death may have the story written again."""
    article = codec.decode_offset(record.headers)
    return record.offset if article is None else article


def _overlap(one: Noted, other: Noted) -> bool:
    return one.partition == other.partition and one.start < other.end and other.start < one.end


def _singles(batch: Batch) -> list[Batch]:
    """One batch a record, that cover what the whole one covers."""
    ends = [record.offset + 1 for record in batch.records[:-1]] + [batch.end]
    starts = [batch.start, *ends[:-1]]
    return [
        dataclasses.replace(batch, start=start, end=end, records=[record])
        for start, end, record in zip(starts, ends, batch.records, strict=True)
    ]
