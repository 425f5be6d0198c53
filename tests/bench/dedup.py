"""Telling copies from news: fingerprint and claim on a stream with copies in it, beside datasketch's MinHashLSH; and its memory.

`make bench-dedup`. Both read the same articles in the same run and on the same core; the copies are ours to know, so what
each finds of them is counted too. Ours claims in batches of 128 against a real Redis, whose own processor time is told
beside the worker's; datasketch keeps its index in the process's memory, and answers candidates only, without verdicts.
"""

# ruff: noqa: T201 - a command that prints its figures
from __future__ import annotations

import argparse
import asyncio
import gc
import os
import random
import re
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING

from pydantic import SecretStr

from streams import embedded
from streams.core.dedup import versions
from streams.core.dedup.fingerprint import fingerprints
from streams.core.dedup.policy import COPIES
from streams.core.model import Article, Field, Partition
from streams.core.text.fold import fold
from streams.settings import Settings
from streams.store import keys
from streams.store.client import connect
from streams.store.seen import RedisSeen
from tests.bench.machine import described

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.text.furniture import Furniture
    from streams.store.client import Client

_BATCH, _THRESHOLD, _PERMUTATIONS, _SHINGLE = 128, 0.5, 128, 3
_COPIES, _WORDS, _VOCABULARY = 1 / 3, (120, 400), 20_000
_PARTITION, _START = Partition("wire.articles.v1", 0), datetime(2026, 1, 5, 6, tzinfo=UTC)
_LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"


@dataclass(frozen=True)
class Told:
    """One article of the stream and the one it was copied from, if any."""

    article: Article
    of: int | None


def stream(count: int, seed: int) -> list[Told]:
    """Arabic articles of made words, used as often as words are (Zipf); a third are copies, trimmed, edited or re-headed."""
    chance = random.Random(seed)  # noqa: S311 - guards nothing
    words = ["".join(chance.choices(_LETTERS, k=chance.randint(2, 7))) for _ in range(_VOCABULARY)]
    weights = [1 / (rank + 10) for rank in range(_VOCABULARY)]
    bodies: list[list[str]] = []
    told: list[Told] = []
    for number in range(count):
        of = chance.randrange(max(0, number - 3000), number) if number and chance.random() < _COPIES else None
        body = _copy(chance, bodies[of], words) if of is not None else chance.choices(words, weights, k=chance.randint(*_WORDS))
        bodies.append(body)
        title = " ".join(chance.choices(words, weights, k=8))
        lines = [" ".join(body[at : at + 14]) + "." for at in range(0, len(body), 14)]
        fields = Field("/headlines/0/value", title), Field("/bodies/0/value", "\n".join(lines))
        told.append(Told(Article("bench", f"urn:{number}", "1", _START, "ar", *fields), of))
    return told


def _copy(chance: random.Random, body: list[str], words: Sequence[str]) -> list[str]:
    kind = chance.randrange(3)
    if kind == 0:
        return body[: max(40, int(len(body) * chance.uniform(0.5, 0.9)))]
    if kind == 1:
        return [chance.choice(words) if chance.random() < 0.02 else word for word in body]
    return list(body)


@dataclass
class Figures:
    """What one contender did."""

    name: str
    wall: float
    cpu: float
    server: float
    found: int
    wrong: int
    notes: str = ""

    def rate(self, count: int) -> float:
        """Articles a second of the worker's core."""
        return count / self.cpu


async def ours(client: Client, settings: Settings, told: Sequence[Told], furniture: Furniture) -> Figures:
    """Fingerprints and claims, as the dedup agent makes them."""
    seen = RedisSeen(client, settings)
    articles = [one.article for one in told]
    verdicts = []
    before = await _server_cpu(client)
    shared = 0.0
    wall, cpu = time.perf_counter(), time.process_time()
    for start in range(0, len(articles), _BATCH):
        part = articles[start : start + _BATCH]
        began = time.process_time()
        texts = fingerprints(part, furniture)
        shared += time.process_time() - began
        claims = [
            versions.claim(article, text, offset=start + n, at=_START + timedelta(seconds=start + n))
            for n, (article, text) in enumerate(zip(part, texts, strict=True))
        ]
        verdicts += [answer.verdict for answer in await seen.claim(_PARTITION, claims)]
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    server = await _server_cpu(client) - before
    roots: list[int] = []
    for number, one in enumerate(told):
        roots.append(number if one.of is None else roots[one.of])
    stories = {f"bench|urn:{number}|1": roots[number] for number in range(len(told))}
    found = wrong = 0
    for number, verdict in enumerate(verdicts):
        copied = verdict is not None and verdict.verdict in COPIES
        right = copied and stories[verdict.story] == roots[number]
        found += right and told[number].of is not None
        wrong += copied and not right
    return Figures("wirewatch", wall, cpu, server, found, wrong, f"fingerprints {shared / cpu:.0%} of the worker's time")


async def _server_cpu(client: Client) -> float:
    info = await client.info("cpu")
    return float(info["used_cpu_user_main_thread"]) + float(info["used_cpu_sys_main_thread"])


