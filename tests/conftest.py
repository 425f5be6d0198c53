"""Fixtures every tier shares: real servers (tests/servers.py), the shared folder, and the summary of what really ran."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
import redis
import servers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

TIERS = ("unit", "contract", "integration", "e2e", "faults")


def pytest_configure(config: pytest.Config) -> None:
    """The one warning that is not ours to mend: kafka-python 3.0.12 reads its schemas by a call deprecated in Python 3.11."""
    # How long an example takes says nothing here: the machines are shared, and the first use of a language compiles it.
    hypothesis.settings.register_profile("wirewatch", deadline=None)
    hypothesis.settings.load_profile("wirewatch")
    config.addinivalue_line("filterwarnings", "ignore:(read|open)_text is deprecated:DeprecationWarning")


@contextlib.contextmanager
def _or_skip() -> Iterator[None]:
    """Makes of a server that cannot be had a failure in CI and a skip elsewhere, with the words what to install."""
    try:
        yield
    except servers.NotStarted as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def need() -> Callable[[Callable[[], str]], str]:
    """Calls what may raise `NotStarted`, such as `servers.chromium`; fails in CI, skips elsewhere."""

    def call(having: Callable[[], str]) -> str:
        with _or_skip():
            return having()

    return call


@contextlib.contextmanager
def _lasting(server: AbstractContextManager[str]) -> Iterator[str]:
    with contextlib.ExitStack() as stack:
        with _or_skip():
            address = stack.enter_context(server)
        yield address


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder beside the checkout with wires, gold and formats (environment WIRES_SHARED elsewhere)."""
    folder = Path(os.environ.get("WIRES_SHARED") or servers.ROOT.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"no folder {folder}: set WIRES_SHARED to the shared material")
    return folder


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """Bootstrap address of a real Kafka that lasts for the run."""
    with _lasting(servers.kafka()) as bootstrap:
        yield bootstrap


@pytest.fixture(scope="session")
def embedded_broker() -> Iterator[str]:
    """Bootstrap address of the embedded broker that lasts for the run."""
    with _lasting(servers.embedded_broker()) as bootstrap:
        yield bootstrap


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """URL of a redis-server that lasts for the run."""
    with _lasting(servers.redis_server()) as url:
        yield url


@pytest.fixture(scope="session")
def redis_cluster() -> Iterator[str]:
    """URL of a redis-server in cluster mode, of one node, that lasts for the run."""
    with _lasting(servers.redis_cluster()) as url:
        yield url


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """URL of a Valkey that lasts for the run."""
    with _lasting(servers.valkey()) as url:
        yield url


@pytest.fixture(
    scope="session", params=[pytest.param("kafka", marks=pytest.mark.kafka), "embedded_broker"], ids=["kafka", "embedded"]
)
def bootstrap(request: pytest.FixtureRequest) -> str:
    """Each broker in turn; they last for the run, so use topic and group names of your own."""
    address: str = request.getfixturevalue(request.param)
    return address


@pytest.fixture(params=["redis_server", "valkey"], ids=["redis-server", "valkey"])
def redis_url(request: pytest.FixtureRequest) -> str:
    """Each Redis in turn, emptied; they last for the run."""
    url: str = request.getfixturevalue(request.param)
    with redis.Redis.from_url(url) as client:
        client.flushall()
    return url


@pytest.fixture
def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    return servers.free_port()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which tiers and which servers really ran: a green line above may hide skips."""
    counts = {
        outcome: Counter(_tier(report.nodeid) for report in terminalreporter.getreports(outcome))
        for outcome in ("passed", "failed", "error", "skipped")
    }
    terminalreporter.section("what really ran")
    for tier in TIERS:
        ran = counts["passed"][tier] + counts["failed"][tier] + counts["error"][tier]
        parts = [f"{counts[outcome][tier]} {outcome}" for outcome in counts if counts[outcome][tier]]
        terminalreporter.write_line(
            f"tier {tier}: {', '.join(parts) if ran else 'did not run' + (f' ({parts[0]})' if parts else '')}"
        )
    for server in servers.SERVERS:
        terminalreporter.write_line(f"server {server}: {'ran' if server in servers.RAN else 'did not run'}")


def _tier(nodeid: str) -> str:
    parts = Path(nodeid.partition("::")[0]).parts
    return next((part for part in parts if part in TIERS), "")
