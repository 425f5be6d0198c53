"""Finding all of many terms in texts at once, nested and overlapping ones included, in linear time."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise, repeat
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from streams.core.detect.terms import TermError
from streams.core.text.code_page import IS_WORD, SEAM
from streams.core.text.fold import fold
from streams.core.text.scanner import CannotCompileError, Scanner

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

    import numpy.typing as npt

    from streams.core.detect.terms import Term
    from streams.core.text.fold import Folded

_MOST_MATCHES = 50_000
"""Candidates looked at in one text. An article has tens; whoever sends more gets the first ones judged."""

_REACH = 240
"""Characters looked back from the end of a term that holds punctuation, or may be of fewer words than it is written in."""

_UTF8_MASK, _UTF8_CONTINUES = 0xC0, 0x80
"""The first bits of a byte that continues a code point."""
_BETWEEN = bytes([SEAM])


class Match(NamedTuple):
    """Term number `term` stands at `[start, end)` of the folded text."""

    term: int
    start: int
    end: int


class _Sheet:
    """Texts to be searched together: one behind the other, a byte before, between and behind them."""

    def __init__(self, texts: Sequence[Folded]) -> None:
        self.texts = texts
        self.codes = b"".join([_BETWEEN, _BETWEEN.join([text.codes for text in texts]), _BETWEEN])
        self.begins = np.cumsum([1, *(len(text.codes) + 1 for text in texts)])[:-1]

    def owners(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The number of the text that each place is in."""
        return self.begins.searchsorted(places, "right") - 1


class Glimpse(NamedTuple):
    """Where terms may end in some texts: the expressions that one search found, and beside each where it ends in the sheet.

    `is_cut` says that there were more than are looked at together.
    """

    sheet: _Sheet
    expressions: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    is_cut: bool