def theirs(told: Sequence[Told], *, in_batches: bool) -> Figures:
    """datasketch's MinHash and MinHashLSH over 3-word shingles of folded text.

    Its documentation makes a MinHash by `update`, a shingle at a time; `update_batch` takes all of a text at once.
    """
    from datasketch import MinHash, MinHashLSH  # noqa: PLC0415 - a peer: only here

    word = re.compile(r"\w+")
    index = MinHashLSH(threshold=_THRESHOLD, num_perm=_PERMUTATIONS)
    roots: list[int] = []
    found = wrong = 0
    wall, cpu = time.perf_counter(), time.process_time()
    for number, one in enumerate(told):
        words = word.findall(fold(one.article.fields[-1].text).text)
        made = MinHash(num_perm=_PERMUTATIONS)
        shingles = [" ".join(words[at : at + _SHINGLE]).encode() for at in range(max(1, len(words) - _SHINGLE + 1))]
        if in_batches:
            made.update_batch(shingles)
        else:
            for shingle in shingles:
                made.update(shingle)
        candidates = [int(key) for key in index.query(made)]
        index.insert(str(number), made)
        roots.append(number if one.of is None else roots[one.of])
        right = any(roots[other] == roots[number] for other in candidates)
        found += right and one.of is not None
        wrong += bool(candidates) and not right
    name = "datasketch, update_batch" if in_batches else "datasketch, update"
    return Figures(name, time.perf_counter() - wall, time.process_time() - cpu, 0.0, found, wrong)


async def _memory(client: Client) -> int:
    return int((await client.info("memory"))["used_memory"])


async def _measure(url: str, count: int, peers: int, seed: int) -> int:
    from streams import app  # noqa: PLC0415 - the composition's way to the lexicons

    settings = Settings(redis_url=SecretStr(url), redis_timeout=30)
    furniture = app.assessor(settings).page_furniture
    told = stream(count, seed)
    gc.collect()
    gc.freeze()  # the articles of the benchmark itself: a worker has no 30,000 at hand for the collector to go through
    copies = sum(one.of is not None for one in told)
    print(f"{described()}\n{count:,} articles, {copies:,} of them copies; batches of {_BATCH}; real Redis\n")
    async with connect(settings) as client:
        await ours(client, settings, stream(1024, seed + 1), furniture)  # warm: tables, script cache
        await client.flushall()
        empty = await _memory(client)
        best = None
        for _ in range(2):
            await client.flushall()
            figures = await ours(client, settings, told, furniture)
            best = figures if best is None or figures.cpu < best.cpu else best
        assert best is not None
        used = await _memory(client) - empty
        held = await RedisSeen(client, settings).size()
        kinds: dict[str, int] = {}
        shared = {keys.SEEN_FENCES, keys.SEEN_BATCHES, keys.SEEN_SLOTS}
        async for name in client.scan_iter(count=1000):
            kind = chr(name[len(keys.SEEN)]) if name.decode("latin-1") not in shared else "shared"
            kinds[kind] = kinds.get(kind, 0) + int(await client.memory_usage(name, samples=0) or 0)
    rows = [(best, told)]
    for in_batches, size in ((False, peers // 5), (True, peers)):
        rows.append((theirs(told[:size], in_batches=in_batches), told[:size]))
    print(f"{'':26}{'articles':>9}{'a second a core':>17}{'wall':>10}{'Redis':>8}{'copies found':>15}{'wrong':>8}")
    for figures, part in rows:
        n, of = len(part), sum(one.of is not None for one in part)
        print(
            f"{figures.name:26}{n:>9,}{figures.rate(n):>17,.0f}{n / figures.wall:>8,.0f}/s{figures.server:>7.1f}s"
            f"{figures.found:>8,}/{of:<6,}{figures.wrong:>8,}  {figures.notes}"
        )
    print()
    for (figures, part), way in zip(
        rows[1:], ("as its documentation begins, a shingle at a time", "a text at a time"), strict=True
    ):
        print(f"{best.rate(count) / figures.rate(len(part)):.1f} times MinHashLSH with MinHash.{figures.name[12:]}: {way}")
    both = count / (best.cpu + best.server)
    print(f"{both:,.0f} articles/s with Redis's own processor time counted in")
    print(f"index: {used / count:,.0f} bytes an article of Redis's memory (written: {held.bytes / count:,.0f} of records)")
    names = {"n": "names", "k": "keys", "b": "records", "v": "verdicts", "c": "counts"}
    shares = ", ".join(f"{names[kind]} {size / count:,.0f}" for kind, size in sorted(kinds.items()) if kind in names)
    print(f"       by MEMORY USAGE: {shares}")
    return 0


def main() -> int:
    """Answers the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=int, default=30_000)
    parser.add_argument(
        "--peer-articles", type=int, default=30_000, help="of them, for datasketch; a fifth where it goes a shingle at a time"
    )
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if find_spec("datasketch") is None:
        print("datasketch is not installed: make bench-dedup installs it", file=sys.stderr)
        return 2
    from tests.servers import installed  # noqa: PLC0415 - where servers are found

    with embedded.redis_compatible(installed("redis-server", "redis-server"), {"save": ""}) as url:
        os.environ.pop("WIREWATCH_REDIS_URL", None)
        return asyncio.run(_measure(url, options.articles, options.peer_articles, options.seed))


if __name__ == "__main__":
    sys.exit(main())
