"""Words disguised are found, with their exact span, and flagged; ordinary text that mixes scripts is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.core.assess import Assessor
from streams.core.detect.lexicon import Lexicons
from streams.core.model import Article, Field
from streams.core.text.evasion import EVASION, is_disguised, plain

TOML = """
language = "{language}"
[[rule]]
id = "strike.test"
category = "strike"
weight = 30
any = ["{term}"]
"""
TERMS = {"en": "bombardment", "ru": "обстрел", "ar": "قصف مدفعي", "fr": "bombardement", "es": "bombardeo"}
FRAMES = {
    "en": ("The army reported a ", " of the town on Monday, and of the port."),
    "ru": ("Военные сообщили: ", " города начался ночью и продолжался до утра."),
    "ar": ("قال الجيش إن هناك ", " على البلدة منذ الصباح."),
    "fr": ("Le ", " de la ville a commencé dans la nuit de lundi."),
    "es": ("El ", " de la ciudad comenzó en la noche del lunes."),
}
HIDDEN = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2069"
LOOK_ALIKES = {
    "en": {"a": "аα", "e": "еε", "o": "оο0", "b": "в", "d": "ԁ", "m": "м", "t": "тτ"},
    "ru": {"о": "oοο0", "с": "c", "т": "tτ", "р": "pρ", "е": "eε"},
}
LOOK_ALIKES |= {"fr": LOOK_ALIKES["en"], "es": LOOK_ALIKES["en"]}
PRESENTATION = {"ق": "ﻗﻘ", "ص": "ﺻﺼ", "ف": "ﻒﻑ", "م": "ﻣ", "د": "ﺪ", "ع": "ﻌ", "ي": "ﻲ"}
ASSESSORS = {
    language: Assessor(Lexicons.parse({f"{language}.toml": TOML.format(language=language, term=term)}))
    for language, term in TERMS.items()
}


def hits(language, words):
    before, after = FRAMES[language]
    body = Field("/bodies/0/value", before + words + after)
    found = ASSESSORS[language].assess(Article("s", "u", "1", None, language, None, body)).escalation.hits
    return [(hit.span.start - len(before), hit.span.quote, EVASION in hit.guards, hit.weight) for hit in found]


@st.composite
def disguised(draw):
    """A language's term with one trick at least."""
    language = draw(st.sampled_from(sorted(TERMS)))
    term = TERMS[language]
    letters = list(term)
    inner = [i for i in range(1, len(term)) if term[i] != " " and term[i - 1] != " "]
    tricks = ["hidden", "bidi", "tatweel" if language == "ar" else "look-alike", "forms" if language == "ar" else "look-alike"]
    for trick in draw(st.lists(st.sampled_from(tricks), min_size=1, max_size=3)):
        i = draw(st.sampled_from(inner))
        if trick == "hidden":
            letters[i] = draw(st.text(HIDDEN, min_size=1, max_size=3)) + letters[i]
        elif trick == "bidi":
            letters[i] = draw(st.sampled_from(BIDI)) + letters[i]
        elif trick == "tatweel":
            letters[i] = "ـ" * draw(st.integers(2, 9)) + letters[i]
        else:
            table = PRESENTATION if trick == "forms" else LOOK_ALIKES[language]
            i = draw(st.sampled_from([k for k in inner if term[k] in table and k < len(term) - 1]))
            letters[i] = letters[i][:-1] + draw(st.sampled_from(table[term[i]]))
    return language, "".join(letters)


@given(disguised())
def test_a_disguised_term_is_found_with_its_span_and_flagged(case):
    language, words = case
    assert hits(language, words) == [(0, words, True, 30)]


@pytest.mark.parametrize(("language", "term"), TERMS.items())
def test_an_honest_one_is_not_flagged(language, term):
    assert hits(language, term) == [(0, term, False, 30)]
    assert hits(language, term.upper()) == [(0, term.upper(), False, 30)]


@pytest.mark.parametrize(
    "words",
    [
        "bоmbardment",
        "BОMBАRDMENT",
        "b0mbardm3nt",
        "bomb\u00adard\u200bment",
        "𝐛𝐨𝐦𝐛𝐚𝐫𝐝𝐦𝐞𝐧𝐭",
        "bοmbardmеnt",
        "вombardment",
        "bombar\u202edment",
    ],
)
def test_english_tricks(words):
    assert hits("en", words) == [(0, words, True, 30)]


@pytest.mark.parametrize(
    "text",
    [
        "Новый iPhone вышел в России, и Apple довольна.",
        "Купил iPhone'ом и VIPы, SMSки, SMSок, PRщик",
        "Φ-театр и NATO рядом",
        "The A380s, F16s, B2B, H1N1, MI6, COVID19 and 4x4s",
        "شركة Apple و iPhone في السوق، والGDP ارتفع",
        "σχέδιο NATO για την Κύπρο",
        "price: 300km, 5G, 2nd, 30mm, x86_64, mp3s",
        "新华社 NATO 3月8日",
    ],
)
def test_ordinary_mixed_text_stays(text):
    assert plain(text) == text
    assert not is_disguised(text)


@pytest.mark.parametrize(
    ("text", "flagged"),
    [
        ("غـارات", False),
        ("غــــارات", True),
        ("غـاـراـت", True),
        ("محمد ﷺ والله", False),
        ("ﻏﺎﺭﺍﺕ", True),
        ("air\u200bstrike", True),
        ("\u200bair strike\u200b", False),
        ("\u200fغارات\u200f جوية", False),
        ("co\u00adoperation", False),
        ("غا\u064fرات", False),
    ],
)
def test_what_is_a_trick(text, flagged):
    assert is_disguised(text) is flagged


@given(st.text(alphabet=st.characters() | st.sampled_from("aаоo0ο1lقص \u200b@$3"), max_size=80))
def test_every_offset_stays(text):
    assert len(plain(text)) == len(text)
    assert plain(plain(text)) == plain(text) or any(map(str.isdigit, text)) or set(text) & set("@$|")


@given(
    st.one_of(
        *(
            st.text(letters + " .,:;!?()\"'«»،؛؟-\n", max_size=40)
            for letters in ("ءآأإئابتثغفقلمنهوىي\u064b\u0652012789", "azAZéÿſ", "аяАЯ")
        )
    )
)
def test_words_of_one_script_are_never_disguised(text):
    assert plain(text) == text
    assert not is_disguised(text)
