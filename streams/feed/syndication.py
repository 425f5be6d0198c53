"""Alerts as Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1. Pure: the same alerts and address give the same bytes."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from lxml import etree

from streams.feed.card import KINDS, LANGUAGE, passages, safe_url
from streams.feed.text import utc, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.model import Alert

ATOM = "http://www.w3.org/2005/Atom"
TITLE = "wirewatch alerts"
SUBTITLE = "Escalation and sittings of UN bodies, as the news wires report them"

_XML = "http://www.w3.org/XML/1998/namespace"
_NAMES = uuid.UUID("6f0f3d0e-7d36-5d5b-8f0a-9f6f0a6a5d11")
"""The namespace of our URNs; to change it would make every reader see every alert anew."""
_NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
# What XML 1.0 cannot hold, written or escaped (production 2, Char).
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def urn(name: str) -> str:
    """A permanent id: the same for the same alert on every machine and after every restart."""
    return f"urn:uuid:{uuid.uuid5(_NAMES, name.encode('utf-8', 'replace').decode())}"


def _xml(text: str) -> str:
    """The text with the replacement character for what XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)


def _stamp(moment: dt.datetime) -> str:
    return utc(moment).isoformat(timespec="seconds").replace("+00:00", "Z")


def _updated(alerts: Sequence[Alert]) -> dt.datetime:
    """The last change among the alerts; no clock, so that the same alerts give the same feed."""
    return max((alert.detected for alert in alerts), default=_NEVER)


def _page(base: str, alert: Alert) -> str:
    return f"{base}/#alert-{quote(alert.id, safe='')}"


def _json(base: str, alert: Alert) -> str:
    return f"{base}/v1/alerts/{quote(alert.id, safe='')}"


def _title(alert: Alert) -> str:
    return f"[{'late ' if alert.late else ''}{alert.tier}] {alert.title}"


def _summary(alert: Alert) -> str:
    parts: list[str] = [KINDS[alert.kind]]
    if alert.incident is not None:
        parts += [alert.incident.body, words(alert.incident.kind), words(alert.incident.status)]
    parts += [words(category) for category in alert.categories]
    outlets = sorted({carrier.outlet or carrier.source for carrier in alert.sources})
    return f"{' · '.join(parts)} – {', '.join(outlets)}"


def _categories(alert: Alert) -> list[str]:
    return [alert.kind, alert.tier, *(["late"] if alert.late else []), *alert.categories]


def _add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, name, {key: _xml(value) for key, value in attributes.items()})
    if text is not None:
        element.text = _xml(text)
    return element


def _document(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _entry(feed: etree._Element, alert: Alert, base: str) -> None:
    def add(name: str, text: str | None = None, **attributes: str) -> etree._Element:
        return _add(entry, f"{{{ATOM}}}{name}", text, **attributes)

    entry = _add(feed, f"{{{ATOM}}}entry")
    if LANGUAGE.fullmatch(alert.language):
        entry.set(f"{{{_XML}}}lang", alert.language)
    add("id", urn(alert.id))
    add("title", _title(alert), type="text")
    add("updated", _stamp(alert.detected))
    add("published", _stamp(alert.published))
    add("link", rel="alternate", type="text/html", href=_page(base, alert))
    add("link", rel="alternate", type="application/json", href=_json(base, alert))
    for url in dict.fromkeys(safe_url(carrier.url) for carrier in alert.sources):
        if url is not None:
            add("link", rel="via", href=url)
    for term in _categories(alert):
        add("category", term=term)
    for outlet in dict.fromkeys(carrier.outlet or carrier.source for carrier in alert.sources):
        _add(add("contributor"), f"{{{ATOM}}}name", outlet)
    add("summary", _summary(alert), type="text")
    add("content", passages(alert, alert.passages), type="html")


def atom(alerts: Sequence[Alert], *, base: str, path: str = "/feeds/alerts.atom") -> bytes:
    """An Atom document; every address in it is absolute.

    Args:
        alerts: newest change first.
        base: where readers reach us, without a slash at its end.
        path: the document's own address below `base`.
    """
    feed = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})  # type: ignore[dict-item] # the stubs know no default namespace
    feed.set(f"{{{_XML}}}lang", "en")

    def add(name: str, text: str | None = None, **attributes: str) -> etree._Element:
        return _add(feed, f"{{{ATOM}}}{name}", text, **attributes)

    add("id", urn("alerts"))
    add("title", TITLE)
    add("subtitle", SUBTITLE)
    add("updated", _stamp(_updated(alerts)))
    _add(add("author"), f"{{{ATOM}}}name", "wirewatch")
    add("generator", "wirewatch")
    add("link", rel="self", type="application/atom+xml", href=f"{base}{path}")
    add("link", rel="alternate", type="text/html", href=f"{base}/")
    for alert in alerts:
        _entry(feed, alert, base)
    return _document(feed)


def rss(alerts: Sequence[Alert], *, base: str, path: str = "/feeds/alerts.rss") -> bytes:
    """An RSS 2.0 document, for readers that know nothing better; arguments as `atom`."""
    root = etree.Element("rss", {"version": "2.0"}, nsmap={"atom": ATOM})
    channel = _add(root, "channel")
    _add(channel, "title", TITLE)
    _add(channel, "link", f"{base}/")
    _add(channel, "description", SUBTITLE)
    _add(channel, "language", "en")
    _add(channel, "lastBuildDate", format_datetime(utc(_updated(alerts)), usegmt=True))
    _add(channel, f"{{{ATOM}}}link", rel="self", type="application/rss+xml", href=f"{base}{path}")
    for alert in alerts:
        item = _add(channel, "item")
        _add(item, "title", _title(alert))
        _add(item, "link", _page(base, alert))
        _add(item, "guid", urn(alert.id), isPermaLink="false")
        _add(item, "pubDate", format_datetime(utc(alert.detected), usegmt=True))
        for term in _categories(alert):
            _add(item, "category", term)
        _add(item, "description", f"<p>{escape(_summary(alert))}</p>{passages(alert, alert.passages)}")
    return _document(root)


def json_feed(alerts: Sequence[Alert], *, base: str, path: str = "/feeds/alerts.json") -> dict[str, object]:
    """A JSON Feed 1.1 document as plain values; arguments as `atom`."""
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": TITLE,
        "description": SUBTITLE,
        "home_page_url": f"{base}/",
        "feed_url": f"{base}{path}",
        "language": "en",
        "items": [
            {
                "id": urn(alert.id),
                "url": _page(base, alert),
                "title": _title(alert),
                "summary": _summary(alert),
                "content_html": passages(alert, alert.passages),
                "date_published": _stamp(alert.published),
                "date_modified": _stamp(alert.detected),
                "tags": _categories(alert),
                "language": alert.language,
                "authors": [{"name": name} for name in dict.fromkeys(c.outlet or c.source for c in alert.sources)],
            }
            for alert in alerts
        ],
    }
