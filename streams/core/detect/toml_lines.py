"""Where things stand in a TOML file: tomllib reads values and forgets their lines."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r'''(?P<string>"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|'[^'\n]*')'''
    r"""|(?P<comment>\#[^\n]*)|(?P<newline>\n)|(?P<open>[\[{])|(?P<close>[\]}])|(?P<equals>=)""",
    re.DOTALL,
)
_HEADER = re.compile(r"""[ \t]*\[{1,2}[ \t]*([^\]\n]+?)[ \t]*\]{1,2}""")
_AT = re.compile(r"\(at line (\d+), column \d+\)")


def line_of_error(message: str, data: str) -> int:
    """The line of `data` that a message of tomllib names; the last one where it says that the end came too soon."""
    found = _AT.search(message)
    return int(found[1]) if found else len(data.splitlines())


class Lines:
    """Lines, from 1, of the headers, keys and strings of a text that tomllib has read without an error.

    A table is named by its header and which of those so called it is, from 1; the top of the file is `("", 1)`. What stands in an
    unusual place (inline tables, dotted keys) answers the line of the nearest thing around it.
    """

    def __init__(self, data: str) -> None:
        self._headers: dict[tuple[str, int], int] = {("", 1): 1}
        self._keys: dict[tuple[str, int, str], int] = {}
        self._strings: dict[tuple[str, int, str], list[int]] = {}
        self._scan(data.replace("\r\n", "\n"))

    def _scan(self, data: str) -> None:
        place, line, depth, begin = 0, 1, 0, 0
        table, key = ("", 1), ""
        counts: dict[str, int] = {}
        while True:
            if depth == 0 and place == begin and (header := _HEADER.match(data, place)):
                name = header[1].strip("\"' ")
                counts[name] = counts.get(name, 0) + 1
                table, key, place = (name, counts[name]), "", header.end()
                self._headers[table] = line
            token = _TOKEN.search(data, place)
            if token is None:
                return
            if token["string"] and key:
                self._strings.setdefault((*table, key), []).append(line)
            elif token["equals"] and depth == 0:
                key = data[begin : token.start()].strip(" \t\"'")
                self._keys[(*table, key)] = line
            depth += bool(token["open"]) - bool(token["close"])
            line += token[0].count("\n")
            place = token.end()
            if token["newline"]:
                begin = place
                key = key if depth > 0 else ""

    def table(self, name: str, number: int = 1) -> int:
        """The line of a table's header; 1 where there is none."""
        return self._headers.get((name, number), 1)

    def key(self, name: str, number: int, key: str) -> int:
        """The line where the key's value begins."""
        return self._keys.get((name, number, key)) or self.table(name, number)

    def string(self, name: str, number: int, key: str, index: int) -> int:
        """The line of the string number `index`, from 0, among those the key's value holds, however nested."""
        lines = self._strings.get((name, number, key), [])
        return lines[index] if index < len(lines) else self.key(name, number, key)
