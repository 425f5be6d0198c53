"""The composition root: builds everything from the settings and connects it; decides nothing."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import structlog
from aiokafka.errors import KafkaError

from streams import lexicon_files, metrics, ops
from streams.agents.agreement import EXIT_DISAGREE, Agreement, DisagreeError
from streams.agents.catch_up import CatchUp
from streams.agents.dead_letter import DeadLetters
from streams.agents.dedup import STAGE as DEDUP
from streams.agents.dedup import Dedup
from streams.agents.detect import STAGE as DETECT
from streams.agents.detect import Detect
from streams.agents.engine import Engine
from streams.agents.failpoint import failpoint
from streams.agents.lexicon import LexiconFollower
from streams.agents.producer import BatchProducer
from streams.agents.reader import Reader
from streams.agents.repair import Repair
from streams.agents.restore import Restore
from streams.agents.stage import EXIT_BUG, Stage
from streams.agents.strikes import Strikes, Turns
from streams.agents.watchdog import Watchdog
from streams.core.assess import Assessor
from streams.core.detect.lexicon import LexiconError
from streams.core.errors import Unavailable
from streams.feed import endpoints as endpoint_api
from streams.feed import server
from streams.ingest import offsets, topics
from streams.settings import SettingsError
from streams.store.alert_feed import RedisAlertFeed
from streams.store.alert_log import RedisAlertLog
from streams.store.client import Client, connect
from streams.store.fences import RedisFences
from streams.store.name import LEASE, RedisName
from streams.store.seen import RedisSeen
from streams.store.subscribers import RedisSubscribers
from streams.store.work import RedisWork
from streams.webhooks import payload
from streams.webhooks.deliver import Deliverer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine

    from streams.agents.transport import Batch
    from streams.core.ports import AlertFeed, SeenIndex, Subscribers
    from streams.settings import Settings

log = structlog.get_logger(__name__)

_SEEN_INTERVAL = 15
"""Seconds between two looks at the size of the seen index."""
_NAME_WAIT = 15
"""Seconds that another worker of the same name has to go: a planned stop takes ten at most."""
EXIT_CRASHED = 1
"""Faust stopped by itself (a broker it cannot get back to, a commit refused); a supervisor restarts."""


def assessor(settings: Settings, *, warm: bool = False) -> Assessor:
    """The detectors with their lexicons: the bundled ones, or those of `lexicon_dir`.

    Args:
        settings: where lexicons and their compiled databases are kept.
        warm: compile now what would be compiled at the first article of each language.

    Raises:
        SettingsError: a lexicon is wrong or its folder cannot be read; says which and where.
    """
    folder = settings.lexicon_dir or lexicon_files.bundled()
    try:
        lexicons = lexicon_files.load(folder, databases=settings.cache_dir)
    except (LexiconError, OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"lexicons in {folder}: {error}") from error
    if warm:
        lexicons.warm()
    return Assessor(lexicons)


@contextlib.asynccontextmanager
async def _redis(settings: Settings, *, single: bool = False) -> AsyncIterator[Client]:
    client = connect(settings, single=single)
    try:
        yield client
    finally:
        await client.aclose()


@contextlib.asynccontextmanager
async def subscribers(settings: Settings) -> AsyncIterator[Subscribers]:
    """The webhook endpoints, for commands."""
    async with _redis(settings) as client:
        yield RedisSubscribers(client, payload.body)


@contextlib.asynccontextmanager
async def alert_feed(settings: Settings) -> AsyncIterator[AlertFeed]:
    """The reading side of the alert log, for commands."""
    async with _redis(settings) as client:
        yield RedisAlertFeed(client, settings)


async def fences(settings: Settings) -> list[str]:
    """How far each partition of the articles and stories topics is dealt with, a line each."""
    async with _redis(settings) as client:
        store = RedisFences(client)
        found = {topic: await store.of(topic) for topic in (settings.articles_topic, settings.stories_topic)}
    return [f"{topic}:{number} {fence}" for topic, fences in found.items() for number, fence in sorted(fences.items())]


async def forget_fences(settings: Settings, topic: str) -> int:
    """Forget the fences of a topic that was made anew; answers how many.

    Raises:
        SettingsError: there are no fences of such a topic.
    """
    if topic not in {settings.articles_topic, settings.stories_topic}:
        raise SettingsError(f"fences are of {settings.articles_topic} and of {settings.stories_topic}, not of {topic}")
    marks: dict[str, int] = {}
    if topic == settings.articles_topic:
        # The stories that stand there are of the topic that is no more: their offsets say nothing of the new one.
        bounds = await Reader(settings).bounds(settings.stories_topic)
        marks = {f"{topic}:{number}": bound.end for number, bound in bounds.items()}
    async with _redis(settings) as client:
        return await RedisFences(client).forget(topic, marks)


def _end(code: int) -> None:
    """End the process now, acknowledging nothing: a bug must not be followed by an orderly commit."""
    sys.stderr.flush()
    sys.stdout.flush()
    os._exit(code)


async def _measure(engine: Engine, watchdog: Watchdog) -> None:
    catch_up = CatchUp()
    while True:
        standing = engine.standing()
        watchdog.see(standing)
        catch_up.see(standing)
        await asyncio.sleep(min(1.0, watchdog.limit / 10))


async def _level(settings: Settings, engine: Engine, stages: dict[str, Stage], agreement: Agreement) -> None:
    """Compare fences with Kafka again and again: where nothing comes, no batch would tell of a gap."""
    while True:
        places = {topic: engine.settled(topic) for topic in stages}
        if not any(places.values()):
            await asyncio.sleep(0.2)  # nothing is assigned yet
            continue
        for topic, stage in stages.items():
            for place in places[topic]:
                await stage.level(place)
        await asyncio.sleep(settings.repair_interval)
        with contextlib.suppress(Unavailable):
            await agreement.check()


@contextlib.asynccontextmanager
async def _beside(stage: str, work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Works while the block runs; a bug in that ends the process, as in a stage."""

    async def guarded() -> None:
        try:
            await work
        except asyncio.CancelledError:
            raise
        except DisagreeError as error:
            log.critical("topics and fences disagree", why=str(error))
            _end(EXIT_DISAGREE)
        except BaseException:
            log.critical("bug: the process stops and acknowledges nothing", stage=stage, exc_info=True)
            _end(EXIT_BUG)

    task = asyncio.create_task(guarded())
    try:
        yield
    finally:
        task.cancel()


