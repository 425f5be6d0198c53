"""The news agency a text is credited to: papers that print one agency's copy are one origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streams.core.model import Article


def agency(article: Article) -> str | None:  # noqa: ARG001 - words to come
    """The agency in a small English name ("reuters", "afp"), or None where the text credits none."""
    return None
