"""The machine: its cores, who may use which, and how it is called in the report."""

from __future__ import annotations

import contextlib
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def cores() -> tuple[set[int], set[int]]:
    """The one core contenders run on, and those of Kafka, Redis and the benchmark itself."""
    allowed = sorted(os.sched_getaffinity(0))
    return {allowed[0]}, set(allowed[1:]) or {allowed[0]}


@contextlib.contextmanager
def on(where: set[int]) -> Iterator[None]:
    """Start processes on these cores: they inherit them, and so do their threads."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, where)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpu_seconds(process: int) -> float:
    """Processor time a process has used so far, all its threads together."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _line(path: str, name: str) -> str:
    with contextlib.suppress(OSError):
        return next((ln.partition(":")[2].strip() for ln in Path(path).read_text().splitlines() if ln.startswith(name)), "")
    return ""


def _git() -> str:
    done = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def described() -> dict[str, Any]:
    """What a reader must know of the machine to compare figures."""
    redis = subprocess.run(["redis-server", "--version"], capture_output=True, text=True, check=False).stdout.split()
    return {
        "cpu": _line("/proc/cpuinfo", "model name") or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory": _line("/proc/meminfo", "MemTotal"),
        "load": [round(value, 2) for value in os.getloadavg()],
        "python": platform.python_version(),
        "redis-server": next((word[2:] for word in redis if word.startswith("v=")), ""),
        **{name: version(name) for name in ("faust-streaming", "aiokafka", "redis", "orjson", "hyperscan")},
        "commit": _git(),
    }
