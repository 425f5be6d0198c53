"""Terms: how an analyst writes what is to be found, and the regular expressions this stands for.

A term is a phrase as newspapers write it: words, folded on loading, separated by any run of blanks. In a word

- `(a|b|)` stands for one of its alternatives, an empty one included; an alternative may be of several words;
- `*` at the end of the word, or of an alternative that ends it, stands for any ending;

and the word `..` stands for up to four words of any kind within a sentence: Israel's, U.S. and 1,200 are one each, and the word
behind may have an elided one before it (l'armée).

Arabic terms also match with proclitics before the first word (و ف, then ب ك ل س, ال and what they combine to), with the
article before every word written without it, and with the alif of tanwin. ؤ in a term matches مسؤول and مسئول alike.

Chinese writes no blanks: a term matches inside a run of letters, a blank in it matches nothing or blanks, and `..` stands for
up to ten characters within a clause.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from streams.core.text import code_page
from streams.core.text.fold import WORD, fold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_GAP = ".."
_STAR = "*"
_GAP_WORDS = 4
_GAP_RUNS = 3
"""Runs of letters or digits in one word of a gap: U.S., 1,200, l'armee."""
_GAP_LETTERS = 10
WITHOUT_BLANKS = frozenset({"zh"})
"""Languages that write no blanks between words."""
_PIECE = re.compile(r"\((?P<choice>[^()]*\|[^()]*)\)|(?P<text>[^()|*]+)|(?P<star>\*)$")
_GROUP = re.compile(r"\(([^()]*\|[^()]*)\)")
_RUN = re.compile(f"{WORD}*")
_MOST_VARIANTS = 64
_ARTICLE = "ال"
_MIN_TANWIN = 3
_NO_TANWIN = frozenset("اهيوء")


class TermError(ValueError):
    """A term that cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How one regular expression engine writes the parts: Python's over text, hyperscan's over bytes."""

    literal: Callable[[str], str]
    word: str
    loose: str
    """What may stand in a gap of a language without blanks: letters, blanks, quotation marks, brackets, hyphens."""
    most_bytes: int = 1
    """Bytes of a letter, at most."""


class Expression(NamedTuple):
    """What finds where a term ends, for hyperscan: over UTF-8, or else over the code page.

    The term is of `words` words, always or at most; of 0 where that cannot be told.
    """

    pattern: bytes
    words: int
    is_fixed: bool
    is_utf8: bool


class _NotOfThePageError(ValueError):
    """A literal has letters that the code page has no bytes for."""


def _escaped(data: bytes) -> str:
    # Letters and digits stand for themselves: an expression has a length limit.
    return "".join(chr(byte) if chr(byte).isascii() and chr(byte).isalnum() else f"\\x{byte:02x}" for byte in data)


def _page_literal(text: str) -> str:
    codes = code_page.encoded(text)
    if codes is None:
        raise _NotOfThePageError(text)
    return _escaped(codes)


_WORD_BYTE, _LOOSE_BYTE = r"[0-9a-z_\x80-\xff]", r"""[ "'()0-9a-z_\x80-\xff-]"""
_TEXT = _Dialect(re.escape, WORD, rf"""(?:{WORD}|[ "'()-])""")
_PAGE = _Dialect(_page_literal, _WORD_BYTE, _LOOSE_BYTE)
_UTF8 = _Dialect(lambda text: _escaped(text.encode("utf-8", "surrogatepass")), _WORD_BYTE, _LOOSE_BYTE, most_bytes=3)


def _choice(dialect: _Dialect, options: list[str]) -> str:
    written = [dialect.literal(o.removesuffix(_STAR)) + (f"{dialect.word}*" if o.endswith(_STAR) else "") for o in options]
    return f"(?:{'|'.join(written)})"


