"""The demo as a user runs it: it ends well, stops when asked, minds its own settings, and says which part died."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import urllib.request

import pytest
from product import eventually

from streams import embedded


@contextlib.contextmanager
def demo(tmp_path, *arguments, **environment):
    log = tmp_path / "demo.log"
    with embedded.running(
        [sys.executable, "-m", "streams", "demo", *arguments],
        ready=lambda: "metrics: " in log.read_text(encoding="utf-8"),
        log=log,
        env=os.environ | environment,
    ) as process:
        yield process, lambda: log.read_text(encoding="utf-8")


@pytest.fixture
def long_wire(tmp_path):
    wire = tmp_path / "wire.jsonl"
    lines = [
        json.dumps({"id": f"a{n}", "text": f"Artillery shelled district {n}, killing civilians.", "lang": "en"})
        for n in range(400)
    ]
    wire.write_text("\n".join(lines), encoding="utf-8")
    return str(wire)


def test_once_finds_every_expected_alert_whatever_the_user_has_set():
    command = [sys.executable, "-m", "streams", "demo", "--once", "--rate", "20"]
    environment = os.environ | {"WIREWATCH_ARTICLES_TOPIC": "another", "WIREWATCH_KAFKA_SECURITY": "SSL", "WIREWATCH_GROUP": "g"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert re.search(r"summary: 38 articles, 6 copies, 1 repeats dropped, 0 dead letters; .* p50 \d+ ms, p99 \d+ ms", done.stdout)
    assert "every expected alert came" in done.stdout


def test_a_signal_stops_it_while_it_plays(tmp_path, long_wire):
    with demo(tmp_path, long_wire, "--rate", "5") as (process, said):
        page = re.search(r"page: (\S+)", said())[1]
        assert urllib.request.urlopen(page, timeout=5).status == 200  # noqa: S310 - our own loopback address
        eventually(lambda: "new" in said(), message="the first alert")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert said().endswith("stopped\n")
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(page, timeout=5)  # noqa: S310 - as above


def test_it_says_which_of_its_processes_died(tmp_path, long_wire):
    with demo(tmp_path, long_wire, "--rate", "5") as (process, said):
        children = subprocess.run(
            ["pgrep", "-P", str(process.pid), "-f", "streams worker"], capture_output=True, text=True, check=True
        )
        os.kill(int(children.stdout), signal.SIGKILL)
        assert process.wait(30) == 1
    assert "worker ended with exit code -9" in said()


def test_own_files_that_cannot_be_read_are_named_and_fail_it(tmp_path):
    good, bad = tmp_path / "good.txt", tmp_path / "bad.jsonl"
    good.write_text("Rebels launched an offensive and seized the town.", encoding="utf-8")
    bad.write_text("{", encoding="utf-8")
    command = [sys.executable, "-m", "streams", "demo", "--once", str(good), str(bad)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    assert "bad.jsonl" in done.stderr
    assert "summary: 1 articles" in done.stdout
