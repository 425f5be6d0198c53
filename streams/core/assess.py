"""Stub, being written: finds a few words so that the pipeline has something to carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.model import (
    Assessment,
    Category,
    Escalation,
    Hit,
    Organ,
    Outcome,
    Reported,
    Session,
    SittingKind,
    SittingStatus,
    Span,
    Tier,
)
from streams.core.text.language import language

if TYPE_CHECKING:
    from streams.core.detect.lexicon import Lexicons
    from streams.core.model import Article


class Assessor:
    def __init__(self, lexicons: Lexicons) -> None:
        self._lexicons = lexicons

    @property
    def lexicon(self) -> str:
        return self._lexicons.version

    def assess(self, article: Article) -> Assessment:
        hits, sessions = [], []
        for field in article.fields:
            for word, category in (("قصف", Category.STRIKE), ("غارات", Category.STRIKE), ("اشتباكات", Category.CLASH), ("هجوم", Category.CLASH)):
                at = field.text.find(word)
                if at >= 0:
                    hits.append(Hit(f"stub.{category}", category, Span(field.pointer, at, at + len(word), word), 20.0))
            for word in ("جلسة طارئة",):
                at = field.text.find(word)
                if at >= 0 and "مجلس الأمن" in field.text:
                    sessions.append(Session(Organ.UNSC, SittingKind.EMERGENCY, SittingStatus.SCHEDULED, Span(field.pointer, at, at + len(word), word), "stub"))
        score = min(100, 40 + 10 * len(hits)) if hits else 0
        tier = Tier.FLASH if score >= 85 else Tier.URGENT if score >= 65 else Tier.ALERT if score >= 40 else Tier.INFO
        esc = Escalation(Reported.REPORT if hits else Reported.NONE, tuple(dict.fromkeys(h.category for h in hits)), score, tier, tuple(hits))
        return Assessment(language(article.language, article.title), esc, tuple(sessions[:1]), self.lexicon)


def session_tier(session: Session) -> tuple[Tier, int]:
    if session.outcome is Outcome.VETOED or (session.kind is SittingKind.EMERGENCY and session.status is SittingStatus.IN_PROGRESS):
        return Tier.FLASH, 90
    if session.kind is SittingKind.EMERGENCY and session.status in (SittingStatus.REQUESTED, SittingStatus.SCHEDULED):
        return Tier.URGENT, 70
    return Tier.ALERT, 50
