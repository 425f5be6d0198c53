"""What contenders run over: filled topics, and the outcome each of them is held to."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import redis

from streams.codec import decode_alert
from streams.store import keys
from tests.bench import reference
from tests.bench.task import Job, Task
from tests.bench.wire import repeated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.agents.producer import Outgoing
    from streams.core.assess import Assessor
    from streams.settings import Settings
    from tests.bench.wire import Wire, Written


class WrongResult(Exception):  # noqa: N818 - what happened, in the report's words
    """A contender did not do the work, so its time means nothing."""


@dataclass(frozen=True)
class Course:
    """One job over one wire. Every run writes to a stories topic of its own and begins with an empty Redis."""

    job: Job
    wire: Wire
    settings: Settings
    """Topics: the articles', and for `detect` the stories', are filled."""
    records: int
    """Records that arrive at the job's first stage: what articles/s counts."""
    expected: reference.Expected | None

    def task(self, contender: str) -> tuple[Task, Settings]:
        """A run's task, with its own topic and group, and the settings its outcome is read by."""
        settings, name = self.settings, f"run-{secrets.token_hex(4)}"
        if self.job in {Job.DEDUP, Job.BOTH}:
            settings = self.wire.make(**{**_names(settings), "stories_topic": f"{name}.stories"})
        counts = {settings.stories_topic if self.job is Job.DETECT else settings.articles_topic: self.records}
        if self.job is Job.BOTH and self.expected is not None:
            counts[settings.stories_topic] = len(self.expected.stories)
        with redis.Redis.from_url(settings.redis_url.get_secret_value()) as client:
            client.flushall()
        url = settings.redis_url.get_secret_value()
        names = _names(settings)
        return Task(self.job, contender, settings.kafka_bootstrap, url, **names, group=name, counts=counts), settings

    def check(self, settings: Settings) -> None:
        """Hold a finished run to the expected outcome.

        Raises:
            WrongResult: saying how they differ.
        """
        if self.expected is None:
            return
        if self.job in {Job.DEDUP, Job.BOTH}:
            check_stories(self.wire.read(settings.stories_topic), self.expected.verdicts)
        if self.job in {Job.DETECT, Job.BOTH}:
            check_log(settings, self.expected)


def check_stories(found: dict[int, list[Written]], expected: dict[int, list[Written]]) -> None:
    """Hold the stories topic to the expected one: every story once, in order, with its verdict.

    Raises:
        WrongResult: saying where they first differ.
    """
    for partition in sorted(expected.keys() | found.keys()):
        ours, theirs = expected.get(partition, []), found.get(partition, [])
        if ours != theirs:
            at = next((n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs)))
            stands, wanted = ([(key, verdict) for key, _, verdict in log[at : at + 1]] for log in (theirs, ours))
            raise WrongResult(
                f"partition {partition} holds {len(theirs)} stories where {len(ours)} are expected; at offset {at} stands "
                f"{stands}, expected is {wanted}"
            )


def check_log(settings: Settings, expected: reference.Expected) -> None:
    """Hold the alert log in Redis to the expected one: the same events of escalation, each once, and the same alerts.

    Raises:
        WrongResult: saying how they differ.
    """
    with redis.Redis.from_url(settings.redis_url.get_secret_value()) as client:
        entries = [fields for _, fields in client.xrange(keys.STREAM)]
        found = [client.hget(name, "alert") for name in client.scan_iter(f"{keys.ALERT}*", count=1000)]
    ids = [fields[b"id"] for fields in entries]
    if len(ids) != len(set(ids)):
        raise WrongResult(f"the alert log holds {len(ids) - len(set(ids))} events twice")
    events = [fields[b"id"].decode() for fields in entries if fields[b"kind"] == b"escalation"]
    alerts = {reference.standing(decode_alert(alert)) for alert in found if alert is not None}
    if len(events) != len(set(events)) or set(events) != expected.events or alerts != expected.alerts:
        missing, more = expected.events - set(events), set(events) - expected.events
        raise WrongResult(
            f"the alert log holds {len(events)} events of {len(alerts)} alerts; expected are {len(expected.events)} of "
            f"{len(expected.alerts)} ({len(missing)} missing, {len(more)} unknown, {len(events) - len(set(events))} doubled)"
        )


def _names(settings: Settings) -> dict[str, str]:
    return {name: getattr(settings, name) for name in ("articles_topic", "stories_topic", "dead_letter_topic")}


class Ground:
    """Lays courses over prefixes of one wire, working out what must come of each prefix once."""

    def __init__(self, wire: Wire, judge: Assessor, articles: Sequence[Outgoing]) -> None:
        self._wire, self._judge, self._articles = wire, judge, articles
        self._outcomes: dict[tuple[int, bool], reference.Expected] = {}

    def course(self, job: Job, size: int) -> Course:
        """A course over so many records, its topics made and filled. Where transport alone is measured they repeat."""
        name = f"{job}-{size}"
        settings = self._wire.make(articles_topic=f"{name}.articles", stories_topic=f"{name}.stories")
        if job is Job.TRANSPORT:
            self._wire.fill(settings.articles_topic, repeated(self._articles, size))
            return Course(job, self._wire, settings, size, None)
        articles = self._articles[:size]
        expected = self._expected(settings, articles, detect=job is not Job.DEDUP)
        if job is Job.DETECT:
            self._wire.fill(settings.stories_topic, expected.stories)
            return Course(job, self._wire, settings, len(expected.stories), expected)
        self._wire.fill(settings.articles_topic, articles)
        return Course(job, self._wire, settings, len(articles), expected)

    def _expected(self, settings: Settings, articles: Sequence[Outgoing], *, detect: bool) -> reference.Expected:
        wanted = len(articles), detect
        if wanted not in self._outcomes:
            self._outcomes[wanted] = reference.expected(settings, self._judge, articles, detect=detect)
        return self._outcomes[wanted]
