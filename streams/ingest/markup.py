"""HTML -> the plain text a reader sees (pure; libxml2's forgiving HTML parser, no network, no entities of their own)."""

from __future__ import annotations

import re
from html import unescape

from lxml import etree, html

# fmt: off
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details", "dialog", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
    "hgroup", "hr", "html", "legend", "li", "main", "nav", "ol", "option", "p", "pre", "section", "summary", "table",
    "tbody", "tfoot", "thead", "tr", "ul",
})
_CELLS = frozenset({"td", "th"})
_UNSEEN = frozenset({
    "script", "style", "template", "head", "title", "noscript", "iframe", "object", "svg", "math", "textarea",
    "select",
})
# fmt: on
_BREAK = "\x00"  # cannot stand in the text: removed from the input
_SPACE = re.compile(r"[ \t\r\n\f\v]+")
_BREAKS = re.compile(r" ?(?:\x00 ?)+")
_TAG = re.compile(r"<[^>]*>")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")


def plain_text(markup: str) -> str:
    """The visible text: white space collapsed, one line a block, cells of a table row apart by a space.

    Scripts, styles and comments are left out. Never raises: markup that cannot be parsed at all has no text.
    """
    source = _CONTROLS.sub(" ", markup)
    if not source.strip():
        return ""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        root = html.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:  # nothing in it but comments or white space
        return ""
    if any(entry.level == etree.ErrorLevels.FATAL for entry in parser.error_log):
        # libxml2 gives up at 2048 nested elements and drops the rest; losing words is worse than a lost line break.
        return _SPACE.sub(" ", unescape(_TAG.sub(" ", source))).strip()
    pieces: list[str] = []
    hidden = 0
    for event, node in etree.iterwalk(root, events=("start", "end")):
        tag = node.tag if isinstance(node.tag, str) else "script"
        hidden += (tag in _UNSEEN) if event == "start" else -(tag in _UNSEEN)
        if hidden == 0:
            pieces.append(_BREAK if tag in _BLOCKS else " " if tag in _CELLS else "")
            pieces.append((node.text if event == "start" else node.tail) or "")
    return _BREAKS.sub("\n", _SPACE.sub(" ", "".join(pieces))).strip()
