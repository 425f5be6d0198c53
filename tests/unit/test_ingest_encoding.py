"""Bytes of text files: what is read, as what, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.errors import Rejected
from streams.ingest.encoding import LEGACY, decoded

ARABIC = "عقد المجلس جلسة في المدينة، وقال المتحدث إن النقاش كان صريحا."


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (ARABIC.encode(), ARABIC, "utf-8-sig"),
        (b"\xef\xbb\xbf" + ARABIC.encode(), ARABIC, "utf-8-sig"),
        (ARABIC.encode("utf-16"), ARABIC, "utf-16"),
        (b"\xfe\xff" + ARABIC.encode("utf-16-be"), ARABIC, "utf-16"),
        (ARABIC.encode(LEGACY), ARABIC, LEGACY),
        (("AFP - " + ARABIC).encode(LEGACY), "AFP - " + ARABIC, LEGACY),
        (b"plain ascii\r\n\tand tabs", "plain ascii\r\n\tand tabs", "utf-8-sig"),
    ],
)
def test_read(data, text, encoding):
    assert decoded(data) == (text, encoding)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (ARABIC.encode()[:50] + b"\xff" + ARABIC.encode()[50:], "bad-encoding"),
        (ARABIC.encode()[:-4], "bad-encoding"),
        ("Заседание Совета Безопасности".encode("windows-1251"), "bad-encoding"),
        ("Réunion à Genève, où l'été".encode("windows-1252"), "bad-encoding"),
        (b"\xff\xfe" + ARABIC.encode("utf-16-le") + b"\x00", "bad-encoding"),
        (b"%PDF-1.4\x00\x01\x02", "not-text"),
        (b"PK\x03\x04zip", "not-text"),
    ],
)
def test_refused_with_a_reason(data, reason):
    with pytest.raises(Rejected) as rejected:
        decoded(data)
    assert rejected.value.reason == reason


@given(st.binary(max_size=80))
def test_any_bytes_are_text_or_refused(data):
    try:
        text, _ = decoded(data)
    except Rejected:
        return
    assert "\x00" not in text


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=80))
def test_utf_8_is_always_itself(text):
    if not text.startswith("\ufeff"):
        assert decoded(text.encode()) == (text, "utf-8-sig")
