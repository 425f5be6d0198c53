"""The language of an article: what the wire says, or else what letters and small words tell."""

from __future__ import annotations

import re
from collections import Counter

UNKNOWN = "und"
"""BCP 47's word for a language nobody knows."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PRIMARY = re.compile(r"[A-Za-z]{2,3}(?=$|[-_])")
_LONG_NAMES = {
    "ara": "ar",
    "eng": "en",
    "fra": "fr",
    "fre": "fr",
    "spa": "es",
    "rus": "ru",
    "zho": "zh",
    "chi": "zh",
    "fas": "fa",
    "per": "fa",
    "urd": "ur",
}
_ENOUGH = 3
"""Signs of a language it takes to believe in it against a bigger neighbour."""
_SAMPLE = 4000
"""Code points looked at: the head of an article tells its language."""

_ARABIC_LETTER = re.compile(r"[\u0620-\u064a\u066e-\u06d3\u06ee\u06ef\u06fa-\u06ff\u0750-\u077f\ufb50-\ufdfb\ufe70-\ufefc]")
_LATIN_WORD = re.compile(r"[^\W\d_]+")
_CJK = re.compile(r"[\u4e00-\u9fff\u3400-\u4dbf]")
_KANA_HANGUL = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_NOT_RUSSIAN = re.compile(r"[іїєґўәқңһөүұ]", re.IGNORECASE)
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")

_LETTERS_ONLY_IN = {
    "ckb": "ێۆڵڕە",
    "ps": "ټډړږښڼېۍګ",
    "ur": "ٹڈڑےںھہۃ",
    "fa": "پچژگکی",
}
_ARABIC_SCRIPT_WORDS = {
    "ar": _words("في من على إلى الى أن ان إن التي الذي عن مع هذا هذه بعد قال كان خلال أو ما لا بين وقال"),
    "fa": _words("در به از که این است را با برای آن شد بود کرد های شده خود می و یک"),
    "ur": _words("کے کی میں ہے اور سے کا کو نے پر کہ ہیں ہے۔ بھی تھا اس"),
    "ps": _words("په د چې کې او له ته دی سره هغه یې شوي کړي دا"),
    "ckb": _words("لە بە کە ئەم بۆ و ئەو لەگەڵ دەکات بوو کرد ئەوەی"),
}
_LATIN_WORDS = {
    "en": _words(
        "the of and to in a is that for on was with as by at from it has have said be are were after not"
        " hit kills killed says over near breaking strike strikes news an their but who which"
    ),
    "fr": _words(
        "le la les de des du et en un une est que dans pour par sur au aux qui il ont pas a été son avec ce"
        " à après contre selon près leur cette mais où ou d l qu"
    ),
    "es": _words(
        "el la los las de del y en un una es que por para con su se al lo como más ha fue no sobre"
        " a e o tras contra desde hasta según sus este esta son fueron sin entre muy pero también dos hora"
    ),
}
_LATIN_LETTERS = {"es": "ñáíóú¿¡ÑÁÍÓÚ", "fr": "èêàçùœâîôÈÊÀÇ"}
"""Letters that of these languages one alone writes: what a flash of three words tells by."""


def _by_words(text: str, lists: dict[str, frozenset[str]]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for word in _LATIN_WORD.findall(text.lower()):
        for name, words in lists.items():
            if word in words:
                counts[name] += 1
    return counts


def _arabic_script(sample: str) -> str:
    """Which language in Arabic letters: letters of its own count more than small words."""
    letters = len(_ARABIC_LETTER.findall(sample))
    counts = _by_words(sample, _ARABIC_SCRIPT_WORDS)
    for name, own in _LETTERS_ONLY_IN.items():
        share = sum(sample.count(letter) for letter in own) / letters
        if share > (0.05 if name == "fa" else 0.015):
            counts[name] += max(_ENOUGH, int(letters * share / 3))
    # Urdu, Pashto and Sorani use Persian's letters too: theirs alone decide first.
    for name in ("ckb", "ps", "ur"):
        if counts[name] >= _ENOUGH and counts[name] * 2 > counts["fa"] and counts[name] * 2 > counts["ar"]:
            return name
    return "fa" if counts["fa"] > counts["ar"] else "ar"


def language(article_language: str | None, text: str) -> str:
    """The primary BCP 47 subtag, lower case, two letters where there are two: the wire's word, or else a guess from `text`.

    Guesses are ar, fa, ur, ckb, ps, en, fr, es, ru, zh and `und`.
    """
    stated = _PRIMARY.match(article_language.strip()) if article_language else None
    if stated is not None and stated.group().lower() != UNKNOWN:
        name = stated.group().lower()
        return _LONG_NAMES.get(name, name)
    sample = text[:_SAMPLE]
    counts = {
        "arabic": len(_ARABIC_LETTER.findall(sample)),
        "latin": len(_LATIN.findall(sample)),
        "cyrillic": len(_CYRILLIC.findall(sample)),
        "cjk": 2 * len(_CJK.findall(sample)),
    }
    script = max(counts, key=lambda name: counts[name])
    if counts[script] == 0:
        return UNKNOWN
    if script == "arabic":
        return _arabic_script(sample)
    if script == "cyrillic":
        return UNKNOWN if len(_NOT_RUSSIAN.findall(sample)) * 50 > counts["cyrillic"] else "ru"
    if script == "cjk":
        return UNKNOWN if len(_KANA_HANGUL.findall(sample)) * 10 > counts["cjk"] else "zh"
    counts_by_words = _by_words(sample, _LATIN_WORDS)
    for name, letters in _LATIN_LETTERS.items():
        counts_by_words[name] += sum(sample.count(letter) for letter in letters)
    best, signs = counts_by_words.most_common(1)[0]
    return best if signs else UNKNOWN