async def _measure_seen(seen: SeenIndex) -> None:
    """Tell how much the seen index holds; what Redis does not answer now it will the next time."""
    while True:
        with contextlib.suppress(Unavailable):
            size = await seen.size()
            metrics.SEEN_ARTICLES.set(size.articles)
            metrics.SEEN_BYTES.set(size.bytes)
            metrics.SEEN_DROPPED.set(size.dropped)
            metrics.SEEN_OLDEST.set(size.oldest.timestamp() if size.oldest is not None else 0)
        await asyncio.sleep(_SEEN_INTERVAL)


async def _answered(part: str, ask: Callable[[], Awaitable[None]], stop: asyncio.Event, waiting: dict[str, str]) -> bool:
    """Ask until there is an answer, for as long as it takes; False when `stop` came first. Readiness tells what is waited for."""
    while not stop.is_set():
        try:
            await ask()
        except Unavailable as error:
            why = str(error)
        else:
            waiting.pop(part, None)
            return True
        if waiting.get(part) != why:
            log.warning("waiting at the start", part=part, why=why)
        waiting[part] = why
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), timeout=1)
    return False


def _named(settings: Settings, name: RedisName) -> Callable[[], Awaitable[None]]:
    """Ask for this worker's name until the one that has it is gone: it may be about to stop, or have been killed.

    Raises:
        Unavailable: another has it, or Redis does not answer.
        SettingsError: another has it still after `_NAME_WAIT` seconds.
    """
    refused: list[float] = []

    async def ask() -> None:
        if await name.hold():
            return
        refused.append(time.monotonic())
        why = f"another live worker of group {settings.group} is called {settings.worker}"
        if refused[-1] < refused[0] + _NAME_WAIT:
            raise Unavailable(why)
        raise SettingsError(f"{why}: give each a name of its own (WIREWATCH_INSTANCE), or a slot (WIREWATCH_SLOT)")

    return ask


async def _keep_name(name: RedisName) -> None:
    """Keep this worker's name; end where another has taken it, which it can only while this one stands still."""
    while True:
        with contextlib.suppress(Unavailable):
            if not await name.hold():
                log.critical("another worker has taken this one's name: the process stops and acknowledges nothing")
                _end(EXIT_CRASHED)
        await asyncio.sleep(LEASE / 3)


async def _topics_there(settings: Settings) -> None:
    """Ask the brokers for our topics.

    Raises:
        Unavailable: they do not answer, or a topic is missing.
    """
    if absent := await asyncio.to_thread(topics.missing, settings):
        raise Unavailable(f"no topic {', '.join(absent)}: run `wirewatch topics`")


async def _consume(engine: Engine, watchdog: Watchdog, stop: asyncio.Event) -> int:
    """Run the engine until `stop` is set or it ends by itself; answers the exit code."""
    starting, stopping = asyncio.create_task(engine.start()), asyncio.create_task(stop.wait())
    measuring = asyncio.create_task(_measure(engine, watchdog))
    watchdog.start()
    try:
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            return 0
        await starting
        log.info("worker started")
        crashing = asyncio.create_task(engine.wait_until_crashed())
        await asyncio.wait({stopping, crashing, measuring}, return_when=asyncio.FIRST_COMPLETED)
        if measuring.done():
            measuring.result()
        if not stop.is_set():
            log.error("Faust stopped by itself", why=repr(await crashing))
            return EXIT_CRASHED
        crashing.cancel()
        return 0
    finally:
        stopping.cancel()
        measuring.cancel()
        watchdog.stop()
        await engine.stop()