@dataclass(frozen=True, slots=True)
class _Word:
    """Pieces of a word: each a list of alternatives; `open_ended` where a star stood at its end."""

    pieces: tuple[tuple[str, ...], ...]
    open_ended: bool

    @property
    def has_article(self) -> bool:
        return self.pieces[0][0].startswith(_ARTICLE) and len(self.pieces[0]) == 1

    @property
    def takes_tanwin(self) -> bool:
        last = self.pieces[-1]
        letters = sum(max(map(len, piece)) for piece in self.pieces)
        return not self.open_ended and len(last) == 1 and letters >= _MIN_TANWIN and last[0][-1] not in _NO_TANWIN

    @property
    def is_one_run(self) -> bool:
        """Whether it is never empty and holds word characters only."""
        options = [option for piece in self.pieces for option in piece]
        return any(all(piece) for piece in self.pieces) and all(_RUN.fullmatch(option.removesuffix(_STAR)) for option in options)

    def pattern(self, dialect: _Dialect, *, skip: int = 0) -> str:
        """Its expression, without the first `skip` letters of the first piece."""
        first = tuple(option[skip:] for option in self.pieces[0])
        parts = [_choice(dialect, list(piece)) for piece in (first, *self.pieces[1:])]
        return "".join(parts) + (f"{dialect.word}*" if self.open_ended else "")


def _arabic_word(word: _Word, dialect: _Dialect, *, first: bool) -> str:
    """A word with what Arabic writes onto it."""
    tanwin = f"(?:{dialect.literal('ا')})?" if word.takes_tanwin and not word.has_article else ""
    if not first:
        article = "" if word.has_article else f"(?:{dialect.literal(_ARTICLE)})?"
        return article + word.pattern(dialect) + tanwin
    conjunction = _choice(dialect, ["و", "ف"]) + "?"
    articles = ["ال", "بال", "كال", "لل"]
    if word.has_article:
        return conjunction + _choice(dialect, articles) + word.pattern(dialect, skip=len(_ARTICLE))
    return conjunction + _choice(dialect, [*articles, "ب", "ك", "ل", "س"]) + "?" + word.pattern(dialect) + tanwin


def _parse_word(token: str, *, arabic: bool) -> _Word:
    pieces: list[tuple[str, ...]] = []
    open_ended = False
    place = 0
    while place < len(token):
        match = _PIECE.match(token, place)
        if match is None:
            raise TermError(
                f"cannot read {token!r} from {token[place:]!r} on: write (a|b) for alternatives, * at the end of a word"
            )
        place = match.end()
        if match["star"]:
            open_ended = True
        elif match["choice"] is not None:
            options = match["choice"].split("|")
            if any(_STAR in option[:-1] or (_STAR in option and place < len(token)) for option in options):
                raise TermError(f"{token!r} has a * before the end of its word")
            pieces.append(tuple(fold(option).text for option in options))
        else:
            for part in re.split("(ؤ)", match["text"]) if arabic else [match["text"]]:
                folded = fold(part).text
                if part == "ؤ":
                    pieces.append(("و", "ي"))
                elif folded:
                    pieces.append((folded,))
    if not any(any(piece) for piece in pieces):
        raise TermError(f"{token!r} folds to nothing")
    return _Word(tuple(pieces), open_ended)


def _variants(text: str) -> list[str]:
    """The term with every alternative of several words written out; alternatives of one word stay together."""
    match = next((m for m in _GROUP.finditer(text) if " " in m[1].strip()), None)
    if match is None:
        return [text]
    options = [" ".join(option.split()) for option in match[1].split("|")]
    short = [option for option in options if " " not in option]
    spelled = [option for option in options if " " in option] + (
        [f"({'|'.join(short)})" if len(short) > 1 else short[0]] if short else []
    )
    if len(spelled) > _MOST_VARIANTS:
        raise TermError(f"{text!r} has more than {_MOST_VARIANTS} alternatives of several words; write more terms")
    tails = _variants(text[match.end() :])
    found = [text[: match.start()] + option + tail for option in spelled for tail in tails]
    if len(found) > _MOST_VARIANTS:
        raise TermError(f"{text!r} stands for more than {_MOST_VARIANTS} phrases; write more terms")
    return found


