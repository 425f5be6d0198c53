"""`wirewatch demo`: the whole product on one machine, on an embedded broker and an embedded Redis.

It starts what an operator would start (topics, worker, serve, deliver, each a process of its own), plays a wire into
Kafka, and reads the alerts from the log as any subscriber would.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from streams import app as composition
from streams import embedded
from streams.core.errors import Unavailable
from streams.core.model import AlertType, Query
from streams.ingest import run as ingestion
from streams.ingest import topics
from streams.settings import Settings, environment

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Sequence

    from streams.core.model import Alert, Entry
    from streams.ingest.item import Item

_SOURCE = "demo"
_KEPT = ("serve_port", "lexicon_dir", "cache_dir", "carrier_interval", "log_format", "log_level")
"""Settings of the user that a demo keeps."""
_DEADLINE = 60.0
"""Seconds for everything sent to be judged, and for a process to become ready."""


class DemoError(Exception):
    """The demo cannot go on; says what to do."""


@dataclass(frozen=True, slots=True)
class _Process:
    """One of our own processes: its command, where it answers, and its log."""

    name: str
    url: str
    handle: subprocess.Popen[bytes]
    log: Path

    def ready(self) -> bool:
        return _get(f"{self.url}/readyz") is not None

    def value(self, metric: str, **labels: str) -> float:
        """The sum of a metric's samples that carry these labels."""
        text = _get(f"{self.url}/metrics") or ""
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == metric and labels.items() <= sample.labels.items()
        )


def _get(url: str) -> str | None:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own loopback address
            return str(answer.read().decode())
    except (OSError, urllib.error.HTTPError):
        return None


def _own(settings: Settings, bootstrap: str, redis_url: str) -> Settings:
    """Defaults, but for what bears on a demo: no Kafka, Redis, topic or token of the user's environment is touched."""
    kept = {name: getattr(settings, name) for name in _KEPT}
    return Settings.model_construct(
        **kept,
        kafka_bootstrap=bootstrap,
        redis_url=SecretStr(redis_url),
        session_timeout=settings.session_timeout,
        instance="demo",
        sources=(_SOURCE,),
    )


@contextlib.contextmanager
def _processes(settings: Settings, folder: Path) -> Iterator[dict[str, _Process]]:
    """worker, serve and deliver, ready, on free ports; stopped in reverse order."""
    others = {key: value for key, value in os.environ.items() if not key.startswith("WIREWATCH_")}
    started: dict[str, _Process] = {}
    with contextlib.ExitStack() as stack:
        for name in ("worker", "serve", "deliver"):
            port = settings.serve_port if name == "serve" and settings.serve_port else embedded.free_port()
            log = folder / f"{name}.log"
            running = embedded.running(
                [sys.executable, "-m", "streams", name],
                ready=None,  # side by side: each takes seconds to load
                log=log,
                env=others | environment(settings) | {f"WIREWATCH_{name.upper()}_PORT": str(port)},
            )
            started[name] = _Process(name, f"http://127.0.0.1:{port}", stack.enter_context(running), log)
        for process in started.values():
            embedded.await_ready(process.handle, process.ready, log=process.log)
        yield started


@dataclass(slots=True)
class _Watch:
    """What has come out so far."""

    sent: dict[str, float] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)
    cursor: str = "0-0"

    def on_sent(self, item: Item) -> None:
        self.sent[item.article.id] = time.time()

    def take(self, entry: Entry) -> None:
        alert = entry.event.alert
        self.cursor = entry.stream_id
        if entry.event.cause in self.sent:
            written = int(entry.stream_id.partition("-")[0]) / 1e3
            self.latencies.append(max(0.0, written - self.sent[entry.event.cause]))
        _print(alert)


