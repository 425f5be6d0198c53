"""What kafka-python is told of security, and its errors in words."""

from __future__ import annotations

import ssl

import pytest
from kafka import errors

from streams.core.errors import Unavailable
from streams.ingest.connection import connection, in_words
from streams.settings import Settings, SettingsError


def test_plain_text_on_this_machine():
    config = connection(Settings(kafka_bootstrap="a:1, b:2"))
    assert config["bootstrap_servers"] == ["a:1", "b:2"]
    assert "ssl_context" not in config
    assert "sasl_mechanism" not in config


def test_addresses():
    assert connection(Settings(kafka_bootstrap="a,[::1]:3,[::1]"))["bootstrap_servers"] == ["a:9092", "[::1]:3", "[::1]:9092"]
    for wrong in ("", "a,", "kafka://a:1", "a:b", "::1"):
        with pytest.raises(SettingsError, match="WIREWATCH_KAFKA_BOOTSTRAP"):
            connection(Settings(kafka_bootstrap=wrong))


@pytest.mark.parametrize("security", ["SSL", "SASL_SSL"])
def test_tls_is_always_verified(security):
    context = connection(Settings(kafka_security=security, kafka_username="u", kafka_password="p"))["ssl_context"]
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_sasl_needs_a_name_and_a_password():
    config = connection(Settings(kafka_security="SASL_PLAINTEXT", kafka_username="u", kafka_password="p"))
    assert (config["sasl_plain_username"], config["sasl_plain_password"]) == ("u", "p")
    for given in ({}, {"kafka_username": "u"}, {"kafka_password": "p"}):
        with pytest.raises(SettingsError, match="WIREWATCH_KAFKA_USERNAME and WIREWATCH_KAFKA_PASSWORD"):
            connection(Settings(kafka_security="SASL_SSL", **given))


def test_a_ca_file_that_is_none(tmp_path):
    wrong = tmp_path / "ca.pem"
    wrong.write_text("no certificate")
    for path in (wrong, tmp_path / "missing.pem"):
        with pytest.raises(SettingsError, match="WIREWATCH_KAFKA_CAFILE"):
            connection(Settings(kafka_security="SSL", kafka_cafile=path))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (errors.KafkaConnectionError("x"), "does not answer: start it"),
        (errors.KafkaTimeoutError("x"), "WIREWATCH_KAFKA_BOOTSTRAP"),
        (errors.SaslAuthenticationFailedError("x"), "refuses the login of u: check WIREWATCH_KAFKA_SASL_MECHANISM"),
        (errors.TopicAuthorizationFailedError("x"), "give u the right"),
        (errors.UnknownTopicOrPartitionError("x"), "run `wirewatch topics`"),
        (errors.NotEnoughReplicasError("x"), "too few replicas"),
        (errors.UnknownError("what"), "failed: UnknownError"),
    ],
)
def test_errors_say_where_and_what_to_do(error, words):
    settings = Settings(kafka_bootstrap="broker.example:9", kafka_username="u", kafka_password="p-secret")
    with pytest.raises(Unavailable) as unavailable, in_words(settings):
        raise error
    assert words in str(unavailable.value)
    assert "broker.example:9" in str(unavailable.value)
    assert "p-secret" not in str(unavailable.value)


def test_a_bug_of_ours_stays_a_bug():
    with pytest.raises(errors.IllegalStateError), in_words(Settings()):
        raise errors.IllegalStateError("closed")
