"""Which articles of a batch are worth a closer look, told by one cheap search through all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.text.document import search

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streams.core.detect.matcher import Matcher
    from streams.core.text.document import Document


def screened(
    documents: Sequence[Document], matcher: Matcher, tells: Callable[[set[int]], bool], then: Sequence[Matcher]
) -> list[bool]:
    """Whether each document has a field in which the terms that may stand there, by their numbers, `tells` something.

    Those that have are searched by the matchers of `then` as well, together.
    """
    told = iter(matcher.told_each([part.folded for document in documents for part in document.parts]))
    answers = [any([tells(next(told)) for _ in document.parts]) for document in documents]  # noqa: C419 - each takes its own
    parts = [part for document, answer in zip(documents, answers, strict=True) if answer for part in document.parts]
    for other in then:
        search(parts, other)
    return answers
