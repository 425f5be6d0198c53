"""The command line, thin: reads arguments, calls one thing, turns errors into words and exit codes (delivery.md)."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated, NoReturn

import orjson
import typer

from streams import __version__, codec, supervisor
from streams.cli import dlq, endpoints, fences, lexicon, logs, process
from streams.core.errors import Rejected, Unavailable
from streams.settings import Settings, SettingsError, load

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from streams.core.assess import Assessor
    from streams.core.model import Article

EXIT_PART, EXIT_USAGE = 1, 2

app = typer.Typer(
    name="wirewatch",
    help="Reads news wires, finds escalation and sittings of UN bodies, keeps one alert per story up to date.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(dlq.app, name="dlq")
app.add_typer(endpoints.app, name="endpoints")
app.add_typer(fences.app, name="fences")
app.add_typer(lexicon.app, name="lexicon")

Paths = Annotated[list[str], typer.Argument(metavar="PATH…", help="Folders, .txt, .jsonl, .json (ninjs); - for JSONL on stdin.")]
Source = Annotated[str, typer.Option(help="Name of this source, as configured by you: part of every article's id.")]


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)


def _say(what: object) -> None:
    typer.echo(str(what), err=True)


def _settings(**overrides: object) -> Settings:
    try:
        settings = load(**overrides)
    except SettingsError as error:
        _fail(f"wirewatch: a setting is wrong\n{error}", EXIT_USAGE)
    logs.configure(settings)
    return settings


def _run(
    settings: Settings, serving: Callable[[Settings, asyncio.Event], Awaitable[int]], *, within: float = process.STOP_WITHIN
) -> None:
    try:
        code = process.run(settings, serving, within=within)
    except SettingsError as error:
        _fail(f"wirewatch: {error}", EXIT_USAGE)
    except Unavailable as error:
        _fail(f"wirewatch: {error}", EXIT_PART)
    raise typer.Exit(code)


@app.callback(invoke_without_command=True)
def _version(*, version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    if version:
        typer.echo(f"wirewatch {__version__}")
        raise typer.Exit


@app.command()
def ingest(
    paths: Paths,
    source: Source = "files",
    rate: Annotated[float | None, typer.Option(min=0.001, help="At most so many articles a second.")] = None,
) -> None:
    """Read articles and produce them to Kafka; accepted means that Kafka has them safely."""
    from streams.ingest import run  # noqa: PLC0415 - kafka-python is loaded only where it is used

    settings = _settings()
    try:
        result = run.ingest(settings, paths, source=source, rate=rate, progress=sys.stderr.isatty(), failed=_say, note=_say)
    except (ValueError, SettingsError) as error:
        _fail(f"wirewatch ingest: {error}", EXIT_USAGE)
    except Unavailable as error:
        _fail(f"wirewatch ingest: {error}", EXIT_PART)
    typer.echo(f"{result.accepted} accepted, {len(result.failed)} failed", err=True)
    raise typer.Exit(result.exit_code)


@app.command()
def worker(
    slot: Annotated[int | None, typer.Option(min=0, help="Number of this process on this machine: no two alike.")] = None,
    processes: Annotated[
        int | None, typer.Option(min=1, max=256, help="Run and restart so many, one core each, in slots from --slot on.")
    ] = None,
) -> None:
    """Run the Faust agents: drop repeats, detect, write alerts."""
    if processes is not None:

        async def supervise(settings: Settings, stop: asyncio.Event) -> int:
            slots = range(settings.slot, settings.slot + processes)
            program = [sys.executable, "-m", "streams", "worker", "--slot"]
            return await supervisor.Supervisor([[*program, str(number)] for number in slots]).run(stop)

        _run(_settings(slot=slot), supervise, within=supervisor.STOP_WITHIN + 2)
    from streams import app as composition  # noqa: PLC0415 - Faust takes half a second to load

    _run(_settings(slot=slot), composition.worker)


@app.command()
def serve() -> None:
    """Serve the feed: page, JSON, live stream, Atom."""
    from streams import app as composition  # noqa: PLC0415 - as above

    _run(_settings(), composition.serve)


@app.command()
def deliver() -> None:
    """Send every alert event to the registered webhook endpoints."""
    from streams import app as composition  # noqa: PLC0415 - as above

    _run(_settings(), composition.deliver)


@app.command()
def topics(
    *,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 where something differs.")] = False,
) -> None:
    """Create the Kafka topics, or check that they are as `topics.toml` says."""
    from streams.ingest import topics as kafka_topics  # noqa: PLC0415 - as above

    settings = _settings()
    try:
        differences = kafka_topics.ensure(settings, check=check, note=typer.echo)
    except SettingsError as error:
        _fail(f"wirewatch topics: {error}", EXIT_USAGE)
    except Unavailable as error:
        _fail(f"wirewatch topics: {error}", EXIT_PART)
    for line in differences:
        _say(line)
    raise typer.Exit(EXIT_PART if differences else 0)


def _checked(judge: Assessor, uri: str, value: bytes, source: str, *, furniture: bool) -> bytes:
    article = codec.decode_article(value, source=source)
    assessment = judge.assess(article)
    escalation = assessment.escalation
    left_out = {"furniture": [codec.flat_span(span) for span in judge.furniture(article)]} if furniture else {}
    return orjson.dumps(
        {
            "id": uri,
            "lang": assessment.language,
            "escalation": escalation.value,
            "categories": escalation.categories,
            "score": escalation.score,
            "tier": escalation.tier,
            "hits": [codec.flat_hit(hit) for hit in escalation.hits],
            "sessions": [codec.flat_session(session) for session in assessment.sessions],
            **left_out,
        }
    )


@app.command()
def check(
    paths: Paths,
    source: Source = "files",
    *,
    furniture: Annotated[bool, typer.Option("--furniture", help="Also what was left out as page furniture.")] = False,
) -> None:
    """Judge articles offline: one JSON line an article on stdout; no Kafka, no Redis."""
    from streams import app as composition  # noqa: PLC0415 - as above
    from streams.ingest.files import read  # noqa: PLC0415 - as above
    from streams.ingest.item import Unreadable  # noqa: PLC0415 - as above

    settings = _settings()
    failed = 0
    try:
        judge = composition.assessor(settings)
        for item in read(paths, source=source, note=_say):
            if isinstance(item, Unreadable):
                _say(item)
                failed += 1
                continue
            try:
                line = _checked(judge, item.article.uri, item.value, source, furniture=furniture)
            except Rejected as error:
                _say(f"{item.where}: {error}")
                failed += 1
            else:
                sys.stdout.buffer.write(line + b"\n")
        sys.stdout.buffer.flush()
    except (SettingsError, ValueError) as error:
        _fail(f"wirewatch check: {error}", EXIT_USAGE)
    raise typer.Exit(EXIT_PART if failed else 0)


@app.command()
def dedup(paths: Paths, source: Source = "files") -> None:
    """Tell copies from news offline: one JSON verdict line an article, in order; no Kafka, no Redis."""
    from streams import app as composition  # noqa: PLC0415 - as above
    from streams.cli.dedup import judged  # noqa: PLC0415 - as above
    from streams.ingest.files import read  # noqa: PLC0415 - as above
    from streams.ingest.item import Unreadable  # noqa: PLC0415 - as above

    settings, failed = _settings(), 0

    def articles() -> Iterator[Article]:
        nonlocal failed
        for item in read(paths, source=source, note=_say):
            if isinstance(item, Unreadable):
                _say(item)
                failed += 1
            else:
                yield item.article

    async def run() -> None:
        async for line in judged(settings, articles(), composition.assessor(settings).page_furniture):
            sys.stdout.buffer.write(line + b"\n")
        sys.stdout.buffer.flush()

    try:
        asyncio.run(run())
    except (ValueError, SettingsError) as error:
        _fail(f"wirewatch dedup: {error}", EXIT_USAGE)
    raise typer.Exit(EXIT_PART if failed else 0)


@app.command()
def demo(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH…]", help="Your own articles; the bundled sample wire without.")
    ] = None,
    *,
    once: Annotated[
        bool, typer.Option("--once", help="End by itself with a summary; exit 1 when an expected alert is missing.")
    ] = False,
    rate: Annotated[float, typer.Option(min=0.1, help="Articles a second.")] = 5.0,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page; 0 picks a free one.")] = 0,
) -> None:
    """Run the whole product on this machine, on an embedded broker and Redis, and play a sample wire into it."""
    from streams import demo as show  # noqa: PLC0415 - as above

    settings = _settings(session_timeout=6.0, serve_port=port)
    try:
        code = show.run(settings, paths or [], once=once, rate=rate)
    except (SettingsError, show.DemoError) as error:
        _fail(f"wirewatch demo: {error}", EXIT_PART)
    raise typer.Exit(code)


def main() -> None:
    """The `wirewatch` command."""
    app()
