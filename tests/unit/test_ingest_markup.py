"""HTML as the text a reader sees."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.ingest.markup import plain_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>a <b>b</b>c</p><p>d<br/>e</p>", "a bc\nd\ne"),
        ("no markup & no <tags", "no markup & no"),
        ("a &amp; b &laquo;c&raquo; &#1587;", "a & b «c» س"),
        ("<p>one</p>\n\n   <p>  two \n three </p>", "one\ntwo three"),
        ("<ul><li>x<li>y</ul>after", "x\ny\nafter"),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", "1 2\n3"),
        ("<div>in<script>var x = '<p>no</p>'</script>side</div>", "inside"),
        ("<style>p {}</style><p>t</p><!-- c --><noscript>n</noscript>tail", "t\ntail"),
        ("<head><title>t</title></head><body>b</body>", "b"),
        ("<?xml version='1.0' encoding='latin-1'?><html><body><p>عربي</p></body></html>", "عربي"),
        ("<blockquote>quote</blockquote><h2>head</h2>text", "quote\nhead\ntext"),
        ("<p>عن<span>وا</span>ن</p>", "عنوان"),
        ("a\x00b", "a b"),
        ("<p>up</br>down</p>", "updown"),
        ("", ""),
        ("<!-- nothing -->", ""),
        ("   ", ""),
        ("<p>before</p>" + "<div>" * 5000 + "deep" + "</div>" * 5000 + "<p>after", "before deep after"),
    ],
)
def test_visible_text(markup, text):
    assert plain_text(markup) == text


@given(st.text(max_size=200))
def test_any_text_at_all_is_taken(markup):
    text = plain_text(markup)
    assert text == text.strip()
    assert "\x00" not in text
    assert "\n\n" not in text


@given(st.lists(st.text(alphabet="abc بتث", min_size=1, max_size=20).filter(str.strip), min_size=1, max_size=6))
def test_paragraphs_are_lines(paragraphs):
    assert plain_text("".join(f"<p>{p}</p>" for p in paragraphs)).splitlines() == [" ".join(p.split()) for p in paragraphs]
