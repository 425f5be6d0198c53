"""Pairs of articles: what dedup says of the later one, beside the label. Duplicate, update or different."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from streams.core.dedup.compare import Likeness, compare
from streams.core.dedup.fingerprint import Fingerprint, fingerprints
from streams.core.model import Decision

from .scores import article

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from streams.core.text.furniture import Furniture

COPIES = frozenset((Decision.EXACT, Decision.NEAR, Decision.EXCERPT))
MIN_F1, MIN_PRECISION, MOST_WRONG = 0.97, 0.98, 1
"""What issue 6 asks for: F1 and precision of `duplicate`, pairs wrong."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A labelled pair, the earlier article's fingerprint before the later one's, and what is said of it."""

    entry: Mapping[str, Any]
    one: Fingerprint
    other: Fingerprint
    found: Likeness

    @property
    def is_copy(self) -> bool:
        return self.found.verdict in COPIES

    @property
    def is_wrong(self) -> bool:
        return self.is_copy != (self.entry["label"] == "duplicate")

    @property
    def meets(self) -> bool:
        """Whether the index would put the two side by side."""
        return self.one.exact == self.other.exact or not {*self.one.keys}.isdisjoint(self.other.keys)


def pairs(entries: Iterable[Mapping[str, Any]], furniture: Furniture) -> list[Pair]:
    """Every pair with what is said of it.

    Keys of an entry: `label`, `a` and `b`; of these `text` and, where there is one, `title`.
    """
    found = []
    for entry in entries:
        one, other = fingerprints([article(entry[side]) for side in "ab"], furniture)
        found.append(Pair(entry, one, other, compare(one, other)))
    return found


def written(cases: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The pairs of `tests/cases/dedup/pairs.json`, written out; what its fields mean stands in the file."""
    for case in cases["pairs"]:
        if "texts" in case:
            a, b = case["texts"]
        else:
            a = "\n\n".join(cases["bases"][case["of"]])
            b = case.get("text") or _changed(a, case)
        yield {**case, "a": {"text": a}, "b": {"text": b}}


def _changed(text: str, case: Mapping[str, Any]) -> str:
    for old, new in case.get("edits", []):
        if old not in text:
            raise ValueError(f"{case['id']}: no {old!r} in its base")
        text = text.replace(old, new)
    paragraphs = text.split("\n\n")
    if "paragraphs" in case:
        paragraphs = [paragraphs[number] for number in case["paragraphs"]]
    return "\n\n".join(part for part in (case.get("before"), *paragraphs, case.get("after")) if part)


def figures(found: Sequence[Pair]) -> dict[str, Any]:
    """`pairs`, `wrong`, precision, recall and F1 of `duplicate`; `unmet` duplicates the index would not find; the `misses`."""
    copies = [pair for pair in found if pair.entry["label"] == "duplicate"]
    right = sum(pair.is_copy for pair in copies)
    called = sum(pair.is_copy for pair in found)
    return {
        "pairs": len(found),
        "wrong": sum(pair.is_wrong for pair in found),
        "precision": round(right / called, 4) if called else 1.0,
        "recall": round(right / len(copies), 4) if copies else 1.0,
        "f1": round(2 * right / (len(copies) + called), 4) if copies or called else 1.0,
        "unmet": sum(not pair.meets for pair in copies),
        "misses": [
            {
                "id": pair.entry.get("id", pair.entry.get("group")),
                "phenomenon": pair.entry.get("phenomenon", ""),
                "expected": pair.entry["label"],
                "got": pair.found.verdict.value,
                "why": pair.found.why,
            }
            for pair in found
            if pair.is_wrong
        ],
    }


def shortfalls(name: str, told: Mapping[str, Any]) -> list[str]:
    """What of the issue's thresholds a set's figures do not reach, in words."""
    missed = [
        f"{name}: {key} of duplicate {told[key]:.3f} is below {least}"
        for key, least in (("f1", MIN_F1), ("precision", MIN_PRECISION))
        if told[key] < least
    ]
    if told["wrong"] > MOST_WRONG:
        missed.append(f"{name}: {told['wrong']} pairs are wrong, {MOST_WRONG} may be")
    return missed
