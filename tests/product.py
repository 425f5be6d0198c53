"""wirewatch's own processes, run by tests as an operator runs them: real commands, real ports, settings by environment."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from streams import embedded
from streams.settings import Settings, load

T = TypeVar("T")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass
class Product:
    """One installation: topics and group of its own on a broker, a Redis, a folder for logs."""

    bootstrap: str
    redis_url: str
    folder: Path
    extra: dict[str, str] = field(default_factory=dict)
    name: str = field(default_factory=lambda: f"t{secrets.token_hex(4)}")

    @property
    def environment(self) -> dict[str, str]:
        own = {
            "KAFKA_BOOTSTRAP": self.bootstrap,
            "REDIS_URL": self.redis_url,
            "ARTICLES_TOPIC": f"{self.name}.articles",
            "STORIES_TOPIC": f"{self.name}.stories",
            "DEAD_LETTER_TOPIC": f"{self.name}.dlq",
            "GROUP": self.name,
            "INSTANCE": self.name,
            "SESSION_TIMEOUT": "6",
            "SOURCES": "files",
            **self.extra,
        }
        kept = {key: value for key, value in os.environ.items() if not key.startswith("WIREWATCH_")}
        return kept | {f"WIREWATCH_{key}": value for key, value in own.items()}

    def settings(self, **more: object) -> Settings:
        """The same settings, for parts a test calls itself."""
        own = {
            "kafka_bootstrap": self.bootstrap,
            "redis_url": self.redis_url,
            "articles_topic": f"{self.name}.articles",
            "stories_topic": f"{self.name}.stories",
            "dead_letter_topic": f"{self.name}.dlq",
            "group": self.name,
        }
        return load(**{**own, **more})

    def command(self, *arguments: str, check: bool = True, stdin: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        """Run a short command to its end."""
        command = [sys.executable, "-m", "streams", *arguments]
        done = subprocess.run(command, env=self.environment, input=stdin, capture_output=True, timeout=120, check=False)
        assert not check or done.returncode == 0, done.stderr.decode()
        return done

    @contextlib.contextmanager
    def process(self, name: str, **more: str) -> Iterator[Running]:
        """worker, serve or deliver, ready."""
        port = embedded.free_port()
        url = f"http://127.0.0.1:{port}"
        environment = self.environment | {f"WIREWATCH_{key}": value for key, value in more.items()}
        log = self.folder / f"{name}-{port}.log"
        with embedded.running(
            [sys.executable, "-m", "streams", name],
            ready=lambda: get(f"{url}/readyz") is not None,
            log=log,
            env=environment | {f"WIREWATCH_{name.upper()}_PORT": str(port)},
        ) as process:
            yield Running(url, process, log)


@dataclass
class Running:
    """A process of the product that answers."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path


def get(url: str) -> str | None:
    """The body of a 200 answer, or None."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own loopback address
            return answer.read().decode()
    except (OSError, urllib.error.HTTPError):
        return None


def eventually(ask: Callable[[], T], *, within: float = 60.0, message: str = "") -> T:
    """What `ask` answers once it is true; fails with its last answer after `within` seconds."""
    until = time.monotonic() + within
    while not (answer := ask()):
        if time.monotonic() > until:
            raise AssertionError(f"not within {within:g} s: {message} (last: {answer!r})")
        time.sleep(0.05)
    return answer
