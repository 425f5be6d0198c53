"""`make eval`: the bundled lexicons against the labelled articles of the shared folder, each set apart (docs/evaluation.md)."""
# ruff: noqa: T201 - printing is how it speaks

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streams import settings
from streams.core.assess import Assessor
from streams.core.model import Reported
from streams.lexicon_files import bundled, load
from tests.eval import pairs
from tests.eval.scores import article, figures, judged, misses, shortfalls
from tests.eval.sittings import wires

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SETS = ("dev", "authored")
BY_LANGUAGE = "authored"
PAIRS = "pairs"
SHARED = Path(os.environ.get("WIRES_SHARED") or Path(__file__).parents[3] / "shared")
_COUNTED = 1000


def _arguments(given: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make eval", description=__doc__)
    parser.add_argument("--json", action="store_true", help="the figures and misses as one JSON object")
    parser.add_argument("--check", action="store_true", help="leave with 1 where a set is below the thresholds")
    parser.add_argument(
        "--texts",
        type=Path,
        action="append",
        default=[],
        metavar="FILE.jsonl",
        help="unlabelled articles ({id, text, title, lang}) that report nothing: count what is called a report; may be repeated",
    )
    parser.add_argument(
        "--set",
        type=Path,
        action="append",
        default=[],
        metavar="FILE.jsonl",
        help="a labelled file to score beside; may be repeated",
    )
    parser.add_argument(
        "--blind", action="store_true", help="print figures only and no article: for files that are not to be read"
    )
    parser.add_argument("--lexicons", type=Path, help="a folder of lexicons (default: the bundled ones)")
    parser.add_argument(
        "--pairs", type=Path, action="append", default=[], metavar="FILE.jsonl", help="more labelled pairs; may be repeated"
    )
    parser.add_argument("--half", choices=["even", "odd"], help="only every other article of each set, by its line")
    return parser.parse_args(given)


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _labelled(path: Path, assessor: Assessor, half: str | None) -> dict[str, Any]:
    entries = list(_entries(path))
    if half:
        entries = entries[half == "odd" :: 2]
    found = judged(entries, assessor)
    told = figures(found)
    if path.stem == BY_LANGUAGE:
        languages = sorted({one.gold["lang"] for one in found})
        told["languages"] = {code: figures([one for one in found if one.gold["lang"] == code]) for code in languages}
    return told | {"misses": misses(found)}


def _unlabelled(entries: Iterable[dict[str, Any]], assessor: Assessor) -> dict[str, Any]:
    count, reports = 0, []
    for entry in entries:
        count += 1
        found = assessor.assess(article(entry)).escalation
        if found.value is Reported.REPORT:
            best = sorted(found.hits, key=lambda h: -h.weight)[:3]
            reports.append({"id": entry.get("id"), "score": found.score, "hits": [f"{h.rule} «{h.span.quote}»" for h in best]})
    return {
        "articles": count,
        "reports": len(reports),
        "per_1000": round(_COUNTED * len(reports) / max(count, 1), 2),
        "of": reports,
    }


def _print_pairs(sets: dict[str, Any], *, blind: bool) -> None:
    for name, told in sets.items():
        print(
            f"\n{name}: {told['pairs']} pairs, {told['wrong']} wrong; duplicate: F1 {told['f1']:.3f}, "
            f"precision {told['precision']:.3f}, recall {told['recall']:.3f}; {told['unmet']} share no key"
        )
        for miss in [] if blind else told["misses"]:
            print(f"  {miss['id']}  {miss['phenomenon']}: expected {miss['expected']}, got {miss['got']}: {miss['why']}")


def _line(name: str, told: dict[str, Any]) -> str:
    sittings = told["sessions_f1"]
    return (
        f"{name:12}{told['articles']:9}{told['wrong']:7}{told['report_f1']:11.3f}{told['accuracy']:10.3f}"
        f"{told['categories_f1']:12.3f}{sittings['body']:8.3f}{sittings['body_kind']:8.3f}{sittings['body_status']:8.3f}"
        f"{sittings['body_date']:8.3f}{told['false_sessions']:8.3f}{told['wrong_frames']:8}"
    )


def _print(sets: dict[str, Any], texts: dict[str, Any], *, blind: bool) -> None:
    heads = f"{'articles':>9}{'wrong':>7}{'report F1':>11}{'accuracy':>10}{'categories':>12}"
    print(f"{'':12}{heads}{'body':>8}{'+kind':>8}{'+status':>8}{'+date':>8}{'false':>8}{'frames':>8}")
    for name, told in sets.items():
        print(_line(name, told))
        for code, own in told.get("languages", {}).items():
            print(_line(f"  {code}", own))
    print("\nexpected>found")
    for name, told in sets.items():
        print(f"{name:12}" + "  ".join(f"{pair} {count}" for pair, count in sorted(told["confusion"].items())))
    if blind:
        return
    for name, told in sets.items():
        print(f"\n{name}: {len(told['misses'])} misses")
        for miss in told["misses"]:
            print(f"  {miss['id']}  {miss['lang']}  expected {miss['expected']}, got {miss['got']}, score {miss['score']}")
            for hit in miss["hits"]:
                print(f"      {hit}")
    for name, told in texts.items():
        print(f"\n{name}: {told['reports']} of {told['articles']} called a report, {told['per_1000']} in 1,000")
        for one in told["of"]:
            print(f"  {one['id']}  score {one['score']}  {'; '.join(one['hits'])}")


def main(given: Sequence[str]) -> int:
    """Score, print, and say whether the thresholds hold."""
    chosen = _arguments(given)
    lexicons = load(chosen.lexicons or bundled(), databases=settings.load().cache_dir)
    assessor = Assessor(lexicons)
    sets = {}
    for name in SETS:
        if (SHARED / "gold" / f"{name}.jsonl").is_file():
            sets[name] = _labelled(SHARED / "gold" / f"{name}.jsonl", assessor, chosen.half)
        else:
            print(f"{SHARED}/gold/{name}.jsonl is absent: not scored. Set WIRES_SHARED to the shared folder.", file=sys.stderr)
    others = {path.stem: _labelled(path, assessor, chosen.half) for path in chosen.set}
    texts = {str(path): _unlabelled(_entries(path), assessor) for path in chosen.texts}
    couples = {
        path.stem: pairs.figures(pairs.pairs(_entries(path), lexicons.furniture))
        for path in (SHARED / "gold" / f"{PAIRS}.jsonl", *chosen.pairs)
        if path.is_file()
    }
    missed = [line for name, told in sets.items() for line in shortfalls(name, told)]
    missed += [line for name, told in couples.items() for line in pairs.shortfalls(name, told)]
    wrong = wires(SHARED / "wires", assessor) if (SHARED / "wires").is_dir() and not chosen.half else []
    missed += wrong
    if chosen.json:
        told = {"lexicon": assessor.lexicon, "sets": sets | others, "pairs": couples, "texts": texts, "shortfalls": missed}
        print(json.dumps(told, ensure_ascii=False))
    else:
        _print(sets | others, texts, blind=chosen.blind)
        _print_pairs(couples, blind=chosen.blind)
        for line in missed:
            print(line)
    return int(chosen.check and bool(missed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
