"""Claims and records as bytes: what `claim.lua` reads and `recall.lua` answers."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from streams.core.dedup.policy import Seen, seen
from streams.core.model import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.model import Claim, Partition

REF = 6
"""Bytes of a reference to what is kept of an article: the number of its batch, its place there."""
NO_REF = bytes(REF)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = -1e300
_EVOLVED = 128
_HEAD = struct.Struct("<16s8sIHdBBBI")
_RECORD = struct.Struct("<16sdH")
_REST = struct.Struct("<q16sIHHB")
_EXACT = struct.Struct("<I")
_FACTS_LIMIT = 65_535


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept of one article: `before` names the one it is a version of or (`evolved`) made from; `owners` had its keys."""

    ref: bytes
    seen: Seen
    before: bytes
    evolved: bool
    owners: tuple[bytes, ...]

    @property
    def behind(self) -> set[bytes]:
        """The articles its verdict follows from."""
        return {ref for ref in (self.before, *self.owners) if ref != NO_REF}


def milliseconds(moment: datetime) -> int:
    """Unix time in milliseconds."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def slot_of(at: datetime, window: int) -> tuple[int, int]:
    """The slot of `window` milliseconds a time is in, and its place there in 1/65536 of it."""
    slot, within = divmod(max(milliseconds(at), 0), window)
    return min(slot, 0xFFFFFFFE), within * 65_536 // window


def keys_of(claim: Claim) -> tuple[int, ...]:
    """The keys an article claims: one of its exact text, and those of its sketch; none where it takes an article back."""
    text = claim.fingerprint
    if not claim.usable or not text.exact:
        return ()
    return tuple(dict.fromkeys((*_EXACT.unpack(text.exact[:4]), *text.keys)))[:16]


def _digest(name: str) -> bytes:
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def packed(partition: Partition, claims: Sequence[Claim], window: int) -> bytes:
    """The claims of one call."""
    place = hashlib.blake2b(str(partition).encode(), digest_size=8).digest()
    parts: list[bytes] = []
    for claim in claims:
        text, keys = claim.fingerprint, keys_of(claim)
        coordinates = place + struct.pack("<q", claim.offset)
        article = claim.article.encode("utf-8", "surrogatepass")
        published = _NEVER if claim.published is None else float(milliseconds(claim.published))
        facts = text.facts[:_FACTS_LIMIT]
        record = b"".join(
            (
                _RECORD.pack(coordinates, published, len(article)),
                article,
                _REST.pack(milliseconds(claim.at), text.exact, text.words, len(text.sketch), len(facts), claim.usable),
                text.sketch,
                facts,
            )
        )
        names = (*claim.names, *claim.evolved)
        slot, within = slot_of(claim.at, window)
        sizes = (len(claim.names), len(claim.evolved), len(keys), len(record))
        parts.append(_HEAD.pack(coordinates, _digest(claim.article), slot, within, published, *sizes))
        parts += map(_digest, names)
        parts.append(struct.pack(f"<{len(keys)}I", *keys))
        parts.append(record)
    return b"".join(parts)


def own_ref(answer: bytes) -> bytes:
    """The reference to an article of `claim.lua`'s answer for it."""
    return answer[2 : 2 + REF]


def recorded(ref: bytes, data: bytes) -> Record:
    """A record as `recall.lua` answers it."""
    head = 1 + REF * (1 + data[0] % _EVOLVED)
    _, published, size = _RECORD.unpack_from(data, head)
    at = head + _RECORD.size
    article = data[at : at + size].decode("utf-8", "surrogatepass")
    came, exact, words, sketch, facts, usable = _REST.unpack_from(data, at + size)
    at += size + _REST.size
    text = Fingerprint(exact if any(exact) else b"", data[at : at + sketch], (), data[at + sketch :][:facts], words)
    kept = Seen(
        article=article,
        at=_EPOCH + timedelta(milliseconds=came),
        fingerprint=text,
        published=None if published == _NEVER else _EPOCH + timedelta(milliseconds=published),
        usable=bool(usable),
    )
    return _linked(ref, kept, data[:head])


def own(claim: Claim, answer: bytes) -> Record:
    """The record of a claim just made, from `claim.lua`'s answer for it."""
    return _linked(own_ref(answer), seen(claim), answer[1:2] + answer[2 + REF :])


def _linked(ref: bytes, kept: Seen, links: bytes) -> Record:
    found = [links[low : low + REF] for low in range(1, len(links), REF)]
    return Record(ref, kept, found[0], links[0] >= _EVOLVED, tuple(found[1:]))


def together(parts: Sequence[bytes]) -> bytes:
    """Parts in one string, led by where each begins and the last ends (32 bits each)."""
    ends, at = [], 4 * (len(parts) + 1)
    for part in parts:
        ends.append(at)
        at += len(part)
    return struct.pack(f"<{len(parts) + 1}I", *ends, at) + b"".join(parts)
