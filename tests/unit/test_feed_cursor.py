from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.errors import Rejected
from streams.core.model import Bounds
from streams.feed import cursor

NUMBERS = st.integers(0, 2**64 - 1)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("earliest", "0-0"),
        ("0-0", "0-0"),
        ("5-1", "5-1"),
        ("007-01", "7-1"),
        (f"{2**64 - 1}-{2**64 - 1}", f"{2**64 - 1}-{2**64 - 1}"),
    ],
)
def test_cursors_that_are_understood(text, canonical):
    assert cursor.parse(text) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "5",
        "5-",
        "-5",
        "5-0-0",
        "$",
        "latest",
        "EARLIEST",
        "5-0 ",
        " 5-0",
        "5-0\n",
        "٥-٠",
        "²-0",
        "-1-0",
        f"{2**64}-0",
        "9" * 30,
        "1e3-0",
    ],
)
def test_malformed_cursors_are_refused_with_words(text):
    with pytest.raises(Rejected, match="the id of an event of this stream") as refusal:
        cursor.parse(text)
    assert refusal.value.reason == "bad-cursor"


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_ids_order_as_numbers(a, b, c, d):
    assert (cursor.order(f"{a}-{b}") < cursor.order(f"{c}-{d}")) == ((a, b) < (c, d))


@pytest.mark.parametrize(
    ("after", "first", "last", "why"),
    [
        ("0-0", "0-0", "0-0", None),
        ("0-0", "9-0", "10-0", None),
        ("8-9", "9-0", "10-0", "trimmed"),
        ("9-0", "9-0", "10-0", None),
        ("9-5", "9-0", "10-0", None),
        ("10-0", "9-0", "10-0", None),
        ("10-1", "9-0", "10-0", "foreign"),
        ("5-0", "0-0", "0-0", "foreign"),
    ],
)
def test_when_a_cursor_cannot_go_on(after, first, last, why):
    assert cursor.lost(after, Bounds(first, last)) == why
