"""What two texts say differently: a number of the same thing, a place, a side of a matter, a negation, a turn of events, a day.

A word counts only where one text begins with it and the other has it nowhere near its beginning: so that synonyms, cuts and a
changed order of sentences contradict nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streams.core.dedup.facts import NEWS, between_names
from streams.core.dedup.marks import DAY, NAME, NEGATION, gravest, sides_of, turns

if TYPE_CHECKING:
    from streams.core.dedup.facts import Facts, Number

_ALIKE = 0.7
"""Share of the beginnings from which on a lone word is a synonym."""
_Ahead = dict[int, set[int]]
"""The marked words that only one text begins with: by mark, the words beside them; 0 is the text's edge."""


class Contradiction(NamedTuple):
    """What is said differently, in words; `elsewhere` where it is of another place, party or day: another story."""

    why: str
    elsewhere: bool = False


def contradiction(a: Facts, b: Facts, lead: float) -> Contradiction | None:
    """The weightiest contradiction of two texts whose beginnings share `lead` (0 to 1); None where none can be told.

    1 stands as well for texts one of which is the other condensed: what it begins with may come from anywhere in the other.
    """
    there_a, there_b = set(a.lead), set(b.lead)
    ahead_a, ahead_b = _ahead(a, there_b), _ahead(b, there_a)
    if _replaced(ahead_a, ahead_b, NAME):
        return Contradiction("another place or party", elsewhere=True)
    changed = _changed_number(a, b) or _other_side(a, b, ahead_a, ahead_b)
    if changed is None and (_denies(a, b, there_b) or _denies(b, a, there_a)):
        changed = "a negation"
    if changed is None and (ahead_a or ahead_b):
        both = {0} | (there_a & there_b)
        changed = _turn(a, b, both, lead) or _turn(b, a, both, lead)
    if changed:
        return Contradiction(changed)
    return Contradiction("another day", elsewhere=True) if _replaced(ahead_a, ahead_b, DAY) else None


def _changed_number(a: Facts, b: Facts) -> str | None:
    """A number of one thing in one text and another number of it in the other, neither of which both have."""
    only_a = [number for number in a.numbers if b.lacks(number.value)]
    only_b = [number for number in b.numbers if a.lacks(number.value)] if only_a else []
    changed = ((one, other) for one in only_a for other in only_b if _is_of_one_thing(one, other))
    return next((f"{one.value:g} became {other.value:g}" for one, other in changed), None)


def _is_of_one_thing(one: Number, other: Number) -> bool:
    """Whether numbers stand before or after the same word, and beyond the beginnings between the same words.

    There texts that were cut differently have other numbers of other people, dollars and years.
    """
    after, before = one.after and one.after == other.after, one.before and one.before == other.before
    return bool(after or before) if one.ahead or other.ahead else bool(after and before)


def _ahead(one: Facts, there: set[int]) -> _Ahead:
    ahead: _Ahead = {}
    if any(one.marks[:NEWS]):
        around = (0, *one.lead, 0)
        for place, mark in enumerate(one.marks[:NEWS]):
            if mark and one.lead[place] not in there:
                ahead.setdefault(mark, set()).update({around[place], around[place + 2]} - between_names())
    return ahead


def _other_side(a: Facts, b: Facts, ahead_a: _Ahead, ahead_b: _Ahead) -> str | None:
    """A matter on whose different sides two texts begin."""
    sides = sides_of()
    only_a, only_b = ahead_a.keys() - set(b.marks[:NEWS]), ahead_b.keys() - set(a.marks[:NEWS])
    matters = {sides[mark] for mark in only_a if mark in sides} & {sides[mark] for mark in only_b if mark in sides}
    return f"another state of {min(matters)}" if matters else None


def _denies(one: Facts, other: Facts, there: set[int]) -> bool:
    """Whether one text negates at its beginning a word that the other begins with as well, and does not negate."""
    if NEGATION not in one.marks:
        return False
    negated, as_well = (
        {word for mark, word in zip(facts.marks, facts.lead[1:], strict=False) if mark == NEGATION} for facts in (one, other)
    )
    return not there.isdisjoint(negated - as_well)


def _turn(one: Facts, other: Facts, both: set[int], lead: float) -> str | None:
    """A turn of events one text begins with and the other does not know of.

    Among many words that both have it is told only where its neighbours are new as well, and a synonym else.
    """
    around = (0, *one.lead, 0)
    for place, mark in enumerate(one.marks[:NEWS]):
        if not mark or mark in other.marks or other.has(one.lead[place]):
            continue
        is_clause = around[place] not in both and around[place + 2] not in both
        if mark in gravest():
            if _ALIKE <= lead < 1:
                return f"news of {sides_of()[mark]}"
        elif mark in turns() and (lead < _ALIKE or (lead < 1 and is_clause)):
            return f"news of {sides_of()[mark]}"
    return None


def _replaced(one: _Ahead, other: _Ahead, mark: int) -> bool:
    """Whether a marked word stands in the place of another: beside the same word."""
    return mark in one and mark in other and not one[mark].isdisjoint(other[mark])
