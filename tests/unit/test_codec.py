from __future__ import annotations

import json

import pytest

from streams import codec
from streams.core.errors import Rejected

RECORD = {"uri": "u", "version": "1", "bodies": [{"contentType": "text/plain", "value": "text"}]}


def encoded(**changed):
    return json.dumps({**RECORD, **changed}).encode()


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        (b"s|u", None, "empty"),
        (b"s|u", b"{", "bad-json"),
        (b"s|u", b"[]", "bad-shape"),
        (b"s|u", encoded(bodies="text"), "bad-shape"),
        (b"s|u", encoded(uri=None), "no-uri"),
        (b"s|u", encoded(uri="u" * 70_000), "bad-uri"),
        (b"s|u", encoded(bodies=[]), "no-text"),
        (b"s|u", encoded(version="9" * 5000), "bad-version"),
        (b"s|u", encoded(version="1|2"), "bad-version"),
        (None, encoded(), "bad-key"),
        (b"\xff|u", encoded(), "bad-key"),
        (b"s|other", encoded(), "bad-key"),
        (b"|u", encoded(), "bad-key"),
    ],
)
def test_a_record_that_is_none_is_rejected_with_a_reason(key, value, reason):
    with pytest.raises(Rejected) as caught:
        codec.decode_record(key, value)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "time",
    [
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+03:00",
        "9999-12-31T23:59:59-14:00",
        "2026-01-01T00:00:00",
        "yesterday",
        7,
    ],
)
def test_a_time_that_cannot_be_used_is_none(time):
    assert codec.parse_time(time) is None
    assert codec.decode_article(encoded(versionCreated=time), source="s").published is None


@pytest.mark.parametrize("milliseconds", [2**62, -(2**62)])
def test_a_timestamp_that_is_no_time_is_rejected(milliseconds):
    with pytest.raises(Rejected, match="bad-timestamp"):
        codec.stamp(milliseconds)


@pytest.mark.parametrize("value", [b"", b"-1", b"1e3", b"noon", b"\xd9\xa1", b"9" * 19, b"9" * 5000])
def test_a_time_of_writing_that_cannot_be_read_is_none(value):
    assert codec.decode_emitted([(codec.EMITTED_HEADER, value)]) is None
    assert codec.decode_emitted([]) is None


def test_the_source_is_the_keys_never_the_bodys():
    article = codec.decode_record(b"desk|u", encoded(source="another", infoSources=[{"name": "Outlet"}]))
    assert (article.source, article.outlet, article.id) == ("desk", "Outlet", "desk|u|1")
