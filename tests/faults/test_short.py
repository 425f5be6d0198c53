"""A short selection of the matrix for CI (`make faults` plays the whole), and what the matrix itself rests on."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
import servers

from streams import app
from streams.settings import load
from tests.faults.bed import bed
from tests.faults.ledger import Accepted
from tests.faults.matrix import named
from tests.faults.truth import truth
from tests.faults.wire import BUG, PARTITIONS, Blend, wire

SHORT = ("worker-kill", "redis-kill")  # with the broken rule a good two minutes


@pytest.fixture(scope="module")
def judge():
    return app.assessor(load())


@pytest.fixture(scope="module")
def on(tmp_path_factory, need):
    need(lambda: servers.installed("java", "openjdk-17-jre-headless"))
    need(lambda: servers.installed("redis-server", "redis-server"))
    with bed(tmp_path_factory.mktemp("faults")) as made:
        servers.RAN.update(("kafka", "redis-server"))
        yield made


def placed(records):
    """A ledger as it would come of an undisturbed Kafka."""
    ends = Counter()
    ledger = []
    for record in records:
        ledger.append(Accepted(record, ends[record.partition]))
        ends[record.partition] += 1
    return ledger


@pytest.mark.kafka
@pytest.mark.parametrize("name", SHORT)
def test_nothing_is_lost_and_nothing_doubled(on, name):
    result = on.play(named(name), seed=1)
    assert result.passed, f"{result.why} {result.figures}"


@pytest.mark.kafka
def test_a_rule_that_is_broken_is_told(on):
    """Claim after emit: killed workers forget what they judged by, and copies open stories of their own."""
    result = on.play(named("worker-kill"), seed=1, rig="claim-after-emit")
    assert not result.passed
    assert result.figures["doubled"] > 0, result.why


def test_the_truth_does_not_depend_on_the_order_of_partitions(judge):
    settings = load(partitions=PARTITIONS, carrier_interval=0.0)
    ledger = placed(wire(3, 600, Blend(bugs=1)))
    one, other = truth(settings, judge, ledger), truth(settings, judge, ledger, backwards=True)
    assert one == other
    kinds = Counter(line.split()[0] for line in one.events.values())
    assert {"alert.created", "alert.updated", "alert.retracted"} <= kinds.keys()
    assert len(one.sittings) == 8
    poison = {(e.record.partition, e.offset) for e in ledger if e.record.poison and e.record.poison != BUG}
    assert {(partition, offset) for _, partition, offset in one.letters} == poison


def test_a_seed_makes_the_same_wire(judge):
    one, other = ([replace(r, stamp=0) for r in wire(5, 300)] for _ in range(2))
    assert one == other
    assert one != [replace(r, stamp=0) for r in wire(6, 300)]
