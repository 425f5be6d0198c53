"""`worker --processes N`: which ends are restarted, how soon, and how all are stopped; with real processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import pytest
from product import Product, eventually, get

from streams import embedded, supervisor
from streams.supervisor import Backoff, Supervisor, cores


class Quick(Backoff):
    def after(self, lived):
        return super().after(lived) / 100


def ends_with(tmp_path, *codes):
    """A command that ends with each of these codes in turn; negative ones are signals."""
    program = f"""
import os, pathlib
runs = pathlib.Path({str(tmp_path / "runs")!r})
with runs.open("a") as file: file.write("x")
code = {codes!r}[len(runs.read_text()) - 1]
os.kill(os.getpid(), -code) if code < 0 else os._exit(code)
"""
    return [sys.executable, "-c", program]


async def test_bugs_the_watchdog_and_signals_are_restarted_until_one_is_for_a_human(tmp_path):
    code = await Supervisor([ends_with(tmp_path, 1, 70, 71, -signal.SIGKILL, 2)], Quick).run(asyncio.Event())
    assert code == 2
    assert (tmp_path / "runs").read_text() == "xxxxx"


@pytest.mark.parametrize("code", [0, 2, 72, 73])
async def test_what_is_for_a_human_is_not_restarted(tmp_path, code):
    assert await Supervisor([ends_with(tmp_path, code)], Quick).run(asyncio.Event()) == code
    assert (tmp_path / "runs").read_text() == "x"


async def test_what_is_wrong_with_the_topics_stops_the_others_too(tmp_path):
    waits = [sys.executable, "-c", "import time; time.sleep(600)"]
    assert await asyncio.wait_for(Supervisor([waits, ends_with(tmp_path, 72)], Quick).run(asyncio.Event()), 30) == 72


async def test_who_does_not_hear_sigterm_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(supervisor, "STOP_WITHIN", 0.3)
    up = tmp_path / "up"
    deaf = f"import signal, time, pathlib; signal.signal(15, signal.SIG_IGN); pathlib.Path({str(up)!r}).touch(); time.sleep(600)"
    stop = asyncio.Event()
    running = asyncio.create_task(Supervisor([[sys.executable, "-c", deaf]], Quick).run(stop))
    await asyncio.to_thread(eventually, up.exists)
    stop.set()
    assert await asyncio.wait_for(running, 30) == 1


def test_pauses_grow_and_are_short_again_after_a_long_life():
    backoff = Backoff()
    assert [backoff.after(1) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert [backoff.after(61), backoff.after(1)] == [0.5, 1]


def test_a_core_each_where_there_are_enough():
    there = sorted(os.sched_getaffinity(0))
    assert cores(len(there)) == there
    assert cores(len(there) + 1) == [None] * (len(there) + 1)


def test_two_workers_run_on_ports_of_their_own_come_back_after_a_kill_and_stop_together(embedded_broker, redis_server, tmp_path):
    product = Product(embedded_broker, redis_server, tmp_path)
    product.command("topics")
    port = embedded.free_port()  # the next one is free as well, as good as always
    urls = [f"http://127.0.0.1:{port + slot}" for slot in (0, 1)]

    def pids():
        listed = subprocess.run(["pgrep", "-P", str(process.pid), "-f", "worker --slot"], capture_output=True, check=False).stdout
        return sorted(map(int, listed.split()))

    with embedded.running(
        [sys.executable, "-m", "streams", "worker", "--processes", "2"],
        ready=lambda: all(get(f"{url}/readyz") for url in urls),
        log=tmp_path / "supervisor.log",
        env=product.environment | {"WIREWATCH_WORKER_PORT": str(port)},
    ) as process:
        before = pids()
        assert len(before) == 2
        os.kill(before[0], signal.SIGKILL)
        eventually(lambda: len(pids()) == 2 and pids() != before, message="another in its place")
        eventually(lambda: all(get(f"{url}/readyz") for url in urls), message="both ready again")
        last = pids()
        process.send_signal(signal.SIGTERM)
        assert process.wait(12) == 0
        assert not any(os.path.exists(f"/proc/{pid}") for pid in last)  # noqa: PTH110
