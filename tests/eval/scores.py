"""Figures of a set of labelled articles: what was expected, what was found, and how far the two agree."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from streams.core.model import Article, Field
from tests.eval.sittings import FIGURES, MIN_SITTINGS, MOST_FALSE, false_sessions, in_gold, told, wrong_frames

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streams.core.assess import Assessor
    from streams.core.model import Assessment, Hit

MIN_F1, MIN_ACCURACY, MOST_WRONG = 0.95, 0.92, 1
"""What issue 4 asks for: F1 of `report`, accuracy over the three values, articles wrong in a language of `authored`."""
_SHOWN_HITS = 5


@dataclass(frozen=True, slots=True)
class Judged:
    """One article with its labels (`gold`: escalation, categories, sessions) and what wirewatch says of it."""

    gold: dict[str, Any]
    found: Assessment

    @property
    def is_wrong(self) -> bool:
        return self.gold["escalation"] != self.found.escalation.value.value


def published(written: str | None) -> dt.datetime | None:
    """The time of publication of an entry; None where it gives none with its zone."""
    try:
        found = dt.datetime.fromisoformat(written) if written else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def article(entry: dict[str, Any]) -> Article:
    """An entry of a labelled or plain file as an article. Keys: text, and id, title, lang, published where there are."""
    return Article(
        source="eval",
        uri=str(entry.get("id", "")),
        version="1",
        published=published(entry.get("published")),
        language=entry.get("lang"),
        headline=Field("/headlines/0/value", entry["title"]) if entry.get("title") else None,
        body=Field("/bodies/0/value", entry["text"]),
    )


def judged(entries: Iterable[dict[str, Any]], assessor: Assessor) -> list[Judged]:
    """Every entry with its assessment."""
    return [Judged(entry, assessor.assess(article(entry))) for entry in entries]


def f1(pairs: Iterable[tuple[Counter[Any], Counter[Any]]]) -> float:
    """Micro F1 of (expected, found) counters; 1.0 where nothing was expected and nothing found."""
    both = total = 0
    for gold, found in pairs:
        both += sum((gold & found).values())
        total += sum(gold.values()) + sum(found.values())
    return round(2 * both / total, 4) if total else 1.0


def figures(articles: Sequence[Judged]) -> dict[str, Any]:
    """`articles`, `wrong`, F1 of `report` and of categories, accuracy, F1 of current sittings four ways, false and wrong ones.

    `confusion` counts articles by `expected>found`.
    """
    wrong = sum(one.is_wrong for one in articles)
    return {
        "articles": len(articles),
        "wrong": wrong,
        "report_f1": f1(
            (Counter({"report"} & {one.gold["escalation"]}), Counter({"report"} & {one.found.escalation.value.value}))
            for one in articles
        ),
        "accuracy": round(1 - wrong / len(articles), 4) if articles else 1.0,
        "categories_f1": f1(
            (Counter(one.gold["categories"]), Counter(c.value for c in one.found.escalation.categories)) for one in articles
        ),
        "sessions_f1": {
            name: f1((Counter(map(key, in_gold(one.gold))), Counter(map(key, told(one.found)))) for one in articles)
            for name, key in FIGURES.items()
        },
        "false_sessions": false_sessions([(one.gold, one.found) for one in articles]),
        "wrong_frames": sum(wrong_frames(one.gold, one.found) for one in articles),
        "confusion": dict(Counter(f"{one.gold['escalation']}>{one.found.escalation.value.value}" for one in articles)),
    }


def _weightiest(hits: Iterable[Hit]) -> list[str]:
    best = sorted(hits, key=lambda h: -h.weight)[:_SHOWN_HITS]
    return [f"{h.rule} {h.weight:g} «{h.span.quote}» {'·'.join(h.guards)}".rstrip() for h in best]


def misses(articles: Iterable[Judged]) -> list[dict[str, Any]]:
    """Every article whose escalation is wrong, with its score and weightiest hits."""
    return [
        {
            "id": one.gold.get("id"),
            "lang": one.gold["lang"],
            "expected": one.gold["escalation"],
            "got": one.found.escalation.value.value,
            "score": one.found.escalation.score,
            "hits": _weightiest(one.found.escalation.hits),
        }
        for one in articles
        if one.is_wrong
    ]


def shortfalls(name: str, found: dict[str, Any]) -> list[str]:
    """What of the issue's thresholds a set's figures (with `languages`, where told apart) do not reach, in words."""
    missed = []
    if found["report_f1"] < MIN_F1:
        missed.append(f"{name}: F1 of report {found['report_f1']:.3f} is below {MIN_F1}")
    if found["accuracy"] < MIN_ACCURACY:
        missed.append(f"{name}: accuracy {found['accuracy']:.3f} is below {MIN_ACCURACY}")
    for figure, least in MIN_SITTINGS.items():
        if figure != "body_date" or found.get("languages"):
            value = found["sessions_f1"][figure]
            missed += [f"{name}: F1 of sittings by {figure} {value:.3f} is below {least}"] if value < least else []
    if found["false_sessions"] > MOST_FALSE:
        missed.append(f"{name}: sittings are found in {found['false_sessions']:.1%} of the articles without any")
    for language, own in found.get("languages", {}).items():
        if own["wrong"] > MOST_WRONG:
            missed.append(f"{name}: {own['wrong']} articles of {language} are wrong, {MOST_WRONG} may be")
    return missed
