"""Time expressions and the days they mean. Sentences of the six languages stand in tests/cases/dates.json."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.text.dates import Calendar, Direction, Mention, When, Which, resolve
from streams.core.text.fold import fold
from streams.core.text.time_words import TimeWords

CASES = json.loads((Path(__file__).parents[1] / "cases/dates.json").read_text(encoding="utf-8"))
LANGUAGES = {"ar", "en", "es", "fr", "ru", "zh"}
NOON = dt.datetime(2025, 3, 12, 12, tzinfo=dt.UTC)


def marked(case):
    marks = [pytest.mark.xfail(reason=case["xfail"], strict=True)] if "xfail" in case else []
    return pytest.param(case, id=case["id"], marks=marks)


@pytest.mark.parametrize("case", [marked(case) for case in CASES])
def test_cases(case, lexicons):
    text = fold(case["text"]).text
    published = dt.datetime.fromisoformat(case["published"])
    direction = Direction(case.get("direction", "none"))
    anchor = dt.date.fromisoformat(case["anchor"]) if "anchor" in case else None
    found = lexicons.calendar.find(text, case["lang"])
    expected = [(fold(told["words"]).text, told["date"]) for told in case["dates"]]
    days = [resolve(mention, published, direction, anchor) for mention in found]
    told = [(text[m.start : m.end], day and day.isoformat()) for m, day in zip(found, days, strict=True)]
    assert told == expected, [m.when for m in found]


def test_there_are_enough_cases_of_every_language():
    assert len({case["id"] for case in CASES}) == len(CASES) >= 120
    counts = Counter(case["lang"] for case in CASES)
    assert set(counts) == LANGUAGES
    assert min(counts.values()) >= 20


def test_every_language_has_words(lexicons):
    assert set(lexicons.calendar.words) == LANGUAGES
    assert lexicons.calendar.find("am dienstag", "de") == []
    assert Calendar().find("on tuesday", "en") == []


@given(
    text=st.text(alphabet="الثلاثاء المقبل 3 ديسمبر/(مساء) و.\n 周二下9月5日 on tuesday, 5th of may 2024", max_size=80),
    data=st.data(),
)
def test_any_text_is_read_in_order_without_overlap(lexicons, text, data):
    language = data.draw(st.sampled_from(sorted(LANGUAGES)))
    folded = fold(text).text
    found = lexicons.calendar.find(folded, language)
    assert all(0 <= m.start < m.end <= len(folded) for m in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    for mention in found:
        for direction in Direction:
            assert resolve(mention, NOON, direction) is None or mention.when != When()


@given(day=st.dates(dt.date(1995, 1, 1), dt.date(2035, 12, 31)), language=st.sampled_from(["en", "fr", "es", "ru", "zh", "ar"]))
def test_a_full_date_means_itself_however_it_is_written(lexicons, day, language):
    words = lexicons.calendar.words[language]
    if language == "zh":
        text = f"{day.year}年{day.month}月{day.day}日"
    else:
        months = {**words.phrases["weak_month"], **words.phrases["month"]}
        name = next(n for key in ("month", "weak_month") for n in words.phrases[key].get(str(day.month), ()) if months)
        text = f"{day.day} {'de ' if language == 'es' else ''}{name} {'de ' if language == 'es' else ''}{day.year}"
    (mention,) = lexicons.calendar.find(fold(text).text, language)
    assert resolve(mention, None) == day
    assert resolve(mention, NOON, Direction.PAST) == day


def weekday(day, **said):
    return Mention(0, 1, When(weekday=day, **said))


@given(today=st.dates(dt.date(2000, 1, 1), dt.date(2060, 1, 1)), day=st.integers(0, 6))
def test_a_weekday_is_looked_for_on_the_side_asked_for(today, day):
    published = dt.datetime.combine(today, dt.time(23, 59), dt.timezone(dt.timedelta(hours=3)))
    past, future, near = (resolve(weekday(day), published, d) for d in (Direction.PAST, Direction.FUTURE, Direction.NONE))
    assert past.weekday() == future.weekday() == near.weekday() == day
    assert today - dt.timedelta(6) <= past <= today <= future <= today + dt.timedelta(6)
    assert abs((near - today).days) <= 3
    coming = resolve(weekday(day, which=Which.NEXT), published)
    gone = resolve(weekday(day, which=Which.LAST), published)
    assert today < coming <= today + dt.timedelta(7)
    assert today - dt.timedelta(7) <= gone < today
    assert (
        resolve(weekday(day, which=Which.NEXT_WEEK), published).isocalendar()[:2] == (today + dt.timedelta(7)).isocalendar()[:2]
    )


@given(
    when=st.builds(
        When,
        year=st.none() | st.integers(-5, 12000),
        month=st.none() | st.integers(0, 13),
        day=st.none() | st.integers(0, 40),
        is_hijri=st.booleans(),
        weekday=st.none() | st.integers(0, 6),
        which=st.none() | st.sampled_from(Which),
        days=st.none() | st.integers(-9999, 9999),
        follows=st.booleans(),
        weeks=st.none() | st.integers(-1, 1),
        months=st.none() | st.integers(-1, 1),
        years=st.none() | st.integers(-1, 1),
        same_year=st.booleans(),
        inexact=st.booleans(),
    ),
    today=st.none() | st.datetimes(timezones=st.just(dt.UTC)),
    direction=st.sampled_from(Direction),
    anchor=st.none() | st.dates(),
)
def test_what_is_no_day_of_the_calendar_answers_none(when, today, direction, anchor):
    assert isinstance(resolve(Mention(0, 1, when), today, direction, anchor), dt.date | None)


def test_without_a_time_of_publication_only_a_full_date_is_a_day():
    assert resolve(weekday(1), None) is None
    assert resolve(Mention(0, 1, When(days=-1)), None) is None
    assert resolve(Mention(0, 1, When(month=5, day=3)), None) is None
    assert resolve(Mention(0, 1, When(year=2012, month=5, day=3)), None) == dt.date(2012, 5, 3)


def test_the_zone_of_the_outlet_tells_the_day():
    late = dt.datetime(2025, 3, 12, 22, 30, tzinfo=dt.UTC)
    today = Mention(0, 1, When(days=0))
    assert resolve(today, late) == dt.date(2025, 3, 12)
    assert resolve(today, late, zone=dt.timezone(dt.timedelta(hours=3))) == dt.date(2025, 3, 13)


def test_a_weekday_finds_the_year_of_a_date():
    # 30 October was a Thursday in 2025, and in no year beside it.
    said = Mention(0, 1, When(weekday=3, month=10, day=30))
    assert resolve(said, dt.datetime(2026, 5, 1, tzinfo=dt.UTC), Direction.FUTURE) == dt.date(2025, 10, 30)


def test_an_and_parts_two_dates_where_it_is_written_onto_the_word():
    words = TimeWords("ar", {"weekday": {"monday": ["الاثنين"]}, "day": {"1": ["غدا"]}})
    text = fold("غدا والاثنين").text
    assert [text[m.start : m.end] for m in Calendar({"ar": words}).find(text, "ar")] == ["غدا", "الاثنين"]
