"""The page as HTML. Pure; its cards are `card.card`'s, its live part is `static/live.js`."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from streams.core.model import AlertKind, Tier
from streams.feed.card import KINDS, card

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.model import Alert

SHOWN = 100
"""Cards on the page; older ones leave as new ones come."""

TIERS = {Tier.FLASH: "Flash", Tier.URGENT: "Urgent", Tier.ALERT: "Alert", Tier.INFO: "Info"}


def cards(alerts: Sequence[Alert]) -> str:
    """The items of the list."""
    return "".join(card(alert) for alert in alerts)


def _choices(label: str, name: str, options: dict[str, str], chosen: dict[str, str]) -> str:
    """One filter as links, so that it works without a script, has an address, and is reached by keyboard."""
    links = []
    for value, words in {"": "All", **options}.items():
        query = urlencode({k: v for k, v in {**chosen, name: value}.items() if v})
        current = ' aria-current="true"' if chosen.get(name, "") == value else ""
        links.append(f'<li><a href="/{f"?{escape(query)}" if query else ""}"{current}>{words}</a></li>')
    heading = f"filter-{name}"
    return f'<div class="filter"><span id="{heading}">{label}</span><ul aria-labelledby="{heading}">{"".join(links)}</ul></div>'


def _document(title: str, attributes: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{title}</title>"
        '<link rel="icon" href="/static/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/static/page.css">'
        '<link rel="alternate" type="application/atom+xml" title="wirewatch alerts (Atom)" href="/feeds/alerts.atom">'
        '<link rel="alternate" type="application/rss+xml" title="wirewatch alerts (RSS)" href="/feeds/alerts.rss">'
        '<link rel="alternate" type="application/feed+json" title="wirewatch alerts (JSON Feed)" href="/feeds/alerts.json">'
        f'<script src="/static/live.js" defer></script></head><body{attributes}>{body}</body></html>'
    )


def _header() -> str:
    return (
        '<a class="skip" href="#alerts">Skip to the alerts</a>'
        '<header class="top"><div class="bar"><h1><a href="/"><span class="logo" aria-hidden="true"></span>wirewatch</a></h1>'
        '<p id="connection" class="connection" data-state="off" role="status"><span class="dot" aria-hidden="true"></span>'
        '<span id="connection-words">Not live</span></p></div></header>'
    )


def page(alerts: Sequence[Alert], *, cursor: str, tier: Tier | None = None, kind: AlertKind | None = None) -> str:
    """The page with these alerts, newest change first.

    Args:
        alerts: what it shows before its script runs.
        cursor: the end of the alert log, read *before* `alerts`: the live stream goes on from there.
        tier: the only tier shown, None for all.
        kind: the only kind shown, None for all.
    """
    chosen = {"tier": tier or "", "kind": kind or ""}
    filters = _choices("Tier", "tier", {str(t): words for t, words in TIERS.items()}, chosen)
    filters += _choices("Kind", "kind", {str(k): words for k, words in KINDS.items()}, chosen)
    empty = "No alerts match this filter." if tier or kind else "All quiet. No alerts yet."
    attributes = f' data-cursor="{escape(cursor)}" data-tier="{chosen["tier"]}" data-kind="{chosen["kind"]}" data-limit="{SHOWN}"'
    body = (
        f'{_header()}<main><nav class="filters" aria-label="Filter alerts">{filters}</nav>'
        '<p id="news" class="unseen" role="status" aria-live="polite"></p>'
        f'<ol id="alerts" class="alerts" tabindex="-1" aria-label="Alerts, newest first">{cards(alerts)}</ol>'
        f'<div class="empty"><span class="pulse" aria-hidden="true"></span><p>{empty}</p>'
        "<p>New alerts appear here by themselves, within a second or so.</p></div>"
        '<noscript><p class="notice">Without JavaScript this page does not update by itself: reload it.</p></noscript></main>'
        '<footer class="bottom"><p>Times are UTC. Marked words are what the rules matched, in the original text.</p>'
        '<p><a href="/feeds/alerts.atom">Atom</a> <a href="/feeds/alerts.rss">RSS</a> <a href="/feeds/alerts.json">JSON Feed</a> '
        '<a href="/v1/alerts">API</a> <a href="/v1/incidents">Sittings</a> <a href="/openapi.json">OpenAPI</a></p></footer>'
    )
    return _document("wirewatch – alerts", attributes, body)


def unavailable() -> str:
    """The page while the alert log does not answer; it loads itself anew until it does."""
    body = (
        f'{_header()}<main><div class="notice" role="alert"><h2>The alert log does not answer</h2>'
        "<p>Nothing is lost: alerts are kept and shown as soon as it is back. This page tries again by itself.</p></div></main>"
    )
    return _document("wirewatch – not available", ' data-retry="5000"', body)
