"""Write `streams/lexicons/countries/` anew from the Unicode CLDR (`make places`): how each language calls countries.

What the CLDR calls otherwise than newspapers do, and all else, is written by hand in `streams/lexicons/places/`. Needs babel.
"""
# ruff: noqa: INP001 - a script, not a package's module

from __future__ import annotations

import re
from pathlib import Path

from babel import Locale

ROOT = Path(__file__).parents[1] / "streams/lexicons/countries"
LANGUAGES = ("ar", "en", "es", "fr", "ru", "zh")
DEPENDENCIES = """
AC AI AQ AS AW AX BL BM BQ BV CC CK CP CQ CW CX DG EA EU EZ FK FO GF GG GP GS GU HM IC IM IO JE KY MF MO MP MQ MS NC NF NU
PF PM PN PR QO RE SH SJ SX TA TC TF TK UM UN VG VI WF XA XB YT ZZ
"""
NO_COUNTRIES = frozenset(DEPENDENCIES.split())
"""Dependencies, and codes that are no territory's."""
SHORT = {
    "AG": "Antigua",
    "BA": "Bosnia",
    "CD": "DR Congo",
    "CG": "Congo",
    "CI": "Ivory Coast",
    "HK": "Hong Kong",
    "KN": "Saint Kitts and Nevis",
    "LC": "Saint Lucia",
    "MM": "Myanmar",
    "PS": "Palestine",
    "ST": "Sao Tome",
    "TR": "Turkey",
    "TT": "Trinidad",
    "VA": "Vatican",
    "VC": "Saint Vincent",
}
"""Names shorter, or better known, than the CLDR's English ones."""
NOT_IN_NEWS = re.compile(r"[(&]| - | — |о-в|R\.A\.S|RAE |SAR")
CONFUSED = {
    ("es", "CG"),
    ("en", "EH"),
    ("fr", "EH"),
    ("es", "EH"),
    ("ru", "EH"),
    ("ar", "EH"),
    ("zh", "EH"),
    ("ar", "OM"),
    ("ar", "ML"),
}
"""Names of two countries, of what is a region here, or read by the words beside them: written by hand."""
RUSSIAN = (
    ("ия", "и(я|и|ю|ей)"),
    ("ая", "(ая|ой|ую)"),
    ("ья", "ь(я|и|ю|ей)"),
    ("ея", "е(я|и|ю|ей)"),
    ("ый", "(ый|ого|ому|ым|ом)"),
    ("ий", "(ий|его|ему|им|ем)"),
    ("ие", "(ие|их|им|ими)"),
    ("ые", "(ые|ых|ым|ыми)"),
    ("ы", "(ы||ов|ам|ами|ах)"),
    ("а", "(а|ы|и|е|у|ой|ей)"),
    ("я", "(я|и|ю|ей)"),
    ("ь", "(ь|я|ю|ем|е|и)"),
    ("й", "(й|я|ю|ем|е)"),
)
"""How the endings of Russian names change with their case."""
CONSONANT = re.compile(r"[бвгджзклмнпрстфхцчшщ]$", re.IGNORECASE)


def russian(name: str) -> str:
    """A name in all its cases; the first part of a compound stays as it is."""
    words = []
    for word in re.split(r"[ ]", name.replace("-", "- ")):
        if word.endswith("-") or len(word) < len("мир"):
            words.append(word.rstrip("-"))
        else:
            ending = next((e for e in RUSSIAN if word.endswith(e[0])), None)
            changed = (
                word.removesuffix(ending[0]) + ending[1]
                if ending
                else f"{word}(|а|у|ом|е|ем)"
                if CONSONANT.search(word)
                else word
            )
            words.append(changed)
    return " ".join(words)


def terms(language: str, name: str) -> list[str]:
    """A name as terms of a lexicon."""
    plain = name.replace("-", " ").replace("’", "'")
    if language == "ru":
        return [name.replace("’", "'") if name.isupper() else russian(name.replace("’", "'"))]
    if language == "ar" and name.startswith(("أل", "إل", "آل")):
        return [plain, f"ل{plain}"]  # its first letters are no article
    return [plain]


def quoted(texts: list[str]) -> str:
    """Strings as TOML writes a list of them."""
    return "[" + ", ".join(f'"{text}"' for text in texts) + "]"


def main() -> None:
    """Write a file for each language, and one of the English names by code."""
    english = Locale("en").territories
    codes = sorted(code for code in english if len(code) == len("XK") and code.isalpha() and code not in NO_COUNTRIES)
    head = "# Written by deploy/places.py (make places) from the Unicode CLDR; edit places/ instead.\n"
    facts = [f'{code} = "{SHORT.get(code, english[code])}"' for code in codes]
    ROOT.mkdir(exist_ok=True)
    (ROOT / "mul.toml").write_text(f'{head}language = "mul"\n\n[country]\n' + "\n".join(facts) + "\n", "utf-8")
    for language in LANGUAGES:
        names = Locale(language).territories
        lines = [
            f"{code} = {quoted(terms(language, names[code]))}"
            for code in codes
            if not NOT_IN_NEWS.search(names[code]) and (language, code) not in CONFUSED
        ]
        (ROOT / f"{language}.toml").write_text(f'{head}language = "{language}"\n\n[country]\n' + "\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