def _print(alert: Alert) -> None:
    colours = {"flash": typer.colors.RED, "urgent": typer.colors.YELLOW, "alert": typer.colors.CYAN, "info": typer.colors.WHITE}
    about = (
        f"{alert.incident.body} {alert.incident.kind} {alert.incident.status}" if alert.incident else ", ".join(alert.categories)
    )
    what = {AlertType.CREATED: "new", AlertType.UPDATED: "update", AlertType.RETRACTED: "retracted"}[alert.type]
    typer.echo(
        f"{typer.style(f'{alert.tier:>6}', fg=colours[alert.tier], bold=True)} {what:<9} {alert.kind}: {about}\n"
        f"       {alert.title[:110]}\n"
        f"       {alert.sources[0].outlet}{f' and {len(alert.sources) - 1} more' if len(alert.sources) > 1 else ''}"
    )


def _percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))] if ordered else float("nan")


def _matches(wanted: dict[str, Any], alert: Alert) -> bool:
    """Whether an alert is what one entry of `expected.json` promises."""
    uris = {carrier.uri for carrier in alert.sources}
    incident = alert.incident
    return (
        alert.kind == wanted["kind"]
        and {wanted["uri"], *wanted.get("carriers", ()), *wanted.get("reports", ())} <= uris
        and set(wanted.get("categories", ())) <= set(alert.categories)
        and ("body" not in wanted or (incident is not None and incident.body == wanted["body"]))
        and ("sitting" not in wanted or (incident is not None and incident.kind == wanted["sitting"]))
        and ("status" not in wanted or (incident is not None and incident.status == wanted["status"]))
        and alert.sequence > wanted.get("updates", 0)
    )


def missing(expected: dict[str, Any], alerts: Sequence[Alert]) -> list[str]:
    """What `expected.json` promises and the alerts do not hold, in words: alerts that did not come, or came unasked."""
    said = [
        f"missing: {wanted['story']} ({wanted['kind']}, {wanted['uri']})"
        for wanted in expected["alerts"]
        if not any(_matches(wanted, alert) for alert in alerts)
    ]
    spoken = {carrier.uri for alert in alerts for carrier in alert.sources}
    return said + [f"should be silent: {uri}" for uri in expected["silent"] if uri in spoken]


async def _watch(settings: Settings, watch: _Watch, done: asyncio.Event) -> None:
    async with composition.alert_feed(settings) as feed:
        while not done.is_set():
            for entry in await feed.tail(watch.cursor, count=100, block_ms=200):
                watch.take(entry)
        for entry in await feed.tail(watch.cursor, count=10_000, block_ms=None):
            watch.take(entry)


async def _judged(worker: _Process, accepted: int) -> None:
    """Return when the worker has judged so many articles and nothing lags behind."""
    until = time.monotonic() + _DEADLINE
    quiet = 0
    while quiet < 2:  # noqa: PLR2004 - lag is measured every second: two looks apart from each other see a fresh value
        if time.monotonic() > until:
            raise DemoError(f"the worker has not judged all {accepted} articles within {_DEADLINE:g} s")
        counted = await asyncio.to_thread(worker.value, "wire_articles_total")
        lag = await asyncio.to_thread(worker.value, "wire_consumer_lag")
        quiet = quiet + 1 if counted >= accepted and lag == 0 else 0
        await asyncio.sleep(1.1 if quiet else 0.1)


async def _alive(running: dict[str, _Process]) -> None:
    """Raise as soon as one of the processes has ended."""
    while True:
        for process in running.values():
            if (code := process.handle.poll()) is not None:
                raise DemoError(f"{process.name} ended with exit code {code}; its last words:\n{embedded.tail(process.log)}")
        await asyncio.sleep(0.25)


