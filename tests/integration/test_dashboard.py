"""Every question of the dashboard, put to a real Prometheus that scraped a running demo, has an answer."""

from __future__ import annotations

import json
import math
import re
import signal
import sys
import time
import urllib.request
from contextlib import ExitStack

import pytest
import servers
from grafana import evaluate, panel_queries

from streams import embedded

DASHBOARD = servers.ROOT / "deploy/grafana/dashboards/wirewatch.json"


def unanswered(prometheus, queries):
    """Titles and queries without a series, or with a series that is not a number."""
    found = []
    for title, expr in queries:
        values = [value for _, value in evaluate(prometheus, expr)]
        if not values or not any(math.isfinite(value) for value in values):
            found.append((title, expr, values))
    return found


@pytest.fixture
def demo(tmp_path):
    """A running demo: its process, and its output's file; it plays slowly enough for a scrape to fall between two articles."""
    log = tmp_path / "demo.log"
    command = [sys.executable, "-m", "streams", "demo", "--rate", "5"]
    with embedded.running(command, ready=lambda: "metrics: " in log.read_text(encoding="utf-8"), log=log) as process:
        yield process, log


def test_every_panel_answers_after_a_demo(need, demo):
    process, log = demo
    addresses = dict(re.findall(r"(\w+) http://([\d.:]+)/metrics", log.read_text(encoding="utf-8")))
    assert set(addresses) == {"worker", "serve", "deliver"}
    with ExitStack() as stack:
        prometheus = need(lambda: stack.enter_context(servers.prometheus(servers.scrape_config(addresses))))
        deadline = time.monotonic() + 120
        while "summary: " not in (said := log.read_text(encoding="utf-8")):
            assert process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.1)
        queries = panel_queries(DASHBOARD)
        assert len(queries) >= 20
        deadline = time.monotonic() + 20
        while left := unanswered(prometheus, queries):
            assert time.monotonic() < deadline, left
            time.sleep(0.5)
        with urllib.request.urlopen(f"{prometheus}/api/v1/rules", timeout=10) as answer:  # noqa: S310 - our own loopback address
            groups = json.load(answer)["data"]["groups"]
        ill = [rule for group in groups for rule in group["rules"] if rule["health"] != "ok"]
        assert not ill
        assert sum(value for _, value in evaluate(prometheus, "wire_ready")) == 3
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
