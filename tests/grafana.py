"""Reads the dashboard and asks a Prometheus its questions, as Grafana would."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

VARIABLES = {"__rate_interval": "1m", "__interval": "15s", "__range": "1h", "source": ".*"}
"""What Grafana would put in the place of `$name`."""


def panel_queries(dashboard: Path) -> list[tuple[str, str]]:
    """Title and query, variables filled in, of every target of every panel.

    Raises:
        ValueError: a query has a variable that VARIABLES does not know.
    """
    panels = json.loads(dashboard.read_text(encoding="utf-8"))["panels"]
    return [(panel["title"], _filled(target["expr"])) for panel in panels for target in panel.get("targets", ())]


def _filled(expr: str) -> str:
    filled = re.sub(r"\$\{?(\w+)\}?", lambda found: VARIABLES.get(found[1], found[0]), expr)
    if "$" in filled:
        raise ValueError(f"unknown variable in {expr}")
    return filled


def evaluate(prometheus: str, expr: str) -> list[tuple[dict[str, str], float]]:
    """Labels and value of every series of an instant query; `prometheus` is its address.

    Raises:
        ValueError: Prometheus refused the query; says why.
    """
    url = f"{prometheus}/api/v1/query?{urllib.parse.urlencode({'query': expr})}"
    try:
        with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - our own loopback address
            answer: dict[str, Any] = json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            raise ValueError(f"{expr}: {json.load(error)['error']}") from None
    return [(series["metric"], float(series["value"][1])) for series in answer["data"]["result"]]
