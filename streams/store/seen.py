"""The seen index in Redis (delivery.md, rule 4): one script call a partition-batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams import codec
from streams.core.dedup import policy
from streams.store import keys
from streams.store.script import Script

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.model import Claim, Claimed, Partition
    from streams.settings import Settings
    from streams.store.client import Client

_CLAIM = Script("claim.lua")


class RedisSeen:
    """`SeenIndex` in Redis. Claims are kept `settings.seen_ttl` seconds; a text's from its first article on."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self._lifetime = int(settings.seen_ttl * 1000)

    async def claim(self, partition: Partition, claims: Sequence[Claim]) -> list[Claimed]:
        """Claim a partition-batch, in order."""
        if not claims:
            return []
        batch: list[str | bool] = []
        ends: list[bytes] = []
        for claim in claims:
            batch += (str(claim.offset), claim.article, claim.content is not None)
            ends += (keys.digest(claim.article), keys.digest(claim.key), keys.digest(claim.content or ""))
        args = (
            str(partition),
            max(claim.offset for claim in claims),
            self._lifetime,
            keys.SEEN_ARTICLE,
            keys.SEEN_STORY,
            keys.SEEN_CONTENT,
            codec.to_json(batch),
            b"".join(ends),
        )
        answers: list[list[bytes | None] | None] = await _CLAIM(self._client, [keys.SEEN_FENCES], args)
        return [_claimed(claim, answer) for claim, answer in zip(claims, answers, strict=True)]

    async def fence(self, partition: Partition) -> int:
        """The last offset claimed of a partition, -1 for none."""
        fence = await self._client.execute_command("HGET", keys.SEEN_FENCES, str(partition))
        return -1 if fence is None else int(fence)


def _claimed(claim: Claim, answer: list[bytes | None] | None) -> Claimed:
    if answer is None:
        return policy.REPEAT
    story, of = (None if part is None else part.decode() for part in answer)
    return policy.judged(claim, of=of, story=story or claim.article)
