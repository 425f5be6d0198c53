"""The words that tell of sittings (`streams/lexicons/un_session/*.toml`), and where they stand in a text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Self

from streams.core.detect.matcher import Matcher
from streams.core.detect.toml_file import Table
from streams.core.model import Organ, Outcome, SittingKind, SittingStatus

if TYPE_CHECKING:
    from streams.core.detect.terms import Term

GROUPS = {
    "body": tuple(o.value for o in Organ),
    "short": tuple(o.value for o in Organ),
    "kind": tuple(k.value for k in SittingKind if k is not SittingKind.UNSPECIFIED),
    "status": tuple(s.value for s in SittingStatus),
    "aspect": tuple(s.value for s in SittingStatus),
    "outcome": tuple(o.value for o in Outcome),
}
"""Tables whose keys are fixed.

`short` is what a body is called once it has been named. `status` words say how far a sitting has come wherever they
stand near it; `aspect` words are verb forms that say so only where nothing stronger does.
"""
LISTS = (
    "foreign",  # bodies that are none of the UN's, and names that contain one of its
    "sitting",  # nouns: session, meeting, consultations
    "meets",  # verbs a body does when it sits
    "acts",  # what it does in a sitting: votes, adopts
    "address",  # what others do before it: brief, address
    "joins",  # words between a sitting and its body that keep them together
    "margin",  # on the sidelines of
    "denied",  # negation
    "asked_by",  # who asked for it follows
    "past",  # it was long ago
    "when",  # days
    "apart",  # words before a body that make it no holder: resolution of, member of
)


class Mention(NamedTuple):
    """One word or phrase of the vocabulary in a text: its group, the name within it, its place in the folded text."""

    group: str
    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Vocabulary:
    """The vocabulary of one language: terms with the group and name each stands for."""

    language: str
    terms: tuple[tuple[Term, str, str], ...]

    @classmethod
    def parse(cls, file: str, language: str, data: str) -> Self:
        """The vocabulary in `data`, the text of `file`.

        Raises:
            LexiconError: it is not TOML, names no body or no sitting, or holds what is not known.
        """
        top = Table.parse(file, data)
        if top.text("language") != language:
            raise top.error(f"language must be {language!r}, as the file is called")
        terms: list[tuple[Term, str, str]] = []
        for group, names in GROUPS.items():
            table = top.table(group)
            for name in names:
                terms += [(term, group, name) for term in table.terms(name, language)]
            table.close()
        for group in ("topic", "party"):
            table = top.table(group)
            for name in table.names():
                terms += [(term, group, name) for term in table.terms(name, language)]
        for group in LISTS:
            terms += [(term, group, "") for term in top.terms(group, language, required=group == "sitting")]
        top.close()
        if not any(group == "body" for _, group, _ in terms):
            raise top.error("[body] names no body")
        return cls(language, tuple(terms))

    @cached_property
    def matcher(self) -> Matcher:
        """Finds the terms, by their number."""
        return Matcher([term for term, _, _ in self.terms])

    def mentions(self, text: str) -> list[Mention]:
        """Every mention in folded `text`, by place; what lies within a longer mention is left out."""
        found = [Mention(*self.terms[m.term][1:], m.start, m.end) for m in self.matcher.find(text)]
        found.sort(key=lambda m: (m.start, -m.end))
        outer: list[Mention] = []
        reach: tuple[int, int] = (0, 0)
        for mention in found:
            if mention.end <= reach[1] and (mention.start, mention.end) != reach:
                continue
            if mention.end > reach[1]:
                reach = (mention.start, mention.end)
            outer.append(mention)
        return outer
