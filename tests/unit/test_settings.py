from __future__ import annotations

import logging

import pytest
import structlog

from streams import settings
from streams.cli import logs


def test_the_environment_is_read_back_as_written(monkeypatch):
    before = settings.Settings(redis_url="redis://:word@h:1/0", sources=("a", "b"), host="::1")
    for name, value in settings.environment(before).items():
        monkeypatch.setenv(name, value)
    assert settings.load() == before


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("WIREWATCH_KAFKA_BOOTSTRP", "h:1", "no such setting"),
        ("WIREWATCH_BATCH", "100000", "256"),
        ("WIREWATCH_SEEN_WINDOW", "60", "WIREWATCH_SEEN_TTL"),
        ("WIREWATCH_HOST", "0.0.0.0", "WIREWATCH_READ_TOKEN"),  # noqa: S104 - what must be refused
    ],
)
def test_a_wrong_setting_is_named(monkeypatch, name, value, word):
    monkeypatch.setenv(name, value)
    with pytest.raises(settings.SettingsError, match=word) as caught:
        settings.load()
    assert "WIREWATCH_" in str(caught.value)


def test_secrets_show_in_no_repr():
    made = settings.Settings(redis_url="redis://:hush@h/0", read_token="hush", write_token="hush", kafka_password="hush")
    assert "hush" not in repr(made)


def dies_beside(secret):
    return len(secret) / 0


def test_a_traceback_in_the_log_shows_no_local_variable(capsys):
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    try:
        logs.configure(settings.Settings())
        try:
            dies_beside(bytes.fromhex("68757368").decode())
        except ZeroDivisionError:
            structlog.get_logger("test").critical("bug", exc_info=True)
    finally:
        logging.getLogger().handlers[:] = handlers
        logging.getLogger().setLevel(level)
        structlog.reset_defaults()
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert "hush" not in said
