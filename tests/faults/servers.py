"""Brokers and a Redis that may be killed, frozen and brought back at the same address with the same data."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import redis
from kafka import KafkaAdminClient

from streams import embedded
from tests import servers

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator, Mapping


class Brokers:
    """A Kafka cluster of one or three nodes.

    Args:
        folder: its data.
        count: of nodes.
        proxied: the port of a proxy that the first node sends clients of `behind` to; None for no such listener.
    """

    def __init__(self, folder: Path, count: int, *, proxied: int | None = None) -> None:
        servers.installed("java", "openjdk-17-jre-headless")
        self._runner = servers.kafka_runner()
        self.behind = embedded.free_port()
        """Where the first node listens for what comes through the proxy."""
        detours = {} if proxied is None else {0: (self.behind, proxied)}
        self.plan = self._runner.planned(folder, count, detours=detours)
        self.nodes: dict[int, subprocess.Popen[bytes]] = {}
        self._stacks: dict[int, contextlib.ExitStack] = {}

    @property
    def bootstrap(self) -> str:
        """Addresses of all nodes."""
        return self.plan.bootstrap

    @contextlib.contextmanager
    def running(self) -> Iterator[Brokers]:
        """All nodes run until the block ends."""
        try:
            logs = [self._start(number) for number in range(len(self.plan.ports))]
            for number, log in enumerate(logs):
                self._await(number, log)
            servers.RAN.add("kafka")
            yield self
        finally:
            for stack in self._stacks.values():
                stack.close()

    def _start(self, number: int) -> Path:
        stack = self._stacks[number] = contextlib.ExitStack()
        node = stack.enter_context(self._runner.broker(self.plan, number, wait=False))
        self.nodes[number] = node.process
        log: Path = node.log
        return log

    def _await(self, number: int, log: Path) -> None:
        embedded.await_ready(self.nodes[number], lambda: embedded.answers_kafka(self.plan.ports[number]), log=log)

    def kill(self, number: int) -> None:
        """Kill -9."""
        self.nodes[number].kill()
        self.nodes[number].wait()
        self._stacks[number].close()

    def restart(self, *numbers: int) -> None:
        """Start nodes that were killed; returns once they answer."""
        logs = [self._start(number) for number in numbers]
        for number, log in zip(numbers, logs, strict=True):
            self._await(number, log)

    def freeze(self, number: int) -> None:
        """SIGSTOP."""
        self.nodes[number].send_signal(signal.SIGSTOP)

    def thaw(self, number: int) -> None:
        """SIGCONT."""
        self.nodes[number].send_signal(signal.SIGCONT)

    def leaders(self, topic: str) -> dict[int, int]:
        """The node that leads each partition of a topic, numbered from 0."""
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap.split(","))
        try:
            (told,) = admin.describe_topics([topic])
            return {p["partition_index"]: p["leader_id"] - 1 for p in told["partitions"]}
        finally:
            admin.close()


class RedisServer:
    """A redis-server with its data in a folder; `always` is what delivery.md asks of production.

    Args:
        folder: its data, kept from one start to the next.
        options: directives of redis.conf above ours.
        password: of all servers that replicate one another; one of its own without.
    """

    def __init__(self, folder: Path, options: Mapping[str, str] | None = None, *, password: str = "") -> None:
        self._program = servers.installed("redis-server", "redis-server")
        self.folder = folder
        self.port, self.password = embedded.free_port(), password or secrets.token_hex(24)
        self.options = {
            "port": str(self.port),
            "requirepass": self.password,
            "masterauth": self.password,
            "dir": str(folder),
            "appendonly": "yes",
            "appendfsync": "always",
            "auto-aof-rewrite-percentage": "0",  # a copy of the files is whole only while none is being rewritten
            **(options or {}),
        }
        self._stack = contextlib.ExitStack()
        self.url = f"redis://:{self.password}@{embedded.LOOPBACK}:{self.port}/0"
        self.client = redis.Redis.from_url(self.url)
        self.pid = 0

    @contextlib.contextmanager
    def running(self) -> Iterator[RedisServer]:
        """It runs until the block ends, unless it is killed meanwhile."""
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self.start()
            servers.RAN.add("redis-server")
            yield self
        finally:
            self.client.close()
            self._stack.close()

    def start(self) -> None:
        """Start it; returns once its data is loaded."""
        self._stack.enter_context(embedded.redis_compatible(self._program, self.options))
        self.pid = int(self.client.info("server")["process_id"])

    @property
    def ended(self) -> bool:
        """Whether it has ended, by whatever cause."""
        try:
            return Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z"
        except OSError:
            return True

    def kill(self) -> None:
        """Kill -9, and wait for its end."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self._stack.close()

    def restart(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Kill it, do something to its files, start it again."""
        self.kill()
        meanwhile()
        self.start()

    def freeze(self) -> None:
        """SIGSTOP."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        os.kill(self.pid, signal.SIGCONT)

    def copy(self, to: Path) -> None:
        """A backup of its files as they are now."""
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.folder, to)

    def restore(self, backup: Path) -> None:
        """Put a backup in the place of its files; only while it does not run."""
        shutil.rmtree(self.folder)
        shutil.copytree(backup, self.folder)
