from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

import builders
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from streams.core.model import AlertKind, AlertType, Fact, Passage, Segment, SittingStatus, Step, Tier
from streams.feed import page
from streams.feed.card import card, safe_url
from streams.feed.text import direction, time

SITTING = builders.alert("s", kind=AlertKind.UN_SESSION)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60)


def _parsed(alert):
    return html.fragment_fromstring(card(alert))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("مجلس الأمن", "rtl"),
        ("F-16 تقصف أطراف المدينة", "rtl"),
        ("UN: مجلس الأمن يجتمع", "rtl"),
        ("Council meets on السودان", "ltr"),
        ("ישיבת חירום", "rtl"),
        ("Réunion d'urgence", "ltr"),
        ("安理会", "ltr"),
        ("12/3 – 100%", "auto"),
        ("", "auto"),
    ],
)
def test_direction_is_that_of_most_letters(text, expected):
    assert direction(text) == expected


@pytest.mark.parametrize(
    "url", ["https://news.example/a?b=c&d=e#f", "http://news.example", "https://خبر.example/نص", "HTTPS://news.example/"]
)
def test_addresses_that_become_links(url):
    assert safe_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "//news.example/",
        "/etc/passwd",
        "https:///path",
        "https://",
        "http://[::1",
        "https://a\x00b/",
        "https://a b/",
        "file:///etc/passwd",
    ],
)
def test_addresses_that_do_not(url):
    assert safe_url(url) is None


def test_times_are_in_utc_whatever_zone_they_came_in():
    moment = datetime(2026, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=3)))
    assert time(moment) == '<time datetime="2026-02-28T22:30:00+00:00">28 Feb 2026, 22:30 UTC</time>'


def test_matched_words_are_marked_in_the_original_with_their_rule():
    (mark,) = _parsed(builders.alert()).iter("mark")
    assert (mark.text, mark.get("title")) == ("قصفت المدفعية", "strike.shell")
    quote = mark.getparent().getparent()
    assert (quote.tag, quote.get("dir"), quote.get("lang")) == ("blockquote", "rtl", "ar")
    assert quote.text_content() == "قصفت المدفعية أمس"


def test_a_passage_that_is_the_title_is_shown_once_and_marked_there():
    alert = builders.alert(title="قصف عنيف")
    headline = Passage("/headlines/0/value", 0, (Segment("قصف", "r1"), Segment(" عنيف")))
    alert = replace(alert, passages=(headline, *alert.passages))
    parsed = _parsed(alert)
    assert [mark.text for mark in parsed.find(".//h2").iter("mark")] == ["قصف"]
    assert len(parsed.findall(".//blockquote")) == 1


def test_a_late_alert_says_so_in_words_and_since_when():
    alert = builders.alert(tier=Tier.FLASH)
    assert "late" not in card(alert)
    late = _parsed(replace(alert, late=True))
    assert [badge.text for badge in late.find(".//header").iter("span")][:2] == ["flash", "late"]
    words = late.find(".//p[@class='late-words']")
    assert words.text_content().startswith("Told late, out of a backlog: first published")
    assert words.find("time").get("datetime") == "2026-03-01T11:59:00+00:00"


def test_a_cut_passage_says_so():
    alert = replace(builders.alert(), passages=(Passage("/bodies/0/value", 40, (Segment("ثم"),)),))
    assert _parsed(alert).find(".//blockquote").get("data-cut") is not None


def test_a_sitting_shows_body_kind_and_status_and_its_life():
    steps = tuple(
        Step(status, "a", "Coast Wire", builders.NOON, "يعقد المجلس")
        for status in (SittingStatus.REQUESTED, SittingStatus.SCHEDULED)
    )
    parsed = _parsed(replace(SITTING, incident=replace(SITTING.incident, history=steps)))
    facts = {row.findtext("dt"): row.find("dd").text_content() for row in parsed.find(".//dl").findall("div")}
    assert facts == {
        "Body": "Security Council",
        "Kind": "emergency",
        "Status": "scheduled",
        "Date": "1 Mar 2026",
        "Topic": "topic",
        "Asked for by": "SO",
    }
    assert [step.findtext("strong") for step in parsed.findall(".//ol/li")] == ["requested", "scheduled"]


def test_a_timeline_tells_who_said_what_when_and_folds_away_what_moved_nothing():
    moved = Step(SittingStatus.HELD, "a|1|1", "وكالة الميناء", builders.NOON, "عقد المجلس")
    late = Step(SittingStatus.SCHEDULED, "b|1|1", "Coast Wire", builders.NOON, "will meet", moved=False)
    parsed = _parsed(replace(SITTING, incident=replace(SITTING.incident, history=(moved, late))))
    steps, more = parsed.findall(".//ol")
    (first,), (second,) = steps.findall("li"), more.findall("li")
    assert (first.findtext("strong"), first.find("span/bdi").text, first.find("q").get("dir")) == ("held", "وكالة الميناء", "rtl")
    assert first.find("time").get("datetime") == "2026-03-01T12:00:00+00:00"
    assert (second.findtext("strong"), second.find("q").get("dir")) == ("scheduled", "ltr")
    assert more.getparent().findtext("summary") == "1 more report"


