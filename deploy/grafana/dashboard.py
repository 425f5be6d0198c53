"""Writes the dashboard: `python deploy/grafana/dashboard.py`. Change panels here, never in the JSON or the browser."""
# ruff: noqa: INP001 - a script, not a package's module

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

TARGET = Path(__file__).parent / "dashboards/wirewatch.json"
_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
_WIDTH = 24


class Series(NamedTuple):
    """A query and the name its lines get."""

    expr: str
    legend: str


class Panel(NamedTuple):
    """One panel. `width` and `height` are in Grafana's grid of 24 columns."""

    title: str
    description: str
    unit: str
    series: tuple[Series, ...]
    kind: str = "timeseries"
    width: int = 8
    height: int = 8
    stacked: bool = False
    limits: tuple[tuple[str, float | None], ...] = ()
    """Colours from a value on, for stat panels and threshold lines."""


def _rate(metric: str, by: str, where: str = "") -> str:
    """Events a second by label."""
    return f"sum by ({by}) (rate({metric}{where}[$__rate_interval]))"


def _count(metric: str, by: str, window: str = "$__rate_interval") -> str:
    """Events in the window by label, and one line `none` where there never was any.

    A counter that appears has no earlier value to have increased from, so its first value counts whole.
    """
    label = by.partition(",")[0]
    events = f"({metric} unless {metric} offset {window}) or increase({metric}[{window}])"
    return f'sum by ({by}) ({events}) or label_replace(vector(0), "{label}", "none", "", "") unless on () {metric}'


