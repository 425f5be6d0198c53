"""Sittings of UN bodies: who sits, what sort of sitting, how far it has come.

The vocabulary is data (`streams/lexicons/un_session/`); here is how its words make a frame. In one sentence, whose order
of words is free, a sitting noun belongs to the body it stands nearest to (`holder`); a verb of meeting, voting or being
addressed makes a sitting of a body it stands right beside. A foreign body nearer than the UN's takes the sitting away.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from streams.core.detect.screen import screened
from streams.core.detect.un_session.reader import Reader
from streams.core.model import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.detect.lexicon import Lexicons
    from streams.core.detect.vocabulary import Vocabulary
    from streams.core.text.document import Document

MOST_SESSIONS = 20


class SessionDetector:
    """Finds the sittings of UN bodies an article tells of, each once."""

    name = "un_session"

    def __init__(self, lexicons: Lexicons) -> None:
        self._vocabularies = lexicons.sessions
        self._calendar = lexicons.calendar
        self._gazetteer = lexicons.gazetteer

    def detect(self, documents: Sequence[Document], language: str) -> list[list[Session]]:
        """Of each document the sittings in the order they are first told of, at most `MOST_SESSIONS`."""
        vocabulary = self._vocabularies.get(language)
        if vocabulary is None:
            return [[] for _ in documents]
        look = partial(self._sessions, vocabulary=vocabulary)
        places = self._gazetteer.matcher(language)
        then = [vocabulary.matcher, *([places] if places is not None else [])]
        return screened(documents, vocabulary.bodies, bool, then, look)

    def _sessions(self, document: Document, vocabulary: Vocabulary) -> list[Session]:
        return [
            Session(
                body=frame.body,
                kind=frame.kind,
                status=frame.status,
                span=frame.span,
                rule=frame.rule,
                when=frame.when,
                date=frame.date,
                topic=frame.topic,
                requested_by=frame.requested_by,
                outcome=frame.outcome,
                current=frame.current,
            )
            for frame in Reader(document, vocabulary, self._calendar, self._gazetteer).read()[:MOST_SESSIONS]
        ]
