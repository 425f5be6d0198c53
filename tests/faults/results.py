"""The results file, one line a run, and the tables that docs/guarantees.md has from it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tests.faults.matrix import MATRIX
from tests.servers import ROOT

if TYPE_CHECKING:
    from tests.faults.bed import Result

FILE = ROOT / "build/faults.jsonl"
PAGE = ROOT / "docs/guarantees.md"
_WRONG = ("missing", "doubled", "wrong", "unkept", "letters_missing", "letters_extra", "letters_changed")
_WORST_LOW = ("poisoned/clean", "offered/taken")
_SHOWN = (
    "drained after s",
    "flowing after s",
    "slowest exit s",
    "longest pause s",
    "poisoned/clean",
    "memory MB",
    "for s",
    "p99 before s",
    "p99 while it hangs s",
    "events lost by Redis",
    "letters again",
)


def append(result: Result) -> None:
    """Add a line."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    with FILE.open("a", encoding="utf-8") as out:
        out.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")


def read() -> list[dict[str, Any]]:
    """All lines, oldest first."""
    if not FILE.exists():
        return []
    return [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines() if line]


def _latest(lines: list[dict[str, Any]], *of: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {tuple(line[name] for name in of): line for line in lines}


def _worst(runs: list[dict[str, Any]]) -> str:
    shown = []
    for name in _SHOWN:
        values = [run["figures"][name] for run in runs if name in run["figures"]]
        if values:
            shown.append(f"{name} {min(values) if name in _WORST_LOW else max(values):g}")
    return ", ".join(shown)


def _sum(runs: list[dict[str, Any]], *names: str) -> int:
    return sum(run["figures"].get(name, 0) for run in runs for name in names)


def matrix_table(lines: list[dict[str, Any]]) -> str:
    """The last result of each seed, a row a fault; figures are the worst of its seeds."""
    latest = _latest([line for line in lines if not line["rig"]], "fault", "seed")
    rows = [
        (
            "| fault | what is done | seeds passed | missing | doubled | wrong | dead letters off | worst figures "
            "| promised beside | product |"
        ),
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for fault in MATRIX:
        runs = [line for (name, _), line in sorted(latest.items()) if name == fault.name]
        cells = [fault.name, fault.what]
        if runs:
            passed = sum(run["passed"] for run in runs)
            cells.append(f"{passed} of {len(runs)} (of {fault.seeds})")
            cells += [str(_sum(runs, "missing", "unkept")), str(_sum(runs, "doubled")), str(_sum(runs, "wrong"))]
            cells += [str(_sum(runs, *_WRONG[4:])), _worst(runs), fault.promised]
            cells.append(", ".join(sorted({run["product"] for run in runs})))
        else:
            cells += ["not run", "", "", "", "", "", fault.promised, ""]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def broken_table(lines: list[dict[str, Any]]) -> str:
    """Runs with a rule broken on purpose, a row each; all of them should fail."""
    latest = _latest([line for line in lines if line["rig"]], "rig", "fault", "seed")
    rows = ["| rule broken | fault | seed | the run | missing | doubled | wrong | why |", "|---|---|---|---|---|---|---|---|"]
    for (rig, fault, seed), line in sorted(latest.items()):
        counts = [str(_sum([line], name)) for name in ("missing", "doubled", "wrong")]
        why = line["why"].replace("|", "/").replace("\n", " ")[:120]
        rows.append(f"| {rig} | {fault} | {seed} | {'passed' if line['passed'] else 'failed'} | {' | '.join(counts)} | {why} |")
    return "\n".join(rows)


def write_table() -> None:
    """Put the tables into the page, between their marks."""
    lines, page = read(), PAGE.read_text(encoding="utf-8")
    for mark, table in (("matrix", matrix_table(lines)), ("broken", broken_table(lines))):
        begin, end = f"<!-- {mark}: made by make faults -->", f"<!-- end of {mark} -->"
        head, _, rest = page.partition(begin)
        _, _, tail = rest.partition(end)
        page = f"{head}{begin}\n{table}\n{end}{tail}"
    PAGE.write_text(page, encoding="utf-8")
