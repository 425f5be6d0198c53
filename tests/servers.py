"""Real servers for tests: each on a free loopback port with a temporary folder of its own, stopped when its block ends.

A server that cannot be had raises `NotStarted` with the words what to install; `conftest.py` makes of that a failure in CI
and a skip elsewhere. `RAN` records what really ran, for the summary at the end.
"""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import redis
import yaml

from streams import embedded
from streams.embedded import LOOPBACK, NotStarted, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

ROOT = Path(__file__).parents[1]
SERVERS = ("kafka", "embedded broker", "redis-server", "valkey", "chromium", "prometheus")
RAN: set[str] = set()
"""Those of SERVERS that this run really started."""


def installed(program: str, package: str) -> str:
    """Path of a program of a Debian package.

    Raises:
        NotStarted: naming the package.
    """
    path = shutil.which(program)
    if path is None:
        raise NotStarted(f"{program} is not installed; on Debian: apt-get install {package}")
    return path


@contextlib.contextmanager
def redis_server(options: Mapping[str, str] | None = None) -> Iterator[str]:
    """Debian's redis-server; yields its URL. `options` are redis.conf directives, as in `embedded.redis_compatible`."""
    with embedded.redis_compatible(installed("redis-server", "redis-server"), options) as url:
        RAN.add("redis-server")
        yield url


@contextlib.contextmanager
def redis_cluster() -> Iterator[str]:
    """Debian's redis-server with `cluster-enabled yes`, one node that owns every slot; yields its URL."""
    with redis_server({"cluster-enabled": "yes", "cluster-port": str(free_port())}) as url, redis.Redis.from_url(url) as client:
        client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        until = time.monotonic() + 10
        while b"cluster_state:ok" not in client.execute_command("CLUSTER", "INFO"):
            if time.monotonic() > until:
                raise NotStarted("the redis-server did not become a cluster of one node")
            time.sleep(0.02)
        yield url


@contextlib.contextmanager
def valkey(options: Mapping[str, str] | None = None) -> Iterator[str]:
    """The Valkey of the wheel; yields its URL."""
    with embedded.valkey(options) as url:
        RAN.add("valkey")
        yield url


@contextlib.contextmanager
def embedded_broker() -> Iterator[str]:
    """The Tansu broker of the wheel; yields its bootstrap address."""
    with embedded.broker() as bootstrap:
        RAN.add("embedded broker")
        yield bootstrap


def kafka_runner() -> ModuleType:
    """`deploy/kafka/run.py` as a module: what `make kafka` runs."""
    if (loaded := sys.modules.get("wirewatch_kafka_run")) is not None:
        return loaded
    spec = importlib.util.spec_from_file_location("wirewatch_kafka_run", ROOT / "deploy/kafka/run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def kafka() -> Iterator[str]:
    """Apache Kafka from Maven Central, one KRaft node, in a folder of its own; yields its bootstrap address."""
    installed("java", "openjdk-17-jre-headless")
    with tempfile.TemporaryDirectory(prefix="wirewatch-kafka-") as folder, kafka_runner().kafka(Path(folder)) as nodes:
        RAN.add("kafka")
        yield nodes[0].bootstrap


def _answers_http(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310 - our own loopback address
            return answer.status == 200
    except (OSError, urllib.error.HTTPError):
        return False


@contextlib.contextmanager
def prometheus(config: str) -> Iterator[str]:
    """Debian's Prometheus with this prometheus.yml; yields its address (`http://127.0.0.1:…`).

    Relative paths in the configuration (rule files, credentials) are relative to `deploy/prometheus`.
    """
    program, address = installed("prometheus", "prometheus"), f"{LOOPBACK}:{free_port()}"
    with tempfile.TemporaryDirectory(prefix="wirewatch-prometheus-") as name:
        folder = Path(name)
        shutil.copytree(ROOT / "deploy/prometheus", folder, dirs_exist_ok=True)
        (folder / "prometheus.yml").write_text(config, encoding="utf-8")
        command = [
            program,
            f"--config.file={folder}/prometheus.yml",
            f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address={address}",
        ]
        with embedded.running(command, ready=lambda: _answers_http(f"http://{address}/-/ready"), log=folder / "server.log"):
            RAN.add("prometheus")
            yield f"http://{address}"


def scrape_config(targets: Mapping[str, str], interval: str = "1s") -> str:
    """deploy/prometheus/prometheus.yml for these targets (job to host:port), which are on loopback and so need no token."""
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text(encoding="utf-8"))
    config["global"] = {"scrape_interval": interval, "scrape_timeout": interval, "evaluation_interval": interval}
    config["scrape_configs"] = [{"job_name": job, "static_configs": [{"targets": [target]}]} for job, target in targets.items()]
    return yaml.safe_dump(config)


def chromium() -> str:
    """Path of Debian's Chromium, for `playwright.chromium.launch(executable_path=…)`; counts it as run."""
    path = installed("chromium", "chromium")
    RAN.add("chromium")
    return path
