"""A closer look at those articles of a batch that are worth it, told by one cheap search through all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from streams.core.text.document import note, search

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

    Those documents are searched by the matchers of `then` first, together; `matcher` itself may be one of them, and does not
    search again. In the others there is nothing.
    """
    parts = [part for document in documents for part in document.parts]
    seen = matcher.glimpse([part.folded for part in parts])
    told = iter(matcher.told_each(seen))
    answers = [any([tells(next(told)) for _ in document.parts]) for document in documents]  # noqa: C419 - each takes its own
    owners = [answer for document, answer in zip(documents, answers, strict=True) for _ in document.parts]
    numbers = [number for number, answer in enumerate(owners) if answer]
    chosen = [parts[number] for number in numbers]
    for other in then if chosen else ():
        if other is matcher:
            note(chosen, matcher, matcher.find_seen(seen, numbers))
        else:
            search(chosen, other)
    return [look(document) if answer else [] for document, answer in zip(documents, answers, strict=True)]
