"""The wire a fault is played on: made from a seed, with copies, versions, corrections, kills, repeats, sittings and poison.

Everything of one story goes to one partition, so that its verdicts do not depend on which partition is read first; reports
of one sitting go to all of them, and what must come of them does not depend on it either (docs/incidents.md).
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from streams.ingest.canonical import canonical
from streams.ingest.item import packed
from tests.articles import text

PARTITIONS = 4
SOURCE = "faults"
BUG = "bug"
"""What `Record.poison` says of a good article that a failpoint makes the worker die of."""
BUG_TEXT = "BOOMBOOM"
_ACTS = {
    "en": (
        "Artillery shelled the city, killing civilians.",
        "Warplanes bombed a market and killed dozens of people.",
        "Clashes broke out between the army and gunmen, leaving soldiers dead.",
    ),
    "ar": (
        "قصفت المدفعية المدينة وقتل عشرات المدنيين.",
        "شنت طائرات حربية غارات جوية على المدينة أسفرت عن مقتل مدنيين.",
        "اندلعت اشتباكات عنيفة بين الجيش ومسلحين وقتل جنود.",
    ),
}
_SPELT = str.maketrans("bkmrtlsndfgpaeiou", "بكمرتلسندفجشايةوه")
_NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
_BODIES = ("Sudan", "Syria", "Yemen", "Libya", "Lebanon", "Iran", "Ukraine", "Somalia")
_STAGES = (
    "France asked for an emergency session of the UN Security Council on {topic}, its mission said.",
    "Diplomats have called for an urgent meeting of the Security Council on {topic}.",
    "The UN Security Council will hold an emergency session on {topic}, diplomats said.",
    "The Security Council is to meet in emergency session on {topic}, a spokesman said.",
    "The UN Security Council held an emergency session on {topic}, its president told reporters.",
)
_HUGE = 20_000_000


@dataclass(frozen=True, slots=True)
class Record:
    """One record for the articles topic. `poison` says what is wrong with it: it must become a dead letter, unchanged."""

    partition: int
    key: bytes | None
    value: bytes | None = field(repr=False)
    headers: list[tuple[str, bytes]] = field(repr=False)
    stamp: int = 0
    poison: str = ""


@dataclass(frozen=True, slots=True)
class Blend:
    """What a wire is made of, as shares of all its records; `sittings`, `huge` (poison of 20 MB) and `bugs` are counts."""

    acts: float = 0.3
    copies: float = 0.25
    versions: float = 0.1
    repeats: float = 0.03
    poison: float = 0.02
    sittings: int = 40
    huge: int = 0
    bugs: int = 0


USUAL = Blend()


def _filler(seed: str, words: int, language: str) -> str:
    """Words of no language, so that two texts share nothing by chance; in Arabic letters where they should."""
    made = text(seed, words)
    return made.translate(_SPELT) if language == "ar" else made


def _story(name: str, blend: Blend, at: datetime, dice: random.Random) -> dict[str, Any]:
    language = dice.choice(("ar", "en"))
    act = dice.choice(_ACTS[language]) if dice.random() < blend.acts else ""
    body = f"{act} {_filler(name, dice.randrange(60, 200), language)}"
    title = _filler(f"{name} title", 7, language)
    return {"id": name, "title": title, "text": body, "published": at.isoformat(), "lang": language, "source": "Outlet 0"}


def _version(article: dict[str, Any], number: int, at: datetime, dice: random.Random) -> dict[str, Any]:
    """A later version of an article: with a sentence more, corrected to something harmless, or killed."""
    changed = article | {"version": str(number), "published": at.isoformat()}
    kind, seed = dice.choices(("more", "harmless", "killed"), (3, 1, 1))[0], f"{article['id']} version {number}"
    if kind == "more":
        changed["text"] += " " + _filler(seed, 12, article["lang"])
    elif kind == "harmless":
        changed["text"] = _filler(seed, 80, article["lang"])
    else:
        changed["pubStatus"] = "canceled"
    return changed


def _articles(seed: int, count: int, blend: Blend, dice: random.Random) -> list[tuple[int, dict[str, Any]]]:
    """Articles in order, each with its partition: the one its story began in."""
    sent: list[tuple[int, dict[str, Any]]] = []
    for number in range(count):
        at, roll = _NOON + timedelta(seconds=number), dice.random() if sent else 1.0
        if roll < blend.copies:
            partition, original = dice.choice(sent[-500:])
            copy = {"id": f"copy/{seed}/{number}", "published": at.isoformat(), "source": f"Outlet {dice.randrange(40)}"}
            article = {k: v for k, v in original.items() if k not in {"version", "pubStatus"}} | copy
        elif roll < blend.copies + blend.versions:
            partition, earlier = dice.choice(sent[-500:])
            article = _version(earlier, number, at, dice)
        elif roll < blend.copies + blend.versions + blend.repeats:
            partition, article = dice.choice(sent[-500:])
        else:
            partition, article = dice.randrange(PARTITIONS), _story(f"story/{seed}/{number}", blend, at, dice)
        sent.append((partition, article))
    return sent


def _record(article: dict[str, Any], partition: int) -> Record:
    item = packed(canonical(article), source=SOURCE, where=str(article["id"]))
    return Record(partition, item.key, item.value, item.headers)


def _sitting(number: int, seed: int, dice: random.Random) -> Record:
    topic, stage = _BODIES[number % len(_BODIES)], number // len(_BODIES) % len(_STAGES)
    at = _NOON + timedelta(hours=4 * stage, minutes=dice.randrange(60))
    article = {
        "id": f"sitting/{seed}/{number}",
        "title": f"Council and {topic}",
        "text": f"{_STAGES[stage].format(topic=topic)} {text(f'sitting {seed}/{number}', 40)}",
        "published": at.isoformat(),
        "lang": "en",
        "source": f"Outlet {number}",
    }
    return _record(article, dice.randrange(PARTITIONS))


def _poisoned(number: int, dice: random.Random) -> Record:
    key = f"{SOURCE}|poison/{number}".encode()
    kind, value = dice.choice(
        (
            ("bad-json", b'{"uri": "poison/%d", "bodies": [' % number),
            ("empty", b""),
            ("null", None),
            ("bytes", dice.randbytes(400)),
        )
    )
    return Record(dice.randrange(PARTITIONS), key, value, [("note", b"kept")], poison=kind)


def wire(seed: int, count: int, blend: Blend = USUAL) -> list[Record]:
    """So many records, the same for one seed but for their stamps, which are a millisecond apart and end now."""
    dice = random.Random(seed)  # noqa: S311 - a repeatable run, no secret
    spoiled = int(count * blend.poison)
    articles = _articles(seed, max(1, count - spoiled - blend.sittings - blend.huge - blend.bugs), blend, dice)
    records = [_record(article, partition) for partition, article in articles]
    strewn = [_sitting(number, seed, dice) for number in range(blend.sittings)]
    strewn += [_poisoned(number, dice) for number in range(spoiled)]
    for number in range(blend.huge):
        key = f"{SOURCE}|huge/{number}".encode()
        strewn.append(Record(dice.randrange(PARTITIONS), key, dice.randbytes(_HUGE), [], poison="20 MB"))
    for number in range(blend.bugs):
        story = _story(f"bug/{seed}/{number}", blend, _NOON, dice)
        story["text"] += f" {BUG_TEXT}"
        strewn.append(replace(_record(story, dice.randrange(PARTITIONS)), poison=BUG))
    placed = [(float(n), record) for n, record in enumerate(records)]
    placed += [(dice.uniform(0, len(records)), record) for record in strewn]
    placed.sort(key=lambda entry: entry[0])
    start = int(time.time() * 1e3) - len(placed)
    return [replace(record, stamp=start + number) for number, (_, record) in enumerate(placed)]
