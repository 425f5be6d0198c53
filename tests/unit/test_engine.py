"""A worker refuses to start on settings, or a Faust, that would lose messages."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from streams.agents.engine import Engine, _required
from streams.settings import Settings, SettingsError


def test_what_delivery_demands_is_accepted():
    Engine(Settings()).check()


@pytest.mark.parametrize("name", sorted(_required(Settings())))
def test_each_setting_faust_did_not_take_is_named(name, monkeypatch):
    engine = Engine(Settings())
    monkeypatch.setattr(type(engine.app.conf), name, "another")
    with pytest.raises(SettingsError, match=f"Faust's {name} is 'another', must be"):
        engine.check()


def test_a_stock_transport_is_refused():
    engine = Engine(Settings())
    engine.app.transport = object()
    with pytest.raises(SettingsError, match="batched transport"):
        engine.check()


def test_another_faust_ends_the_worker_with_the_code_for_settings_and_a_clear_line():
    program = "from streams.agents import transport; transport.EXPECTED_SOURCE = 'x'; from streams.cli import main; main()"
    command = [sys.executable, "-c", program, "worker"]
    environment = {"WIREWATCH_WORKER_PORT": "0", "WIREWATCH_KAFKA_BOOTSTRAP": "127.0.0.1:1"}
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert "install the locked version" in done.stderr
    assert "Traceback" not in done.stderr
