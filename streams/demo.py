"""`wirewatch demo`: the whole product on one machine, on an embedded broker and an embedded Redis.

It starts what an operator would start (topics, worker, serve, deliver, each a process of its own), plays a wire into
Kafka, and reads the alerts from the log as any subscriber would.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
import tempfile
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

from streams import app as composition
from streams import embedded
from streams.core.model import AlertType, Query
from streams.ingest import run as ingestion
from streams.ingest import topics

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streams.core.model import Alert, Entry
    from streams.ingest.item import Item
    from streams.settings import Settings

_SOURCE = "demo"
_DEADLINE = 60.0
"""Seconds for everything sent to be judged, and for a process to become ready."""


class DemoError(Exception):
    """The demo cannot go on; says what to do."""


@dataclass(frozen=True, slots=True)
class _Process:
    """One of our own processes: its command, and where it answers."""

    name: str
    url: str

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


@contextlib.contextmanager
def _processes(settings: Settings, folder: Path) -> Iterator[dict[str, _Process]]:
    """worker, serve and deliver, ready, on free ports; stopped in reverse order."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("WIREWATCH_")} | {
        "WIREWATCH_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "WIREWATCH_REDIS_URL": settings.redis_url.get_secret_value(),
        "WIREWATCH_SESSION_TIMEOUT": str(settings.session_timeout),
        "WIREWATCH_SOURCES": _SOURCE,
        "WIREWATCH_INSTANCE": "demo",
    }
    started: dict[str, _Process] = {}
    handles = []
    with contextlib.ExitStack() as stack:
        for name in ("worker", "serve", "deliver"):
            port = settings.serve_port if name == "serve" and settings.serve_port else embedded.free_port()
            process = _Process(name, f"http://127.0.0.1:{port}")
            running = embedded.running(
                [sys.executable, "-m", "streams", name],
                ready=None,  # side by side: each takes seconds to load
                log=folder / f"{name}.log",
                env=environment | {f"WIREWATCH_{name.upper()}_PORT": str(port)},
            )
            handles.append((stack.enter_context(running), process))
            started[name] = process
        for handle, process in handles:
            embedded.await_ready(handle, process.ready, log=folder / f"{process.name}.log")
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
        and {wanted["uri"], *wanted.get("carriers", ())} <= uris
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


async def _play(settings: Settings, paths: Sequence[str], running: dict[str, _Process], *, once: bool, rate: float) -> int:
    watch, done = _Watch(), asyncio.Event()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    watching = asyncio.create_task(_watch(settings, watch, done))
    stopping = asyncio.create_task(stop.wait())
    playing = asyncio.create_task(_feed(settings, paths, running["worker"], watch, rate=rate))
    await asyncio.wait({playing, stopping, watching}, return_when=asyncio.FIRST_COMPLETED)
    if watching.done():
        watching.result()
    if not playing.done():
        playing.cancel()
        done.set()
        await asyncio.gather(playing, watching, return_exceptions=True)
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
        await asyncio.wait({stopping, watching}, return_when=asyncio.FIRST_COMPLETED)
        done.set()
        await watching
    stopping.cancel()
    return code


async def _feed(settings: Settings, paths: Sequence[str], worker: _Process, watch: _Watch, *, rate: float) -> ingestion.Result:
    wire = list(paths) or [str(files("streams").joinpath("sample", "wire.jsonl"))]
    result = await asyncio.to_thread(
        ingestion.ingest,
        settings,
        wire,
        source=_SOURCE,
        rate=rate,
        sent=watch.on_sent,
        failed=lambda f: typer.echo(str(f), err=True),
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
        settings: their Kafka and Redis addresses are replaced by the embedded ones.
        paths: the user's own files, or none for the bundled sample wire.
        once: end when everything is judged, instead of at Ctrl-C.
        rate: articles a second.

    Raises:
        DemoError: something did not start or did not finish in time.
    """
    with contextlib.ExitStack() as stack:
        try:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wirewatch-demo-")))
            bootstrap, redis_url = stack.enter_context(embedded.broker()), stack.enter_context(embedded.valkey())
            # A group of its own each time, as the broker is: nothing is left over from another run.
            here = settings.model_copy(
                update={
                    "kafka_bootstrap": bootstrap,
                    "redis_url": type(settings.redis_url)(redis_url),
                    "group": f"demo-{secrets.token_hex(4)}",
                }
            )
            topics.ensure(here)
            running = stack.enter_context(_processes(here, folder))
        except embedded.NotStarted as error:
            raise DemoError(str(error)) from error
        except KeyboardInterrupt:
            return 0
        typer.echo(f"page: {running['serve'].url}/")
        typer.echo("metrics: " + " ".join(f"{name} {process.url}/metrics" for name, process in running.items()))
        return asyncio.run(_play(here, paths, running, once=once, rate=rate))
