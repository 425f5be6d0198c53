"""`wirewatch dlq …`: what fell, why, and back into the topic it fell from."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, NoReturn

import orjson
import typer

from streams.cli import logs
from streams.core.errors import Unavailable
from streams.settings import Settings, SettingsError, load

if TYPE_CHECKING:
    from streams.ingest.dead_letters import Letter

EXIT_PART, EXIT_USAGE = 1, 2

app = typer.Typer(help="Dead letters: records no stage could process, kept whole.", no_args_is_help=True)

Filters = Annotated[
    list[str] | None,
    typer.Option(
        "--filter", metavar="NAME=VALUE", help="Only those, by stage, reason, source, uri, topic, partition …; may be repeated."
    ),
]


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(f"wirewatch dlq: {message}", err=True)
    raise typer.Exit(code)


def _settings() -> Settings:
    try:
        settings = load()
    except SettingsError as error:
        _fail(f"a setting is wrong\n{error}", EXIT_USAGE)
    logs.configure(settings)
    return settings


def _chosen(settings: Settings, filters: list[str] | None) -> list[Letter]:
    from streams.ingest import dead_letters  # noqa: PLC0415 - kafka-python is loaded only where it is used

    wanted: dict[str, str] = {}
    for text in filters or ():
        name, equals, value = text.partition("=")
        if not equals or name not in dead_letters.FILTERS:
            _fail(f"--filter {text}: NAME=VALUE is wanted, NAME one of {', '.join(dead_letters.FILTERS)}", EXIT_USAGE)
        wanted[name] = value
    try:
        return [letter for letter in dead_letters.read(settings) if letter.matches(wanted)]
    except SettingsError as error:
        _fail(str(error), EXIT_USAGE)
    except Unavailable as error:
        _fail(str(error), EXIT_PART)


def _line(letter: Letter) -> dict[str, object]:
    key = (letter.key or b"").decode("utf-8", "replace")
    return {"n": letter.name, **letter.told, "key": key, "bytes": len(letter.value or b"")}


@app.command("list")
def list_(filters: Filters = None) -> None:
    """One JSON line a letter: its number, where it fell from, why, how often it was tried."""
    for letter in _chosen(_settings(), filters):
        typer.echo(orjson.dumps(_line(letter)))


@app.command()
def show(number: Annotated[str, typer.Argument(metavar="N", help="As `list` gives it.")]) -> None:
    """The original bytes on stdout, what is known of them on stderr."""
    letter = next((letter for letter in _chosen(_settings(), None) if letter.name == number), None)
    if letter is None:
        _fail(f"there is no letter {number}: `wirewatch dlq list` names those there are", EXIT_USAGE)
    headers = {name: (value or b"").decode("utf-8", "replace") for name, value in letter.headers}
    typer.echo(orjson.dumps({**_line(letter), "headers": headers}, option=orjson.OPT_INDENT_2), err=True)
    sys.stdout.buffer.write(letter.value or b"")
    sys.stdout.buffer.flush()


@app.command()
def replay(
    filters: Filters = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be replayed.")] = False,
) -> None:
    """Write letters back to the topic of the stage they fell from; all of them without --filter. Safe to repeat."""
    from streams.ingest import dead_letters  # noqa: PLC0415 - as above

    settings = _settings()
    chosen = _chosen(settings, filters)
    if dry_run:
        for letter in chosen:
            typer.echo(orjson.dumps(_line(letter)))
        typer.echo(f"{len(chosen)} would be replayed", err=True)
        return
    try:
        count = dead_letters.replay(settings, chosen, note=lambda letter, topic: typer.echo(f"{letter.name} to {topic}"))
    except Unavailable as error:
        _fail(str(error), EXIT_PART)
    typer.echo(f"{count} replayed", err=True)
