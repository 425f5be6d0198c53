"""Which reports tell of one sitting: a function of the set of all reports, whatever their order of arrival.

1. Reports of one body, one date and a common place of the topic are of one sitting; frames of one text never are.
2. A report that a sitting is put off to a date nobody gave before joins that of the old date and that of the new.
3. An undated report joins the dated sitting nearest in publication time that is open to it; what is left over forms
   threads, each report joining the thread that was reported last.

Everything looks at most `REACH` around a report's time of publication, or at one date: so the incidents around a report
can be joined anew without reading any others (ADR 3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from streams.core.model import SittingStatus

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from streams.core.model import Organ, SittingKind

_S = SittingStatus

WITHIN = timedelta(days=7)
"""How far in publication time an undated report may stand from the sitting it joins."""
REACH = timedelta(days=14)
"""As `WITHIN`, for a call for a sitting; nothing reaches further."""
RETOLD = timedelta(days=2)
"""How long after a sitting is over a report of an earlier stage is still of it; later it tells of another to come."""
_EARLY = frozenset({_S.REQUESTED, _S.SCHEDULED, _S.POSTPONED, _S.CANCELLED})
_BEGUN = frozenset({_S.IN_PROGRESS, _S.HELD, _S.SUSPENDED})
_OVER = frozenset({_S.HELD, _S.CANCELLED})
_SPLIT = re.compile(r"\s*(?:[,;/&]|\band\b)\s*")
_NOTE = re.compile(r"\s*\([^)]*\)")


@lru_cache(maxsize=4096)
def places(topic: str | None) -> frozenset[str]:
    """The places a topic names, in lower case; topics overlap where they share one. None overlaps with None alone."""
    parts = _SPLIT.split(_NOTE.sub("", topic or "").casefold().strip())
    return frozenset(part for part in parts if part) or frozenset({""})


@dataclass(frozen=True, slots=True)
class Report:
    """One frame of one text, as its first copy by (published, article) gives it.

    `text` is the same for all copies; `place` counts the text's current frames of the body.
    """

    text: str
    place: int
    article: str
    published: dt.datetime
    body: Organ
    places: frozenset[str]
    date: dt.date | None
    status: SittingStatus
    kind: SittingKind

    @property
    def order(self) -> tuple[dt.datetime, str, int]:
        """The one order in which reports are taken."""
        return (self.published, self.article, self.place)


class _Group:
    """The reports of one sitting so far."""

    def __init__(self, first: Report, number: int) -> None:
        self.number = number
        self.reports = [first]
        self.dated = [first] if first.date else []
        self.texts = {first.text}
        self.places = set(first.places)
        self.dates = {first.date} if first.date else set()

    def add(self, report: Report) -> None:
        self.reports.append(report)
        self.texts.add(report.text)
        self.places |= report.places

    def add_dated(self, report: Report) -> None:
        self.add(report)
        self.dated.append(report)
        if report.date:
            self.dates.add(report.date)

    def swallow(self, other: _Group) -> None:
        for report in other.dated:
            self.add_dated(report)

    def distance(self, report: Report) -> dt.timedelta:
        return min(abs(report.published - mine.published) for mine in self.dated)

    def clash(self, report: Report) -> bool:
        """Whether no report of it is of the same kind: two sittings of one day and topic differ by that, if at all."""
        return all(mine.kind is not report.kind for mine in self.reports)


def join(reports: Iterable[Report]) -> list[list[Report]]:
    """The reports of one body by sitting, each sitting's in order, and the sittings by their first report."""
    told = sorted(reports, key=lambda report: report.order)
    groups = _dated([report for report in told if report.date])
    _put_off(groups)
    left: list[Report] = []
    for report in told:
        if report.date is None:
            open_to = [g for g in groups if _may_join(report, g)]
            if open_to:
                min(open_to, key=lambda g: (g.distance(report), g.number)).add(report)
            else:
                left.append(report)
    groups += _threads(left)
    found = [sorted(group.reports, key=lambda report: report.order) for group in groups]
    return sorted(found, key=lambda group: group[0].order)


def _dated(told: Sequence[Report]) -> list[_Group]:
    groups: list[_Group] = []
    for number, report in enumerate(told):
        same = [
            g for g in groups if report.date in g.dates and not g.places.isdisjoint(report.places) and report.text not in g.texts
        ]
        if not same:
            groups.append(_Group(report, number))
            continue
        host = min(same, key=lambda g: (g.clash(report), g.number))
        host.add_dated(report)
        for other in same:  # a report of two places shows the sittings of each to be one
            if other is not host and other.texts.isdisjoint(host.texts):
                host.swallow(other)
                host.number = min(host.number, other.number)
                groups.remove(other)
    return groups


def _put_off(groups: list[_Group]) -> None:
    """Join the sitting of an old date to that of the new one, as reports of a postponement show them to be one."""
    moves = [(r, g) for g in groups for r in g.dated if r.status is _S.POSTPONED]
    for report, _ in sorted(moves, key=lambda move: move[0].order):
        date = report.date
        new = next(g for g in groups if any(mine is report for mine in g.dated))
        known = any(m.date == date and m.status is not _S.POSTPONED and m.order < report.order for m in new.dated)
        if known or date is None:
            continue  # it gives the old date, or one that was announced before
        old = [
            g
            for g in groups
            if g is not new
            and max(g.dates) < date
            and not g.places.isdisjoint(report.places)
            and g.texts.isdisjoint(new.texts)
            and max(g.dates) >= report.published.date() - RETOLD
            and any(m.order < report.order for m in g.dated)
            and g.distance(report) <= WITHIN
        ]
        if old:
            nearest = min(old, key=lambda g: (g.distance(report), g.number))
            new.swallow(nearest)
            new.number = min(new.number, nearest.number)
            groups.remove(nearest)


def _reach(report: Report) -> dt.timedelta:
    return REACH if report.status is _S.REQUESTED else WITHIN


def _may_join(report: Report, group: _Group) -> bool:
    """Whether an undated report may be of a dated sitting: no call for one long past, no end of one still to come."""
    if report.text in group.texts or group.places.isdisjoint(report.places) or group.distance(report) > _reach(report):
        return False
    day = report.published.date()
    if report.status in _EARLY:
        return max(group.dates) >= day - RETOLD
    return min(group.dates) <= day + timedelta(days=1)  # our day may have ended where the sitting's has not


def _threads(told: Sequence[Report]) -> list[_Group]:
    """Undated reports with no dated sitting near: in the order of publication, each joins the thread reported last."""
    threads: list[_Group] = []
    for number, report in enumerate(told):
        near = [t for t in threads if _may_follow(report, t)]
        if near:
            max(near, key=lambda t: (t.reports[-1].order, -t.number)).add(report)
        else:
            threads.append(_Group(report, number))
    return threads


def _may_follow(report: Report, thread: _Group) -> bool:
    if report.text in thread.texts or thread.places.isdisjoint(report.places):
        return False
    if report.published - thread.reports[-1].published > _reach(report):
        return False
    over = next((mine.published for mine in thread.reports if mine.status in _OVER), None)
    return report.status in _BEGUN or over is None or report.published - over <= RETOLD