class Matcher:
    """A compiled set of terms. Safe to share between threads.

    Terms are searched for in the code page; those with letters it has no bytes for in UTF-8, one text after the other.
    """

    def __init__(self, terms: Sequence[Term], first: int = 0) -> None:
        """Take terms, numbered from `first` on. The same phrase may stand there often: it is searched for once."""
        self._terms = tuple(terms)
        self._first = first
        found = [(number, expression) for number, term in enumerate(terms) for expression in term.expressions]
        found.sort(key=lambda pair: (pair[1].is_utf8, pair[1].pattern))
        times = Counter(expression.pattern for _, expression in found)
        is_utf8 = {expression.pattern: expression.is_utf8 for _, expression in found}
        self._page = Scanner([pattern for pattern in times if not is_utf8[pattern]])
        self._utf8 = Scanner([pattern for pattern in times if is_utf8[pattern]])
        # Expressions of one pattern stand side by side: of each pattern how many, and the first.
        self._times = np.array([*times.values()], np.int64)
        self._begins = np.cumsum(self._times) - self._times
        # Of each expression the term, the most words it is of (0: cannot be told), and whether it is always of so many.
        self._owners = np.array([number for number, _ in found], np.int64)
        self._counts = np.array([expression.words for _, expression in found], np.int64)
        self._fixed = np.array([expression.is_fixed for _, expression in found], np.bool_)
        # Whether a place of this expression can be no other's place of the same term, and tells where the term begins.
        self._plain = self._fixed & (np.bincount(self._owners, minlength=len(terms))[self._owners] == 1)

    @property
    def databases(self) -> MutableMapping[str, bytes]:
        """Where compiled databases are kept (`Scanner.databases`)."""
        return self._page.databases

    @databases.setter
    def databases(self, databases: MutableMapping[str, bytes]) -> None:
        self._page.databases = self._utf8.databases = databases

    def warm(self) -> None:
        """Compile everything now rather than at the first article.

        Raises:
            TermError: a term is too large; it is named.
        """
        for scanner in (self._page, self._utf8):
            try:
                scanner.warm()
            except CannotCompileError as error:
                raise self._refused(error) from error
        for number in np.unique(self._owners[~self._fixed]).tolist():
            self._terms[number].compile()  # the others never ask where they begin

    def _refused(self, error: CannotCompileError) -> TermError:
        """What to tell of terms that cannot be compiled: the first that cannot by itself."""
        for begin, pattern in zip(self._begins.tolist(), self._page.patterns + self._utf8.patterns, strict=True):
            try:
                Scanner([pattern]).warm()
            except CannotCompileError as own:
                text = self._terms[self._owners[begin]].text
                return TermError(f"the term {text!r} is too large to be searched for ({own}); write several")
        return TermError(f"the terms together are too large to be searched for: {error}")

    def find(self, text: str) -> list[Match]:
        """Every term in a text, which is folded already: by start and end, each place once a term."""
        return self.find_each([fold(text)])[0]

    def find_each(self, texts: Sequence[Folded]) -> list[list[Match]]:
        """Every term in each of these texts, by start, end and number of the term, each place once a term.

        All texts are searched at once, which costs less than one by one.
        """
        return self.find_seen(self.glimpse(texts), range(len(texts)))

    def glimpse(self, texts: Sequence[Folded]) -> Glimpse:
        """Search through these texts, for `told_each` and `find_seen` to say what it found."""
        sheet = _Sheet(texts)
        patterns, ends = self._scanned(sheet)
        return Glimpse(sheet, *self._expressions(patterns, ends), len(ends) >= _MOST_MATCHES)

    def told_each(self, seen: Glimpse) -> list[set[int]]:
        """Of each of the texts the numbers of the terms that may stand in it: all that do, and maybe some that nearly do.

        It costs a fraction of `find_seen`, which tells where they stand.
        """
        if seen.is_cut:
            return [set(range(self._first, self._first + len(self._terms))) for _ in seen.sheet.texts]
        found: list[set[int]] = [set() for _ in seen.sheet.texts]
        terms = (self._owners.take(seen.expressions) + self._first).tolist()
        for owner, term in zip(seen.sheet.owners(seen.ends).tolist(), terms, strict=True):
            found[owner].add(term)
        return found

    def find_seen(self, seen: Glimpse, numbers: Sequence[int]) -> list[list[Match]]:
        """`find_each` of those texts that have these numbers, ascending, among the ones that were searched."""
        if seen.is_cut and len(seen.sheet.texts) > 1:
            return [self.find_each([seen.sheet.texts[number]])[0] for number in numbers]
        sheet, expressions, ends = seen.sheet, seen.expressions, seen.ends
        if len(numbers) < len(sheet.texts):
            shift = np.full(len(sheet.texts), -1, np.int64)  # from the whole sheet to one of the wanted alone
            sheet = _Sheet([seen.sheet.texts[number] for number in numbers])
            shift[list(numbers)] = seen.sheet.begins.take(numbers) - sheet.begins
            shifts = shift.take(seen.sheet.owners(ends))
            kept = shifts >= 0
            expressions, ends = expressions[kept], ends[kept] - shifts[kept]
        return self._placed(sheet, expressions, ends) if len(ends) else [[] for _ in numbers]

    def _scanned(self, sheet: _Sheet) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The numbers of the patterns found, and beside each where it ends in the sheet; of more than enough no more."""
        try:
            patterns, ends = self._page.scan(sheet.codes, _MOST_MATCHES + (len(sheet.texts) > 1))
        except CannotCompileError as error:
            raise self._refused(error) from error
        found = np.array(patterns, np.int64), np.array(ends, np.int64) - 1
        if self._utf8.patterns:
            others = [self._in_utf8(text, begin) for text, begin in zip(sheet.texts, sheet.begins.tolist(), strict=True)]
            found = np.concatenate([found[0], *(o[0] for o in others)]), np.concatenate([found[1], *(o[1] for o in others)])
        return found

    def _expressions(
        self, patterns: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """For patterns found their expressions, and beside each where it ends."""
        times = self._times.take(patterns)
        begins = self._begins.take(patterns) - np.cumsum(times) + times
        return np.arange(times.sum()) + np.repeat(begins, times), np.repeat(ends, times)

    def _in_utf8(self, text: Folded, begin: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The patterns found in a text's UTF-8, and where they end in a sheet where the text begins at `begin`."""
        data = _BETWEEN + text.text.encode("utf-8", "surrogatepass") + _BETWEEN
        patterns, ends = self._utf8.scan(data, _MOST_MATCHES)
        if not ends:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        # How many code points begin before each byte; the seam in front is none of the text's.
        begun = np.cumsum((np.frombuffer(data, np.uint8) & _UTF8_MASK) != _UTF8_CONTINUES)
        return np.array(patterns) + len(self._page.patterns), begun.take(np.array(ends) - 2) - 1 + begin

    def _placed(self, sheet: _Sheet, expressions: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> list[list[Match]]:
        """The matches of these expressions that end at `ends` in the sheet."""
        in_word = np.frombuffer(sheet.codes.translate(IS_WORD), np.uint8)
        words = np.flatnonzero(in_word[1:] > in_word[:-1]) + 1
        counts = self._counts.take(expressions)
        first = words.take(np.maximum(words.searchsorted(ends) - counts, 0), mode="clip")
        owners = sheet.owners(ends)
        offsets = sheet.begins.take(owners)
        found = np.stack([owners, first - offsets, ends - offsets, self._owners.take(expressions)])
        plain = self._plain.take(expressions)
        if not plain.all():
            others = self._begun(sheet.texts, found[:, ~plain], expressions[~plain])
            found = np.concatenate([found[:, plain], others], axis=1)
        owners, starts, ends, terms = found.take(np.lexsort(found[::-1]), axis=1)
        terms += self._first
        rows = zip(terms.tolist(), starts.tolist(), ends.tolist(), strict=True)
        matches = list(map(tuple.__new__, repeat(Match), rows))  # as `Match._make`, at a third of its cost
        cuts = owners.searchsorted(np.arange(len(sheet.texts) + 1)).tolist()
        return [matches[low:high] for low, high in pairwise(cuts)]

    def _begun(
        self, texts: Sequence[Folded], found: npt.NDArray[np.int64], expressions: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """Places (text, start, end, term) with their true starts, each once a term, the leftmost start of each end."""
        leftmost: dict[tuple[int, int, int], int] = {}
        counts, fixed = self._counts.take(expressions).tolist(), self._fixed.take(expressions).tolist()
        for (owner, first, end, term), count, is_fixed in zip(found.T.tolist(), counts, fixed, strict=True):
            start: int | None = first
            if not is_fixed:
                reach = end - first if count else _REACH
                start = self._terms[term].begin(texts[owner].text, end, reach=reach)
            if start is not None:
                leftmost[owner, end, term] = min(start, leftmost.get((owner, end, term), start))
        return np.array([(owner, start, end, term) for (owner, end, term), start in leftmost.items()], np.int64).reshape(-1, 4).T
