"""Failpoints fire where they are set, and production has none."""

from __future__ import annotations

import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest

from streams.agents.failpoint import NO_FAILPOINT, POINTS, FailpointError, failpoint
from streams.agents.transport import Batch
from streams.settings import Settings, SettingsError

BATCH = Batch("t", 0, 1, 0, 2, [SimpleNamespace(value=b"calm"), SimpleNamespace(value=None)])
BOOM = Batch("t", 0, 1, 2, 3, [SimpleNamespace(value=b"a BOOM here")])


def fail(what, **more):
    return failpoint(Settings(failpoint=what, failpoints_allowed=True, **more))


def test_without_one_nothing_fails():
    assert failpoint(Settings()) is NO_FAILPOINT
    for point in POINTS:
        NO_FAILPOINT(point, BOOM)


def test_production_refuses_one():
    with pytest.raises(SettingsError, match="WIREWATCH_FAILPOINTS_ALLOWED"):
        failpoint(Settings(failpoint="detect.work=raise"))


@pytest.mark.parametrize("wrong", ["detect.work", "detect.work=", "detect.work=explode", "nowhere=raise", "=raise"])
def test_what_cannot_be_read_is_a_wrong_setting(wrong):
    with pytest.raises(SettingsError, match="POINT=ACTION"):
        fail(wrong)


def test_it_fires_at_its_point_only_and_for_its_text_only():
    hit = fail("detect.work=raise:BOOM")
    hit("detect.written", BOOM)
    hit("detect.work", BATCH)
    with pytest.raises(FailpointError):
        hit("detect.work", BOOM)
    with pytest.raises(FailpointError):
        fail("detect.work=raise")("detect.work", BATCH)


def test_it_fires_once_for_each_file(tmp_path):
    once = tmp_path / "once"
    hit = fail("dedup.emitted=raise", failpoint_once=once)
    hit("dedup.emitted", BOOM)
    once.touch()
    with pytest.raises(FailpointError):
        hit("dedup.emitted", BOOM)
    hit("dedup.emitted", BOOM)
    assert not once.exists()


@pytest.mark.parametrize(("action", "number"), [("kill", signal.SIGKILL), ("segfault", signal.SIGSEGV)])
def test_it_dies_as_asked(action, number):
    code = (
        "from streams.agents.failpoint import failpoint; from streams.settings import Settings; "
        "from streams.agents.transport import Batch; from types import SimpleNamespace as R; "
        f"failpoint(Settings(failpoint='dedup.work={action}', failpoints_allowed=True))"
        "('dedup.work', Batch('t', 0, 1, 0, 1, [R(value=b'x')]))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == -number
