"""Taking a changed lexicon while the worker runs: seen, left to settle, checked and compiled in a thread, then swapped in.

What is wrong is refused and logged, and the lexicon before it judges on. What is applied already stays as it was judged: the
fence of its partition lies above it (delivery.md, rule 5).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from streams import lexicon_files, metrics
from streams.core.assess import Assessor
from streams.core.detect.lexicon import LexiconError

if TYPE_CHECKING:
    from pathlib import Path

    from streams.agents.detect import Detect

log = structlog.get_logger(__name__)

_MOST_TOLD = 20
"""Problems of a refused lexicon that are logged one by one."""


class LexiconFollower:
    """Follows one folder of lexicons for the agent that judges.

    Args:
        folder: `lexicon_dir` of the settings.
        databases: where compiled databases are kept, or None.
        seen: `lexicon_files.state` of the folder from before the lexicon in use was read.
        detect: whose assessor is replaced.
    """

    def __init__(self, folder: Path, databases: Path | None, seen: object, detect: Detect) -> None:
        self._folder = folder
        self._databases = databases
        self._judged = seen
        self._last = seen
        self._detect = detect

    async def run(self, interval: float) -> None:
        """Look every `interval` seconds, until cancelled."""
        while True:
            await asyncio.sleep(interval)
            await self.look()

    async def look(self) -> None:
        """Take what has changed, once it has stood still between two looks: an editor or a checkout writes file by file."""
        now = await asyncio.to_thread(lexicon_files.state, self._folder)
        moved, self._last = now != self._last, now
        if moved or now == self._judged:
            return
        try:
            assessor = await asyncio.to_thread(self._read)
        except LexiconError as error:
            for problem in error.problems[:_MOST_TOLD]:
                log.error("wrong in the changed lexicon", problem=str(problem))  # noqa: TRY400 - the problem says it all
            self._refuse(f"{len(error.problems)} problems; `wirewatch lexicon lint {self._folder}` names them")
        except (OSError, UnicodeDecodeError) as error:
            self._refuse(str(error))
        else:
            self._take(assessor)
        self._judged = now

    def _read(self) -> Assessor:
        lexicons = lexicon_files.load(self._folder, databases=self._databases, check=True)
        lexicons.warm()
        return Assessor(lexicons)

    def _refuse(self, why: str) -> None:
        metrics.LEXICONS.labels("refused").inc()
        metrics.LEXICON_REFUSED.set(1)
        log.error("changed lexicon refused, the old one judges on", why=why, lexicon=self._detect.assessor.lexicon)

    def _take(self, assessor: Assessor) -> None:
        metrics.LEXICON_REFUSED.set(0)
        if assessor.lexicon == self._detect.assessor.lexicon:
            return  # touched, or put back
        log.info("changed lexicon taken", before=self._detect.assessor.lexicon, lexicon=assessor.lexicon)
        self._detect.assessor = assessor
        metrics.LEXICONS.labels("taken").inc()
