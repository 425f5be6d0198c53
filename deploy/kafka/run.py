"""Apache Kafka without Docker: one KRaft node on loopback, or several, their jars from Maven Central.

`make kafka` runs it (`ARGS="--brokers 3"` for a cluster), the tests use `kafka()`, the fault tests `planned()` and `broker()`.
Needs Java 17 and Maven (Debian: openjdk-17-jre-headless, maven), the network only the first time, and no Python package.
"""
# ruff: noqa: INP001, T201 - a script, not a package's module; printing is how it speaks

from __future__ import annotations

import argparse
import contextlib
import hashlib
import secrets
import shutil
import signal
import string
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))  # runs from a bare checkout; streams.embedded needs the standard library only

from streams.embedded import LOOPBACK, NotStarted, answers_kafka, await_ready, free_port, running  # noqa: E402 - after the path

if TYPE_CHECKING:
    from collections.abc import Iterator

BUILD = ROOT / "build/kafka"


class Node(NamedTuple):
    """A running broker: where it listens, and its process."""

    bootstrap: str
    process: subprocess.Popen[bytes]
    log: Path


def _program(name: str, package: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise NotStarted(f"{name} is not installed; on Debian: apt-get install {package}")
    return path


def _run(command: list[str], purpose: str) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)  # noqa: S603 - our own
    if done.returncode:
        last = "\n".join(f"    {line}" for line in done.stdout.splitlines()[-15:])
        raise NotStarted(f"{purpose} failed with exit code {done.returncode}:\n{last}")


def jars() -> Path:
    """The folder of Kafka's jars, resolved through pom.xml; made once a pom, without the network from then on.

    Raises:
        NotStarted: Maven is missing or could not resolve them.
    """
    pom = HERE / "pom.xml"
    folder = BUILD / f"jars-{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}"
    if folder.is_dir():
        return folder
    maven = _program("mvn", "maven")
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as made:
        output = f"-DoutputDirectory={made}/jars"
        _run(
            [maven, "-B", "-q", "-f", str(pom), "dependency:copy-dependencies", "-DincludeScope=runtime", output],
            "Maven (is the network up?)",
        )
        with contextlib.suppress(FileExistsError, OSError):  # another process was first with the same jars
            Path(made, "jars").rename(folder)
    return folder


def _java(main: str, *arguments: str, heap: str) -> list[str]:
    """A command line of one of Kafka's programs, logging to its output."""
    options = [f"-Xmx{heap}", "-Dlog4j2.level=INFO", "-Djava.awt.headless=true"]
    return [_program("java", "openjdk-17-jre-headless"), *options, "-cp", f"{jars()}/*", main, *arguments]


class Plan(NamedTuple):
    """A cluster as its nodes are told of it: where each listens stays, so that one may be killed and come back.

    `detours` are further listeners, by node, that send clients on to another port than they listen on: a proxy's.
    """

    folder: Path
    cluster: str
    ports: tuple[int, ...]
    controllers: tuple[int, ...]
    detours: dict[int, tuple[int, int]]

    @property
    def bootstrap(self) -> str:
        """Addresses of all nodes."""
        return ",".join(f"{LOOPBACK}:{port}" for port in self.ports)

    def properties(self, number: int, data: Path) -> str:
        """server.properties of one node, the first being 0."""
        port, controller = self.ports[number], self.controllers[number]
        own, told = [f"PLAINTEXT://{LOOPBACK}:{port}"], [f"PLAINTEXT://{LOOPBACK}:{port}"]
        if number in self.detours:
            listens, proxy = self.detours[number]
            own.append(f"DETOUR://{LOOPBACK}:{listens}")
            told.append(f"DETOUR://{LOOPBACK}:{proxy}")
        copies = min(3, len(self.ports))
        template = string.Template((HERE / "server.properties").read_text(encoding="utf-8"))
        return template.substitute(
            node=number + 1,
            voters=",".join(f"{n}@{LOOPBACK}:{at}" for n, at in enumerate(self.controllers, start=1)),
            listeners=",".join([*own, f"CONTROLLER://{LOOPBACK}:{controller}"]),
            advertised=",".join(told),
            folder=data,
            copies=copies,
            in_sync=max(1, copies - 1),
        )


