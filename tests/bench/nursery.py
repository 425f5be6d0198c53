"""Where contenders run: one process on one core that has loaded and compiled everything and forks a child for each task.

`python -m tests.bench.nursery` reads tasks as JSON lines and answers each with a JSON line: what was measured, or
`{"failed": …}`. A child that takes too long is ended by its own alarm.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING, Any

from streams.store.client import connect
from tests.bench.articles import made
from tests.bench.contenders import CONTENDERS
from tests.bench.task import Job, Tally, Task, assessor, works

if TYPE_CHECKING:
    from streams.core.assess import Assessor

_DEADLINE = 120  # seconds a contender has for its task
_WARM = 60  # articles judged before the first fork: lexicons are compiled and tables filled


async def _measured(task: Task, judge: Assessor) -> dict[str, Any]:
    tally = Tally(task.counts)
    client = connect(task.settings)
    await CONTENDERS[task.contender](task.settings, lambda sender: works(task, sender, client, judge, tally), tally)
    return tally.result


def _child(task: Task, judge: Assessor, answer: int) -> None:
    signal.alarm(_DEADLINE)
    loop = asyncio.new_event_loop()
    result = loop.run_until_complete(_measured(task, judge))
    os.write(answer, json.dumps(result).encode())
    os._exit(0)  # an orderly stop takes Faust seconds and is no part of what is measured


def _run(task: Task, judge: Assessor) -> dict[str, Any]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _child(task, judge, writer)
        except BaseException:  # noqa: BLE001 - a child must not go on as its parent, whatever happens
            traceback.print_exc()
            os._exit(1)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == -signal.SIGALRM:
        return {"failed": f"not done within {_DEADLINE} s"}
    return json.loads(answer) if status == 0 and answer else {"failed": f"it ended with code {status}"}


def main() -> None:
    """Answer tasks until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever else prints goes to the log
    judge = assessor()
    for item in made(_WARM, seed=0):
        judge.assess(item.article)
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        given = json.loads(line)
        task = Task(**{**given, "job": Job(given["job"])})
        print(json.dumps(_run(task, judge)), file=answers, flush=True)


if __name__ == "__main__":
    main()
