"""A closer look at those articles of a batch that are worth it, told by one cheap search through all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from streams.core.text.document import search

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streams.core.detect.matcher import Matcher
    from streams.core.text.document import Document

_T = TypeVar("_T")


def screened(
    documents: Sequence[Document],
    matcher: Matcher,
    tells: Callable[[set[int]], bool],
    then: Sequence[Matcher],
    look: Callable[[Document], list[_T]],
) -> list[list[_T]]:
    """What `look` finds in each document with a field whose terms, by the numbers of those that may stand there, `tells` of.

    Those documents are searched by the matchers of `then` first, together. In the others there is nothing.
    """
    told = iter(matcher.told_each([part.folded for document in documents for part in document.parts]))
    answers = [any([tells(next(told)) for _ in document.parts]) for document in documents]  # noqa: C419 - each takes its own
    parts = [part for document, answer in zip(documents, answers, strict=True) if answer for part in document.parts]
    for other in then:
        search(parts, other)
    return [look(document) if answer else [] for document, answer in zip(documents, answers, strict=True)]