def planned(folder: Path, count: int = 1, *, port: int | None = None, detours: dict[int, tuple[int, int]] | None = None) -> Plan:
    """A cluster of so many nodes on free ports of loopback, its data in `folder`; `port` is the first one's."""
    cluster = "w" + secrets.token_urlsafe(16)[1:]  # Kafka's form of 16 bytes; one that begins with - would be an option
    ports = (port or free_port(), *(free_port() for _ in range(count - 1)))
    return Plan(folder, cluster, ports, tuple(free_port() for _ in range(count)), detours or {})


@contextlib.contextmanager
def broker(plan: Plan, number: int, *, wait: bool = True) -> Iterator[Node]:
    """Run one node until the block ends, keeping its data, which is made and formatted where it is new.

    Without `wait` the block is entered at once: of a new cluster no node is ready before most of them run.

    Raises:
        NotStarted: saying what to install, or with Kafka's last lines.
    """
    folder = plan.folder if len(plan.ports) == 1 else plan.folder / str(number + 1)
    folder.mkdir(parents=True, exist_ok=True)
    data, config, log = folder / "data", folder / "server.properties", folder / "server.log"
    config.write_text(plan.properties(number, data), encoding="utf-8")
    if not (data / "meta.properties").exists():
        _run(
            _java("kafka.tools.StorageTool", "format", "-t", plan.cluster, "-c", str(config), heap="128m"),
            "formatting the data folder",
        )
    port = plan.ports[number]
    command = _java("kafka.Kafka", str(config), heap="512m")
    with running(command, ready=(lambda: answers_kafka(port)) if wait else None, log=log) as process:
        yield Node(f"{LOOPBACK}:{port}", process, log)


@contextlib.contextmanager
def kafka(folder: Path, port: int | None = None, count: int = 1) -> Iterator[list[Node]]:
    """Run a cluster until the block ends, keeping its data in `folder`; the same folder again continues with the same data.

    Args:
        folder: holds the configuration, the log and the data.
        port: of the first broker on loopback; None takes a free one. The others' and the controllers' are always free ones.
        count: of nodes, each broker and controller.

    Raises:
        NotStarted: saying what to install, or with Kafka's last lines.
    """
    plan = planned(folder, count, port=port)
    with contextlib.ExitStack() as stack:
        nodes = [stack.enter_context(broker(plan, number, wait=False)) for number in range(count)]
        for node, number in zip(nodes, plan.ports, strict=True):
            await_ready(node.process, lambda number=number: answers_kafka(number), log=node.log)
        yield nodes


def _stop(number: int, _: object) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def main() -> int:
    """Run a node until Ctrl-C or SIGTERM; 0 when it was stopped so, 1 when it could not start or ended by itself."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, help="port of the first broker on 127.0.0.1 (default: a free one)")
    parser.add_argument("--brokers", type=int, default=1, choices=(1, 3), help="nodes of the cluster (default: %(default)s)")
    parser.add_argument("--folder", type=Path, help=f"data folder, kept between runs (default: {BUILD}/node, or node3)")
    arguments = parser.parse_args()
    folder = arguments.folder or BUILD / ("node" if arguments.brokers == 1 else f"node{arguments.brokers}")
    signal.signal(signal.SIGTERM, _stop)
    try:
        with kafka(folder, arguments.port, arguments.brokers) as nodes:
            print(f"bootstrap: {','.join(node.bootstrap for node in nodes)}", flush=True)
            print(f"data: {folder}; Ctrl-C stops it", flush=True)
            code = nodes[0].process.wait()
    except KeyboardInterrupt:
        return 0
    except NotStarted as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Kafka ended by itself with exit code {code}; see {nodes[0].log}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