async def _play(settings: Settings, paths: Sequence[str], running: dict[str, _Process], *, once: bool, rate: float) -> int:
    """Play the wire, print what comes of it, and answer the exit code; a signal ends it, a second one at once."""
    stop, stop_reading, done = asyncio.Event(), threading.Event(), asyncio.Event()

    def on_signal() -> None:
        if stop.is_set():
            os._exit(128 + signal.SIGINT)  # the processes die with us
        stop.set()
        stop_reading.set()

    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, on_signal)
    watch = _Watch()
    stopping, living = asyncio.create_task(stop.wait()), asyncio.create_task(_alive(running))
    watching = asyncio.create_task(_watch(settings, watch, done))
    playing = asyncio.create_task(_feed(settings, paths, running["worker"], watch, rate=rate, stop=stop_reading))
    try:
        await _first(playing, stopping, living, watching)
        if stop.is_set():
            typer.echo("stopped")
            return 0
        result = await playing
        if once:
            done.set()
            await watching
        async with composition.alert_feed(settings) as alerts:
            # Copies that join an alert quietly stand in its state, not in an event of their own.
            current = await alerts.recent(Query(limit=1000))
        code = _summarise(result, watch, current, running["worker"], bundled=not paths)
        if not once:
            typer.echo(f"the page stays at {running['serve'].url}/ until Ctrl-C")
            await _first(stopping, living, watching)
        return code
    finally:
        stop_reading.set()
        done.set()
        tasks = (playing, stopping, living, watching)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _first(*tasks: asyncio.Task[Any]) -> None:
    """Wait for the first of these to end; raise what it raised."""
    ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in ended:
        task.result()


async def _feed(  # noqa: PLR0913 - what it plays, to whom, and how
    settings: Settings, paths: Sequence[str], worker: _Process, watch: _Watch, *, rate: float, stop: threading.Event
) -> ingestion.Result:
    wire = list(paths) or [str(files("streams").joinpath("sample", "wire.jsonl"))]
    result = await asyncio.to_thread(
        ingestion.ingest,
        settings,
        wire,
        source=_SOURCE,
        rate=rate,
        sent=watch.on_sent,
        failed=lambda f: typer.echo(str(f), err=True),
        stop=stop,
    )
    await _judged(worker, result.accepted)
    return result


def _summarise(result: ingestion.Result, watch: _Watch, current: Sequence[Alert], worker: _Process, *, bundled: bool) -> int:
    kinds = Counter(alert.kind for alert in current)
    by_kind = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) or "none"
    copies = worker.value("wire_articles_total", outcome="exact")
    repeats = worker.value("wire_articles_total", outcome="repeat")
    dead = worker.value("wire_dlq_total")
    p50, p99 = (_percentile(watch.latencies, share) * 1e3 for share in (0.5, 0.99))
    typer.echo(
        f"summary: {result.accepted} articles, {copies:.0f} copies, {repeats:.0f} repeats dropped, {dead:.0f} dead letters; "
        f"{len(current)} alerts ({by_kind}); publish to alert p50 {p50:.0f} ms, p99 {p99:.0f} ms"
    )
    if not bundled:
        return 1 if result.failed else 0
    expected = json.loads(files("streams").joinpath("sample", "expected.json").read_text("utf-8"))
    wrong = missing(expected, current)
    for line in wrong:
        typer.echo(line, err=True)
    if not wrong:
        typer.echo(f"every expected alert came, and the {len(expected['silent'])} traps stayed silent")
    return 1 if wrong or result.failed else 0


def run(settings: Settings, paths: Sequence[str], *, once: bool, rate: float) -> int:
    """Run the demo; answers the exit code: 1 when an expected alert is missing, 0 otherwise and after Ctrl-C.

    Args:
        settings: of which the demo keeps `_KEPT`; Kafka and Redis are its own.
        paths: the user's own files, or none for the bundled sample wire.
        once: end when everything is judged, instead of at Ctrl-C.
        rate: articles a second.

    Raises:
        DemoError: something did not start or did not finish in time.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until `_play` listens, both signals unwind the stack
    try:
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wirewatch-demo-")))
            here = _own(settings, stack.enter_context(embedded.broker()), stack.enter_context(embedded.valkey()))
            topics.ensure(here)
            running = stack.enter_context(_processes(here, folder))
            typer.echo(f"page: {running['serve'].url}/")
            typer.echo("metrics: " + " ".join(f"{name} {process.url}/metrics" for name, process in running.items()))
            return asyncio.run(_play(here, paths, running, once=once, rate=rate))
    except (embedded.NotStarted, Unavailable) as error:
        raise DemoError(str(error)) from error
    except KeyboardInterrupt:
        return 0
