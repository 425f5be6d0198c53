"""Page furniture: what a web page puts around an article. It is never matched."""

from __future__ import annotations


def kept(folded: str) -> list[tuple[int, int]]:
    """Ranges of the folded text that belong to the article, in order."""
    return [(0, len(folded))] if folded else []
