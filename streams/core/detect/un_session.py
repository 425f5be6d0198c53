"""Being written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streams.core.detect.lexicon import Lexicons
    from streams.core.model import Session
    from streams.core.text.document import Document


class SessionDetector:
    name = "un_session"

    def __init__(self, lexicons: Lexicons) -> None:
        self._vocabularies = lexicons.sessions

    def detect(self, document: Document) -> list[Session]:
        return []
