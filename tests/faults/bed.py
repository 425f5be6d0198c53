"""Servers that outlive a run, and one run after another on them."""

from __future__ import annotations

import contextlib
import hashlib
import subprocess
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streams import app
from streams.settings import load
from tests.faults.proxy import Proxy
from tests.faults.run import Failed, Run
from tests.faults.servers import Brokers, RedisServer
from tests.servers import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.assess import Assessor
    from tests.faults.matrix import Fault


_JUDGES = ("streams/core/detect", "streams/core/text", "streams/lexicons")
"""What reads words and is not under test here: pure functions, which make the truth of a run as well."""


def product() -> str:
    """What is tested: a hash of the committed files of streams/ without `_JUDGES`, with a + where the files differ from them."""
    paths = ["--", "streams", *(f":(exclude){path}" for path in _JUDGES)]
    changed = _git("status", "--porcelain", *paths)
    files = _git("ls-files", "--stage", *paths).encode()
    return hashlib.sha1(files, usedforsecurity=False).hexdigest()[:10] + ("+" if changed else "")


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


@dataclass
class Bed:
    """Kafka, Redis and the detectors, for as many runs as one likes."""

    brokers: Brokers
    redis: RedisServer
    judge: Assessor
    folder: Path
    proxy: Proxy | None = None

    def play(self, fault: Fault, seed: int, *, rig: str = "") -> Result:
        """One run of a fault."""
        start = time.monotonic()
        folder = self.folder / f"{fault.name}-{seed}"
        folder.mkdir(parents=True, exist_ok=True)
        figures: dict[str, Any] = {}
        why = ""
        try:
            run = Run(self.brokers, self.redis, folder, self.judge, seed, rig=rig)
            run.proxy = self.proxy
            figures = run.figures
            try:
                fault.play(run)
                run.verdict()
            finally:
                run.close()
        except Failed as failed:
            why = str(failed)
        except Exception as error:  # noqa: BLE001 - a run that cannot be finished is a run that failed
            traceback.print_exc()
            why = f"{type(error).__name__}: {error}"
        return Result(fault.name, seed, not why, why, figures, round(time.monotonic() - start, 1), rig)


@dataclass(frozen=True)
class Result:
    """What came of a run: a line of build/faults.jsonl."""

    fault: str
    seed: int
    passed: bool
    why: str
    figures: dict[str, Any]
    seconds: float
    rig: str = ""
    commit: str = field(default_factory=lambda: _git("describe", "--always"))
    product: str = field(default_factory=product)
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))


@contextlib.contextmanager
def bed(folder: Path, count: int = 1, *, proxied: bool = False) -> Iterator[Bed]:
    """Servers for faults that need so many brokers; logs stay in `folder`, data does not."""
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wirewatch-faults-")))
        proxy = stack.enter_context(Proxy().running()) if proxied else None
        brokers = Brokers(data / "kafka", count, proxied=proxy.port if proxy else None)
        if proxy is not None:
            proxy.target = brokers.behind
        redis = stack.enter_context(RedisServer(data / "redis").running())
        stack.enter_context(brokers.running())
        yield Bed(brokers, redis, app.assessor(load(), warm=True), folder, proxy)
