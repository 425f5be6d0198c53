"""One alert as HTML: the only renderer of a card, for the page, for its live stream and for syndication. Pure.

Every text goes through `html.escape`; only http and https addresses become links.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from streams.core.model import AlertKind, AlertType, Decision
from streams.feed.text import direction, time, words
from streams.feed.timeline import timeline

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.core.model import Alert, Carrier, Passage

KINDS = {AlertKind.ESCALATION: "Escalation", AlertKind.UN_SESSION: "UN sitting"}
VERDICTS = {
    Decision.NEW: "original",
    Decision.EXACT: "exact copy",
    Decision.NEAR: "near copy",
    Decision.EXCERPT: "excerpt",
    Decision.UPDATE: "update",
    Decision.CORRECTION: "correction",
    Decision.KILL: "withdrawn",
}
SHOWN_SOURCES = 3
"""Carriers shown at once; the rest unfold."""

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
"""A language tag that may stand in a `lang` attribute; what else an article claims is left out."""


def safe_url(url: str | None) -> str | None:
    """The address where a link may lead there: http or https with a host; None for javascript:, data: and the like."""
    if url is None or any(character.isspace() or not character.isprintable() for character in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.hostname else None


def _text_attributes(text: str, language: str) -> str:
    tag = f' lang="{language}"' if LANGUAGE.fullmatch(language) else ""
    return f'dir="{direction(text)}"{tag}'


def _text_of(passage: Passage) -> str:
    return "".join(segment.text for segment in passage.segments)


def marked(passage: Passage) -> str:
    """A passage's text with the matched words marked; a mark's title is the rule that matched."""
    return "".join(
        escape(segment.text) if segment.rule is None else f'<mark title="{escape(segment.rule)}">{escape(segment.text)}</mark>'
        for segment in passage.segments
    )


def passages(alert: Alert, shown: Iterable[Passage]) -> str:
    """Passages as block quotes, each in the direction of its own text."""
    return "".join(
        f"<blockquote {_text_attributes(_text_of(passage), alert.language)}"
        f"{' data-cut' if passage.start > 0 else ''}><p>{marked(passage)}</p></blockquote>"
        for passage in shown
    )


def split_title(alert: Alert) -> tuple[str, list[Passage]]:
    """The title as HTML, with its marks where a passage is the title itself, and the passages that remain."""
    for number, passage in enumerate(alert.passages):
        if passage.start == 0 and _text_of(passage).strip() == alert.title:
            return marked(passage).strip(), [*alert.passages[:number], *alert.passages[number + 1 :]]
    return escape(alert.title) or "Untitled", list(alert.passages)


def _carrier(carrier: Carrier) -> str:
    name = f"<bdi>{escape(carrier.outlet or carrier.source)}</bdi>"
    url = safe_url(carrier.url)
    if url is not None:
        name = f'<a href="{escape(url)}" rel="noopener noreferrer external">{name}</a>'
    return f'<li>{name} <span class="verdict">{VERDICTS[carrier.verdict]}</span> {time(carrier.published)}</li>'


def _sources(alert: Alert) -> str:
    carriers = [_carrier(carrier) for carrier in alert.sources]
    count = f"{len(carriers)} {'article carries' if len(carriers) == 1 else 'articles carry'} this"
    origins = f" · {alert.origins} {'origin' if alert.origins == 1 else 'origins'}"
    rest = carriers[SHOWN_SOURCES:]
    more = f'<details class="more-sources"><summary>{len(rest)} more</summary><ul>{"".join(rest)}</ul></details>' if rest else ""
    return (
        f'<section class="sources" aria-label="Sources"><p class="count">{count}{origins}</p>'
        f"<ul>{''.join(carriers[:SHOWN_SOURCES])}</ul>{more}</section>"
    )


def _badges(alert: Alert) -> str:
    retracted = alert.type is AlertType.RETRACTED
    state = '<span class="badge state">retracted</span>' if retracted else ""
    changed = "" if retracted or alert.type is AlertType.CREATED else '<span class="badge state">updated</span>'
    late = '<span class="badge late">late</span>' if alert.late else ""
    return (
        f'<span class="badge tier">{alert.tier}</span>{late}<span class="badge kind">{KINDS[alert.kind]}</span>{state}{changed}'
    )


def _late(alert: Alert) -> str:
    return f"Told late, out of a backlog: first published {time(alert.published, ago=True)}."


def card(alert: Alert) -> str:
    """An alert as one item of the page's list."""
    title, rest = split_title(alert)
    link = f"/v1/alerts/{quote(alert.id, safe='')}"
    chips = "".join(f"<li>{words(category)}</li>" for category in alert.categories)
    chips += "".join(f'<li class="place"><bdi>{escape(place)}</bdi></li>' for place in alert.places)
    labels = f'<ul class="chips" aria-label="Categories and places">{chips}</ul>' if chips else ""
    revision = f"<span>revision {alert.sequence}</span> " if alert.sequence > 1 else ""
    late = f'<p class="late-words">{_late(alert)}</p>' if alert.late else ""
    heading = f"title-{escape(alert.id)}"
    return (
        f'<li class="card" id="alert-{escape(alert.id)}" data-tier="{alert.tier}" data-kind="{alert.kind}" '
        f'data-sequence="{alert.sequence}" data-type="{alert.type}"{" data-late" if alert.late else ""}>'
        f'<article aria-labelledby="{heading}">'
        f'<header><p class="badges">{_badges(alert)}</p><p class="when">{time(alert.detected, ago=True)}</p></header>'
        f'<h2 id="{heading}" {_text_attributes(alert.title, alert.language)}>{title}</h2>{late}'
        f"{timeline(alert, alert.incident) if alert.incident else ''}"
        f"{passages(alert, rest)}"
        f"{labels}{_sources(alert)}"
        f"<footer><span>score {alert.score}</span> {revision}"
        f'<span>rules <bdi>{escape(alert.lexicon)}</bdi></span> <a href="{link}">JSON</a></footer>'
        "</article></li>"
    )
