"""Lexicon files with many problems: all are named, each with its line."""

from __future__ import annotations

import pytest

from streams.core.detect.lexicon import LexiconError, Lexicons, parse

ONE = """
language = "en"
[[rule]]
id = "a"
category = "strike"
weight = 20
any = ["air strike"]
"""
MANY = '''language = "en"  # the language

[[rule]]
id = "a"
category = "strike"
weight = 200
any = [
    "air # strike", "raid",
    # not a term: "raid"
    'raid',
    """(car""",
]
all = [["killed", "hit"], [
    "dead",
    "*"]]

[[guard]]
id = "a"
scope = "wherever"
factor = 0.5
any = ["no"]
anny = 1
'''


def test_every_problem_is_named_with_its_line():
    with pytest.raises(LexiconError) as caught:
        parse("en.toml", MANY)
    assert [(p.line, p.place, p.what.split()[0]) for p in caught.value.problems] == [
        (6, "rule a", "weight"),
        (10, "rule a", "any"),
        (11, "rule a", "any:"),
        (15, "rule a", "all:"),
        (18, "guard a", "the"),
        (19, "guard a", "scope"),
        (22, "guard a", "unknown"),
    ]
    assert str(caught.value.problems[0]) == "en.toml:6: rule a: weight must be from 0 to 100, not 200"


def test_problems_of_all_files_are_named_at_once():
    with pytest.raises(LexiconError) as caught:
        Lexicons.parse({"en.toml": ONE + "x = 1\n", "fr.toml": "=", "un_session/en.toml": 'language = "en"\n'})
    assert [(p.file, p.line) for p in caught.value.problems] == [
        ("en.toml", 8),
        ("fr.toml", 1),
        ("un_session/en.toml", 1),
        ("un_session/en.toml", 1),
    ]


def test_a_file_that_would_take_minutes_to_compile_is_refused():
    names = ["".join(chr(97 + int(digit)) for digit in str(n)) for n in range(10_000, 10_400)]
    # A hundred terms of three words of a hundred alternatives each: nothing a newspaper needs.
    words = [f"({'|'.join(names[n : n + 100])})" for n in range(300)]
    terms = [f'"x{n} {words[n]} {words[n + 1]} .. {words[n + 2]}"' for n in range(100)]
    head = 'language = "en"\n[[rule]]\nid = "a"\ncategory = "strike"\nweight = 20\nany = ['
    with pytest.raises(LexiconError) as raised:
        parse("en.toml", head + ", ".join([*terms, '"(y|z)"']) + "]\n")
    assert [str(problem) for problem in raised.value.problems] == [
        "en.toml:1: the terms stand for 30,002 spellings, 30,000 are the most; write fewer alternatives"
    ]
    parse("en.toml", head + ", ".join(terms) + "]\n")
