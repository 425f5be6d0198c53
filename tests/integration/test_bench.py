"""The benchmark runs to its end: its contenders do the work, and do the same work. Its figures are nobody's business here."""

from __future__ import annotations

import json
import subprocess
import sys

import servers


def test_a_quick_run_holds_every_contender_to_the_same_result(need, tmp_path):
    need(lambda: servers.installed("java", "openjdk-17-jre-headless"))
    need(lambda: servers.installed("redis-server", "redis-server"))
    contenders = ["wirewatch", "aiokafka-loop", "stock-faust-take"]
    chosen = [option for name in contenders for option in ("--contender", name)]
    output = tmp_path / "bench.json"
    command = [sys.executable, "-m", "tests.bench", "--quick", "--job", "both", *chosen, "--output", str(output)]
    done = subprocess.run(command, cwd=servers.ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(output.read_text())
    assert [line["contender"] for line in told["summary"]] == contenders
    assert all(name in done.stdout for name in contenders)
