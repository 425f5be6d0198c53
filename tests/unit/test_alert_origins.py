from __future__ import annotations

from dataclasses import replace

import pytest
from builders import carrier, state

from streams.core.alerts.origins import origins
from streams.core.model import Decision, Evidence

NEW, NEAR, UPDATE = Decision.NEW, Decision.NEAR, Decision.UPDATE


@pytest.mark.parametrize(
    ("evidence", "count"),
    [
        # text, verdict, of, agency
        ([("t1", NEW, None, None)], 1),
        ([("t1", NEW, None, None), ("t2", NEW, None, None)], 2),
        ([("t1", NEW, None, None), ("t1", NEW, None, None)], 1),
        ([("t1", NEW, None, None), ("t2", NEAR, "wire|a0|1", None)], 1),
        ([("t1", NEW, None, None), ("t2", UPDATE, "wire|a0|1", None)], 2),
        ([(f"t{n}", NEW, None, "reuters") for n in range(10)], 1),
        ([("t1", NEW, None, "reuters"), ("t2", NEW, None, "afp")], 2),
        ([("t1", NEW, None, None), ("t2", NEAR, "wire|a0|1", "afp"), ("t3", NEW, None, "afp")], 1),
        ([("t1", NEAR, "wire|gone|1", None), ("t2", NEAR, "wire|gone|1", None)], 1),
    ],
)
def test_copies_and_one_agencys_copy_are_one_origin(evidence: list[tuple], count: int) -> None:
    found = {
        f"wire|a{n}": Evidence(replace(carrier(f"a{n}", verdict=verdict), of=of, agency=agency), text)
        for n, (text, verdict, of, agency) in enumerate(evidence)
    }
    assert origins(replace(state(), evidence=found)) == count
    backwards = dict(reversed(found.items()))
    assert origins(replace(state(), evidence=backwards)) == count
