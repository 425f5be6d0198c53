"""The table on the terminal, and the same in `build/bench.json`."""

from __future__ import annotations

import json
from dataclasses import asdict
from statistics import median
from typing import TYPE_CHECKING, Any

from tests.bench.contenders import BASE, CONTENDERS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.bench.latency import Latency
    from tests.bench.runner import Run


def summary(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """A line a job and contender: median and range of records a second, and of the ratio to the base in the same round."""
    base = {(run.job, run.round): run.per_second for run in runs if run.contender == BASE}
    lines = []
    for job in dict.fromkeys(run.job for run in runs):
        for contender in CONTENDERS:
            own = [run for run in runs if (run.job, run.contender) == (job, contender)]
            if not own:
                continue
            rates = [run.per_second for run in own]
            ratios = [run.per_second / base[run.job, run.round] for run in own if (run.job, run.round) in base]
            lines.append(
                {
                    "job": job,
                    "contender": contender,
                    "records": own[0].records,
                    "rounds": len(own),
                    "per_second": [median(rates), min(rates), max(rates)],
                    "cpu_us": median(run.cpu_us for run in own),
                    "ratio": [median(ratios), min(ratios), max(ratios)] if ratios else None,
                }
            )
    return lines


def _rows(lines: Sequence[dict[str, Any]], stages: dict[str, float]) -> list[tuple[str, ...]]:
    head = ("job", "contender", "records", "records/s", "min–max", "CPU µs each", f"ratio to {BASE}", "min–max")
    rows: list[tuple[str, ...]] = [head]
    for line in lines:
        middle, least, most = line["per_second"]
        ratio = line["ratio"] or (float("nan"),) * 3
        rows.append(
            (
                line["job"],
                line["contender"],
                f"{line['records']:,}",
                f"{middle:,.0f}",
                f"{least:,.0f}–{most:,.0f}",
                f"{line['cpu_us']:,.0f}",
                f"{ratio[0]:.2f}",
                f"{ratio[1]:.2f}–{ratio[2]:.2f}",
            )
        )
    rows += [(job, "the stage alone, in memory", "", "", "", f"{us:,.0f}", "", "") for job, us in stages.items()]
    return rows


def _table(rows: Sequence[Sequence[str]], names_first: int) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        padded = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        names = [cell.ljust(width) for cell, width in zip(row[:names_first], widths, strict=False)]
        lines.append("  ".join(names + padded[names_first:]).rstrip())
    return "\n".join(lines)


def text(lines: Sequence[dict[str, Any]], stages: dict[str, float], latencies: Sequence[Latency]) -> str:
    """Both tables."""
    parts = [_table(_rows(lines, stages), 2)]
    if latencies:
        head = ("publish to alert", "sent", "articles", "alerts", "p50 ms", "p99 ms", "max ms", "worker's CPU")
        rows = [
            (
                one.phase,
                f"{one.rate:.0f}/s" if one.rate else "–",
                f"{one.articles:,}",
                f"{one.alerts:,}",
                f"{one.p50:,.0f}",
                f"{one.p99:,.0f}",
                f"{one.most:,.0f}",
                f"{one.load:.0%}",
            )
            for one in latencies
        ]
        parts.append(_table([head, *rows], 1))
    return "\n\n".join(parts)


def write(path: Path, about: dict[str, Any], runs: Sequence[Run], stages: dict[str, float], latencies: Sequence[Latency]) -> None:
    """Everything measured, each run by itself too."""
    document = {
        **about,
        "summary": summary(runs),
        "stages_cpu_us": stages,
        "publish_to_alert_ms": [asdict(one) for one in latencies],
        "runs": [asdict(run) for run in runs],
    }
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")