async def _follow(settings: Settings, seen: object, detect: Detect) -> None:
    """Take changes of `lexicon_dir`, where there is one."""
    if settings.lexicon_dir is not None:
        await LexiconFollower(settings.lexicon_dir, settings.cache_dir, seen, detect).run(settings.lexicon_interval)


async def worker(settings: Settings, stop: asyncio.Event) -> int:
    """Run the agents until `stop` is set; answers the exit code."""
    seen = lexicon_files.state(settings.lexicon_dir) if settings.lexicon_dir else ()
    judge = assessor(settings, warm=True)
    listener = ops.listen(settings.host, settings.worker_port + settings.slot if settings.worker_port else 0)
    structlog.contextvars.bind_contextvars(instance=settings.instance, slot=settings.slot)
    async with _redis(settings) as client, _redis(settings, single=True) as claiming:
        engine = Engine(settings)
        engine.check()  # before Kafka is waited for: what is wrong here no waiting mends
        producer = BatchProducer(engine.producer)
        seen_index = RedisSeen(claiming, settings, guarded=True)
        fail, reader, notes, turns = failpoint(settings), Reader(settings), RedisWork(client, settings), Turns()
        dead_letters = DeadLetters(
            producer,
            settings.dead_letter_topic,
            notes,
            limit=settings.dead_letter_limit,
            window=settings.dead_letter_window,
        )
        dedup = Dedup(
            settings,
            seen_index,
            judge.page_furniture,
            producer,
            dead_letters,
            mark=producer.acknowledged,
            failpoint=fail,
        )
        detect = Detect(settings, judge, RedisAlertLog(client, settings), dead_letters, failpoint=fail)

        def alive(batch: Batch) -> bool:  # restoring takes long: each part of it is life
            stages[settings.articles_topic].beat()
            return engine.live(batch)

        restore = Restore(settings, reader, seen_index, judge.page_furniture, alive, stage=DEDUP)
        name = RedisName(client, settings)
        stages: dict[str, Stage] = {
            topic: Stage(
                stage,
                work,
                settle=engine.settle,
                live=engine.live,
                end=_end,
                repair=repair,
                strikes=Strikes(stage, settings.worker, notes, dead_letters, turns),
            )
            for topic, stage, work, repair in (
                (settings.articles_topic, DEDUP, dedup.work, restore),
                (settings.stories_topic, DETECT, detect.work, Repair(reader, DETECT)),
            )
        }
        agreement = Agreement(settings, reader, RedisFences(client), topics.identities)
        for topic, stage in stages.items():
            engine.add(stage, topic)
        watchdog = Watchdog(settings.watchdog, stages, partial(offsets.ends, settings), os._exit)
        waiting: dict[str, str] = {}

        async def ready() -> dict[str, str]:
            parts = {"kafka": engine.not_ready()} | {stage.name: stage.waiting_for for stage in stages.values()} | waiting
            parts["watchdog"] = watchdog.doubt
            return {part: why for part, why in parts.items() if why}

        log.info("worker starting", lexicon=judge.lexicon, port=listener.getsockname()[1])
        serving = asyncio.create_task(ops.serve(ops.application(settings, ready), listener, stop))
        sizing = asyncio.create_task(_measure_seen(RedisSeen(client, settings)))
        try:
            if not await _answered("name", _named(settings, name), stop, waiting):
                return 0
            async with _beside("name", _keep_name(name)):
                if not await _answered("kafka", partial(_topics_there, settings), stop, waiting):
                    return 0
                if not await _answered("fences", agreement.check, stop, waiting):
                    return 0
                following, leveling = _follow(settings, seen, detect), _level(settings, engine, stages, agreement)
                async with _beside("lexicon", following), _beside("repair", leveling):
                    return await _consume(engine, watchdog, stop)
        except DisagreeError as error:
            log.critical("topics and fences disagree", why=str(error))
            return EXIT_DISAGREE
        except KafkaError as error:
            log.error("Kafka went away at the start", why=repr(error))  # noqa: TRY400 - the reason says it all
            return EXIT_CRASHED
        finally:
            sizing.cancel()
            await name.leave()
            stop.set()
            await serving


async def serve(settings: Settings, stop: asyncio.Event) -> int:
    """Run the feed until `stop` is set; answers the exit code."""
    listener = ops.listen(settings.host, settings.serve_port)
    async with _redis(settings) as client:
        api = endpoint_api.router(settings, RedisSubscribers(client, payload.body))
        await server.run(settings, RedisAlertFeed(client, settings), listener, stop, routers=(api,))
    return 0


async def deliver(settings: Settings, stop: asyncio.Event) -> int:
    """Send webhooks until `stop` is set; answers the exit code."""
    listener = ops.listen(settings.host, settings.deliver_port)
    async with _redis(settings) as client:
        deliverer = Deliverer(settings, RedisSubscribers(client, payload.body))
        serving = asyncio.create_task(ops.serve(ops.application(settings, deliverer.ready), listener, stop))
        try:
            await deliverer.run(stop)
        finally:
            stop.set()
            await serving
    return 0
