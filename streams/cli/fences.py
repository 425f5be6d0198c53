"""`wirewatch fences …`: how far each stage has come by Redis's account, and how to begin a topic made anew."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from streams.cli import logs
from streams.core.errors import Unavailable
from streams.settings import Settings, SettingsError, load

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

app = typer.Typer(help="How far each stage has come by Redis's account.", no_args_is_help=True)

EXIT_FAILED, EXIT_USAGE = 1, 2


def _run(work: Callable[[Settings], Awaitable[T]]) -> T:
    async def working(settings: Settings) -> T:
        return await work(settings)

    try:
        settings = load()
        logs.configure(settings)
        return asyncio.run(working(settings))
    except SettingsError as error:
        message, code = f"a setting is wrong\n{error}", EXIT_USAGE
    except Unavailable as error:
        message, code = str(error), EXIT_FAILED
    typer.echo(f"wirewatch fences: {message}", err=True)
    raise typer.Exit(code)


@app.command("list")
def list_() -> None:
    """The last offset dealt with of each partition."""
    from streams import app as composition  # noqa: PLC0415 - it loads Faust, and `--help` need not

    for line in _run(composition.fences):
        typer.echo(line)


@app.command()
def reset(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="The articles or the stories topic, as the settings name it.")],
) -> None:
    """Forget a topic's fences, after it was made anew: the next worker begins at its log start. Stop all workers first.

    Alerts and claims stay: an article version that stands in them changes nothing when it comes again.
    """
    from streams import app as composition  # noqa: PLC0415 - as above

    forgotten = _run(lambda settings: composition.forget_fences(settings, topic))
    typer.echo(f"forgot {forgotten} fences of {topic}")
