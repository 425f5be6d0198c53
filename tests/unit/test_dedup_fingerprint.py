"""Content keys."""

from __future__ import annotations

import re

import pytest

from streams.core.dedup.fingerprint import content_key
from streams.core.model import Article, Field


def key(body, headline=None):
    head = Field("/headlines/0/value", headline) if headline is not None else None
    return content_key(Article("s", "u", "1", None, None, head, Field("/bodies/0/value", body)))


def test_it_is_32_hex_digits_and_stable():
    assert key("قال كذا") == key("قال كذا")
    assert re.fullmatch("[0-9a-f]{32}", key("قال كذا"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("عقد مجلسُ الأمنِ جلسةً طارئةً", "عقد مجلس الامن جلسه طارئه"),
        ("فى الدولى", "في الدولي"),
        ("قتل ٣ أشخاص", "قتل 3 أشخاص"),
        ("A «quote», here.", 'a "quote" here'),
        ("one  two\nthree", "one two three"),
        ("ﷲ أكبر", "الله اكبر"),
    ],
)
def test_spelling_makes_no_difference(one, other):
    assert key(one) == key(other)


@pytest.mark.parametrize(("one", "other"), [("قتل 12 شخصا", "قتل 30 شخصا"), ("في حمص", "في حماة"), ("ab c", "a bc")])
def test_words_do(one, other):
    assert key(one) != key(other)


def test_headline_and_body_are_one_text():
    assert key("جسم الخبر", headline="عنوان") == key("عنوان\nجسم الخبر")


@pytest.mark.parametrize("text", ["", " \n", "…!؟", "\u200f\u064b"])
def test_no_words_no_key(text):
    assert key(text) is None


def test_no_field_no_key():
    assert content_key(Article("s", "u", "1", None, None, None, None)) is None
