"""Articles for the benchmark: made by us from `phrases.toml`, the same for the same seed, or read from the user's own file."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from streams.core.dedup.fingerprint import content_key
from streams.ingest.canonical import canonical
from streams.ingest.files import read
from streams.ingest.item import Item, packed

SOURCE = "bench"
_PHRASES = tomllib.loads(Path(__file__).with_name("phrases.toml").read_text("utf-8"))
_START = datetime(2026, 1, 5, 6, tzinfo=UTC)
_LANGUAGES = {"ar": 0.88, "en": 0.08, "fr": 0.04}
_SIZE, _SPREAD = 2300, 0.35  # bytes of text: median, and sigma of its logarithm; with its JSON around it 2.8 kB on average
_REPEATS = 0.01
_LETTERS = {"ar": "بتثجحخدذرزسشصضطظعغفقكلمن", "en": "bcdfghklmnprstvaeiou", "fr": "bcdfghklmnprstvaeiou"}
_WINDOW = 2000  # copies come of one of so many articles before


@dataclass(frozen=True)
class Mix:
    """Shares of a wire's articles: copies among all; escalation and sittings among the others."""

    copies: float = 1 / 3
    escalation: float = 0.15
    sittings: float = 0.08


class _Writer:
    """Writes articles with one source of chance."""

    def __init__(self, seed: int, mix: Mix) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - guards nothing
        self._mix = mix
        self._written: list[dict[str, str]] = []
        self._sent: list[dict[str, str]] = []

    def next(self, number: int) -> dict[str, str]:
        roll = self._chance.random()
        if self._sent and roll < _REPEATS and self._mix.copies:
            return self._chance.choice(self._sent[-_WINDOW:])  # the same version once more: dropped
        if self._written and roll < self._mix.copies:
            article = self._copy(self._chance.choice(self._written[-_WINDOW:]))
        else:
            article = self._new(number)
            self._written.append(article)
        article |= {
            "id": f"https://wire.example/{number}",
            "published": (_START + timedelta(seconds=number)).isoformat(),
            "source": f"Outlet {self._chance.randrange(40)}",
        }
        self._sent.append(article)
        return article

    def _copy(self, original: dict[str, str]) -> dict[str, str]:
        """Another outlet's: half of them spell hamza on alef as many wires do, not at all."""
        copy = dict(original)
        if self._chance.random() < 0.5:
            copy["text"] = copy["text"].translate({ord("أ"): "ا", ord("إ"): "ا"})
        return copy

    def _new(self, number: int) -> dict[str, str]:
        language = self._chance.choices(list(_LANGUAGES), list(_LANGUAGES.values()))[0]
        phrases = _PHRASES[language]
        roll = self._chance.random()
        kind = "escalation" if roll < self._mix.escalation else ""
        kind = kind or ("sitting" if roll < self._mix.escalation + self._mix.sittings else "")
        size = min(8000.0, max(900.0, _SIZE * self._chance.lognormvariate(0, _SPREAD)))
        sentences = [self._fill(self._chance.choice(phrases[kind])) for _ in range(3)] if kind else []
        while sum(len(s.encode()) for s in sentences) < size:
            sentences.append(self._woven(self._fill(self._chance.choice(phrases["plain"])), language))
        first, rest = sentences[:1], sentences[1:]
        self._chance.shuffle(rest)
        paragraphs = [" ".join((first + rest)[i : i + 3]) for i in range(0, len(sentences), 3)]
        title = self._fill(self._chance.choice(phrases[f"{kind}_titles" if kind else "titles"]))
        # The number makes every text one of its own, the names in its plain sentences a story of its own.
        return {"title": title, "text": "\n".join(paragraphs) + f"\n({number})", "lang": language}

    def _woven(self, sentence: str, language: str) -> str:
        """The sentence with names nobody bears behind every other word: what only shares phrases is no copy and no update."""
        words = sentence.split(" ")
        for place in range(len(words) - 1, 0, -2):
            words.insert(place, "".join(self._chance.choices(_LETTERS[language], k=self._chance.randint(4, 7))))
        return " ".join(words)

    def _fill(self, phrase: str) -> str:
        slots = {name: self._chance.choice(values) for name, values in _PHRASES["slots"].items()}
        return phrase.format(number=self._chance.randrange(3, 95), **slots)


def made(count: int, seed: int, mix: Mix = Mix()) -> list[Item]:
    """So many articles as `wirewatch ingest` would produce them, with uris that no other seed gives."""
    writer = _Writer(seed, mix)
    return [
        packed(canonical(article | {"id": f"{article['id']}/{seed}"}), source=SOURCE, where=str(number))
        for number in range(count)
        for article in (writer.next(number),)
    ]


def from_file(path: Path) -> list[Item]:
    """The articles of a file or folder that `wirewatch ingest` can read."""
    return [item for item in read([str(path)], source=SOURCE) if isinstance(item, Item)]


def placed(items: list[Item], partitions: int) -> list[int]:
    """A partition for each article: in turn, but versions and copies go where their first went.

    Kafka itself would place copies by their key. Here verdicts, and with them the ids of alerts, must not depend on
    which partition is read first, so that every contender can be held to the same result.
    """
    known: dict[str, int] = {}
    places: list[int] = []
    opened = 0
    for item in items:
        content = content_key(item.article) or item.article.id
        place = known.get(item.article.key, known.get(content))
        if place is None:
            place, opened = opened % partitions, opened + 1
        known.setdefault(item.article.key, place)
        known.setdefault(content, place)
        places.append(place)
    return places
