"""Page furniture: cases of six languages (a line begins with + where it stays, with - where it goes), the wires, and totality."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.codec import decode_article
from streams.core.detect.lexicon import LexiconError, Lexicons
from streams.core.model import Article, Field
from streams.core.text.document import document, furniture
from streams.core.text.fold import fold
from streams.core.text.page_lines import Kind

CASES = json.loads((Path(__file__).parents[1] / "cases/furniture.json").read_text(encoding="utf-8"))
PIECES = [
    "Most read",
    "اقرأ أيضا:",
    "20:31",
    "-",
    "18.4 C",
    "Damascus",
    "© 2025 X",
    "One two three.",
    "غارات",
    "ـ\u200b",
    "",
    "8 March 2025",
]


def article(text, headline=None):
    title = Field("/headlines/0/value", headline) if headline else None
    return Article(
        source="s", uri="u", version="1", published=None, language=None, headline=title, body=Field("/bodies/0/value", text)
    )


@pytest.fixture(scope="session")
def pages(lexicon_files):
    return Lexicons.parse(lexicon_files).furniture


def gone(text, pages):
    return "".join(span.quote for span in furniture(document(article(text), pages)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_cases(case, pages):
    text = "\n".join(line[1:] for line in case["lines"])
    left = gone(text, pages).split("\n")
    assert [line for line in left if line] == [line[1:] for line in case["lines"] if line[0] == "-"]


def test_the_cases_are_of_six_languages():
    assert {case["id"][:3] for case in CASES} >= {"ar-", "en-", "fr-", "es-", "ru-", "zh-"}


@pytest.mark.parametrize(
    ("text", "dateline"),
    [
        ("BEIRUT (Reuters) - Shells hit the port on Monday.", "BEIRUT (Reuters) - "),
        ("دمشق (أ ف ب) - سقطت قذائف على الميناء.", "دمشق (أ ف ب) - "),
        ("دمشق - سانا: سقطت قذائف على الميناء.", "دمشق - سانا: "),
        ("МОСКВА, 8 мар - РИА Новости. Снаряды упали на порт.", "МОСКВА, 8 мар - РИА Новости. "),
        ("新华社北京3月8日电 炮弹击中港口。", "新华社北京3月8日电 "),
        ("MADRID (EFE).- Varios proyectiles cayeron.", ""),
        ("Hezbollah (Party of God) - the group - fired.", ""),
    ],
)
def test_datelines(text, dateline, pages):
    assert gone(text, pages) == dateline


def test_a_headline_has_no_furniture(pages):
    read = document(article("Shells hit the port.", "Most read"), pages)
    assert furniture(read) == []


@pytest.mark.parametrize(
    ("number", "furniture_lines"),
    [("000", [13]), ("001", []), ("002", range(34, 63)), ("003", [1, 2, 3, 29, 31]), ("004", [])],
)
def test_of_the_wires_goes_the_page_and_nothing_of_the_article(shared, pages, number, furniture_lines):
    (path,) = (shared / "wires").glob(f"{number}_*.txt")
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n")
    expected = [lines[n - 1] for n in furniture_lines]
    assert [line for line in gone(text, pages).split("\n") if line] == expected


def test_the_wires_records_too(shared, pages):
    records = (shared / "wires/articles.jsonl").read_text(encoding="utf-8").splitlines()
    quotes = {
        a.uri[5:8]: "".join(s.quote for s in furniture(document(a, pages)))
        for a in (decode_article(r.encode(), source="wire") for r in records)
    }
    assert quotes["002"].startswith("يتم قراءة الآن")
    assert "Damascus" in quotes["003"]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=40), max_size=14).map("\n".join))
def test_kept_and_furniture_are_the_whole_text(pages, text):
    read = document(article(text), pages)
    (part,) = read.parts
    assert all(0 <= a < b <= len(part.folded.text) for a, b in part.kept)
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(part.kept))
    spans = [(s.start, s.end) for s in furniture(read)]
    kept = [part.folded.source(*k) for k in part.kept]
    place = 0
    for start, end in sorted(s for s in spans + kept if s[0] < s[1]):
        assert start == place
        place = end
    assert place == len(text)


@given(st.text(max_size=300))
def test_without_phrases_it_is_total(text):
    document(article(text))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ('language = "en"\nboxes = ["most read"]', "unknown field boxes"),
        ('language = "en"\nbox = ["most read", "Most  Read", "MOST READ"]', "twice"),
        ('language = "en"\nbox = [" "]', "must hold phrases"),
        ('language = "fr"\nbox = ["lire"]', "language is 'fr'"),
    ],
)
def test_errors_name_the_file(lexicon_files, data, problem):
    with pytest.raises(LexiconError, match=f"furniture/en.toml:.*{problem}"):
        Lexicons.parse({"en.toml": lexicon_files["en.toml"], "furniture/en.toml": data})


def test_furniture_is_part_of_the_version(lexicon_files):
    changed = {**lexicon_files, "furniture/en.toml": lexicon_files["furniture/en.toml"] + "# a word\n"}
    assert Lexicons.parse(changed).version != Lexicons.parse(lexicon_files).version


def test_many_pages_are_judged_as_each_is(pages):
    texts = [fold("\n".join(line[1:] for line in case["lines"])) for case in CASES]
    assert pages.kept_each(texts) == [pages.kept(text) for text in texts]


@pytest.mark.parametrize(
    "line",
    ["7", "(7)", "12:30", "25^", "- 12 -", "f16", "قال المتحدث", "x_y", "_x", "1 2", "12 a", ".5", "a.", "中文", "قال 5 ^"],
)
def test_what_a_glance_passes_over_is_no_furniture(pages, line):
    """Lines that are not looked at are those that a look would keep."""
    folded = fold(f"قال المتحدث إن شيئا لم يحدث.\n{line}\n")
    looks = [folded.piece(*look) for look in pages._glance.lines([folded])[0]]
    kind = pages._kind(folded.text.split("\n")[1].strip())
    assert kind is Kind.TEXT or folded.text.split("\n")[1] in looks
