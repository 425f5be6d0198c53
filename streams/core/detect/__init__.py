"""The detectors. This list is the one place to add one; docs/adding-a-detector.md says how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from streams.core.detect.escalation import EscalationDetector
from streams.core.detect.un_session import SessionDetector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.core.detect.lexicon import Lexicons
    from streams.core.model import Hit, Session
    from streams.core.text.document import Document


class Detector(Protocol):
    """Reads articles and says what it found. Holds no state but what it was built from; never sees another detector."""

    name: str

    def __init__(self, lexicons: Lexicons) -> None: ...

    def detect(self, documents: Sequence[Document], language: str) -> Sequence[Sequence[Hit | Session]]:
        """What it found in each document of these, all of one language, each with its rule and its span in the original.

        In reading order. What is found in one does not depend on the others: they come together because that costs less.
        """
        ...


DETECTORS: tuple[type[Detector], ...] = (EscalationDetector, SessionDetector)
