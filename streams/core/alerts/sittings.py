"""The incidents around a batch: which evidence stands in which, as articles come, change and go (ADR 3)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from streams.core.alerts.identity import incident_id
from streams.core.alerts.judged import index_name, sittings
from streams.core.alerts.publish import article_id
from streams.core.incident.joining import Report, join, places
from streams.core.model import AlertKind, AlertState, Decision, Evidence, Told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from streams.core.alerts.judged import Judged
    from streams.core.model import Carrier, Index, Organ, Reading, Session, Stored

MAX_TEXTS = 100
"""Texts kept of one incident: the first to give each fact, then the oldest."""
MAX_CARRIERS = 500
"""Articles kept of one incident, the oldest."""
MAX_EARLIER = 20
"""Earlier versions of an article whose steps are kept, the latest."""

_Key = tuple[str, "Organ", int]
"""A text, a body, and the place of a frame among the text's frames of that body."""


@dataclass(slots=True)
class _Piece:
    """One article's part in an incident, and the incident it stands in (None while it is new).

    `text` is what copies of one text have in common; `order` is by publication.
    """

    key: str
    evidence: Evidence
    session: Session
    alert: str | None
    text: _Key = field(init=False)
    order: tuple[datetime, str] = field(init=False)
    places: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.text = (self.evidence.reading, self.session.body, self.evidence.place)
        self.order = (self.evidence.carrier.published, article_id(self.evidence.carrier))
        self.places = places(self.session.topic)


Change = tuple[AlertState | None, AlertState]
"""An incident's state before and after."""