def _quantile(quantile: float, metric: str, by: str = "") -> str:
    """A quantile of a histogram over the last minutes."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({quantile}, sum by ({labels}) (rate({metric}_bucket[$__rate_interval])))"


_STATE = (
    Panel(
        "Services up",
        "Of worker, serve and deliver, those Prometheus reaches.",
        "none",
        (Series('sum(up{job=~"worker|serve|deliver"})', "up"),),
        "stat",
        4,
        4,
        limits=(("red", None), ("green", 3)),
    ),
    Panel(
        "Services ready",
        "Those that can do their work: Kafka and Redis answer them.",
        "none",
        (Series("sum(wire_ready)", "ready"),),
        "stat",
        4,
        4,
        limits=(("red", None), ("green", 3)),
    ),
    Panel(
        "Publish to alert, p99",
        "From arrival in Kafka to the entry in the alert log, worst of a hundred, over five minutes. Promised: one second.",
        "s",
        (Series("wire:publish_to_alert_seconds:p99_5m >= 0", "p99"),),  # >= 0: without alerts it is not a number
        "stat",
        4,
        4,
        limits=(("green", None), ("orange", 0.5), ("red", 1)),
    ),
    Panel(
        "Articles waiting",
        "Records behind the end of the topics, all partitions.",
        "short",
        (Series("sum(wire_consumer_lag)", "waiting"),),
        "stat",
        4,
        4,
        limits=(("green", None), ("orange", 100), ("red", 1000)),
    ),
    Panel(
        "Dead letters, 24 h",
        "Articles that could not be processed. They are kept whole for 30 days.",
        "short",
        (
            Series(
                "sum((wire_dlq_total unless wire_dlq_total offset 24h) or increase(wire_dlq_total[24h])) or vector(0)",
                "dead letters",
            ),
        ),
        "stat",
        4,
        4,
        limits=(("green", None), ("orange", 1), ("red", 100)),
    ),
    Panel(
        "Webhooks overdue",
        "How long the most overdue delivery has been due.",
        "s",
        (Series("max(wire_webhook_backlog_oldest_seconds)", "overdue"),),
        "stat",
        4,
        4,
        limits=(("green", None), ("orange", 60), ("red", 300)),
    ),
)

_ARTICLES = (
    Panel(
        "Articles",
        "Articles judged, by source; sources without a label of their own are `other`.",
        "suffix: articles/s",
        (Series(_rate("wire_articles_total", "source", '{source=~"$source"}'), "{{source}}"),),
        stacked=True,
    ),
    Panel(
        "Verdicts",
        "What dedup says: new, a copy of some kind, a repeat of the same version, or rejected.",
        "suffix: articles/s",
        (Series(_rate("wire_articles_total", "outcome", '{source=~"$source"}'), "{{outcome}}"),),
        stacked=True,
    ),
    Panel(
        "Consumer lag",
        "Articles that wait in each topic. Kafka is the buffer: a rise means late alerts, not lost ones.",
        "suffix: articles",
        (Series("sum by (topic) (wire_consumer_lag)", "{{topic}}"),),
    ),
    Panel(
        "Level in",
        "Until the slowest worker has drained what waits, at its speed of late; no line while one does not gain.",
        "s",
        (Series("max(wire_catch_up_seconds) < Inf", "level in"),),
        limits=(("transparent", None), ("red", 600)),
    ),
    Panel(
        "Silence of sources",
        "Time since the latest article of each source.",
        "s",
        (Series('time() - max by (source) (wire_source_last_article_timestamp_seconds{source=~"$source"})', "{{source}}"),),
    ),
    Panel(
        "Delay of sources",
        "From the outlet's own time of publication to the article's arrival in Kafka: what we wait for before we can begin.",
        "s",
        (Series(_quantile(0.5, "wire_source_delay_seconds"), "p50"), Series(_quantile(0.99, "wire_source_delay_seconds"), "p99")),
    ),
    Panel(
        "Dead letters",
        "By the stage they fell from and the reason.",
        "suffix: articles",
        (Series(_count("wire_dlq_total", "stage, reason"), "{{stage}} {{reason}}"),),
        width=_WIDTH,
    ),
)

_SEEN = (
    Panel(
        "Seen index",
        "Articles in it, those behind the window that have not expired included.",
        "suffix: articles",
        (Series("max(wire_seen_articles)", "articles"), Series("max(wire_seen_dropped_articles)", "dropped, being full")),
    ),
    Panel(
        "Age of the oldest in the seen index",
        "By Kafka's timestamps; whole parts expire behind window and retention.",
        "s",
        (Series("time() - min(wire_seen_oldest_timestamp_seconds > 0)", "oldest"),),
    ),
)

_ALERTS = (
    Panel(
        "Alerts by kind and tier",
        "Events written to the alert log: created, updated and retracted.",
        "suffix: events",
        (Series(_count("wire_alerts_total", "kind, tier"), "{{kind}} {{tier}}"),),
        stacked=True,
    ),
    Panel(
        "Hits by category",
        "Lexicon hits in articles that report escalation.",
        "suffix: hits",
        (Series(_count("wire_hits_total", "category"), "{{category}}"),),
        stacked=True,
    ),
    Panel(
        "Lexicon refused",
        "1 where a changed lexicon could not be used and the one before it judges; the worker's log says why.",
        "suffix: workers",
        (Series("sum(wire_lexicon_refused)", "refused"),),
        limits=(("transparent", None), ("red", 1)),
    ),
    Panel(
        "Sittings of UN bodies",
        "Current sittings found in articles, by body and status.",
        "suffix: sittings",
        (Series(_count("wire_sessions_total", "body, status"), "{{body}} {{status}}"),),
        stacked=True,
    ),
    Panel(
        "Publish to alert",
        "From the article's arrival in Kafka to the entry in the alert log. Promised: p99 within one second.",
        "s",
        (Series("wire:publish_to_alert_seconds:p50_5m", "p50"), Series("wire:publish_to_alert_seconds:p99_5m", "p99")),
        limits=(("transparent", None), ("red", 1)),
    ),
    Panel(
        "Time of a partition-batch",
        "What each stage spends on one, mean and p99.",
        "s",
        (
            Series(
                "sum by (stage) (wire_stage_duration_seconds_sum) / sum by (stage) (wire_stage_duration_seconds_count)",
                "{{stage}} mean",
            ),
            Series(_quantile(0.99, "wire_stage_duration_seconds", "stage"), "{{stage}} p99"),
        ),
        width=16,
    ),
)

_READERS = (
    Panel(
        "Webhook attempts",
        "By outcome: delivered, or why not. expired and gone are given up.",
        "suffix: attempts",
        (Series(_count("wire_webhook_attempts_total", "outcome"), "{{outcome}}"),),
        stacked=True,
    ),
    Panel(
        "Webhook backlog",
        "How long the most overdue delivery has been due.",
        "s",
        (Series("max(wire_webhook_backlog_oldest_seconds)", "most overdue"),),
        limits=(("transparent", None), ("red", 300)),
    ),
    Panel(
        "Live stream",
        "Readers connected now, and those dropped in the interval because they were too slow or gone.",
        "short",
        (Series("sum(wire_sse_clients)", "connected"), Series(_count("wire_sse_dropped_total", "reason"), "dropped: {{reason}}")),
    ),
)

ROWS = (("Now", _STATE), ("Articles", _ARTICLES), ("Copies", _SEEN), ("Alerts", _ALERTS), ("Readers", _READERS))


def _field_config(panel: Panel) -> dict[str, Any]:
    steps = [{"color": color, "value": value} for color, value in panel.limits or (("green", None),)]
    defaults: dict[str, Any] = {"unit": panel.unit, "min": 0, "thresholds": {"mode": "absolute", "steps": steps}}
    if panel.kind == "timeseries":
        defaults["custom"] = {
            "fillOpacity": 30 if panel.stacked else 5,
            "lineWidth": 1,
            "showPoints": "never",
            "spanNulls": False,
            "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
            "thresholdsStyle": {"mode": "line" if panel.limits else "off"},
        }
    else:
        defaults |= {"color": {"mode": "thresholds"}, "noValue": "none yet"}
    return {"defaults": defaults, "overrides": []}


def _options(panel: Panel) -> dict[str, Any]:
    if panel.kind == "stat":
        return {
            "colorMode": "background",
            "graphMode": "none",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        }
    legend = {"displayMode": "table", "placement": "bottom", "showLegend": True, "calcs": ["lastNotNull", "max"]}
    return {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}


def _panel(panel: Panel, number: int, x: int, y: int) -> dict[str, Any]:
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": _SOURCE,
        "gridPos": {"x": x, "y": y, "w": panel.width, "h": panel.height},
        "fieldConfig": _field_config(panel),
        "options": _options(panel),
        "targets": [
            {"refId": chr(ord("A") + index), "datasource": _SOURCE, "expr": series.expr, "legendFormat": series.legend}
            for index, series in enumerate(panel.series)
        ],
    }


def _panels() -> list[dict[str, Any]]:
    """Every panel at its place: left to right, a new line where it would not fit."""
    panels: list[dict[str, Any]] = []
    y = 0
    for title, row in ROWS:
        panels.append(
            {
                "id": len(panels) + 1,
                "type": "row",
                "title": title,
                "collapsed": False,
                "panels": [],
                "gridPos": {"x": 0, "y": y, "w": _WIDTH, "h": 1},
            }
        )
        x, y, line = 0, y + 1, 0
        for panel in row:
            if x + panel.width > _WIDTH:
                x, y, line = 0, y + line, 0
            panels.append(_panel(panel, len(panels) + 1, x, y))
            x, line = x + panel.width, max(line, panel.height)
        y += line
    return panels


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana reads it."""
    variables = [
        {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus", "current": {}, "hide": 2},
        {
            "name": "source",
            "label": "Source",
            "type": "query",
            "datasource": _SOURCE,
            "query": {"query": "label_values(wire_articles_total, source)", "refId": "source"},
            "refresh": 2,
            "multi": True,
            "includeAll": True,
            "allValue": ".*",
            "current": {"text": "All", "value": "$__all"},
        },
    ]
    return {
        "uid": "wirewatch",
        "title": "wirewatch",
        "description": "From wire to alert to reader. Written by deploy/grafana/dashboard.py.",
        "tags": ["wirewatch"],
        "schemaVersion": 39,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "utc",
        "templating": {"list": variables},
        "panels": _panels(),
    }


def text() -> str:
    """The dashboard's file."""
    return json.dumps(dashboard(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(text(), encoding="utf-8")
