"""What a sitting is about and who asked for it: places and parties of the gazetteer, read by the words beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streams.core.detect.places import PlaceKind
from streams.core.model import SittingStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streams.core.detect.places import Gazetteer, Place
    from streams.core.detect.un_session.holder import Trigger
    from streams.core.detect.un_session.sentence import Placed, Sentence

_TOPIC = 25
_ABOUT = 5
"""Words between "about" and the place it is about."""
_ASKED = 14
_CHAIN = 4
"""Words between the parties of one list."""
_SUBJECT = 4
"""Words between a party and the verb it is the subject of."""
_PARTIES = frozenset({PlaceKind.COUNTRY, PlaceKind.DEMONYM, PlaceKind.CAPITAL, PlaceKind.GROUP})
_VAGUE = frozenset({"Western states", "Arab states", "Gulf states"})
"""Groups that name nobody in particular."""
_SEATS = frozenset({"New York", "Geneva", "Vienna", "The Hague"})
"""Where UN bodies sit: no topics."""


class Named(NamedTuple):
    """A place in the folded text with what it is called as a topic and as a party; None where it can be none."""

    start: int
    end: int
    topic: str | None
    party: str | None
    is_adjective: bool


def named(place: Place, gazetteer: Gazetteer) -> Named:
    """A place as sittings are told of: a city stands for its country, a region for itself."""
    party = place.name if place.kind in _PARTIES and place.name not in _VAGUE else None
    topic: str | None = place.name
    if place.kind is PlaceKind.CITY and place.country is not None:
        topic = gazetteer.country(place.country)
    if place.kind is PlaceKind.GROUP or place.name in _SEATS:
        topic = None
    return Named(place.start, place.end, topic, party, place.kind is PlaceKind.DEMONYM)


def topic(sentence: Sentence, trigger: Trigger, places: Sequence[Named]) -> str | None:
    """The first place named behind the sitting; one that "about" stands before comes first, an adjective last."""
    last = trigger.noun if trigger.noun.end > trigger.body.end else trigger.body
    behind = [p for p in places if p.topic is not None and p.start >= last.end and sentence.gap(last, p) <= _TOPIC]
    about = [m for m in sentence.of("about") if m.start >= last.end]
    near = {p for p in behind if any(m.end <= p.start and sentence.gap(m, p) <= _ABOUT for m in about)}
    ranked = sorted(behind, key=lambda p: (p not in near, p.is_adjective and p not in near, p.start))
    return ranked[0].topic if ranked else None


def requesters(sentence: Sentence, trigger: Trigger | None, status: SittingStatus, places: Sequence[Named]) -> tuple[str, ...]:
    """Parties named right after "asked for by", or as the subject of a verb of asking, with those it asks through."""
    parties = [p for p in places if p.party is not None]
    found: list[str] = []
    for asked in sentence.of("asked_by"):
        if trigger is None or sentence.gap(asked, trigger.noun) <= _ASKED:
            found += _chain(sentence, asked, parties) or _before(sentence, asked, parties)
    if not found and trigger is not None and status is SittingStatus.REQUESTED:
        asking = [m for m in sentence.of("status") if m.name == SittingStatus.REQUESTED and m.end <= trigger.noun.start]
        if asking:
            found += _subject(sentence, asking, trigger, parties)
    if not found:
        for announced in sentence.of("announced"):
            found += _before(sentence, announced, parties)
    if found:
        for through in sentence.of("through"):
            found += _chain(sentence, through, parties, reach=2 * _CHAIN)
    return tuple(dict.fromkeys(found))


def _subject(sentence: Sentence, asking: Sequence[Placed], trigger: Trigger, parties: Sequence[Named]) -> list[str]:
    """Who asks: named behind the verb and before what is asked for, else before the verb."""
    for verb in reversed(asking):
        body = trigger.body if verb.end <= trigger.body.start else trigger.noun
        low = min(trigger.noun.start, body.start)
        inside = [p for p in parties if verb.end <= p.start and p.end <= low]
        if inside and sentence.gap(verb, inside[0]) <= _SUBJECT:
            return _chain(sentence, verb, inside)
        if found := _before(sentence, verb, parties):
            return found
    return []


def _before(sentence: Sentence, verb: Placed, parties: Sequence[Named]) -> list[str]:
    """The list of parties that ends right before a verb."""
    found: list[str] = []
    last: Placed = verb
    for party in reversed(parties):
        if party.end > last.start:
            continue
        if sentence.gap(party, last) > (_SUBJECT if last is verb else _CHAIN - 2) or sentence.stops_between(party, last):
            break
        found.append(party.party or "")
        last = party
    return found[::-1]


def _chain(sentence: Sentence, asked: Placed, parties: Iterable[Named], *, reach: int = _CHAIN) -> list[str]:
    """The list of parties that begins right after a word."""
    found: list[str] = []
    last: Placed = asked
    for party in parties:
        if party.start < last.end:
            continue
        if sentence.gap(last, party) > reach or not sentence.none_between(last, party, "sitting"):
            break
        found.append(party.party or "")
        last = party
    return found
