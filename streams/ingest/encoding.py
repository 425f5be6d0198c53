"""Bytes of a file -> text (pure): UTF-8 with or without its mark, UTF-16 with it, windows-1256 for old Arabic files."""

from __future__ import annotations

import codecs
import re

from streams.core.errors import Rejected

LEGACY = "windows-1256"
"""The code page of Arabic Windows: tried where a file is not UTF-8, and believed only where Arabic comes out."""

_NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_ARABIC = re.compile(r"[\u0621-\u064a]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decoded(data: bytes) -> tuple[str, str]:
    """The text and the encoding it was in.

    Raises:
        Rejected: `bad-encoding` or `not-text`.
    """
    encoding = "utf-16" if data.startswith(_UTF16) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        text, encoding = _legacy(data, error), LEGACY
    if found := _NOT_TEXT.search(text):
        raise Rejected("not-text", f"there is a control character (U+{ord(found.group()):04X}): this is no text file")
    return text, encoding


def _legacy(data: bytes, error: UnicodeDecodeError) -> str:
    """Arabic in windows-1256, unless this is UTF-8 with some bytes damaged, or something else altogether."""
    place = f"byte {error.start:,} is not {error.encoding.removesuffix('-sig').upper()}"
    if error.encoding.startswith("utf-16"):
        raise Rejected("bad-encoding", f"{place}: the file is damaged")
    lenient = data.decode("utf-8", "replace")
    if len(_BEYOND_ASCII.findall(lenient)) > 2 * lenient.count("\ufffd"):
        raise Rejected("bad-encoding", f"{place}, though most of the file is: it is damaged there")
    text = data.decode(LEGACY)
    if 2 * len(_ARABIC.findall(text)) < len(_BEYOND_ASCII.findall(text)):
        raise Rejected("bad-encoding", f"{place}, and in {LEGACY} it is no Arabic: convert it, as with iconv -t UTF-8")
    return text
