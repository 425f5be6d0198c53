"""The contenders: what brings batches to wirewatch's stages and writes their records.

Each gets the same stages, the same records and servers, and one process on one core.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from streams.agents.engine import Engine
from streams.agents.producer import BatchProducer
from streams.agents.stage import Stage
from tests.bench import loop, stock

if TYPE_CHECKING:
    from streams.settings import Settings
    from tests.bench.task import MakeWorks, Tally


async def wirewatch(settings: Settings, works: MakeWorks, tally: Tally) -> None:
    """Faust on the batched transport, as `wirewatch worker` runs it."""
    engine = Engine(settings)
    for topic, work in works(BatchProducer(engine.producer)).items():
        engine.add(Stage(topic, work, settle=engine.settle, live=engine.live, end=os._exit), topic)
    await engine.start()
    await tally.done.wait()


CONTENDERS = {
    "wirewatch": wirewatch,
    "aiokafka-loop": loop.aiokafka,
    "stock-faust": stock.one_by_one,
    "stock-faust-take": stock.taken,
}
BASE = "aiokafka-loop"
"""Ratios are to this peer's result of the same round."""