class Term:
    """One parsed term. `text` is as written; `expressions` find where it ends, `begin` says where it begins."""

    __slots__ = ("_arabic", "_blanks", "_regex", "_variants", "text")

    def __init__(self, text: str, language: str) -> None:
        """Parse `text` as a term of `language`.

        Raises:
            TermError: it is empty, begins or ends with a gap, or holds what the grammar does not know.
        """
        self.text = text
        self._arabic = language == "ar"
        self._blanks = language not in WITHOUT_BLANKS
        self._variants = [self._parse(variant) for variant in _variants(text)]
        self._regex: re.Pattern[str] | None = None

    def _parse(self, text: str) -> list[_Word | None]:
        """The words of one variant, None for a gap."""
        tokens = text.split()
        if not tokens or tokens[0] == _GAP or tokens[-1] == _GAP:
            raise TermError(f"the term {self.text!r} must begin and end with a word")
        return [None if token == _GAP else _parse_word(token, arabic=self._arabic) for token in tokens]

    @property
    def initials(self) -> frozenset[str]:
        """The letters it may begin with as it is written, nothing put before it."""
        firsts = [words[0] for words in self._variants]
        return frozenset(option[0] for word in firsts if word is not None for option in word.pieces[0] if option)

    @property
    def spellings(self) -> int:
        """How much there is to compile: the alternatives written in its words, at least one a phrase."""
        return sum(
            max(1, sum(len(piece) for word in words if word is not None for piece in word.pieces if len(piece) > 1))
            for words in self._variants
        )

    def _body(self, variants: Sequence[list[_Word | None]], dialect: _Dialect) -> str:
        return "(?:" + "|".join(self._variant(words, dialect) for words in variants) + ")"

    def _variant(self, words: list[_Word | None], dialect: _Dialect) -> str:
        if not self._blanks:
            # A byte of a character is no character: a gap over UTF-8 counts three for each, and `begin` decides.
            gap = f"{dialect.loose}{{0,{_GAP_LETTERS * dialect.most_bytes}}}"
            pieces = [gap if word is None else word.pattern(dialect) for word in words]
            return "[ ]*".join(pieces)
        separator = r"""["')]?(?:[ ]+|-)["'(]?"""
        letter = dialect.word
        any_word = f"(?:{letter}+(?:['.,]{letter}+)*|(?:{letter}[.])+)"
        elided = f"(?:{letter}{{1,2}}')?"
        parts: list[str] = []
        for number, word in enumerate(words):
            if word is None:
                parts.append(f"(?:{separator}{any_word}){{0,{_GAP_WORDS}}}")
                continue
            if number:
                parts.append(separator + (elided if words[number - 1] is None else ""))
            parts.append(_arabic_word(word, dialect, first=number == 0) if self._arabic else word.pattern(dialect))
        return "".join(parts)

    @property
    def expressions(self) -> list[Expression]:
        """What finds the term.

        Each takes one byte before the term and one after it, which are no part of a word. A term of always so many
        words begins where the first of the last so many words before its end begins; of others, and in languages without
        blanks, where any byte may stand beside a term, `begin` says where.
        """
        if not self._blanks:
            return [self._expression(self._variants, 0, is_fixed=False)]
        by_breadth: dict[tuple[int, bool], list[list[_Word | None]]] = {}
        for words in self._variants:
            gaps = words.count(None)
            plain = all(word is None or word.is_one_run for word in words)
            breadth = (len(words) - gaps + gaps * (_GAP_WORDS * _GAP_RUNS + 1), not gaps) if plain else (0, False)
            by_breadth.setdefault(breadth, []).append(words)
        return [self._expression(some, words, is_fixed=is_fixed) for (words, is_fixed), some in by_breadth.items()]

    def _expression(self, variants: Sequence[list[_Word | None]], words: int, *, is_fixed: bool) -> Expression:
        outside = r"[^0-9a-z_\x80-\xff]" if self._blanks else r"[\x00-\xff]"
        try:
            body, is_utf8 = self._body(variants, _PAGE), False
        except _NotOfThePageError:
            body, is_utf8 = self._body(variants, _UTF8), True
        return Expression(f"{outside}{body}{outside}".encode(), words, is_fixed, is_utf8)

    def begin(self, text: str, end: int, *, reach: int = 240) -> int | None:
        """Where in folded `text` the term that ends at `end` begins, or None where it does not stand there as words.

        The search looks back `reach` characters and no further, so its cost is bounded.
        """
        match = self.compile().search(text, max(0, end - reach), end)
        return match.start() if match else None

    def compile(self) -> re.Pattern[str]:
        """The expression that `begin` looks with, compiled once."""
        if self._regex is None:
            before = rf"(?<!{WORD})" if self._blanks else ""
            self._regex = re.compile(rf"{before}{self._body(self._variants, _TEXT)}\Z")
        return self._regex
