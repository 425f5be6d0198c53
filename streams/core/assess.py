"""From an article to findings to severity: value, score and tier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.detect import DETECTORS
from streams.core.detect.escalation import ALONE, CONTEXT, FIGURE, LEAD_SENTENCES
from streams.core.model import (
    Assessment,
    Category,
    Escalation,
    Hit,
    Outcome,
    Reported,
    Session,
    SittingKind,
    SittingStatus,
    Tier,
)
from streams.core.text.document import document, documents, furniture

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streams.core.detect.lexicon import Lexicons
    from streams.core.model import Article, Span
    from streams.core.text.document import Document

MOST_HITS = 50
"""Hits published of one article, the weightiest; all are counted."""

_REPORT_FROM = 20.0
"""Points that make a report: one plain statement of an act, or two vague ones."""
_BEST_FROM = 12.0
"""What the weightiest hit of a report weighs at least: words that are weak each never make one, however many."""
_HALF_SCORE = 40.0
"""Points worth a score of 50; twice as many are worth 75."""
_NO_ACT = frozenset({CONTEXT, FIGURE, ALONE})
"""Guards of hits that tell of no act."""
_HEADLINE, _LEAD, _REPEAT = 1.6, 1.3, 0.3
_MOST_REPEATS = 3
_CATEGORY_FROM = 0.5
"""The share of a report's threshold from which a category is named beside the strongest."""
_FLASH, _URGENT, _ALERT = 85, 65, 40
_SESSION_SCORES = {Tier.FLASH: 90, Tier.URGENT: 70, Tier.ALERT: 50}


def _tier(score: int) -> Tier:
    """The tier of an escalation score (contracts.md, "What makes an alert")."""
    if score >= _FLASH:
        return Tier.FLASH
    if score >= _URGENT:
        return Tier.URGENT
    return Tier.ALERT if score >= _ALERT else Tier.INFO


def session_tier(session: Session) -> tuple[Tier, int]:
    """The tier of one sitting, with the score that stands for it (contracts.md, "What makes an alert")."""
    emergency = session.kind is SittingKind.EMERGENCY
    if session.outcome is Outcome.VETOED or (emergency and session.status is SittingStatus.IN_PROGRESS):
        tier = Tier.FLASH
    elif emergency and session.status in (SittingStatus.REQUESTED, SittingStatus.SCHEDULED):
        tier = Tier.URGENT
    else:
        tier = Tier.ALERT
    return tier, _SESSION_SCORES[tier]


def _counted(hits: Iterable[Hit]) -> list[Hit]:
    """Of hits that overlap the weightiest, so that no words count twice; they come by place."""
    chosen: list[Hit] = []
    for hit in hits:
        last = chosen[-1] if chosen else None
        if last is None or last.span.field != hit.span.field or hit.span.start >= last.span.end:
            chosen.append(hit)
        elif hit.weight > last.weight:
            chosen[-1] = hit
    return chosen


class _Emphasis:
    """How much more a place counts: headline, then lead."""

    def __init__(self, read: Document) -> None:
        self._factor: dict[str, tuple[float, int]] = {}
        for part in read.parts:
            if part.is_headline:
                self._factor[part.field.pointer] = (_HEADLINE, len(part.field.text))
            elif part.sentences:
                last = part.sentences[min(LEAD_SENTENCES, len(part.sentences)) - 1]
                self._factor[part.field.pointer] = (_LEAD, part.folded.source(*last)[1])

    def __call__(self, hit: Hit) -> float:
        factor, end = self._factor.get(hit.span.field, (1.0, 0))
        return factor if hit.span.start < end else 1.0


def _points(hits: Sequence[Hit], emphasis: _Emphasis) -> dict[Category, float]:
    """Points by category: a rule's best hit counts in full, its next few a little."""
    by_rule: dict[str, tuple[Category, list[float]]] = {}
    for hit in hits:
        by_rule.setdefault(hit.rule, (hit.category, []))[1].append(hit.weight * emphasis(hit))
    points: dict[Category, float] = {}
    for category, weights in by_rule.values():
        best, *rest = sorted(weights, reverse=True)
        points[category] = points.get(category, 0.0) + best + _REPEAT * sum(rest[:_MOST_REPEATS])
    return points


