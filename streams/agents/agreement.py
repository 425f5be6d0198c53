"""Whether Redis's fences belong to Kafka's topics; where not, no repair can help and the process ends (exit code 73)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from streams.agents.reader import Reader
    from streams.settings import Settings
    from streams.store.fences import RedisFences

EXIT_DISAGREE = 73
_NO_ID = "00000000-0000-0000-0000-000000000000"
"""What a broker answers that gives topics no ids."""


class DisagreeError(Exception):
    """A fence that no record of Kafka can have made; the message names it and the command that cures it."""


class Agreement:
    """Compares fences and topics.

    Args:
        settings: name the topics.
        reader: tells where partitions end.
        fences: of both stages.
        identities: asks Kafka for the ids of these topics, blocking.
    """

    def __init__(
        self, settings: Settings, reader: Reader, fences: RedisFences, identities: Callable[[Settings], Mapping[str, str]]
    ) -> None:
        self._settings = settings
        self._reader = reader
        self._fences = fences
        self._identities = identities

    async def check(self) -> None:
        """Compare every fence.

        Raises:
            DisagreeError: a fence lies above its partition's end, or the topic is another than it was.
            Unavailable: Kafka or Redis does not answer now.
        """
        identities = await asyncio.to_thread(self._identities, self._settings)
        for topic in (self._settings.articles_topic, self._settings.stories_topic):
            fences = await self._fences.of(topic)  # before the ends, which only grow
            bounds = await self._reader.bounds(topic)
            for number, fence in sorted(fences.items()):
                end = bounds[number].end if number in bounds else 0
                if fence >= end:
                    raise DisagreeError(
                        f"Redis says that {topic}:{number} is dealt with up to offset {fence}, Kafka's ends before {end}: it was "
                        f"made anew, or lost records. To go on with what it holds now: wirewatch fences reset {topic}"
                    )
            current = identities.get(topic, _NO_ID)
            if current != _NO_ID and (known := await self._fences.identity(topic, current)) != current:
                raise DisagreeError(
                    f"{topic} was made anew (its id is {current}, the fences in Redis are of {known}). To go on with what it "
                    f"holds now: wirewatch fences reset {topic}"
                )
