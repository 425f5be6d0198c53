"""How fast texts are read: fold, furniture, match, offsets, next to the naive chain; and what hostile texts cost.

`make bench-kernel`. The naive chain (`naive.py`) does the same job with `str.translate`, `re` and pyahocorasick, and both must
find the same places; its bare form leaves furniture and offsets out. Then detection as a whole (`Assessor.assess_each`).
"""

# ruff: noqa: T201 - a command that prints its figures
from __future__ import annotations

import gc
import random
import re
import resource
import statistics
import subprocess
import sys
import time
from bisect import bisect_right
from typing import TYPE_CHECKING, TypeVar

from streams import lexicon_files
from streams.core.detect.matcher import Match, Matcher
from streams.core.detect.terms import Term
from streams.core.text.fold import fold, fold_each
from tests.bench import naive
from tests.bench.articles import Mix, made
from tests.bench.machine import described
from tests.bench.task import assessor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streams.core.model import Article, Assessment
    from streams.core.text.fold import Folded
    from streams.core.text.furniture import Furniture

_T = TypeVar("_T")

_WIRES = {"a wire of a war": Mix(), "a general wire": Mix(escalation=0.06, sittings=0.02)}
"""Detection costs by what articles tell, so two mixes: that of the other benchmarks, and one mostly of other news."""
_ARTICLES, _BYTES, _BATCH, _TERMS, _ROUNDS = 480, 5600, 16, 1000, 5
_HEAD = "الرئيسية\nسياسة\nاقتصاد\nرياضة\n12:40\n"
_FOOT = "\nالأكثر قراءة\nافتتاح معرض الكتاب في عين الصفصاف\n- تأجيل مباراة الكأس إلى الأحد\nجميع الحقوق محفوظة 2026\n"
_BEFORE_TANWIN = re.compile("(?<=[^ا ]{3}ا)(?= )")


def _articles() -> list[str]:
    """Arabic articles of 5.6 kB each, joined of made ones: a third with a page around, a third with marks of tanwin."""
    texts = [item.article for item in made(4 * _ARTICLES, 7)]
    arabic = "\n".join(field.text for article in texts if article.language == "ar" for field in article.fields)
    found = []
    place = 0
    while len(found) < _ARTICLES:
        head, foot = (_HEAD, _FOOT) if len(found) % 3 == 1 else ("", "")
        piece = arabic[place : place + _BYTES]
        piece = _BEFORE_TANWIN.sub("\u064b", piece) if len(found) % 3 == 2 else piece
        room = _BYTES - len((head + foot).encode())
        piece = piece.encode()[:room].decode(errors="ignore")
        place += len(piece)
        found.append(f"{head}{piece}{foot}")
    return found


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


class _Ours:
    """The kernel, batch by batch."""

    def __init__(self, phrases: Sequence[str], furniture: Furniture) -> None:
        self.matcher = Matcher([Term(phrase, "ar") for phrase in phrases])
        self.furniture = furniture

    def __call__(self, texts: Sequence[str]) -> list[list[naive.Span]]:
        folded = fold_each(texts)
        return list(map(self._spans, folded, self.furniture.kept_each(folded), self.matcher.find_each(folded)))

    def _spans(self, folded: Folded, kept: list[tuple[int, int]], matches: list[Match]) -> list[naive.Span]:
        starts = [low for low, _ in kept]
        found = []
        for term, start, end in matches:
            number = bisect_right(starts, start) - 1
            if number >= 0 and start < kept[number][1]:
                found.append((term, *folded.source(start, end)))
        return found


def _rate(read: Callable[[list[_T]], object], texts: list[_T]) -> float:
    """Articles a second of processor time, in batches."""
    started = time.process_time()
    for i in range(0, len(texts), _BATCH):
        read(texts[i : i + _BATCH])
    return len(texts) / (time.process_time() - started)


def _each(read: Callable[[_T], object]) -> Callable[[list[_T]], object]:
    return lambda texts: [read(text) for text in texts]


def _differ(one: Sequence[naive.Span], other: Sequence[naive.Span]) -> int:
    return len({*one} ^ {*other})


