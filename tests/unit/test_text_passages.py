"""Passages: the original, cut and marked, never changed."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from streams.core.model import Article, Field, Span
from streams.core.text.passages import passages

POINTER = "/bodies/0/value"


def an_article(text, headline=None):
    head = Field("/headlines/0/value", headline) if headline is not None else None
    return Article("s", "u", "1", None, "ar", head, Field(POINTER, text))


def mark(text, word, rule="r", pointer=POINTER):
    start = text.index(word)
    return Span(pointer, start, start + len(word), word), rule


def test_the_sentence_around_a_mark():
    text = "قبل هذا كلام. وقعت غارات جوية على البلدة. وبعده كلام."
    (found,) = passages(an_article(text), [mark(text, "غارات جوية")])
    assert [(s.text, s.rule) for s in found.segments] == [("وقعت ", None), ("غارات جوية", "r"), (" على البلدة.", None)]
    assert text[found.start :].startswith("وقعت")


def test_overlapping_marks_keep_every_letter_once():
    text = "heavy shelling hit the town"
    (found,) = passages(
        an_article(text), [mark(text, "heavy shelling", "a"), mark(text, "shelling hit", "b"), mark(text, "hit", "c")]
    )
    assert [(s.text, s.rule) for s in found.segments] == [("heavy shelling", "a"), (" hit", "b"), (" the town", None)]


def test_headline_first_and_no_more_than_asked():
    body = ". ".join(f"word{n} struck" for n in range(20)) + "."
    marks = [mark(body, f"word{n} ") for n in range(20)]
    head = Span("/headlines/0/value", 0, 4, "Head"), "h"
    found = passages(an_article(body, "Headline"), [*marks, head], limit=3)
    assert [p.field for p in found] == ["/headlines/0/value", POINTER, POINTER]


def test_a_long_sentence_is_cut_between_words():
    text = "كلمة " * 300 + "غارات " + "كلمة " * 300
    (found,) = passages(an_article(text), [mark(text, "غارات")], width=100)
    joined = "".join(s.text for s in found.segments)
    assert len(joined) <= 100
    assert set(joined.split()) == {"كلمة", "غارات"}


def test_spans_of_nowhere_are_left_out():
    assert passages(an_article("ab"), [(Span("/other", 0, 1, "a"), "r"), (Span(POINTER, 1, 9, "b"), "r")]) == ()


TEXT = st.text(alphabet="ab غَةِ.\n\u0301\u200d👩🙂", min_size=1, max_size=400)


@given(TEXT, st.data(), st.integers(1, 6), st.integers(5, 80))
def test_segments_joined_are_the_original(text, data, limit, width):
    marks = []
    for number in range(data.draw(st.integers(1, 8))):
        start = data.draw(st.integers(0, len(text) - 1))
        end = data.draw(st.integers(start + 1, min(len(text), start + 20)))
        marks.append((Span(POINTER, start, end, text[start:end]), f"r{number}"))
    found = passages(an_article(text), marks, limit=limit, width=width)
    assert 1 <= len(found) <= limit
    edges = {i for span, _ in marks for i in (span.start, span.end)}
    last = 0
    for passage in found:
        joined = "".join(s.text for s in passage.segments)
        assert all(s.text for s in passage.segments)
        assert text[passage.start : passage.start + len(joined)] == joined
        assert passage.start >= last
        last = passage.start + len(joined)
        for cut in (passage.start, last):
            whole = cut in (0, len(text)) or cut in edges or text[cut - 1].isspace() or text[cut].isspace()
            assert whole or text[cut - 1] in ".\n" or unicodedata.category(text[cut])[0] != "M"
    shown = sum(1 for p in found for s in p.segments if s.rule)
    assert shown >= 1
