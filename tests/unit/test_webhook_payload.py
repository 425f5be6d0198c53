from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest
from builders import NOON, alert, carrier, event
from hypothesis import given
from hypothesis import strategies as st

from streams.codec import encode_alert, parse_json
from streams.core.model import Alert, AlertKind, AlertType, Fact
from streams.webhooks import payload

WHOLE = alert(kind=AlertKind.UN_SESSION)


def told(published: Alert) -> dict[str, Any]:
    body = payload.body(event(published))
    assert len(body) < payload.LIMIT
    message = parse_json(body)
    assert message["type"] == published.type
    assert message["data"]["id"] == published.id
    assert message["data"]["kind"] == published.kind
    return message


def large(*, passages: int = 1, findings: int = 1, sources: int = 1, facts: int = 1, history: int = 1) -> Alert:
    assert WHOLE.incident is not None
    return replace(
        WHOLE,
        passages=WHOLE.passages * passages,
        findings=WHOLE.findings * findings,
        sources=tuple(carrier(f"urn:{number}") for number in range(sources)),
        incident=replace(
            WHOLE.incident, history=WHOLE.incident.history * history, facts=(Fact("topic", "Sudan", ("wire|urn:a|1",)),) * facts
        ),
    )


@pytest.mark.parametrize("what", AlertType)
def test_a_body_is_the_alert_as_published(what: AlertType) -> None:
    published = replace(WHOLE, type=what, detected=NOON.astimezone(timezone(timedelta(hours=3))))
    message = told(published)
    assert message == {"type": what, "timestamp": "2026-03-01T12:00:00Z", "data": parse_json(encode_alert(published))}


def test_a_late_event_says_so_under_the_id_it_has_anyway() -> None:
    assert [told(replace(WHOLE, late=late))["data"]["late"] for late in (False, True)] == [False, True]
    assert told(replace(large(passages=300), late=True))["data"]["late"] is True, "also where lists were cut"
    assert event(WHOLE).id == event(replace(WHOLE, late=True)).id


def test_the_same_event_has_the_same_bytes() -> None:
    assert payload.body(event(large(passages=500))) == payload.body(event(large(passages=500)))


def test_arabic_is_sent_as_utf_8() -> None:
    assert "قصف".encode() in payload.body(event(WHOLE))


def test_passages_are_cut_first_and_it_is_said() -> None:
    message = told(large(passages=300))
    assert message["truncated"] == ["passages"]
    data = message["data"]
    assert 0 < len(data["passages"]) < 300
    assert data | {"passages": []} == parse_json(encode_alert(large(passages=0)))


def test_no_more_is_cut_than_is_needed() -> None:
    message = told(large(passages=300))
    one_more = replace(large(), passages=WHOLE.passages * (len(message["data"]["passages"]) + 1))
    bigger = {"type": "alert.created", "timestamp": "", "data": parse_json(encode_alert(one_more)), "truncated": ["passages"]}
    assert len(payload.to_json(bigger)) + len("2026-03-01T12:00:00Z") >= payload.LIMIT


@pytest.mark.parametrize(
    ("counts", "cut"),
    [
        ({"findings": 300}, ["passages", "findings"]),
        ({"sources": 300}, ["passages", "findings", "sources"]),
        ({"facts": 500}, ["passages", "findings", "sources", "incident/facts"]),
        ({"history": 500}, ["passages", "findings", "sources", "incident/facts", "incident/history"]),
        ({"passages": 200, "findings": 200, "sources": 20}, ["passages", "findings"]),
    ],
)
def test_what_a_receiver_misses_least_goes_first(counts: dict[str, int], cut: list[str]) -> None:
    assert told(large(**counts))["truncated"] == cut


def test_texts_are_cut_where_empty_lists_do_not_suffice() -> None:
    message = told(replace(WHOLE, title="ع" * 30_000))
    assert message["truncated"][-1] == "texts"
    title = message["data"]["title"]
    assert title.endswith("…")
    assert set(title[:-1]) == {"ع"}


@given(
    title=st.text(st.characters(exclude_categories=("Cs",)), max_size=100),
    stretch=st.integers(1, 2000),
    counts=st.fixed_dictionaries({name: st.integers(0, 120) for name in ("passages", "findings", "sources", "facts", "history")}),
)
def test_any_alert_fits(title: str, stretch: int, counts: dict[str, int]) -> None:
    told(replace(large(**counts), title=title * stretch, story=title * stretch))


def test_a_test_event() -> None:
    message = parse_json(payload.test_body("ep_1", NOON))
    assert message["type"] == "endpoint.test"
    assert message["timestamp"] == "2026-03-01T12:00:00Z"
    assert message["data"]["endpoint"] == "ep_1"
