"""The atomic scripts against a set model: whatever is replayed, torn off, raced or rolled back, all ends as if once (rule 6)."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict

import pytest
from articles import article, claim, text
from builders import alert, event, state
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from stores import EXAMPLES, connect

from streams.core.errors import Behind, Stale
from streams.core.model import Commit, Emitted, Partition, SeenStand, Stored
from streams.settings import Settings
from streams.store import keys
from streams.store.alert_log import RedisAlertLog
from streams.store.seen import RedisSeen

PARTITIONS = st.sampled_from([0, 1])
SIZES, BACK = st.integers(1, 6), st.integers(0, 8)


class Machine(RuleBasedStateMachine):
    """A Redis that is put back to what it was, under workers that know only what Kafka has settled."""

    url = ""

    def __init__(self):
        super().__init__()
        self.loop = asyncio.Runner()
        self.settings = Settings()
        self.client = connect(self.settings, self.url)
        self.do(self.client.flushall())
        self.settled = {0: 0, 1: 0}
        self.older = None
        self.build()

    def build(self):
        """Make the store."""

    def do(self, work):
        return self.loop.run(work)

    async def dump(self):
        return {key: await self.client.dump(key) async for key in self.client.scan_iter()}

    async def load(self, dump):
        await self.client.flushall()
        for key, value in dump.items():
            await self.client.restore(key, 0, value)

    @rule()
    def remember(self):
        self.older = self.do(self.dump())

    @precondition(lambda self: self.older is not None)
    @rule()
    def roll_back(self):
        self.do(self.load(self.older))
        self.lost()

    @rule()
    def empty(self):
        self.do(self.client.flushall())
        self.older = None  # a backup from before a total loss is of another history than Kafka's: ADR 4, limits
        self.lost()

    def lost(self):
        """What a worker notices of it at once."""

    def teardown(self):
        try:
            self.do(self.end())
        finally:
            self.do(self.client.aclose())
            self.loop.close()

    async def end(self):
        """Repair and compare with the model."""


class LogMachine(Machine):
    """`write.lua`: offset n of each partition tells alert n % 3 once."""

    def build(self):
        self.log = RedisAlertLog(self.client, self.settings)
        self.held = []

    async def commit(self, partition, start, end):
        """What a worker that read now would write, or None where it has nothing to write."""
        place = Partition("stories", partition)
        snapshot = await self.log.read(place, [], [f"alert-{n}" for n in range(3)])
        if snapshot.fence < start - 1:
            raise Behind(snapshot.fence)
        if snapshot.fence >= end - 1:
            return None
        fresh = range(snapshot.fence + 1, end)
        touched = {f"alert-{offset % 3}" for offset in fresh}
        revisions = {name: snapshot.alerts[name].revision if name in snapshot.alerts else 0 for name in touched}
        return Commit(
            place,
            snapshot.fence,
            end - 1,
            tuple(Stored(state(name), revisions[name]) for name in sorted(touched)),
            {name: alert(name) for name in touched},
            {},
            tuple(event(alert(f"alert-{offset % 3}"), f"{partition}:{offset}") for offset in fresh),
        )

    async def work(self, partition, start, end):
        try:
            commit = await self.commit(partition, start, end)
        except Behind as gap:
            for at in range(gap.fence + 1, start, 4):
                await self.work(partition, at, min(at + 4, start))
            await self.work(partition, start, end)
        else:
            if commit is not None:
                await self.log.write(commit)

    @rule(partition=PARTITIONS, back=BACK, size=SIZES)
    def deliver(self, partition, back, size):
        start = max(0, self.settled[partition] - back)
        self.do(self.work(partition, start, start + size))
        self.settled[partition] = max(self.settled[partition], start + size)

    @rule(partition=PARTITIONS, size=SIZES)
    def read_and_be_stopped(self, partition, size):
        start = self.settled[partition]
        try:
            commit = self.do(self.commit(partition, start, start + size))
        except Behind:
            return
        if commit is not None:
            self.held.append(commit)

    @precondition(lambda self: self.held)
    @rule()
    def go_on_and_write(self):
        commit = self.held.pop()
        try:
            self.do(self.log.write(commit))
        except Stale:
            return
        self.settled[commit.partition.number] = max(self.settled[commit.partition.number], commit.last + 1)

    async def end(self):
        for partition, at in self.settled.items():
            await self.work(partition, at, at)
        causes = Counter(fields[b"cause"].decode() for _, fields in await self.client.xrange(keys.STREAM))
        assert causes == Counter(f"{p}:{offset}" for p, at in self.settled.items() for offset in range(at))
        fences = keys.partitions("stories", await self.client.hgetall(keys.FENCES))
        assert fences == {p: at - 1 for p, at in self.settled.items() if at}


class SeenMachine(Machine):
    """`claim.lua`: copies, versions told twice and dead letters in two partitions; what was emitted keeps its verdict."""

    def build(self):
        self.seen = RedisSeen(self.client, self.settings)
        self.stories = defaultdict(list)  # what Kafka keeps: (offset, article, Emitted)
        self.mark = {}
        self.is_compared = True

    def lost(self):
        self.is_compared = False

    @staticmethod
    def claims(partition, start, end):
        """Every fifth record is a dead letter, every seventh article comes again, and there are four texts in all."""
        return [
            claim(offset, article(f"{partition}-{offset % 7 if offset % 2 else offset}", text(f"text {offset % 4}")))
            for offset in range(start, end)
            if offset % 5 != 4
        ]

    async def compare(self):
        ends = {p: len(self.stories[p]) for p in (0, 1)}
        stands = await self.seen.stands("articles")
        for p in (1, 0):
            stand = stands.get(p, SeenStand(-1, None))
            fence = stand.fence
            for at in range(stand.mark or 0, ends[p], 3):
                emitted = [one for one in self.stories[p][at : min(at + 3, ends[p])] if one.claim.offset > stand.fence]
                last = max([fence, *(one.claim.offset for one in emitted)])
                await self.seen.restore(Partition("articles", p), emitted, first=fence + 1, last=last)
                fence = last
        self.is_compared = True

    async def work(self, partition, start, end):
        if not self.is_compared:
            await self.compare()
        place, claims = Partition("articles", partition), self.claims(partition, start, end)
        try:
            answers = await self.seen.claim(place, claims, first=start, last=end - 1, mark=self.mark.get(partition))
        except Behind:
            await self.compare()
            fence = (await self.seen.stands("articles")).get(partition, SeenStand(-1, None)).fence
            if fence < start - 1:
                await self.seen.restore(place, [], first=fence + 1, last=start - 1)
            return await self.work(partition, start, end)
        return [Emitted(one, answer.verdict) for one, answer in zip(claims, answers, strict=True) if answer.verdict]

    @rule(partition=PARTITIONS, back=BACK, size=SIZES, dies=st.booleans())
    def deliver(self, partition, back, size, dies):
        start = max(0, self.settled[partition] - back)
        emitted = self.do(self.work(partition, start, start + size))
        if dies:
            self.mark.clear()  # another process goes on, and begins where this one did
            return
        if emitted:
            self.mark[partition] = len(self.stories[partition])
            self.stories[partition] += emitted
        self.settled[partition] = max(self.settled[partition], start + size)

    async def end(self):
        for partition, at in self.settled.items():
            await self.work(partition, at, at)
        for partition, at in self.settled.items():
            verdicts = defaultdict(set)
            for one in self.stories[partition]:
                verdicts[one.claim.article].add((one.claim.offset, one.verdict))
            assert verdicts.keys() == {one.article for one in self.claims(partition, 0, at)}, "every article goes on"
            assert all(len(found) == 1 for found in verdicts.values()), "from one place, with one verdict"
            fence = (await self.seen.stands("articles")).get(partition, SeenStand(-1, None)).fence
            assert fence >= at - 1


@pytest.mark.parametrize("machine", [LogMachine, SeenMachine])
def test_whatever_is_lost_comes_again_and_once(machine, redis_server):
    bound = type(machine.__name__, (machine,), {"url": redis_server})
    run_state_machine_as_test(bound, settings=hypothesis_settings(max_examples=EXAMPLES, stateful_step_count=25, deadline=None))
