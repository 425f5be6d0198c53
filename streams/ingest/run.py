"""`wirewatch ingest`: read, produce, count, name what failed."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from streams.core.errors import Unavailable
from streams.ingest.canonical import Note, quiet
from streams.ingest.files import read, size
from streams.ingest.item import Failure, Item, Unreadable
from streams.ingest.producer import WireProducer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from streams.settings import Settings


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the articles: how many Kafka has, and each input that did not become one."""

    accepted: int
    failed: tuple[Failure, ...]

    @property
    def exit_code(self) -> int:
        """0 when all went in, 1 when some did not (delivery.md, exit codes)."""
        return 1 if self.failed else 0


def ingest(  # noqa: PLR0913 - the command's options, all but two by name
    settings: Settings,
    paths: Sequence[str],
    *,
    source: str = "files",
    rate: float | None = None,
    progress: bool = False,
    failed: Callable[[Failure], None] = lambda _: None,
    sent: Callable[[Item], None] = lambda _: None,
    note: Note = quiet,
    stdin: BinaryIO | None = None,
    stop: threading.Event | None = None,
) -> Result:
    """Produce every article of `paths` to the articles topic.

    Args:
        settings: where Kafka is.
        paths: files, folders and `-`, as `read` takes them.
        source: the articles' source name.
        rate: articles a second at most, None for as fast as it goes.
        progress: show a bar on stderr, where that is a terminal.
        failed: told of each input that was not accepted, as it happens.
        sent: told of each article as it is handed to Kafka's client; it is accepted later.
        note: told in words of what was left out or odd.
        stdin: what `-` reads.
        stop: set from elsewhere, ends the reading before the next article; what was sent is still waited for.

    Raises:
        ValueError: the source may not be called so, or the rate is not above zero.
        Unavailable: Kafka does not answer (any more); it says how many articles were accepted.
    """
    if rate is not None and rate <= 0:
        raise ValueError("the rate must be above zero articles a second")
    failures: list[Failure] = []

    def fail(failure: Failure) -> None:
        failures.append(failure)
        failed(failure)

    with _bar(paths, shown=progress) as (advance, count):
        articles = read(paths, source=source, note=note, advance=advance, stdin=stdin)
        producer = WireProducer(settings, failed=fail)
        try:
            with producer:
                for article in _paced(articles, rate, stop or threading.Event()):
                    if isinstance(article, Item):
                        sent(article)
                        producer.send(article)
                        count(producer.accepted)
                    else:
                        fail(article)
        except Unavailable as error:
            raise Unavailable(
                f"{error}; {producer.accepted:,} articles were accepted. Run it again when it answers: "
                "an article version that Kafka has already is dropped as a repeat"
            ) from error
        count(producer.accepted)
    return Result(producer.accepted, tuple(failures))


def _paced(articles: Iterator[Item | Unreadable], rate: float | None, stop: threading.Event) -> Iterator[Item | Unreadable]:
    """At most `rate` a second, evenly, until `stop`; a late one does not make the next ones hurry beyond the rate."""
    due = time.monotonic()
    for article in articles:
        if rate is not None:
            stop.wait(max(0.0, due - time.monotonic()))
            due = max(due, time.monotonic() - 1.0) + 1.0 / rate
        if stop.is_set():
            return
        yield article


@contextlib.contextmanager
def _bar(paths: Sequence[str], *, shown: bool) -> Iterator[tuple[Callable[[int], None], Callable[[int], None]]]:
    """How to say that bytes were read and how many articles Kafka has; shown only on a terminal, on stderr."""
    console = Console(stderr=True)
    if not (shown and console.is_terminal):
        yield (lambda _: None), (lambda _: None)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TextColumn("{task.fields[accepted]:,} accepted"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as bar:
        task = bar.add_task("ingest", total=size(paths), accepted=0)
        yield (lambda n: bar.advance(task, n)), (lambda n: bar.update(task, accepted=n))
