"""The words that tell of sittings (`streams/lexicons/un_session/*.toml`), and where they stand in a text."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Self

from streams.core.detect.matcher import Matcher
from streams.core.detect.terms import WITHOUT_BLANKS
from streams.core.detect.toml_file import Table
from streams.core.model import Organ, Outcome, SittingKind, SittingStatus
from streams.core.text.fold import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.detect.terms import Term
    from streams.core.text.document import Part

GROUPS = {
    "body": tuple(o.value for o in Organ),
    "short": tuple(o.value for o in Organ),
    "gathering": tuple(o.value for o in Organ),
    "kind": tuple(k.value for k in SittingKind if k is not SittingKind.UNSPECIFIED),
    "status": tuple(s.value for s in SittingStatus),
    "aspect": tuple(s.value for s in SittingStatus),
    "outcome": tuple(o.value for o in Outcome),
}
"""Tables whose keys are fixed.

`short` is what a body is called once it has been named; `gathering` what is body and sitting in one: an assembly that meets
once a year, a forum, a summit of the UN. `status` words say how far a sitting has come wherever they
stand near it; `aspect` words are verb forms that say so only where nothing stronger does.
"""
LISTS = (
    "foreign",  # bodies that are none of the UN's, and names that contain one of its
    "apart_behind",  # the same right behind it: a Council resolution
    "united_nations",  # words without which a short name is no UN body's
    "annual",  # nouns that, of the General Assembly, mean its yearly session
    "sitting",  # nouns: session, meeting, consultations
    "term",  # nouns that mean a regular session of every body but the Council and the Assembly
    "own",  # the same with a possessive: "its session", of the body named before, whatever was said of that
    "numbered",  # right before a number that is no year: resolution 1973
    "vote",  # nouns for a vote, which may be of a day of its own
    "anaphora",  # "the session": the one spoken of before
    "meets",  # verbs a body does when it sits
    "acts",  # what it does in a sitting: votes, adopts
    "address",  # what others do before it: brief, address
    "agency",  # agencies of the UN: in an article that names one, a short name of `UN_OTHER` is its board's
    "facing",  # right before a body: it is spoken to, where a verb of saying (`says`) stands before
    "says",  # verbs of saying
    "margin",  # on the sidelines of
    "denied",  # right before a verb: it did not
    "asked_by",  # who asked for the sitting follows
    "through",  # who asks on behalf of another follows
    "announced",  # who means to bring a vote stands before
    "about",  # what a sitting is about follows
    "past",  # it was long ago
    "ballot",  # how many voted which way: a vote was taken
    "tally",  # how many votes there were: the body of the sentence voted, whatever the verb
    "elliptic",  # nouns that tell of another sitting of the body named before: a closed consultation, a vote
    "summit",  # what is a sitting of the UN where it is held on its premises
    "premises",  # the UN's own
    "takes_place",  # between "on the margins of" and a body: the session itself is told of as taking place
    "place",  # right behind a body: where it meets
    "within",  # right before a sitting: what is said or asked for in it or after it
    "relative",  # between a sitting and a body: "the session that the Council holds"
    "refuted",  # anywhere before: what follows is denied
    "supposed",  # right before: if, in case
    "clause",  # begins another clause, which has little to do with the one before
    "closes",  # what goes on or ends on the day behind it
    "counted_from",  # a unit of days that are counted, and "from": «أيام من»
    "fixed",  # verbs: a day was set for what had been asked for
    "name",  # phrases that hold a word of the vocabulary and have nothing to do with sittings
    "follows",  # before a sitting: it is another one than the one it came after
    "earlier",  # what the sentence tells of is another sitting than the one told of before
    "ahead_of",  # right before a sitting that is to come; behind it, it is what the sitting comes before
    "wish",  # right before "put off, cancel": somebody would like it
    "cause",  # what a sitting is held because of or after follows
    "apart",  # right before a body's name: it is not the body that sits (a resolution of, a member of)
)

PLAIN = (
    "until",  # right before a day: it is the last one, or the one put off to
    "since",  # right before a day: it is the old one
    "that",  # begins what is said
    "then",  # right before a verb: another clause of the same subject begins
    "goes_on",  # right behind a verb: not its subject
)
"""Lists of single words that are looked up where they are asked for: they are too frequent to be marked."""
_VERBAL = frozenset({"meets", "acts", "aspect"})
_CONJUNCTIONS, _PREPOSITIONS = "وف", "بكل"
"""Letters Arabic writes onto a word; behind a preposition stands a noun: «برفع العقوبات» is no verb."""
_CHARACTERS = 2
"""Characters a Chinese word has on average."""
BODIES = frozenset({"body", "short", "gathering"})
"""Groups that name a body of the UN: where none of them stands there is no sitting."""
_NAMES = frozenset({"body", "short", "foreign", "gathering", "name"})
_OVER = frozenset({("status", "denied"), ("about", "aspect"), ("about", "meets")})
"""Groups of which, at one and the same place, only the first is meant."""
_LATER = frozenset({"denied", "aspect", "meets"})
_FAMILIES = (frozenset({"status", "aspect", "asked_by", "denied"}), frozenset({"outcome", "denied"}))


def _swallows(outer: Mention, inner: Mention) -> bool:
    """Whether a mention within a longer one is a part of it: a word of a name, "called for by" and its "called for"."""
    if (outer.start, outer.end) == (inner.start, inner.end):
        # «بعدما» is no «عدم»; «لبحث» is what for, not that they did
        return (outer.group, inner.group) in _OVER
    if inner.end > outer.end or inner.group == "united_nations":
        return False
    if outer.group in _NAMES or outer.group == inner.group:
        return True
    return any(outer.group in family and inner.group in family for family in _FAMILIES)


class Mention(NamedTuple):
    """One word or phrase of the vocabulary in a text: its group, the name within it, its place in the folded text."""

    group: str
    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Vocabulary:
    """The vocabulary of one language: terms with the group and name each stands for.

    `adjectives_follow` says that words of `kind` stand behind the noun they belong to, never before it;
    `characters_a_word` how many characters make a word on average where no blanks part words;
    `needs_united_nations` that a body's name alone is another's too, so that the article must name the United Nations;
    `plain` are the single words of `PLAIN`, folded.
    """

    language: str
    terms: tuple[tuple[Term, str, str], ...]
    adjectives_follow: bool = False
    characters_a_word: int = 1
    needs_united_nations: bool = False
    plain: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def parse(cls, file: str, language: str, data: str) -> Self:
        """The vocabulary in `data`, the text of `file`.

        Raises:
            LexiconError: it is not TOML, names no body or no sitting, or holds what is not known.
        """
        top = Table.parse(file, data)
        if top.text("language") != language:
            top.refuse(f"language must be {language!r}, as the file is called", "language")
        terms: list[tuple[Term, str, str]] = []
        for group, names in GROUPS.items():
            table = top.table(group)
            for name in names:
                terms += [(term, group, name) for term in table.terms(name, language)]
            table.close()
        for group in LISTS:
            terms += [(term, group, "") for term in top.terms(group, language, required=group == "sitting")]
        adjectives_follow = top.flag("adjectives_follow")
        needs_united_nations = top.flag("needs_united_nations")
        characters_a_word = _CHARACTERS if language in WITHOUT_BLANKS else 1
        if not any(group == "body" for _, group, _ in terms):
            top.refuse("[body] names no body")
        plain = {name: frozenset(fold(word).text for word in top.phrases(name)) for name in PLAIN}
        top.finish()
        return cls(language, tuple(terms), adjectives_follow, characters_a_word, needs_united_nations, plain)

    @cached_property
    def bodies(self) -> Matcher:
        """Finds the terms that name a body: an article without any of them tells of no sitting."""
        return Matcher([term for term, group, _ in self.terms if group in BODIES])

    @cached_property
    def matcher(self) -> Matcher:
        """Finds the terms, by their number."""
        return Matcher([term for term, _, _ in self.terms])

    @property
    def matchers(self) -> tuple[Matcher, ...]:
        """Every matcher of the vocabulary."""
        return self.bodies, self.matcher

    @cached_property
    def _verbs(self) -> dict[int, frozenset[str]]:
        """The terms that are verbs and may have a preposition written onto them, with the letters they begin with."""
        return {n: term.initials for n, (term, group, _) in enumerate(self.terms) if group in _VERBAL and self.language == "ar"}

    @staticmethod
    def _is_noun(text: str, start: int, initials: frozenset[str]) -> bool:
        """Whether a preposition is written onto a verb's name at `start`."""
        if text[start] in _CONJUNCTIONS and text[start] not in initials:
            start += 1
        return text[start] in _PREPOSITIONS and text[start] not in initials

    def mentions(self, part: Part) -> list[Mention]:
        """Every mention in a part, by place; what is but a part of a longer one is left out."""
        text, terms, verbs = part.folded.text, self.terms, self._verbs
        found: list[Mention] = []
        for term, start, end in part.found(self.matcher):
            if term not in verbs or not self._is_noun(text, start, verbs[term]):
                _, group, name = terms[term]
                found.append(Mention(group, name, start, end))
        found.sort(key=lambda m: (m.start, -m.end, m.group in _LATER))
        kept: list[Mention] = []
        open_: list[Mention] = []
        for mention in found:
            if open_:
                open_ = [m for m in open_ if m.end > mention.start]
            if not (open_ and any(_swallows(outer, mention) for outer in open_)):
                kept.append(mention)
                open_.append(mention)
        return kept