def _race() -> None:
    texts = _articles()
    phrases = _phrases(texts, _TERMS)
    furniture = lexicon_files.load(lexicon_files.bundled(), databases=None).furniture
    ours, same = _Ours(phrases, furniture), naive.whole(phrases, furniture)
    started = time.process_time()
    ours.matcher.warm()
    furniture.scanner.warm()
    print(f"{len(texts)} articles of {_BYTES} bytes, {_TERMS} terms; compiled in {time.process_time() - started:.1f} s")
    found = ours(texts)
    gc.collect()
    gc.freeze()  # what is loaded is no garbage: neither contender pays for looking at it
    differing = sum(map(_differ, found, map(same, texts)))
    print(f"  {sum(map(len, found)):,} spans; {differing} of ours or the naive chain's are not the other's")
    contenders = {
        "wirewatch": ours,
        "naive chain": _each(same),
        "naive, no furniture, no offsets": _each(naive.bare(phrases)),
    }
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(_ROUNDS):
        for name, read in contenders.items():
            rates[name].append(_rate(read, texts))
    base = statistics.median(rates["naive chain"])
    for name, some in rates.items():
        rate = statistics.median(some)
        print(f"  {name:34}{rate:9,.0f} articles/s  ({min(some):,.0f}-{max(some):,.0f})  x{rate / base:4.1f}")
    for name, step in (
        ("fold", fold_each),
        ("fold, furniture", lambda texts: furniture.kept_each(fold_each(texts))),
        ("fold, match", lambda texts: ours.matcher.find_each(fold_each(texts))),
    ):
        print(f"  of which {name:25}{1e6 / _rate(step, texts):7,.0f} µs an article")


def _kind(assessment: Assessment) -> str:
    """What was found in an article: the dearest first."""
    if assessment.sessions:
        return "with a sitting"
    return "with hits" if assessment.escalation.hits else "quiet"


def _detection(name: str, mix: Mix) -> None:
    """Escalation and sittings as a whole, on made articles: quiet ones, reports and sittings mixed so, and apart."""
    articles = [item.article for item in made(4 * _ARTICLES, 7, mix) if item.article.language == "ar"]
    size = sum(len(field.text.encode()) for article in articles for field in article.fields) / len(articles)
    judge = assessor()
    judge.assess_each(articles[:_BATCH])
    gc.collect()
    gc.freeze()
    rates = [_rate(judge.assess_each, articles) for _ in range(_ROUNDS)]
    rate = statistics.median(rates)
    print(
        f"detection as a whole, {name}: {rate:,.0f} articles/s ({min(rates):,.0f}-{max(rates):,.0f}) of {size:,.0f} bytes,"
        f" {rate * size / _BYTES:,.0f} of {_BYTES}; one by one {_rate(_each(judge.assess), articles):,.0f}"
    )
    by_kind: dict[str, list[Article]] = {"quiet": [], "with hits": [], "with a sitting": []}
    for article, assessment in zip(articles, judge.assess_each(articles), strict=True):
        by_kind[_kind(assessment)].append(article)
    for kind, some in by_kind.items():
        cost = 1e6 / statistics.median(_rate(judge.assess_each, some) for _ in range(_ROUNDS))
        print(f"  of which {kind:25}{cost:7,.0f} µs an article, in batches of their own; {len(some) / len(articles):.1%} of them")


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
        matches = matcher.find_each([folded])[0]
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
    _timed("20,000 terms: 100 articles", lambda: sum(map(len, large.find_each(fold_each(_articles()[:100])))))


if __name__ == "__main__":
    print(
        {name: value for name, value in described().items() if name in {"cpu", "cores", "load", "python", "hyperscan", "commit"}}
    )
    if "--hostile" in sys.argv:
        _robust()
    else:
        _race()
        for name, mix in _WIRES.items():
            _detection(name, mix)
        if "--race" not in sys.argv:  # in a process of their own, for the peak of its memory
            subprocess.run([sys.executable, "-m", "tests.bench.kernel", "--hostile"], check=True)
