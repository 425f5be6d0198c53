"""Runs contenders in their nursery and keeps what was measured."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tests.bench import machine
from tests.bench.course import WrongResult
from tests.servers import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.bench.course import Course
    from tests.bench.task import Task


@dataclass(frozen=True)
class Run:
    """One contender's measured and verified run."""

    job: str
    contender: str
    round: int
    records: int
    seconds: float
    cpu: float
    """Seconds of processor time in `seconds`."""

    @property
    def per_second(self) -> float:
        return self.records / self.seconds

    @property
    def cpu_us(self) -> float:
        """Processor time a record, microseconds."""
        return 1e6 * self.cpu / self.records


class Nursery:
    """The process contenders are forked from."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process = process
        self._log = log

    def answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise WrongResult(f"the contenders' process ended; its last words:\n{self.last_words()}")
        return line

    def run(self, task: Task) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(task)) + "\n")
        self._process.stdin.flush()
        measured: dict[str, Any] = json.loads(self.answer())
        if "failed" in measured:
            raise WrongResult(f"{task.contender}, {task.job}: {measured['failed']}; last words:\n{self.last_words()}")
        return measured

    def last_words(self) -> str:
        return "\n".join(f"    {line}" for line in self._log.read_text(errors="replace").splitlines()[-15:])


@contextlib.contextmanager
def nursery(core: set[int], log: Path) -> Iterator[Nursery]:
    """The contenders' process, ready, on its core."""
    with log.open("w") as words, machine.on(core):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.nursery"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            text=True,
        )
    try:
        opened = Nursery(process, log)
        opened.answer()
        yield opened
    finally:
        process.communicate()  # its input ends, and so does it


def run(runs_in: Nursery, course: Course, contender: str, number: int) -> Run:
    """One run, held to its outcome.

    Raises:
        WrongResult: the contender failed or did not do the work.
    """
    task, settings = course.task(contender)
    measured = runs_in.run(task)
    try:
        course.check(settings)
    except WrongResult as wrong:
        raise WrongResult(f"{contender}, {course.job}: {wrong}") from None
    return Run(course.job, contender, number, course.records, measured["seconds"], measured["cpu"])
