"""The numbers of `topics.toml` and what they must hold to one another."""

from __future__ import annotations

from streams.codec import ARTICLE_LIMIT
from streams.ingest.topics import specs
from streams.settings import Settings

ROOM = 64 * 1024


def test_each_topic_takes_what_the_one_before_it_takes_and_64_kib_more():
    settings = Settings()
    articles, stories, dead_letters = (
        specs(settings)[name] for name in (settings.articles_topic, settings.stories_topic, settings.dead_letter_topic)
    )
    assert articles.max_message_bytes == ARTICLE_LIMIT + ROOM
    assert stories.max_message_bytes == articles.max_message_bytes + ROOM
    assert dead_letters.max_message_bytes == stories.max_message_bytes + ROOM


def test_a_claim_outlives_the_articles_and_the_stories_outlive_a_claim():
    settings = Settings()
    retention = {name: int(spec.configs["retention.ms"]) / 1000 for name, spec in specs(settings).items()}
    assert retention[settings.articles_topic] < settings.seen_ttl <= retention[settings.stories_topic] < settings.alert_ttl


def test_names_and_partitions_are_settings():
    settings = Settings(articles_topic="a", stories_topic="s", dead_letter_topic="d", partitions=3)
    assert {name: spec.partitions for name, spec in specs(settings).items()} == {"a": 3, "s": 3, "d": 3}
    assert len({spec.partitions for spec in specs(Settings()).values()}) == 1