def _categories(hits: Sequence[Hit], emphasis: _Emphasis) -> tuple[Category, ...]:
    """What a report tells of. Words may tell of two things (killed in a raid), so each category is counted by itself."""
    by_category: dict[Category, list[Hit]] = {}
    for hit in hits:
        by_category.setdefault(hit.category, []).append(hit)
    points = _points([hit for some in by_category.values() for hit in _counted(some)], emphasis)
    least = min(max(points.values(), default=0.0), _CATEGORY_FROM * _REPORT_FROM)
    return tuple(c for c in Category if points.get(c, 0.0) >= max(least, 1.0))


def _escalation(read: Document, hits: list[Hit]) -> Escalation:
    if not hits:
        return Escalation(Reported.NONE, (), 0, Tier.INFO, ())
    acts = [hit for hit in hits if _NO_ACT.isdisjoint(hit.guards)]
    acts.sort(key=lambda h: (h.span.field, h.span.start, -h.span.end))
    counted, emphasis = [hit for hit in _counted(acts) if hit.weight > 0], _Emphasis(read)
    total = sum(_points(counted, emphasis).values())
    strongest = max((hit.weight * emphasis(hit) for hit in counted), default=0.0)
    score = round(100 * (1 - 2 ** (-total / _HALF_SCORE)))
    best = sorted(hits, key=lambda h: (-h.weight, h.span.field, h.span.start, h.rule))[:MOST_HITS]
    shown = tuple(sorted(best, key=lambda h: (h.span.field != read.parts[0].field.pointer, h.span.start, h.rule)))
    if total >= _REPORT_FROM and strongest >= _BEST_FROM:
        return Escalation(Reported.REPORT, _categories(acts, emphasis), score, _tier(score), shown)
    value = Reported.BACKGROUND if any(FIGURE not in hit.guards and ALONE not in hit.guards for hit in hits) else Reported.NONE
    return Escalation(value, (), score, Tier.INFO, shown)


class Assessor:
    """Judges articles by one version of the lexicons. Keeps nothing of what it has read; may be shared between threads."""

    def __init__(self, lexicons: Lexicons) -> None:
        self.lexicon = lexicons.version
        self.page_furniture = lexicons.furniture
        """Phrases of page furniture, for who reads texts elsewhere."""
        self._detectors = tuple(detector(lexicons) for detector in DETECTORS)

    def assess(self, article: Article) -> Assessment:
        """Everything the detectors find in one article, with its escalation summed up. Total on any article."""
        return self.assess_each([article])[0]

    def assess_each(self, articles: Sequence[Article]) -> list[Assessment]:
        """`assess` of each of these articles, which costs less than one by one."""
        read = documents(articles, self.page_furniture)
        by_language: dict[str, list[int]] = {}
        for number, document_ in enumerate(read):
            by_language.setdefault(document_.language, []).append(number)
        found: list[list[Hit | Session]] = [[] for _ in read]
        for language, numbers in by_language.items():
            some = [read[number] for number in numbers]
            for detector in self._detectors:
                for number, findings in zip(numbers, detector.detect(some, language), strict=True):
                    found[number] += findings
        return list(map(self._judged, read, found))

    def _judged(self, read: Document, found: Sequence[Hit | Session]) -> Assessment:
        hits = [finding for finding in found if isinstance(finding, Hit)]
        sessions = tuple(finding for finding in found if isinstance(finding, Session))
        return Assessment(read.language, _escalation(read, hits), sessions, self.lexicon)

    def furniture(self, article: Article) -> list[Span]:
        """What of an article is page furniture and never judged, in reading order."""
        return furniture(document(article, self.page_furniture))
