"""What the unit tests of the core share: the bundled lexicons, read once."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import streams
from streams.core.assess import Assessor
from streams.core.detect.lexicon import Lexicons
from streams.core.model import Article, Field

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(streams.__file__).parent / "lexicons"


@pytest.fixture(scope="session")
def lexicon_files() -> dict[str, str]:
    return {path.relative_to(FOLDER).as_posix(): path.read_text(encoding="utf-8") for path in sorted(FOLDER.rglob("*.toml"))}


@pytest.fixture(scope="session")
def lexicons(lexicon_files: dict[str, str]) -> Lexicons:
    return Lexicons.parse(lexicon_files)


@pytest.fixture(scope="session")
def assessor(lexicons: Lexicons) -> Assessor:
    return Assessor(lexicons)


@pytest.fixture(scope="session")
def article() -> Callable[[dict[str, Any]], Article]:
    """An article of a case, a gold article or a pair's half: keys text, and title, lang, published, id where there are."""

    def make(case: dict[str, Any]) -> Article:
        published = case.get("published")
        return Article(
            source="case",
            uri=case.get("id", "case"),
            version="1",
            published=datetime.fromisoformat(published) if published else None,
            language=case.get("lang"),
            headline=Field("/headlines/0/value", case["title"]) if case.get("title") else None,
            body=Field("/bodies/0/value", case["text"]),
        )

    return make


@pytest.fixture(scope="session")
def labelled(shared: Path) -> Callable[[str], list[dict[str, Any]]]:
    """The labelled articles of one file of the shared gold folder."""

    def read(name: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (shared / "gold" / name).read_text(encoding="utf-8").splitlines()]

    return read
