"""What stands in deploy/ and docker-compose.yml, checked by the tools that would read it."""

from __future__ import annotations

import configparser
import importlib.util
import json
import re
import subprocess
import sys

import pytest
import redis
import servers
import yaml
from grafana import panel_queries
from prometheus_client import Counter, Histogram
from typer.testing import CliRunner

from streams import metrics, supervisor
from streams.cli import app
from streams.settings import Settings

ROOT = servers.ROOT
PROMETHEUS = ROOT / "deploy/prometheus"
RULES = sorted(PROMETHEUS.glob("rules/*.yml"))
DASHBOARD = ROOT / "deploy/grafana/dashboards/wirewatch.json"
OURS = ("worker", "serve", "deliver")


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def promtool(need):
    program = need(lambda: servers.installed("promtool", "prometheus"))

    def run(*arguments):
        done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    return run


def exported_names():
    """Every series name our processes expose."""
    names = set()
    for metric in vars(metrics).values():
        if isinstance(metric, Histogram):
            names |= {f"{metric._name}{suffix}" for suffix in ("_bucket", "_sum", "_count")}
        elif isinstance(metric, Counter):
            names.add(f"{metric._name}_total")
        elif hasattr(metric, "_name"):
            names.add(metric._name)
    return names


def rules():
    return [
        rule for path in RULES for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]
    ]


