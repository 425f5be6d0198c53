"""The topics of `topics.toml`: made where they are missing, compared where they are there."""

from __future__ import annotations

import contextlib
import time
import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from kafka import KafkaAdminClient, errors
from kafka.admin import ConfigResource, ConfigResourceType

from streams.core.errors import Unavailable
from streams.ingest.canonical import Note, quiet
from streams.ingest.connection import BOOTSTRAP_TIMEOUT, connection, in_words, listening

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streams.settings import Settings


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """What one topic should be like. `configs` are Kafka's own names and values; `replication` -1 is the broker's default."""

    name: str
    partitions: int
    replication: int
    configs: dict[str, str]

    @property
    def retention_ms(self) -> int:
        """Milliseconds, by its own timestamp, that a record is kept."""
        return int(self.configs["retention.ms"])

    @property
    def max_message_bytes(self) -> int:
        """Bytes of the largest batch the topic takes: what producers and fetchers of it must be ready for."""
        return int(self.configs["max.message.bytes"])


def specs(settings: Settings) -> dict[str, TopicSpec]:
    """The articles, stories and dead-letter topics as they should be, by the names that `settings` give them."""
    data = tomllib.loads(resources.files("streams").joinpath("topics.toml").read_text(encoding="utf-8"))
    names = {
        "articles": settings.articles_topic,
        "stories": settings.stories_topic,
        "dead_letters": settings.dead_letter_topic,
    }
    partitions = settings.partitions or data["partitions"]
    return {
        name: TopicSpec(name, partitions, data["replication"], {k: str(v) for k, v in data[section].items()})
        for section, name in names.items()
    }


def ensure(settings: Settings, *, check: bool = False, note: Note = quiet) -> list[str]:
    """Make the topics that are missing (with `check` only look), and say in words what is not as it should be.

    Existing topics are never changed: more partitions or another retention are the operator's decision.

    Raises:
        Unavailable: no broker answers, or it refuses.
    """
    wanted = specs(settings)
    problems: list[str] = []
    with admin(settings) as client:
        found = _partitions(client, wanted)
        missing = {name: spec for name, spec in wanted.items() if name not in found}
        if check:
            problems += (f"{name} does not exist: run `wirewatch topics`" for name in missing)
        elif missing:
            _create(client, missing, note)
            found = _partitions(client, wanted)
            unseen = [name for name in wanted if name not in found]
            problems += (f"{name} was made but cannot be seen yet: run `wirewatch topics --check`" for name in unseen)
        problems += _differences(found, wanted, settings)
        configs = _configs(client, [name for name in found if name not in missing], note)
        for name, actual in configs.items():
            problems += (
                f"{name}: {key} is {actual[key]}, should be {value}: "
                f"kafka-configs.sh --alter --topic {name} --add-config {key}={value}"
                for key, value in wanted[name].configs.items()
                if key in actual and actual[key] != value
            )
    return problems


def exists(settings: Settings, name: str) -> bool:
    """Whether the broker has this topic of ours; asking does not make it.

    Raises:
        Unavailable: no broker answers, or it refuses.
    """
    return name not in missing(settings, timeout=BOOTSTRAP_TIMEOUT)


def missing(settings: Settings, *, timeout: float = 3.0) -> list[str]:
    """Which of our topics the broker does not have; asking does not make them.

    Raises:
        Unavailable: no broker answers within `timeout` seconds, or it refuses.
    """
    with admin(settings, timeout=timeout) as client:
        there = _partitions(client, specs(settings))
    return [name for name in specs(settings) if name not in there]


def identities(settings: Settings) -> dict[str, str]:
    """The id Kafka gave each of our topics when it was made; a topic made anew has another.

    Raises:
        Unavailable: no broker answers, or it refuses.
    """
    with admin(settings, timeout=BOOTSTRAP_TIMEOUT) as client:
        described = client.describe_topics(list(specs(settings)))
    return {t["name"]: str(t["topic_id"]) for t in described if t["error_code"] == 0 and t.get("topic_id")}


def wait_for_broker(settings: Settings, *, timeout: float = 30.0) -> None:
    """Return once a broker answers.

    Raises:
        Unavailable: none did within `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            with admin(settings, timeout=max(0.5, min(5.0, deadline - time.monotonic()))) as client:
                client.list_topics()
        except Unavailable:
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.1)
        else:
            return


@contextlib.contextmanager
def admin(settings: Settings, **timeout: float) -> Iterator[Any]:
    """kafka-python's admin client, closed at the end of the block; its errors come as `Unavailable`."""
    listening(settings, **timeout)
    with in_words(settings):
        client = KafkaAdminClient(**connection(settings, **timeout))
        try:
            yield client
        finally:
            client.close()


def _partitions(admin: Any, wanted: Iterable[str]) -> dict[str, int]:  # noqa: ANN401 - kafka-python has no types
    """How many partitions the topics that exist have."""
    described = admin.describe_topics(list(wanted))
    return {t["name"]: len(t["partitions"]) for t in described if t["error_code"] == 0 and t["partitions"]}


def _create(admin: Any, missing: dict[str, TopicSpec], note: Note) -> None:  # noqa: ANN401 - kafka-python has no types
    new = {
        name: {"num_partitions": spec.partitions, "replication_factor": spec.replication, "configs": spec.configs}
        for name, spec in missing.items()
    }
    with contextlib.suppress(errors.TopicAlreadyExistsError):  # another process was faster
        admin.create_topics(new, timeout_ms=30_000)
    admin.wait_for_topics(list(missing))
    for name, spec in missing.items():
        note(f"made {name} with {spec.partitions} partitions")


def _differences(found: dict[str, int], wanted: dict[str, TopicSpec], settings: Settings) -> Iterator[str]:
    for name, number in found.items():
        if number != wanted[name].partitions:
            cure = f"set WIREWATCH_PARTITIONS={number} if that is meant"
            yield f"{name} has {number} partitions, not {wanted[name].partitions}: {cure}"
    articles, stories = (found.get(name) for name in (settings.articles_topic, settings.stories_topic))
    if articles and stories and articles != stories:
        yield (
            f"{settings.articles_topic} has {articles} partitions and {settings.stories_topic} {stories}: they must have the "
            "same number, for a story keeps its article's partition; make the smaller one anew"
        )


def _configs(admin: Any, names: list[str], note: Note) -> dict[str, dict[str, str]]:  # noqa: ANN401 - kafka-python has no types
    """The topics' settings, where the broker tells them: the embedded one may not."""
    if not names:
        return {}
    resources_of = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    try:
        told = admin.describe_configs(resources_of, config_filter="all").get("topic", {})
    except errors.KafkaError as error:
        note(f"the broker does not tell its topics' settings ({type(error).__name__}): they were not compared")
        return {}
    return {name: {key: str(config["value"]) for key, config in told.get(name, {}).items()} for name in names}
