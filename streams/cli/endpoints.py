"""`wirewatch endpoints …`: webhook subscribers. A secret is printed once, by the command that makes it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from streams.cli import logs
from streams.codec import parse_time, to_json
from streams.core.errors import Rejected, Unavailable
from streams.core.model import AlertKind, Tier
from streams.settings import Settings, SettingsError, load
from streams.webhooks import endpoints

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from streams.core.model import Attempt
    from streams.core.ports import Subscribers

_T = TypeVar("_T")

app = typer.Typer(help="Webhook subscribers: who is sent alerts, and what came of it.", no_args_is_help=True)

Which = Annotated[str, typer.Argument(metavar="ENDPOINT", help="Its id, as `list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Url = Annotated[str, typer.Argument(metavar="URL", help="https://…, globally routable, without name and password.")]
Tiers = Annotated[list[Tier] | None, typer.Option("--tier", help="Only this tier; may be given again. Without: all.")]
Kinds = Annotated[list[AlertKind] | None, typer.Option("--kind", help="Only this kind; may be given again. Without: all.")]
Limit = Annotated[int, typer.Option(min=1, max=100, help="At most so many.")]
Since = Annotated[str, typer.Option(help="RFC 3339 with its zone, for example 2025-01-31T06:00:00Z.")]

EXIT_FAILED, EXIT_USAGE = 1, 2
_USAGE = frozenset({"bad-url", "bad-time"})
"""Rejections of what was typed; the others are of the state of things."""


def _run(work: Callable[[Subscribers, Settings, datetime], Awaitable[_T]]) -> _T:
    """Do `work` on the subscribers; failures become words on stderr and an exit code."""
    from streams import app as composition  # noqa: PLC0415 - it loads Faust, and `--help` need not

    async def with_subscribers() -> _T:
        async with composition.subscribers(settings) as subscribers:
            return await work(subscribers, settings, datetime.now(UTC))

    try:
        settings = load()
        logs.configure(settings)
        return asyncio.run(with_subscribers())
    except SettingsError as error:
        message, code = f"a setting is wrong\n{error}", EXIT_USAGE
    except Rejected as rejection:
        message, code = rejection.detail, EXIT_USAGE if rejection.reason in _USAGE else EXIT_FAILED
    except Unavailable as error:
        message, code = f"{error}. Does Redis run where WIREWATCH_REDIS_URL says?", EXIT_FAILED
    typer.echo(f"wirewatch endpoints: {message}", err=True)
    raise typer.Exit(code)


def _print(document: Any, lines: str, *, as_json: bool) -> None:  # noqa: ANN401 - JSON is of any type
    typer.echo(to_json(document).decode() if as_json else lines)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = Table()
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    Console().print(table)


@app.command()
def add(url: Url, tier: Tiers = None, kind: Kinds = None, *, as_json: AsJson = False) -> None:
    """Add an endpoint; it is sent every matching event from now on."""
    endpoint, secret = _run(
        lambda subscribers, settings, now: endpoints.register(
            subscribers, url, settings=settings, now=now, tiers=tier or (), kinds=kind or ()
        )
    )
    words = f"{endpoint.id} added.\nIts secret, shown only now:\n{secret}\nTry it: wirewatch endpoints test {endpoint.id}"
    _print({**endpoints.shown(endpoint), "secret": secret}, words, as_json=as_json)


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """List the endpoints, oldest first; of each URL only what stands before the path."""
    found = [endpoints.shown(endpoint) for endpoint in _run(lambda subscribers, _settings, _now: subscribers.list())]
    if as_json:
        typer.echo(to_json(found).decode())
    elif not found:
        typer.echo("There are no endpoints: wirewatch endpoints add https://…")
    else:
        _table(
            ("id", "url", "state", "tiers", "kinds", "created"),
            [
                (
                    one["id"],
                    one["url"],
                    "enabled" if one["enabled"] else f"disabled: {one['disabled_why']}",
                    ", ".join(one["tiers"]) or "all",
                    ", ".join(one["kinds"]) or "all",
                    one["created"][:19] + "Z",
                )
                for one in found
            ],
        )


@app.command()
def remove(endpoint: Which, *, as_json: AsJson = False) -> None:
    """Remove an endpoint and all it is owed."""
    _run(lambda subscribers, _settings, _now: endpoints.remove(subscribers, endpoint))
    _print({"removed": endpoint}, f"{endpoint} removed.", as_json=as_json)


@app.command()
def enable(endpoint: Which, *, as_json: AsJson = False) -> None:
    """Put an endpoint that was disabled (it answered 410) back in service."""
    enabled = _run(lambda subscribers, _settings, _now: endpoints.enable(subscribers, endpoint))
    words = f"{endpoint} is enabled; what it is still owed is sent now. What it missed: wirewatch endpoints recover"
    _print(endpoints.shown(enabled), words, as_json=as_json)


@app.command("test")
def try_out(endpoint: Which, *, as_json: AsJson = False) -> None:
    """Send a test event; `wirewatch deliver` must be running."""
    event_id = _run(lambda subscribers, _settings, now: endpoints.test(subscribers, endpoint, now=now))
    words = f"{event_id} will be sent. What came of it: wirewatch endpoints attempts {endpoint}"
    _print({"event_id": event_id}, words, as_json=as_json)


@app.command()
def rotate(endpoint: Which, *, as_json: AsJson = False) -> None:
    """Make a new secret; the old one signs beside it for 24 h."""
    secret = _run(lambda subscribers, _settings, now: endpoints.rotate(subscribers, endpoint, now=now))
    words = f"The new secret of {endpoint}, shown only now; the old one is valid for 24 h more:\n{secret}"
    _print({"secret": secret}, words, as_json=as_json)


@app.command()
def attempts(endpoint: Which, limit: Limit = 20, *, as_json: AsJson = False) -> None:
    """List the latest attempts, newest first."""

    async def found(subscribers: Subscribers, _settings: Settings, _now: datetime) -> Sequence[Attempt]:
        await endpoints.get(subscribers, endpoint)
        return await subscribers.attempts(endpoint, limit=limit)

    latest = _run(found)
    if as_json:
        typer.echo(to_json(latest).decode())
    elif not latest:
        typer.echo(f"Nothing was sent to {endpoint} yet.")
    else:
        _table(
            ("at", "event", "attempt", "outcome", "status", "detail"),
            [
                (f"{one.at:%Y-%m-%d %H:%M:%S}Z", one.event_id, str(one.number), one.outcome, str(one.status or "-"), one.detail)
                for one in latest
            ],
        )


@app.command()
def resend(
    endpoint: Which,
    event: Annotated[str, typer.Argument(metavar="EVENT", help="Its id, as `attempts` shows it.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Send one event of the alert log again, under its own id."""
    _run(lambda subscribers, _settings, now: endpoints.resend(subscribers, endpoint, event, now=now))
    _print({"event_id": event}, f"{event} will be sent again.", as_json=as_json)


@app.command()
def recover(endpoint: Which, since: Since, *, as_json: AsJson = False) -> None:
    """Send every matching event since a time again, each under its own id."""

    async def recovered(subscribers: Subscribers, _settings: Settings, now: datetime) -> int:
        start = parse_time(since)
        if start is None:
            raise Rejected("bad-time", "--since must be a time with its zone, for example 2025-01-31T06:00:00Z")
        return await endpoints.recover(subscribers, endpoint, start, now=now)

    owed = _run(recovered)
    _print({"owed": owed}, f"{owed} events will be sent again.", as_json=as_json)
