from __future__ import annotations

import json
from dataclasses import replace
from email.utils import parsedate_to_datetime

import builders
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from streams.codec import to_json
from streams.core.model import AlertKind, Passage, Segment, Tier
from streams.feed import syndication

BASE = "https://wire.example"
A = "{http://www.w3.org/2005/Atom}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
STRICT = etree.XMLParser(resolve_entities=False)


def _atom(*alerts):
    return etree.fromstring(syndication.atom(alerts, base=BASE), STRICT)


def test_an_atom_feed_read_back():
    first = builders.alert("one", tier=Tier.FLASH, title="قصف <b>عنيف</b> & أكثر")
    second = builders.alert("two", kind=AlertKind.UN_SESSION, language="en", title="Council meets")
    feed = _atom(first, second)
    assert feed.tag == f"{A}feed"
    assert feed.findtext(f"{A}updated") == "2026-03-01T12:00:00Z"
    assert feed.findtext(f"{A}author/{A}name") == "wirewatch"
    links = {(link.get("rel"), link.get("href")) for link in feed.findall(f"{A}link")}
    assert links == {("self", f"{BASE}/feeds/alerts.atom"), ("alternate", f"{BASE}/")}
    one, two = feed.findall(f"{A}entry")
    assert (one.get(LANG), two.get(LANG)) == ("ar", "en")
    assert one.findtext(f"{A}title") == "[flash] قصف <b>عنيف</b> & أكثر"
    assert one.find(f"{A}title").get("type") == "text"
    assert (one.findtext(f"{A}published"), one.findtext(f"{A}updated")) == ("2026-03-01T11:59:00Z", "2026-03-01T12:00:00Z")
    assert [(link.get("rel"), link.get("href")) for link in one.findall(f"{A}link")] == [
        ("alternate", f"{BASE}/#alert-one"),
        ("alternate", f"{BASE}/v1/alerts/one"),
        ("via", "https://news.example/1"),
    ]
    assert [category.get("term") for category in one.findall(f"{A}category")] == ["escalation", "flash", "strike"]
    assert one.findtext(f"{A}contributor/{A}name") == "Example Agency"
    content = html.fragment_fromstring(one.findtext(f"{A}content"))
    assert one.find(f"{A}content").get("type") == "html"
    assert [mark.text for mark in content.iter("mark")] == ["قصفت المدفعية"]
    assert "Security Council" not in two.findtext(f"{A}summary")
    assert "UNSC · emergency · scheduled" in two.findtext(f"{A}summary")


def test_a_late_flash_is_told_as_one():
    late = replace(builders.alert(tier=Tier.FLASH, title="قصف"), late=True)
    (entry,) = _atom(late).findall(f"{A}entry")
    assert entry.findtext(f"{A}title") == "[late flash] قصف"
    assert [category.get("term") for category in entry.findall(f"{A}category")] == ["escalation", "flash", "late", "strike"]


def test_what_atom_demands_is_there_even_without_alerts():
    feed = _atom()
    assert feed.findtext(f"{A}id").startswith("urn:uuid:")
    assert feed.findtext(f"{A}updated") == "1970-01-01T00:00:00Z"
    assert feed.findtext(f"{A}title")


def test_ids_are_stable_and_differ():
    ids = [entry.findtext(f"{A}id") for entry in _atom(builders.alert("one"), builders.alert("two")).findall(f"{A}entry")]
    assert ids[0] == "urn:uuid:1bef0b4e-21d1-5750-beef-cd43e8a3cdc4", "to readers, another id is another alert"
    assert ids[1] != ids[0]
    changed = _atom(builders.alert("one", sequence=4, title="other", tier=Tier.INFO)).find(f"{A}entry")
    assert changed.findtext(f"{A}id") == ids[0]


def test_the_same_alerts_give_the_same_bytes():
    assert syndication.atom([builders.alert()], base=BASE) == syndication.atom([builders.alert()], base=BASE)


@given(st.text(min_size=1, max_size=40))
def test_whatever_the_text_the_feeds_are_well_formed(text):
    alert = replace(
        builders.alert(title=text, language=text, places=(text,)),
        id=text,
        sources=(replace(builders.carrier(), outlet=text, url=f"https://a.example/{text}"),),
        passages=(Passage("/bodies/0/value", 0, (Segment(text, text),)),),
    )
    (entry,) = _atom(alert).findall(f"{A}entry")
    assert len(entry.findtext(f"{A}title")) >= len("[alert] ")
    assert len(etree.fromstring(syndication.rss([alert], base=BASE), STRICT).findall("channel/item")) == 1


def test_a_script_in_an_article_stays_text_in_the_content():
    passage = Passage("/bodies/0/value", 0, (Segment("<script>alert(1)</script>", "<b>"),))
    (entry,) = _atom(replace(builders.alert(), passages=(passage,))).findall(f"{A}entry")
    content = html.fragment_fromstring(entry.findtext(f"{A}content"))
    assert content.text_content() == "<script>alert(1)</script>"
    assert not list(content.iter("script"))


def test_an_address_that_is_no_link_is_left_out():
    alert = replace(builders.alert(), sources=(replace(builders.carrier(), url="javascript:alert(1)"),))
    (entry,) = _atom(alert).findall(f"{A}entry")
    assert [link.get("rel") for link in entry.findall(f"{A}link")] == ["alternate", "alternate"]


def test_rss_read_back():
    channel = etree.fromstring(syndication.rss([builders.alert("one")], base=BASE), STRICT).find("channel")
    item = channel.find("item")
    assert (channel.findtext("link"), channel.find(f"{A}link").get("href")) == (f"{BASE}/", f"{BASE}/feeds/alerts.rss")
    assert (item.findtext("guid"), item.find("guid").get("isPermaLink")) == (syndication.urn("one"), "false")
    assert parsedate_to_datetime(item.findtext("pubDate")) == builders.NOON
    assert "<mark" in item.findtext("description")


def test_json_feed_read_back():
    document = json.loads(to_json(syndication.json_feed([builders.alert("one")], base=BASE)))
    (item,) = document["items"]
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert (item["id"], item["url"], item["date_modified"]) == (
        syndication.urn("one"),
        f"{BASE}/#alert-one",
        "2026-03-01T12:00:00Z",
    )
