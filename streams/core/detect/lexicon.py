"""Stub, being written."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


class Lexicons:
    def __init__(self, version: str) -> None:
        self.version = version

    @classmethod
    def parse(cls, files: Mapping[str, str]) -> Self:
        return cls(hashlib.sha256(repr(sorted(files.items())).encode("utf-8", "surrogatepass")).hexdigest())
