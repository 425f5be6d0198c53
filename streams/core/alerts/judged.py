"""One article of a batch with everything found out about it, and what must be read before it can be taken in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streams.core.alerts.identity import escalation_id
from streams.core.dedup.versions import key_of
from streams.core.incident.joining import places
from streams.core.model import Decision, Lookup, Reported

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from streams.core.model import Article, Assessment, Organ, Session, Snapshot, Verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """One article of a batch with everything that was found out about it.

    `content` is the fold of its text (`dedup.fingerprint`), None for an empty one or where it feeds no alert; `stamp` is
    the CreateTime of its `wire.articles.v1` record; `agency` is whom its text credits (`dedup.agency`). `before` is the time
    it was taken in before, as far as that is known, where the log has lost it since; None where this is the first time.
    """

    article: Article
    verdict: Verdict
    assessment: Assessment
    content: str | None
    offset: int
    stamp: datetime
    agency: str | None = None
    before: datetime | None = None

    @property
    def published(self) -> datetime:
        """When the article says it was published, else when it came."""
        return self.article.published or self.stamp

    @property
    def usable(self) -> bool:
        """Whether it stands; a kill does not."""
        return self.article.pub_status == "usable"


def feeds(assessment: Assessment) -> bool:
    """Whether an assessment feeds any alert (contracts.md, "What makes an alert")."""
    return assessment.escalation.value is Reported.REPORT or any(session.current for session in assessment.sessions)


def index_name(body: Organ, place: str) -> str:
    """The index of the incidents of one body and one place of their topics."""
    return f"{body}|{place}"


def indexes(session: Session) -> list[str]:
    """The indexes a sitting stands in, one for each place of its topic."""
    return [index_name(session.body, place) for place in sorted(places(session.topic))]


def sittings(judged: Judged) -> Iterator[tuple[int, Session]]:
    """The current frames of an article that stands, each with its place among those of its body, in the order of the text."""
    counts: dict[str, int] = {}
    for session in judged.assessment.sessions if judged.usable else ():
        if session.current:
            place = counts[session.body] = counts.get(session.body, -1) + 1
            yield place, session


def sitting_lookups(judged: Judged) -> tuple[Lookup, ...]:
    """Where the sittings an article tells of are to be found."""
    at = int(judged.published.timestamp())
    found = (Lookup(index, at, session.date) for _, session in sittings(judged) for index in indexes(session))
    return tuple(dict.fromkeys(found))


def other_taken_back(judged: Judged) -> str | None:
    """The `source|uri` of the article of another uri that this one takes back, knowing it by an alternative id; else None."""
    if judged.usable or judged.verdict.verdict is not Decision.KILL or judged.verdict.of is None:
        return None
    key = key_of(judged.verdict.of)
    return key if key != judged.article.key and key.startswith(f"{judged.article.source}|") else None


def articles(batch: Iterable[Judged]) -> list[str]:
    """The `source|uri` whose applied versions a batch must know: its own, those whose text they repeat, and those they take back.

    A copy that comes late stands in no other incident than its original, which says where that is.
    """
    names: dict[str, None] = {}
    for judged in batch:
        names[judged.article.key] = None
        if judged.verdict.of is not None and any(sittings(judged)):
            names[key_of(judged.verdict.of)] = None
        if (other := other_taken_back(judged)) is not None:
            names[other] = None
    return list(names)


def touching(batch: Iterable[Judged]) -> list[str]:
    """The ids of the escalation alerts a batch may touch."""
    found = (escalation_id(j.verdict.story) for j in batch if j.assessment.escalation.value is Reported.REPORT)
    return list(dict.fromkeys(found))


def lookups(batch: Iterable[Judged]) -> list[Lookup]:
    """Where the incidents stand that a batch may touch; those its articles feed already come by themselves."""
    return list(dict.fromkeys(lookup for judged in batch for lookup in sitting_lookups(judged)))


def exposed(snapshot: Snapshot, batch: Iterable[Judged]) -> list[Lookup]:
    """Where the incidents stand that copies of a batch's articles may join when these go or change.

    A text is told as its first copy tells it: when that is taken back, another copy decides, whose day may be another.
    """
    keys = {key for judged in batch for key in (judged.article.key, other_taken_back(judged))}
    found: dict[Lookup, None] = {}
    for stored in snapshot.alerts.values():
        told = [(key, one, one.session) for key, one in stored.state.evidence.items() if one.session is not None]
        texts = {(one.reading, session.body, one.place) for key, one, session in told if key in keys}
        for key, one, session in told:
            if key not in keys and (one.reading, session.body, one.place) in texts:
                at = int(one.carrier.published.timestamp())
                found |= dict.fromkeys(Lookup(index, at, session.date) for index in indexes(session))
    return list(found)
