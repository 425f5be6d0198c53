"""A worker under the hand of a test, which is its supervisor too."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from streams import embedded
from tests.product import get

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping

    from tests.product import Product

_RSS = re.compile(r"VmRSS:\s+(\d+) kB")
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


class Worker:
    """One worker process, started and restarted under one instance name.

    Args:
        product: whose worker it is.
        instance: its static name in the group.
        rig: rules to break in it (tests/faults/rigged.py), by name.
        more: further settings.
    """

    def __init__(self, product: Product, instance: str, *, rig: str = "", more: Mapping[str, str] | None = None) -> None:
        self.instance = instance
        self.exits: list[int] = []
        self.log = product.folder / f"{product.name}-{instance}.log"
        self._port = embedded.free_port()
        own = {"INSTANCE": instance, "WORKER_PORT": str(self._port), "CARRIER_INTERVAL": "0", **(more or {})}
        self._environment = product.environment | {f"WIREWATCH_{key}": value for key, value in own.items()}
        self._environment |= {"FAULTS_RIG": rig}
        self._command = [sys.executable, "-m", "tests.faults.rigged" if rig else "streams", "worker"]
        self._stack = contextlib.ExitStack()
        self._process: subprocess.Popen[bytes] | None = None
        self.peak = 0

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process as it runs now."""
        assert self._process is not None, "not started"
        return self._process

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it and do not wait."""
        self._stack = contextlib.ExitStack()
        running = embedded.running(self._command, ready=None, log=self.log, env=self._environment)
        self._process = self._stack.enter_context(running)

    def ready(self) -> bool:
        """Whether it says that it is ready."""
        return get(f"http://127.0.0.1:{self._port}/readyz") is not None

    def metrics(self) -> str:
        """Its metrics, empty while it does not answer."""
        return get(f"http://127.0.0.1:{self._port}/metrics") or ""

    def kill(self) -> None:
        """Kill -9, and wait for its end."""
        self.process.kill()
        self.exits.append(self.process.wait())
        self._stack.close()

    def freeze(self) -> None:
        """SIGSTOP."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self.process.send_signal(signal.SIGCONT)

    def end(self, *, patience: float = 30) -> tuple[float, int]:
        """SIGTERM; answers the seconds until its end and the exit code."""
        start = time.monotonic()
        self.process.terminate()
        with contextlib.suppress(Exception):
            self.process.wait(patience)
        seconds = time.monotonic() - start
        if self.alive:
            self.process.kill()
        code = self.process.wait()
        self.exits.append(code)
        self._stack.close()
        return seconds, code

    def supervise(self) -> int | None:
        """Start it again where it has ended by itself; answers the exit code it had ended with."""
        if self._process is None or self.alive:
            return None
        code = self.process.returncode
        self.exits.append(code)
        self._stack.close()
        self.start()
        return code

    def memory(self) -> float:
        """Resident memory in MB, and note its greatest so far in `peak`."""
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
            found, greatest = _RSS.search(status), _PEAK.search(status)
            if found and greatest:
                self.peak = max(self.peak, int(greatest[1]) // 1024)
                return int(found[1]) / 1024
        return 0.0

    def processor(self) -> float:
        """Processor seconds it has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """Stop it, however."""
        if self.alive:
            self.process.kill()
        self._stack.close()
