"""`make bench`: wirewatch's stages on real Kafka and redis-server, next to peers in the same run (docs/benchmarks.md)."""
# ruff: noqa: T201 - printing is how it speaks

from __future__ import annotations

import argparse
import contextlib
import logging
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streams.embedded import NotStarted
from streams.settings import load
from tests import servers
from tests.bench import latency, machine, report, runner
from tests.bench.articles import from_file, made
from tests.bench.contenders import CONTENDERS
from tests.bench.course import Course, Ground, WrongResult
from tests.bench.task import Job, assessor
from tests.bench.wire import Wire, outgoing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streams.ingest.item import Item

PARTITIONS = 8
BUILD = servers.ROOT / "build"


@dataclass(frozen=True)
class Plan:
    """How much is done: articles a job for wirewatch and the lean loop, and for the slower stock agents."""

    rounds: int
    sizes: dict[Job, tuple[int, int]]
    quiet: int
    busy: float
    """Seconds at 500 articles a second."""


FULL = Plan(
    3, {Job.TRANSPORT: (60_000, 10_000), Job.DEDUP: (8_000, 1_000), Job.DETECT: (1_500, 600), Job.BOTH: (1_500, 600)}, 60, 10
)
QUICK = Plan(1, dict.fromkeys(Job, (300, 100)), 4, 1)


def _arguments(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="a smoke test: everything once and little of it; figures mean nothing"
    )
    parser.add_argument("--job", choices=[*Job, "latency"], action="append", help="only this, may be repeated (default: all)")
    parser.add_argument("--contender", choices=list(CONTENDERS), action="append", help="only this one, may be repeated")
    parser.add_argument("--rounds", type=int, help="rounds a job (default: 3)")
    parser.add_argument("--articles", type=Path, help="a file or folder of your own articles, as `wirewatch ingest` reads them")
    parser.add_argument("--seed", type=int, default=1, help="of the articles made (default: 1)")
    parser.add_argument("--output", type=Path, default=BUILD / "bench.json", help="default: %(default)s")
    return parser.parse_args(given)


def _items(arguments: argparse.Namespace, plan: Plan) -> list[Item]:
    if arguments.articles is None:
        most = max(count for job, sizes in plan.sizes.items() if job is not Job.TRANSPORT for count in sizes)
        return made(most, arguments.seed)
    items = from_file(arguments.articles)
    if not items:
        raise SystemExit(f"{arguments.articles}: there is no article in it")
    return items


@contextlib.contextmanager
def _wire(where: set[int]) -> Iterator[Wire]:
    with machine.on(where), servers.kafka() as bootstrap, servers.redis_server() as url:
        yield Wire(load(kafka_bootstrap=bootstrap, redis_url=url, partitions=PARTITIONS))


def _courses(ground: Ground, job: Job, sizes: tuple[int, int]) -> dict[str, Course]:
    """Each contender's course: the stock agents' is shorter, so that the run ends today."""
    courses = {size: ground.course(job, size) for size in dict.fromkeys(sizes)}
    return {contender: courses[sizes[contender.startswith("stock")]] for contender in CONTENDERS}


def _measure(arguments: argparse.Namespace, plan: Plan) -> tuple[list[runner.Run], dict[str, float], list[latency.Latency]]:
    core, others = machine.cores()
    jobs = arguments.job or [*Job, "latency"]
    chosen = arguments.contender or list(CONTENDERS)
    runs: list[runner.Run] = []
    stages: dict[str, float] = {}
    latencies: list[latency.Latency] = []
    judge, items = assessor(), _items(arguments, plan)
    for item in items[:60]:
        judge.assess(item.article)  # compiles the lexicons, so that the reference takes their time for none
    with _wire(others) as wire, runner.nursery(core, arguments.output.with_suffix(".log")) as nursery:
        ground = Ground(wire, judge, outgoing(items, PARTITIONS))
        for job in (job for job in Job if job in jobs):
            courses = _courses(ground, job, plan.sizes[job])
            longest = max(courses.values(), key=lambda course: course.records)
            if longest.expected is not None:
                stages |= {name: 1e6 * spent / longest.records for name, spent in longest.expected.cpu.items() if name == job}
            for number in range(arguments.rounds or plan.rounds):
                shift = number % len(chosen)
                for contender in chosen[shift:] + chosen[:shift]:
                    runs.append(runner.run(nursery, courses[contender], contender, number))
                    print(f"  {job} {contender}: {runs[-1].per_second:,.0f}/s", file=sys.stderr)
        if "latency" in jobs:
            with tempfile.TemporaryDirectory(prefix="wirewatch-bench-") as folder:
                latencies = latency.measured(
                    wire.settings, judge, core, Path(folder), seed=arguments.seed, quiet=plan.quiet, seconds=plan.busy
                )
    return runs, stages, latencies


def main(given: Sequence[str]) -> int:
    """Run the benchmark; 1 where a contender did not do its work or a server could not be had."""
    arguments = _arguments(given)
    plan = QUICK if arguments.quick else FULL
    about: dict[str, Any] = {"command": " ".join(["python -m tests.bench", *given]), "machine": machine.described()}
    started = time.monotonic()
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # a topic just made has no leader yet: it retries, we wait
    try:
        runs, stages, latencies = _measure(arguments, plan)
    except (WrongResult, NotStarted) as error:
        print(f"the benchmark has no result: {error}", file=sys.stderr)
        return 1
    about["seconds"] = round(time.monotonic() - started, 1)
    print(report.text(report.summary(runs), stages, latencies))
    report.write(arguments.output, about, runs, stages, latencies)
    print(f"\n{about['seconds']:g} s on {about['machine']['cpu']}, one core for each contender; all of it in {arguments.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
