"""Which bodies of the UN an article names, and what a short name stands for: «المجلس», "the assembly"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.model import Organ, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.core.detect.un_session.sentence import Sentence
    from streams.core.detect.vocabulary import Mention

_SHORT = {Organ.UNGA.value: "assembly", Organ.UN_OTHER.value: "other"}
"""What a short name stands for: the last of its sort; the two councils share theirs."""


class Organs:
    """The bodies named so far, and what the whole article says of them. `last` is the one named last."""

    def __init__(self) -> None:
        self.last: Organ | None = None
        self.has_council = False
        self._has_assembly = False
        self._is_un = False
        self._by_sort: dict[str, Organ] = {}
        self._councils: set[Organ] = set()
        self._has_foreign = False
        self._is_vetoed = self._has_short = self._has_agency = False

    def note(self, mentions: Iterable[Mention]) -> None:
        """Take in which bodies a part of the article names, before its sentences are read."""
        named = [(m.group, m.name) for m in mentions]
        bodies = {name for group, name in named if group == "body"}
        self._is_un |= bool(bodies - {Organ.UNGA}) or ("united_nations", "") in named
        self.has_council |= Organ.UNSC in bodies
        self._councils |= {Organ(name) for name in bodies} & {Organ.UNSC, Organ.UNHRC}
        self._has_foreign |= ("foreign", "") in named
        self._is_vetoed |= ("outcome", Outcome.VETOED) in named
        self._has_agency |= ("agency", "") in named
        self._has_short |= ("short", Organ.UNSC) in named
        self._has_assembly |= Organ.UNGA in bodies or (self._is_un and ("short", Organ.UNGA) in named)

    def settle(self) -> None:
        """Once all parts are noted: "the Council" of an article that names no body is the one where texts are vetoed."""
        if self._is_vetoed and self._has_short and not (self._councils or self._is_un or self._has_foreign):
            self.has_council = self._is_un = True
            self._by_sort["council"] = Organ.UNSC

    def may_veto(self, sentence: Sentence) -> bool:
        """Whether a veto told of in a sentence is one of the Security Council."""
        return self.has_council or (self._has_assembly and bool(sentence.of("ballot")))

    def _only_council(self, sentence: Sentence, mention: Mention) -> Organ | None:
        """The council a short name stands for before any was named: where a text speaks of one alone."""
        if sentence.part.is_headline:
            return None
        is_council = mention.name == Organ.UNSC and len(self._councils) == 1 and not self._has_foreign
        return next(iter(self._councils)) if is_council else None

    def named_in(self, sentence: Sentence) -> list[Mention]:
        """The UN bodies a sentence names, a short name resolved to what it stands for."""
        found: list[Mention] = []
        for mention in sentence.of("body", "short", "gathering"):
            if any(f.start <= mention.start and mention.end <= f.end for f in sentence.of("foreign")):
                continue
            if mention.group == "gathering" and mention.name == Organ.UNGA and not self._has_assembly:
                continue
            if mention.group != "short":
                self._by_sort[_SHORT.get(mention.name, "council")] = self.last = Organ(mention.name)
                found.append(mention)
                continue
            if any(m.start < mention.end and mention.start < m.end for m in sentence.of("body", "gathering")):
                continue
            known = self._by_sort.get(_SHORT.get(mention.name, "council")) or self._only_council(sentence, mention)
            if known is None and mention.name == Organ.UN_OTHER and self._has_agency:
                known = Organ.UN_OTHER
            if known is not None or (mention.name == Organ.UNGA and self._is_un):
                self.last = known or Organ.UNGA
                found.append(mention._replace(name=self.last))
        return found
