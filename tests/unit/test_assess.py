"""Severity, and bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.assess import MOST_HITS, session_tier
from streams.core.model import Organ, Outcome, Reported, Session, SittingKind, SittingStatus, Span, Tier

SPAN = Span("/bodies/0/value", 0, 1, "x")


@pytest.mark.parametrize(
    ("kind", "status", "outcome", "tier"),
    [
        ("emergency", "in_progress", None, Tier.FLASH),
        ("regular", "held", "vetoed", Tier.FLASH),
        ("emergency", "requested", None, Tier.URGENT),
        ("emergency", "scheduled", None, Tier.URGENT),
        ("emergency", "held", None, Tier.ALERT),
        ("closed", "scheduled", None, Tier.ALERT),
        ("unspecified", "in_progress", None, Tier.ALERT),
    ],
)
def test_session_tiers(kind, status, outcome, tier):
    session = Session(
        Organ.UNSC, SittingKind(kind), SittingStatus(status), SPAN, "r", outcome=Outcome(outcome) if outcome else None
    )
    found, score = session_tier(session)
    assert found is tier
    low, high = {Tier.FLASH: (85, 100), Tier.URGENT: (65, 84), Tier.ALERT: (40, 64)}[tier]
    assert low <= score <= high


def test_the_headline_counts_more_than_the_body_and_more_hits_more(assessor, article):
    line = "غارات جوية على الميناء"
    filler = "كلام عام لا يخبر بشيء. " * 10
    score = lambda title, text: assessor.assess(article({"lang": "ar", "title": title, "text": text})).escalation.score  # noqa: E731
    deep = score("خبر", filler + line)
    assert 0 < deep < score("خبر", line) < score(line, "خبر")
    assert score(line, "واندلعت اشتباكات عنيفة قرب البلدة.") > score(line, "خبر")


def test_every_hit_says_rule_words_and_guards(assessor, article):
    found = assessor.assess(article({"lang": "ar", "text": "نفى المتحدث وقوع غارات جوية على الميناء."})).escalation
    assert found.value is Reported.BACKGROUND
    hit = next(h for h in found.hits if h.span.quote == "غارات جوية")
    assert "denial" in hit.guards
    assert 0 < hit.weight < 20
    assert found.categories == ()


def test_an_unknown_language_is_judged_by_nobody(assessor, article):
    found = assessor.assess(article({"lang": "fi", "text": "Ilmaiskuja kaupunkiin"}))
    assert (found.language, found.escalation.value, found.sessions) == ("fi", Reported.NONE, ())


@pytest.mark.parametrize(
    "text",
    [
        "قصف " * 100_000,
        "قصفت طائرات حربية مدينة وأسفر القصف عن مقتل مدنيين. " * 20_000,
        "عقد مجلس الأمن جلسة طارئة " * 38_000,
        "لم قصف. " * 100_000,
        "\u064b" * 1_000_000,
    ],
    ids=["hits", "sentences", "one sentence", "guards", "marks"],
)
@pytest.mark.timeout(60)
def test_a_megabyte_does_not_blow_up(assessor, article, text):
    found = assessor.assess(article({"lang": "ar", "text": text}))
    assert len(found.escalation.hits) <= MOST_HITS
    assert len(found.sessions) <= 20


@given(
    title=st.text(max_size=40),
    text=st.text(alphabet="قصف مجلس الأمن جلسة طارئة لم غارات.\n\u064e\ud800🙂ab", max_size=200),
    lang=st.sampled_from(["ar", "en", "fr", None]),
)
def test_total_and_every_quote_is_the_original(assessor, article, title, text, lang):
    case = {"lang": lang, "title": title, "text": text}
    found = assessor.assess(article(case))
    texts = {f.pointer: f.text for f in article(case).fields}
    for span in [h.span for h in found.escalation.hits] + [s.span for s in found.sessions]:
        assert span.quote
        assert texts[span.field][span.start : span.end] == span.quote
