"""All fences, with the ids of the topics they belong to: to compare them with Kafka, and to forget them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.store import keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.store.client import Client


class RedisFences:
    """Fences of the alert log and of the seen index."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def of(self, topic: str) -> dict[int, int]:
        """The last offset dealt with of each partition of a topic."""
        found: dict[int, int] = {}
        for name in (keys.FENCES, keys.SEEN_FENCES):
            found |= keys.partitions(topic, await self._client.execute_command("HGETALL", name))
        return found

    async def identity(self, topic: str, current: str) -> str:
        """The id a topic had when its fences were first written; from now on `current` where none was."""
        for name in keys.TOPICS:
            await self._client.execute_command("HSETNX", name, topic, current)
        known = {await self._client.execute_command("HGET", name, topic) for name in keys.TOPICS} - {None}
        return min(known - {current.encode()}, default=current.encode()).decode()

    async def forget(self, topic: str, marks: Mapping[str, int]) -> int:
        """Forget a topic's fences and id; answers how many fences there were.

        Args:
            topic: articles or stories.
            marks: by `topic:partition` of articles, where the stories topic is to be read from when claims are restored.
        """
        for name in keys.TOPICS:
            await self._client.execute_command("HDEL", name, topic)
        partitions = [f"{topic}:{number}" for number in await self.of(topic)]
        for partition in partitions:
            await self._client.execute_command("HDEL", keys.FENCES, partition)
            await self._client.execute_command("HDEL", keys.SEEN_FENCES, partition)
        await self._client.execute_command("DEL", keys.SEEN_MARKS)
        for partition, offset in marks.items():
            await self._client.execute_command("HSET", keys.SEEN_MARKS, partition, offset)
        return len(partitions)
