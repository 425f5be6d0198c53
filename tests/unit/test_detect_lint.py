"""What lint finds in lexicons that can be read."""

from __future__ import annotations

import pytest

from streams.core.detect.lint import lint, phrases

TOP = 'language = "{}"\n'
RULE = '[[rule]]\nid = "{}"\ncategory = "strike"\nweight = {}\n{}\n'


def linted(*rules, language="en"):
    text = TOP.format(language) + "".join(RULE.format(*rule) for rule in rules)
    return [(problem.line, problem.place, problem.what) for problem in lint({f"{language}.toml": text})]


def test_a_sound_lexicon_has_no_problem():
    assert linted(("a", 20, 'any = ["air strike", "(shell|shells) .. town"]\nnone = ["air strike on inflation"]')) == []


@pytest.mark.parametrize(
    ("rules", "line", "place", "words"),
    [
        # Another spelling of the same, in one rule and across two.
        ([("a", 20, 'any = [\n"café bomb",\n"(cafe|CAFÉ) bomb"]')], 8, "rule a", "is there already"),
        ([("a", 20, 'any = ["car bomb"]'), ("b", 20, 'any = ["(car|Car) bomb"]')], 11, "rule b", "is there already"),
        # Covered by a wider term.
        ([("a", 20, 'any = [\n"car bomb",\n"(car|truck) bomb"]')], 7, "rule a", "adds nothing"),
        ([("a", 20, 'any = ["bomb*", "bombing"]')], 6, "rule a", "adds nothing"),
        ([("a", 20, 'any = ["seized .. town", "seized the town"]')], 6, "rule a", "adds nothing"),
        # Never counted.
        ([("a", 20, 'any = ["box office bomb"]\nnone = ["box office"]')], 6, "rule a", "none holds 'box office'"),
        ([("a", 20, 'any = ["raid"]\nall = [["killed"], ["price war"]]\nnone = ["price"]')], 7, "rule a", "none holds 'price'"),
        ([("a", 12, 'any = ["bomb threat"]'), ("b", 20, 'any = ["bomb"]')], 6, "rule a", "weighs more"),
        ([("a", 20, 'any = ["killed. wounded"]')], 6, "rule a", "spans the end of a sentence"),
        # Says nothing.
        ([("a", 0, 'any = ["raid"]')], 5, "rule a", "weight 0"),
        ([("a", 20, 'any = ["raid"]\nwithin = 4')], 7, "rule a", "within"),
    ],
)
def test_what_never_counts_is_named_with_its_line(rules, line, place, words):
    ((at, where, what),) = linted(*rules)
    assert (at, where) == (line, place)
    assert words in what


@pytest.mark.parametrize(
    "rules",
    [
        [("a", 20, 'any = ["bomb*", "(bomb|shell)ing"]')],
        [("a", 20, 'any = ["seized .. town", "seized the towns"]')],
        [("a", 20, 'any = ["bomb"]'), ("b", 12, 'any = ["bomb"]\nbackground = true\nall = ["war"]\nnone = ["x"]')][:1],
        [("a", 12, 'any = ["bomb threat"]'), ("b", 20, 'any = ["bomb"]\nall = ["killed"]')],
        [("a", 12, 'any = ["bomb threat"]'), ("b", 20, 'any = ["bomb"]\nbackground = true')],
        [("a", 20, 'any = ["raid"]\nall = ["killed"]'), ("b", 12, 'any = ["raid"]')],
        [("a", 20, 'any = ["(office|bank) raid"]\nnone = ["office"]')],
    ],
)
def test_what_counts_now_and_then_is_let_pass(rules):
    assert linted(*rules) == []


def test_arabic_terms_are_compared_with_what_is_written_onto_them():
    ((line, place, what),) = linted(("a", 20, 'any = ["غارة",\n"الغارة"]'), language="ar")
    assert (line, place) == (7, "rule a")
    assert "adds nothing" in what
    assert linted(("a", 20, 'any = ["الغارة"]\nnone = ["غارة جوية"]'), language="ar") == []


def test_all_files_are_examined_also_beside_a_broken_one():
    rule = TOP.format("en") + RULE.format("a", 0, 'any = ["raid"]')
    sittings = 'language = "en"\nsitting = ["talks", "(talks|talk)"]\n[body]\nUNSC = ["council"]\n'
    found = lint(
        {
            "en.toml": rule,
            "fr.toml": "language =",
            "un_session/en.toml": sittings,
        }
    )
    assert [(problem.file, problem.line) for problem in found] == [("en.toml", 5), ("fr.toml", 1), ("un_session/en.toml", 2)]


def test_a_guard_that_changes_nothing():
    guard = '[[guard]]\nid = "g"\nscope = "before"\nfactor = 1\nany = ["no"]\n'
    (problem,) = lint({"en.toml": TOP.format("en") + RULE.format("a", 20, 'any = ["raid"]') + guard})
    assert (problem.line, problem.place) == (10, "guard g")


def test_phrases_write_out_what_a_term_stands_for():
    assert set(phrases("(air|rocket) raid*")) == {"air raid", "rocket raid", "air raidqxqx", "rocket raidqxqx"}
    assert set(phrases("a .. b")) == {"a b", "a qxqx b"}


def test_a_term_of_a_million_phrases_is_bounded():
    many = "|".join(f"w{number}" for number in range(64))
    assert linted(("a", 20, f'any = ["({many}) ({many}) ({many}) ({many})", "raid"]')) == []


def test_the_bundled_words_of_sittings_have_no_problem(lexicon_files):
    # A first file of rules, so that nothing else is missing.
    sittings = {path: data for path, data in lexicon_files.items() if path.startswith("un_session/")}
    assert sittings
    assert lint({**sittings, "en.toml": TOP.format("en") + RULE.format("a", 20, 'any = ["raid"]')}) == []
