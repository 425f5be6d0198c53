"""How many sources of their own stand behind an alert: ten papers that print one agency's copy are one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.dedup.policy import COPIES

if TYPE_CHECKING:
    from streams.core.model import AlertState


def origins(state: AlertState) -> int:
    """The groups of evidence that share a text, a copied article or an agency's credit, one with the next."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while (above := parent.setdefault(name, name)) != name:
            parent[name] = name = parent.setdefault(above, above)
        return name

    for key, item in state.evidence.items():
        carrier = item.carrier
        shared = [f"text {item.reading}"]
        if carrier.agency is not None:
            shared.append(f"agency {carrier.agency}")
        if carrier.of is not None and carrier.verdict in COPIES:
            shared.append(f"article {carrier.of.rpartition('|')[0]}")
        for name in shared:
            parent[root(name)] = root(f"article {key}")
    return len({root(f"article {key}") for key in state.evidence})
