"""How fast texts are read: fold, furniture, match, offsets, next to the naive chain; and what hostile texts cost.

`make bench-kernel`. The naive chain is `str.translate` and pyahocorasick over every spelling of every term; it tells
places in the folded text only, has no furniture, and knows words by the blanks around them.
"""

# ruff: noqa: T201 - a command that prints its figures
from __future__ import annotations

import math
import random
import resource
import statistics
import sys
import time
import unicodedata
from importlib.util import find_spec
from typing import TYPE_CHECKING

from streams import lexicon_files
from streams.core.detect.matcher import Matcher
from streams.core.detect.terms import Term
from streams.core.text.fold import fold, fold_char
from tests.bench.articles import made
from tests.bench.machine import described

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.core.text.furniture import Furniture

_ARTICLES, _BYTES, _BATCH, _TERMS, _ROUNDS = 480, 5600, 16, 1000, 5
_NAIVE = "translate + pyahocorasick"
_CLITICS = ("", *"وفبكلس", "ال", "وال", "فال", "بال", "كال", "لل", "وب", "ول", "ولل", "وبال", "فلل")


def _articles() -> list[str]:
    """Arabic articles of 5.6 kB each, joined of made ones."""
    texts = [item.article for item in made(4 * _ARTICLES, 7)]
    arabic = "\n".join(field.text for article in texts if article.language == "ar" for field in article.fields)
    size = int(_BYTES * len(arabic) / len(arabic.encode()))
    return [arabic[i * size : (i + 1) * size] for i in range(min(_ARTICLES, len(arabic) // size))]


def _phrases(texts: list[str], count: int) -> list[str]:
    """Phrases of one to four words: one in fifty stands in the articles, the others are made of their letters."""
    chance = random.Random(3)  # noqa: S311 - guards nothing
    words = [word for word in fold(" ".join(texts[:50])).text.split() if word.isalpha() and len(word) > 4 and word[:2] != "ال"]
    phrases: set[str] = set()
    while len(phrases) < count:
        size = chance.choices([1, 2, 3, 4], [25, 40, 25, 10])[0]
        if chance.random() < 0.02:
            place = chance.randrange(len(words) - size)
            phrases.add(" ".join(words[place : place + size]))
        else:
            phrases.add(" ".join("".join(chance.sample(chance.choice(words), 4)) + chance.choice(words)[:2] for _ in range(size)))
    return sorted(phrases)


def _naive(phrases: list[str]) -> Callable[[str], int]:
    import ahocorasick  # noqa: PLC0415 - only this contender needs it

    automaton = ahocorasick.Automaton()
    for number, phrase in enumerate(phrases):
        for clitic in _CLITICS:
            automaton.add_word(clitic + phrase, (number, len(clitic + phrase)))
    automaton.make_automaton()
    table = {code: fold_char(chr(code)) for code in range(0x3000) if unicodedata.category(chr(code)) != "Cn"}

    def read(text: str) -> int:
        folded = f" {text.translate(table)} "
        hits = [
            (number, last - length + 1, last + 1)
            for last, (number, length) in automaton.iter(folded)
            if not folded[last + 1].isalnum() and not folded[last - length].isalnum()
        ]
        return len(hits)

    return read


def _ours(matcher: Matcher, furniture: Furniture) -> Callable[[str], int]:
    def read(text: str) -> int:
        folded = fold(text)
        ranges = furniture.kept(folded.text, text)
        spans = [folded.source(m.start, m.end) for m in matcher.find(folded.text) if any(a <= m.start < b for a, b in ranges)]
        return len(spans)

    return read


def _rate(read: Callable[[str], int], texts: list[str]) -> tuple[float, int]:
    """Articles a second of processor time, in batches, and the hits found."""
    started = time.process_time()
    hits = sum(read(text) for i in range(0, len(texts), _BATCH) for text in texts[i : i + _BATCH])
    return len(texts) / (time.process_time() - started), hits


def _race() -> None:
    texts = _articles()
    phrases = _phrases(texts, _TERMS)
    matcher = Matcher([Term(phrase, "ar") for phrase in phrases])
    furniture = lexicon_files.load(lexicon_files.bundled(), databases=None).furniture
    started = time.process_time()
    matcher.warm()
    print(f"{len(texts)} articles of {_BYTES} bytes, {_TERMS} terms; compiled in {time.process_time() - started:.1f} s")
    contenders = {"wirewatch": _ours(matcher, furniture)}
    if find_spec("ahocorasick"):
        contenders[_NAIVE] = _naive(phrases)
    else:
        print("  the naive chain needs pyahocorasick: pip install pyahocorasick")
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    hits: dict[str, int] = {}
    for _ in range(_ROUNDS):
        for name, read in contenders.items():
            rate, hits[name] = _rate(read, texts)
            rates[name].append(rate)
    naive = statistics.median(rates.get(_NAIVE, [math.nan]))
    for name, some in rates.items():
        rate = statistics.median(some)
        print(
            f"  {name:28}{rate:9,.0f} articles/s  ({min(some):,.0f}-{max(some):,.0f})  x{rate / naive:4.1f}  {hits[name]:,} hits"
        )
    for name, step in (
        ("fold", lambda text: len(fold(text).text)),
        ("fold, furniture", lambda text: len(furniture.kept(fold(text).text, text))),
        ("fold, match", lambda text: len(matcher.find(fold(text).text))),
    ):
        print(f"  of which {name:19}{1e6 / _rate(step, texts)[0]:7,.0f} µs an article")


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _timed(name: str, work: Callable[[], object]) -> None:
    started = time.process_time()
    answer = work()
    print(f"  {name:34}{time.process_time() - started:8.2f} s  process peak {_memory():6,.0f} MB  {answer}", flush=True)


def _robust() -> None:
    """Hostile texts, smallest first: the peak is the process's so far."""
    chance = random.Random(5)  # noqa: S311 - guards nothing
    article = _articles()[0]
    matcher = Matcher([Term(phrase, "ar") for phrase in _phrases(_articles(), _TERMS)])
    matcher.warm()

    def read(text: str) -> str:
        folded = fold(text)
        matches = matcher.find(folded.text)
        spans = [folded.source(m.start, m.end) for m in matches]
        return f"{len(spans):,} hits"

    word = next(text for text in _phrases(_articles(), _TERMS) if matcher.find(text))
    size = len(article) / len(article.encode())
    print(f"  {'nothing yet':34}{'':10}  process peak {_memory():6,.0f} MB")
    texts = {
        "1 MB of random bytes, as Latin-1": lambda: chance.randbytes(1 << 20).decode("latin-1"),
        "1 MB of lone surrogates": lambda: "".join(chr(chance.randrange(0xD800, 0xE000)) for _ in range(1 << 20)),
        "1 MB article": lambda: (article * 400)[: int(size * (1 << 20))],
        "100,000 hits": lambda: f"{word} " * 100_000,
        "1 MB of ligatures": lambda: "ﷺ" * 350_000,
        "20 MB article": lambda: (article * 8000)[: int(size * 20 * (1 << 20))],
    }
    for name, text in texts.items():
        made_text = text()
        _timed(name, lambda text=made_text: read(text))
    many = [Term(phrase, "ar") for phrase in _phrases(_articles(), 20_000)]
    large = Matcher(many)
    _timed("20,000 terms: compile", large.warm)
    _timed("20,000 terms: 100 articles", lambda: sum(len(large.find(fold(text).text)) for text in _articles()[:100]))


if __name__ == "__main__":
    print(
        {name: value for name, value in described().items() if name in {"cpu", "cores", "load", "python", "hyperscan", "commit"}}
    )
    _race()
    if "--race" not in sys.argv:
        _robust()
