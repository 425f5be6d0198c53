"""A sitting as HTML: what is known of it, who says otherwise, and its life as a timeline. Pure; a part of a card."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from streams.core.model import Organ
from streams.feed.text import direction, time, words

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from streams.core.model import Alert, Fact, Incident, Step

ORGANS = {
    Organ.UNSC: "Security Council",
    Organ.UNGA: "General Assembly",
    Organ.UNHRC: "Human Rights Council",
    Organ.UN_OTHER: "UN body",
}
_DIFFER = {"date": "Date", "outcome": "Outcome", "requested_by": "Asked for by"}
"""Facts whose values are told with who gives them where reports differ."""
_OUTLETS = 3
"""Outlets named for one value."""


def _day(date: dt.date) -> str:
    return f"{date.day} {date:%b %Y}"


def _known(incident: Incident) -> str:
    date = _day(incident.date) if incident.date else ""
    if incident.moved_from is not None:
        date += f" (put off from {_day(incident.moved_from)})"
    facts = [
        ("Body", ORGANS[incident.body]),
        ("Kind", words(incident.kind)),
        ("Status", words(incident.status)),
        ("Date", date),
        ("Topic", incident.topic or ""),
        ("Asked for by", ", ".join(incident.requested_by)),
        ("Outcome", words(incident.outcome) if incident.outcome else ""),
    ]
    rows = "".join(f"<div><dt>{term}</dt><dd><bdi>{escape(value)}</bdi></dd></div>" for term, value in facts if value)
    return f'<dl class="facts">{rows}</dl>'


def _outlets(articles: Iterable[str], outlets: dict[str, str]) -> str:
    names = list(dict.fromkeys(outlets.get(article, article.partition("|")[0]) for article in articles))
    more = f" and {len(names) - _OUTLETS} more" if len(names) > _OUTLETS else ""
    return ", ".join(f"<bdi>{escape(name)}</bdi>" for name in names[:_OUTLETS]) + more


def _differ(term: str, fact: Fact, outlets: dict[str, str]) -> str:
    value = f"<strong><bdi>{escape(words(fact.value))}</bdi></strong>"
    return f"<li>{term}: {value}, according to {_outlets(fact.articles, outlets)}</li>"


def _differing(facts: Iterable[Fact], outlets: dict[str, str]) -> str:
    by_name: dict[str, list[Fact]] = {}
    for fact in facts:
        by_name.setdefault(fact.name, []).append(fact)
    items = ""
    for name, term in _DIFFER.items():
        values = by_name.get(name, [])
        if len({fact.articles for fact in values}) > 1:  # what all say together is no difference
            items += "".join(_differ(term, fact, outlets) for fact in values)
    return f'<ul class="differ" aria-label="Where reports differ">{items}</ul>' if items else ""


def _step(step: Step) -> str:
    return (
        f"<li{' data-moved' if step.moved else ''}><strong>{words(step.status)}</strong> {time(step.published)} "
        f'<span class="outlet"><bdi>{escape(step.outlet)}</bdi></span> '
        f'<q dir="{direction(step.quote)}">{escape(step.quote)}</q></li>'
    )


def _life(history: tuple[Step, ...]) -> str:
    if len(history) == 1:
        return ""  # the card's passage shows it
    moved = "".join(_step(step) for step in history if step.moved)
    rest = [_step(step) for step in history if not step.moved]
    more = (
        f'<details class="more-life"><summary>{len(rest)} more {"report" if len(rest) == 1 else "reports"}</summary>'
        f'<ol class="life">{"".join(rest)}</ol></details>'
        if rest
        else ""
    )
    return f'<ol class="life" aria-label="What was reported, in order">{moved}</ol>{more}'


def timeline(alert: Alert, incident: Incident) -> str:
    """The sitting an alert is about."""
    outlets = {step.article: step.outlet for step in incident.history}
    outlets |= {f"{c.source}|{c.uri}|{c.version}": c.outlet or c.source for c in alert.sources}
    merged = ""
    if incident.merged_into is not None:
        link = f"/v1/incidents/{quote(incident.merged_into, safe='')}"
        merged = f'<p class="merged">It is the same sitting as <a href="{link}">another one</a>.</p>'
    return f"{merged}{_known(incident)}{_differing(incident.facts, outlets)}{_life(incident.history)}"
