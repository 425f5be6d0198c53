"""Judged articles for tests of alerts: each builder gives something whole, and takes what a test cares about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from streams.core import alerts
from streams.core.model import (
    Article,
    Assessment,
    Category,
    Decision,
    Escalation,
    Field,
    Hit,
    Organ,
    Reported,
    Session,
    SittingKind,
    SittingStatus,
    Span,
    Tier,
    Verdict,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BODY = "Shells fell on the harbour. The Security Council was asked to meet."


def session(status=SittingStatus.REQUESTED, kind=SittingKind.EMERGENCY, **more):
    span = Span("/bodies/0/value", 32, 48, BODY[32:48])
    return Session(Organ.UNSC, kind, status, span, "un_session.en", **more)


def judged(  # noqa: PLR0913 - a builder
    uri="a",
    version="1",
    *,
    story=None,
    offset=0,
    minute=0,
    content="text-1",
    report=True,
    sessions=(),
    verdict=Decision.NEW,
    status="usable",
):
    article = Article(
        "desk", uri, version, NOON + timedelta(minutes=minute), "en", None, Field("/bodies/0/value", BODY), pub_status=status
    )
    hit = Hit("strike.shelling", Category.STRIKE, Span("/bodies/0/value", 0, 11, BODY[:11]), 30.0)
    escalation = Escalation(
        Reported.REPORT if report else Reported.NONE,
        (Category.STRIKE,) if report else (),
        70 if report else 0,
        Tier.URGENT,
        (hit,) if report else (),
    )
    return alerts.Judged(
        article,
        Verdict(verdict, story or "desk|a|1"),
        Assessment("en", escalation, tuple(sessions), "lexicon-1"),
        content,
        offset,
        NOON + timedelta(minutes=minute),
    )