def test_compose_file_follows_the_compose_specification():
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        str(ROOT / "docker-compose.yml"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_feed_and_grafana_are_published_and_only_on_loopback(compose):
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert set(published) == {"serve", "grafana"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)
    assert not any("network_mode" in service for service in compose["services"].values())


def test_kafka_and_redis_have_no_way_in_or_out(compose):
    assert compose["networks"]["data"]["internal"]
    assert {name: compose["services"][name]["networks"] for name in ("kafka", "redis")} == {"kafka": ["data"], "redis": ["data"]}


def test_no_secret_has_a_default(compose):
    variables = re.findall(r"\$\{(\w+)(:?[-?+]?)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    secret = {(name, how) for name, how in variables if re.search("PASSWORD|TOKEN|SECRET|KEY", name)}
    assert {how for _, how in secret} == {":?"}
    assert {name for name, _ in secret} == {"REDIS_PASSWORD", "WIREWATCH_READ_TOKEN", "WIREWATCH_WRITE_TOKEN", "GRAFANA_PASSWORD"}


def test_make_env_fills_every_secret_the_compose_file_asks_for(compose, tmp_path):
    made = tmp_path / "env"
    subprocess.run(["make", "env", f"ENV_FILE={made}"], cwd=ROOT, capture_output=True, check=True)
    assert made.stat().st_mode & 0o077 == 0
    again = subprocess.run(["make", "env", f"ENV_FILE={made}"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert again.returncode
    assert "already" in again.stdout
    made = made.read_text(encoding="utf-8")
    values = dict(line.split("=", 1) for line in made.splitlines() if line and not line.startswith("#"))
    wanted = set(re.findall(r"\$\{(\w+):\?", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    assert set(values) == wanted
    assert len(set(values.values())) == len(values)
    assert all(re.fullmatch("[0-9a-f]{48}", value) for value in values.values())


def test_every_setting_in_the_compose_file_is_one_of_ours(compose):
    known = {f"WIREWATCH_{name.upper()}" for name in Settings.model_fields}
    for name in OURS:
        assert {key for key in compose["services"][name]["environment"] if key.startswith("WIREWATCH_")} <= known


def test_every_service_is_watched_bounded_and_stripped_of_privileges(compose):
    for name, service in compose["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert service["deploy"]["resources"]["limits"]["memory"], name
        if name not in {"topics", "cli"}:
            assert "healthcheck" in service, name
            assert service["restart"] != "no", name


def test_the_broker_is_the_one_the_tests_run_on(compose):
    version = re.search(
        r"kafka_2\.13</artifactId>\s*<version>([\d.]+)<", (ROOT / "deploy/kafka/pom.xml").read_text(encoding="utf-8")
    )[1]
    assert compose["services"]["kafka"]["image"] == f"apache/kafka:{version}"


def test_redis_starts_on_its_configuration_and_writes_at_once(need, tmp_path):
    lines = (line.split(None, 1) for line in (ROOT / "deploy/redis/redis.conf").read_text(encoding="utf-8").splitlines() if line)
    options = {name: value for name, value in lines if not name.startswith("#") and name != "port"} | {"dir": str(tmp_path)}
    need(lambda: servers.installed("redis-server", "redis-server"))
    with servers.redis_server(options) as url, redis.Redis.from_url(url) as client:
        assert client.config_get("append*")["appendfsync"] == "always"
        assert client.config_get("maxmemory*") == {
            **client.config_get("maxmemory*"),
            "maxmemory": str(1024**3),
            "maxmemory-policy": "noeviction",
        }
        client.set("kept", 1)
    with servers.redis_server(options) as url, redis.Redis.from_url(url) as client:
        assert client.get("kept") == b"1"


def test_prometheus_reads_its_configuration(promtool, tmp_path):
    text = (PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8")
    token = tmp_path / "read_token"
    token.write_text("a token")
    config = tmp_path / "prometheus.yml"
    config.write_text(text.replace("/run/wirewatch/read_token", str(token)).replace("rules/*.yml", f"{PROMETHEUS}/rules/*.yml"))
    promtool("check", "config", config)


def test_prometheus_scrapes_the_services_under_names_they_answer_to(compose):
    jobs = {
        job["job_name"]: job
        for job in yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    }
    allowed = compose["x-settings"]["WIREWATCH_ALLOWED_HOSTS"].split(",")
    ports = {name: Settings.model_fields[f"{name}_port"].default for name in OURS}
    for name in OURS:
        assert jobs[name]["static_configs"] == [{"targets": [f"{name}:{ports[name]}"]}]
        assert jobs[name]["authorization"]["credentials_file"] in " ".join(compose["services"]["prometheus"]["command"])
        assert name in allowed


def test_rules_are_valid(promtool):
    promtool("check", "rules", *RULES)


def test_rules_fire_when_they_should_and_only_then(promtool):
    promtool("test", "rules", *PROMETHEUS.glob("tests/*.yml"))


def test_every_alert_has_a_test_and_a_runbook():
    tested = (PROMETHEUS / "tests/alerts.yml").read_text(encoding="utf-8")
    alerts = [rule for rule in rules() if "alert" in rule]
    assert len(alerts) >= 7
    for rule in alerts:
        page = ROOT / rule["annotations"]["runbook_url"]
        assert page.read_text(encoding="utf-8").startswith(f"# {rule['alert']}\n")
        assert f"alertname: {rule['alert']}\n" in tested, f"no test lets {rule['alert']} fire"
        assert rule["labels"]["severity"] in {"page", "ticket"}
    assert {path.stem for path in (ROOT / "deploy/runbooks").glob("*.md")} == {rule["alert"] for rule in alerts}


def test_runbooks_link_to_pages_that_exist():
    for page in (ROOT / "deploy/runbooks").glob("*.md"):
        for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).is_file(), f"{page.name}: {target}"


def test_commands_that_runbooks_and_compose_file_name_exist(compose):
    pages = " ".join(page.read_text(encoding="utf-8") for page in (ROOT / "deploy/runbooks").glob("*.md"))
    commands = {("endpoints", name) for name in re.findall(r"`(?:[^`]* )?endpoints (\w+)`", pages)}
    commands |= {("dlq", name) for name in re.findall(r"`(?:[^`]* )?dlq (\w+)`", pages)}
    commands |= {tuple(compose["services"][name]["command"]) for name in (*OURS, "topics")}
    assert len(commands) >= 8
    for command in commands:
        assert CliRunner().invoke(app, [*command, "--help"]).exit_code == 0, command


def test_systemd_restarts_as_the_supervisor_does_and_waits_longer_than_it():
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read_string((ROOT / "deploy/systemd/wirewatch-worker.service").read_text(encoding="utf-8"))
    service = unit["Service"]
    assert {int(code) for code in service["RestartPreventExitStatus"].split()} == supervisor.FOR_A_HUMAN - {0}
    assert service["Restart"] == "on-failure"
    assert float(service["TimeoutStopSec"]) > supervisor.STOP_WITHIN + 2
    command = service["ExecStart"].split()[1:-1]
    assert CliRunner().invoke(app, [*command, "1", "--help"]).exit_code == 0


def test_compose_gives_the_supervisor_time_to_stop_its_workers(compose):
    assert compose["services"]["worker"]["command"][:2] == ["worker", "--processes"]
    assert float(compose["services"]["worker"]["stop_grace_period"].removesuffix("s")) > supervisor.STOP_WITHIN + 2


def test_dashboard_and_rules_ask_only_for_metrics_that_exist():
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    asked = [expr for _, expr in panel_queries(DASHBOARD)] + [rule["expr"] for rule in rules()]
    named = {name for expr in asked for name in re.findall(r"\bwire[_:][\w:]+", expr)}
    assert named <= exported_names() | recorded
    assert recorded <= named, "a recorded series that nobody asks for"


def test_dashboard_is_what_its_script_writes():
    spec = importlib.util.spec_from_file_location("dashboard", ROOT / "deploy/grafana/dashboard.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert DASHBOARD.read_text(encoding="utf-8") == script.text(), "run: python deploy/grafana/dashboard.py"


def test_dashboard_panels_are_whole_and_do_not_overlap():
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        taken |= cells
        if panel["type"] != "row":
            assert panel["description"], panel["title"]
            assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
            assert all(target["legendFormat"] for target in panel["targets"]), panel["title"]
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_grafana_reads_the_prometheus_of_the_compose_file(compose):
    provisioned = ROOT / "deploy/grafana/provisioning"
    source = yaml.safe_load((provisioned / "datasources/prometheus.yml").read_text(encoding="utf-8"))["datasources"][0]
    interval = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))["global"]["scrape_interval"]
    assert source["url"] == "http://prometheus:9090"
    assert source["jsonData"]["timeInterval"] == interval
    folder = yaml.safe_load((provisioned / "dashboards/wirewatch.yml").read_text(encoding="utf-8"))["providers"][0]["options"][
        "path"
    ]
    assert f"./deploy/grafana/dashboards:{folder}:ro" in compose["services"]["grafana"]["volumes"]