def test_where_reports_differ_each_value_stands_with_its_outlets():
    facts = (
        Fact("date", "2026-03-01", ("wire|urn:a|1",)),
        Fact("date", "2026-03-02", ("other|x|1",)),
        Fact("requested_by", "Norway", ("wire|urn:a|1",)),
        Fact("requested_by", "France", ("wire|urn:a|1",)),
    )
    incident = replace(SITTING.incident, facts=facts, moved_from=builders.NOON.date(), date=date(2026, 3, 2))
    parsed = _parsed(replace(SITTING, incident=incident))
    (differ,) = parsed.find_class("differ")
    assert [item.text_content() for item in differ] == [
        "Date: 2026-03-01, according to Example Agency",
        "Date: 2026-03-02, according to other",
    ]
    assert "2 Mar 2026 (put off from 1 Mar 2026)" in parsed.find(".//dl").text_content()


def test_a_merged_sitting_leads_to_the_one_it_is():
    incident = replace(SITTING.incident, merged_into="low/er")
    parsed = _parsed(replace(SITTING, type=AlertType.RETRACTED, incident=incident))
    assert parsed.find_class("merged")[0].find("a").get("href") == "/v1/incidents/low%2Fer"


def test_tier_kind_and_time_of_detection_are_there_to_see_and_to_filter_by():
    parsed = _parsed(builders.alert(tier=Tier.FLASH))
    assert (parsed.get("data-tier"), parsed.get("data-kind"), parsed.get("data-sequence")) == ("flash", "escalation", "1")
    assert [badge.text for badge in parsed.findall(".//header//span")] == ["flash", "Escalation"]
    assert parsed.find(".//header//time").get("datetime") == "2026-03-01T12:00:00+00:00"
    assert parsed.find(".//footer/a").get("href") == "/v1/alerts/alert-1"


def test_many_carriers_are_counted_and_the_rest_unfold():
    alert = replace(builders.alert(), sources=tuple(builders.carrier(f"urn:{n}", version=str(n)) for n in range(5)), origins=2)
    sources = _parsed(alert).find(".//section")
    assert sources.findtext("p") == "5 articles carry this · 2 origins"
    assert sources.find("details").findtext("summary") == "2 more"
    assert len(sources.findall(".//li")) == 5
    assert {link.get("rel") for link in sources.iter("a")} == {"noopener noreferrer external"}


def test_a_retraction_is_told():
    assert "retracted" in [badge.text for badge in _parsed(builders.alert(what=AlertType.RETRACTED)).findall(".//header//span")]


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</h2></li><li class=card>",
    "&lt;b&gt; &amp;",
    "<!--",
    "javascript:alert(1)",
    "]]>",
]


def _hostile(text):
    """An alert with `text` wherever an article, an analyst or an id could have put it."""
    alert = replace(SITTING, title=text, language=text, lexicon=text, places=(text,), id=text)
    steps = tuple(Step(SittingStatus.HELD, text, text, builders.NOON, text) for _ in range(2))
    incident = replace(alert.incident, topic=text, requested_by=(text,), history=steps)
    carriers = (
        replace(builders.carrier(), outlet=text, url=text),
        replace(builders.carrier(), outlet=text, url=f"https://a.example/{text}"),
    )
    passages = (Passage(text, 3, (Segment(text, text), Segment(text))),)
    return replace(alert, incident=incident, sources=carriers, passages=passages)


def _shape(alert):
    """Tags and names of attributes, in order: what a text must never change."""
    return [(element.tag, sorted(element.keys())) for element in _parsed(alert).iter()]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_markup(text):
    alert = _hostile(text)
    parsed = _parsed(alert)
    assert parsed.findtext(".//h2") == text
    assert not [e for e in parsed.iter() if e.tag in {"script", "img", "b"} or any(name.startswith("on") for name in e.attrib)]
    assert all(link.get("href").startswith(("/v1/alerts/", "https://a.example/")) for link in parsed.iter("a"))
    assert len(parsed.findall(".//li[@class='card']")) == 0


@given(TEXT)
def test_whatever_the_text_the_shape_of_a_card_stays(text):
    letters = [(tag, [k for k in keys if k != "lang"]) for tag, keys in _shape(_hostile(f"x{text}"))]
    plain = [(tag, [k for k in keys if k != "lang"]) for tag, keys in _shape(_hostile("x"))]
    without_links = [(tag, keys) for tag, keys in letters if tag != "a"]
    assert without_links == [(tag, keys) for tag, keys in plain if tag != "a"]


def test_the_page_carries_the_cursor_the_filter_and_no_inline_script():
    parsed = html.document_fromstring(page.page([builders.alert()], cursor="5-0", tier=Tier.ALERT))
    body = parsed.find("body")
    assert (body.get("data-cursor"), body.get("data-tier"), body.get("data-kind")) == ("5-0", "alert", "")
    assert [script.get("src") for script in parsed.iter("script")] == ["/static/live.js"]
    assert not any(script.text for script in parsed.iter("script"))
    assert not [e for e in parsed.iter() if "style" in e.attrib or e.tag == "style"]
    assert [a.text for a in parsed.iter("a") if a.get("aria-current")] == ["Alert", "All"]
    assert {a.get("href") for a in parsed.find(".//nav").iter("a")} >= {
        "/",
        "/?tier=flash",
        "/?tier=alert&kind=un_session",
        "/?tier=alert",
    }


def test_every_filter_has_its_own_words_when_empty():
    assert "All quiet" in page.page([], cursor="0-0")
    assert "No alerts match this filter" in page.page([], cursor="0-0", tier=Tier.FLASH)
