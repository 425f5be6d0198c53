"""Apache Kafka without Docker: one KRaft node on loopback, its jars from Maven Central.

`make kafka` runs it, and the tests use `kafka()`.
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

from streams.embedded import LOOPBACK, NotStarted, answers_kafka, free_port, running  # noqa: E402 - after the path

if TYPE_CHECKING:
    from collections.abc import Iterator

BUILD = ROOT / "build/kafka"


class Node(NamedTuple):
    """A running broker: where it listens, and its process."""

    bootstrap: str
    process: subprocess.Popen[bytes]


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


@contextlib.contextmanager
def kafka(folder: Path, port: int | None = None) -> Iterator[Node]:
    """Run one node until the block ends, keeping its data in `folder`, which is made and formatted where it is new.

    Args:
        folder: holds the configuration, the log and the data; the same folder again continues with the same data.
        port: of the broker on loopback; None takes a free one. The controller's is always a free one.

    Raises:
        NotStarted: saying what to install, or with Kafka's last lines.
    """
    port = port or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    data, config, log = folder / "data", folder / "server.properties", folder / "server.log"
    template = string.Template((HERE / "server.properties").read_text(encoding="utf-8"))
    config.write_text(template.substitute(port=port, controller_port=free_port(), folder=data), encoding="utf-8")
    if not (data / "meta.properties").exists():
        cluster = "w" + secrets.token_urlsafe(16)[1:]  # Kafka's form of 16 bytes; one that begins with - would be an option
        _run(
            _java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(config), heap="128m"),
            "formatting the data folder",
        )
    command = _java("kafka.Kafka", str(config), heap="512m")
    with running(command, ready=lambda: answers_kafka(port), log=log) as process:
        yield Node(f"{LOOPBACK}:{port}", process)


def _stop(number: int, _: object) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


def main() -> int:
    """Run a node until Ctrl-C or SIGTERM; 0 when it was stopped so, 1 when it could not start or ended by itself."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, help="port of the broker on 127.0.0.1 (default: a free one)")
    parser.add_argument(
        "--folder", type=Path, default=BUILD / "node", help="data folder, kept between runs (default: %(default)s)"
    )
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    try:
        with kafka(arguments.folder, arguments.port) as node:
            print(f"bootstrap: {node.bootstrap}", flush=True)
            print(f"data: {arguments.folder}; Ctrl-C stops it", flush=True)
            code = node.process.wait()
    except KeyboardInterrupt:
        return 0
    except NotStarted as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Kafka ended by itself with exit code {code}; see {arguments.folder / 'server.log'}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