class Sittings:
    """The incidents of a snapshot, changed article by article."""

    def __init__(self, stored: Mapping[str, Stored], indexes: Mapping[str, Index]) -> None:
        self._indexes = indexes
        self._states: dict[str, AlertState] = {}
        self._pieces: dict[str, dict[tuple[Organ, int], _Piece]] = {}
        self._readings: dict[_Key, Reading] = {}
        for identity, item in stored.items():
            if item.state.kind is AlertKind.UN_SESSION:
                self._states[identity] = item.state
                if not item.state.retracted:
                    self._load(item.state)

    def _load(self, state: AlertState) -> None:
        for key, evidence in state.evidence.items():
            if evidence.session is not None:
                piece = _Piece(key, evidence, evidence.session, state.id)
                self._pieces.setdefault(key, {})[piece.session.body, evidence.place] = piece
                self._readings[piece.text] = state.readings[evidence.reading]

    def settled(self, state: AlertState) -> None:
        """Keep a change as it was written down."""
        self._states[state.id] = state

    def take(self, judged: Judged, carrier: Carrier, text: str, read: Callable[[Session], Reading]) -> list[Change]:
        """Take in the version of an article that is in force from now on, or its kill.

        Args:
            judged: the article.
            carrier: how it is named among the sources.
            text: the key its copies share.
            read: what it says of one of its sittings.
        """
        before = self._pieces.pop(judged.article.key, {})
        pieces: dict[tuple[Organ, int], _Piece] = {}
        for place, session in sittings(judged):
            at = (session.body, place)
            piece = _Piece(judged.article.key, Evidence(carrier, text, session, place), session, None)
            if (old := before.get(at)) is not None and not old.places.isdisjoint(piece.places):
                piece.alert = old.alert
                if judged.verdict.verdict is not Decision.CORRECTION:
                    said = Told(article_id(old.evidence.carrier), old.evidence.carrier.published, old.session)
                    piece.evidence = replace(piece.evidence, earlier=(*old.evidence.earlier, said)[-MAX_EARLIER:])
            if self._is_first(piece):
                self._readings[piece.text] = read(session)
            pieces[at] = piece
        if pieces:
            self._pieces[judged.article.key] = pieces
        return self._rejoined([*before.values(), *pieces.values()])

    def take_back(self, key: str) -> list[Change]:
        """Withdraw what an article told."""
        return self._rejoined(self._pieces.pop(key, {}).values())

    def take_earlier(self, judged: Judged) -> list[Change]:
        """Take in a version that comes after the one in force that replaced it: it tells a step, and decides nothing."""
        changed = []
        for place, session in sittings(judged):
            piece = self._pieces.get(judged.article.key, {}).get((session.body, place))
            if piece is None or piece.evidence.carrier.verdict is Decision.CORRECTION:
                continue
            if not piece.places.isdisjoint(places(session.topic)):
                told = (*piece.evidence.earlier, Told(judged.article.id, judged.published, session))
                in_order = sorted(told, key=lambda t: (t.published, t.article))[-MAX_EARLIER:]
                piece.evidence = replace(piece.evidence, earlier=tuple(in_order))
                changed.append(piece)
        return self._rejoined(changed)

    def _is_first(self, piece: _Piece) -> bool:
        """Whether it is the first copy by publication: a text is told as that tells it."""
        copies = [other.order for other in self._all() if other.text == piece.text]
        return not copies or piece.order < min(copies)

    def _all(self) -> Iterator[_Piece]:
        return (piece for pieces in self._pieces.values() for piece in pieces.values())

    def _rejoined(self, changed: Iterable[_Piece]) -> list[Change]:
        """Join what stands around these pieces anew; answers what changes by it, in the order of ids."""
        around: dict[Organ, tuple[set[str], set[str]]] = {}
        for piece in changed:
            near, touched = around.setdefault(piece.session.body, (set(), set()))
            near |= piece.places
            touched |= {piece.alert} - {None}  # type: ignore[arg-type]
        changes: list[Change] = []
        for body, (near, touched) in around.items():
            pieces = self._connected(body, near)
            before = {id(piece): piece.alert for piece in pieces}
            groups = _joined(pieces)
            self._name(groups)
            touched |= {alert for alert in before.values() if alert is not None}
            touched |= {piece.alert for piece in pieces if piece.alert is not None}
            changes += self._changes(touched, groups, before)
        return changes

    def _connected(self, body: Organ, near: set[str]) -> list[_Piece]:
        """Every piece of a body whose topic shares a place with these, or with one that does."""
        rest = [piece for piece in self._all() if piece.session.body is body]
        found: list[_Piece] = []
        while hit := [piece for piece in rest if not piece.places.isdisjoint(near)]:
            found += hit
            rest = [piece for piece in rest if piece.places.isdisjoint(near)]
            near = near.union(*(piece.places for piece in hit))
        return found

    def _name(self, groups: list[list[_Piece]]) -> None:
        """Give each sitting the lowest id its reports stood under, those of no other sitting first; else a new one."""
        claims = [{piece.alert for piece in group if piece.alert is not None} for group in groups]
        wanted = Counter(alert for claim in claims for alert in claim)
        taken: set[str] = set()
        for group, claim in zip(groups, claims, strict=True):
            free = sorted(claim - taken, key=lambda alert: (wanted[alert], alert))
            alert = free[0] if free else self._new(min(group, key=lambda piece: piece.order), {*taken, *wanted})
            taken.add(alert)
            for piece in group:
                piece.alert = alert

    def _new(self, first: _Piece, taken: set[str]) -> str:
        """The first id of its index that is free, or whose incident was taken back: then it comes back."""
        index = index_name(first.session.body, min(first.places))
        known = self._indexes[index].alerts if index in self._indexes else frozenset()
        number = 0
        while True:
            alert = incident_id(index, first.order[0].year, number)
            state = self._states.get(alert)
            if alert not in taken and (alert not in known if state is None else state.retracted and state.merged_into is None):
                return alert
            number += 1

    def _changes(self, touched: set[str], groups: list[list[_Piece]], before: Mapping[int, str | None]) -> list[Change]:
        members = {group[0].alert: group for group in groups}
        found: list[Change] = []
        for alert in sorted(touched):
            old, group = self._states.get(alert), members.get(alert)
            if group is not None:
                new = self._state(alert, old, self._kept(group))
            elif old is not None and not old.retracted:
                moved = [piece for group in groups for piece in group if before[id(piece)] == alert]
                # The last evidence stays to be shown: a retraction must say what it takes back.
                into = min(moved, key=lambda piece: piece.order).alert if moved else None
                new = replace(old, retracted=True, merged_into=into)
            else:
                continue
            if new != old:
                self._states[alert] = new
                found.append((old, new))
        return found

    def _state(self, alert: str, old: AlertState | None, group: list[_Piece]) -> AlertState:
        first = group[0].evidence
        opened = first.earlier[0].article if first.earlier else article_id(first.carrier)
        evidence = {piece.key: piece.evidence for piece in group}
        readings = {piece.evidence.reading: self._readings[piece.text] for piece in group}
        if old is None:
            return AlertState(alert, AlertKind.UN_SESSION, opened, 0, evidence, readings, first.carrier.published)
        return replace(old, story=opened, evidence=evidence, readings=readings, retracted=False)

    def _kept(self, group: list[_Piece]) -> list[_Piece]:
        """What is kept of a sitting, in order: no more than it takes to tell it, however many report it."""
        ordered = sorted(group, key=lambda piece: piece.order)
        texts = list(dict.fromkeys(piece.text for piece in ordered))
        if len(texts) > MAX_TEXTS:
            first = {piece.text: piece for piece in reversed(ordered)}
            telling = {_said(first[text]): text for text in reversed(texts)}
            chosen = {*list(telling.values())[-MAX_TEXTS:]}
            chosen.update([text for text in texts if text not in chosen][: MAX_TEXTS - len(chosen)])
            kept = [piece for piece in ordered if piece.text in chosen]
        else:
            kept = ordered
        kept = kept[:MAX_CARRIERS]
        if len(kept) < len(ordered):
            stay = {id(piece) for piece in kept}
            for piece in ordered:
                if id(piece) not in stay:
                    del self._pieces[piece.key][piece.session.body, piece.evidence.place]
        return kept


def _said(piece: _Piece) -> tuple[object, ...]:
    session = piece.session
    return (session.status, session.kind, session.date, session.outcome, session.requested_by)


def _joined(pieces: Iterable[_Piece]) -> list[list[_Piece]]:
    """Pieces by sitting; copies of one text stand where their first does."""
    by_text: dict[_Key, list[_Piece]] = {}
    for piece in sorted(pieces, key=lambda piece: piece.order):
        by_text.setdefault(piece.text, []).append(piece)
    firsts = {text: copies[0] for text, copies in by_text.items()}
    groups = join(
        Report(
            text=text[0],
            place=text[2],
            article=article_id(first.evidence.carrier),
            published=first.order[0],
            body=text[1],
            places=first.places,
            date=first.session.date,
            status=first.session.status,
            kind=first.session.kind,
        )
        for text, first in firsts.items()
    )
    return [
        sorted(
            (piece for report in group for piece in by_text[report.text, report.body, report.place]),
            key=lambda piece: piece.order,
        )
        for group in groups
    ]
