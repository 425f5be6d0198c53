"""Faults of Redis."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

from streams.embedded import LOOPBACK
from tests.faults.by_worker import RATE, RECORDS
from tests.faults.proxy import Proxy
from tests.faults.servers import RedisServer
from tests.product import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.run import Run


def redis_kill(run: Run) -> None:
    """kill -9 five times; it comes back with what it had acknowledged."""
    run.team()
    run.write(RECORDS, RATE)
    for _ in range(5):
        run.progress(run.dice.randrange(1, 60))
        run.redis.restart()
    run.drained()
    run.judged()


def redis_rollback(run: Run) -> None:
    """Restored from an older file: what was acknowledged since is gone and must be repaired from Kafka."""
    run.team()
    run.write(RECORDS, RATE)
    backup = run.folder / "backup"
    run.progress(run.dice.randrange(20, 120))
    run.redis.copy(backup)
    run.progress(run.dice.randrange(40, 200))
    before = run.events()
    run.redis.restart(lambda: run.redis.restore(backup))
    run.figures["events lost by Redis"] = before - run.events()
    run.drained(within=60)
    run.judged()


def redis_stall(run: Run) -> None:
    """Frozen for 15 s."""
    run.team()
    run.write(RECORDS, RATE)
    run.progress(run.dice.randrange(1, 120))
    run.redis.freeze()
    time.sleep(15)  # the fault itself
    run.redis.thaw()
    run.drained()
    run.judged()


def redis_promote(run: Run) -> None:
    """The master is lost, or demoted while it lives; its replica is promoted and the address leads to it."""
    password = run.redis.password
    options = {"min-replicas-to-write": "1", "min-replicas-max-lag": "2", "repl-diskless-sync-delay": "0"}
    first = RedisServer(run.folder / "first", options, password=password)
    second = RedisServer(run.folder / "second", {**options, "replicaof": f"{LOOPBACK} {first.port}"}, password=password)
    with first.running(), second.running(), Proxy(first.port).running() as address:
        run.redis, run.product.redis_url = first, f"redis://:{password}@{LOOPBACK}:{address.port}/0"
        eventually(lambda: second.client.info("replication")["master_link_status"] == "up", message="the replica in step")
        run.team()
        run.write(RECORDS, RATE)
        run.progress(run.dice.randrange(20, 200))
        dies = run.dice.random() < 0.5
        run.figures["old master"] = "killed" if dies else "demoted"
        if dies:
            first.kill()
        second.client.execute_command("REPLICAOF", "NO", "ONE")
        if dies:
            first.options["replicaof"] = f"{LOOPBACK} {second.port}"
            first.start()
        else:
            first.client.execute_command("REPLICAOF", LOOPBACK, str(second.port))
        run.pause(2.0)  # some go on to speak with the old one
        address.lead(second.port)
        run.redis = second
        run.drained(within=60)
        run.judged()
        for worker in run.workers:
            worker.close()  # while there is a Redis


def disk_full(run: Run) -> None:
    """Its append-only file fills a small disk; room is made again."""
    disk: Path = run.folder / "disk"
    disk.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(disk)], check=True)
    try:
        ballast = disk / "ballast"
        ballast.write_bytes(b"\0" * 9_000_000)
        server = RedisServer(disk / "redis", password=run.redis.password)
        with server.running():
            run.redis, run.product.redis_url = server, server.url
            run.team()
            run.write(RECORDS, RATE)
            eventually(lambda: _full(run), message="a full disk")
            run.supervise(run.dice.uniform(2, 6))  # full for a while
            run.figures["Redis when full"] = "ended" if server.ended else "refused writes"
            ballast.unlink()
            subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
            if server.ended:
                server.restart()
            run.drained(within=60)
            run.judged()
            for worker in run.workers:
                worker.close()
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def _full(run: Run) -> bool:
    if run.redis.ended:
        return True
    try:
        return run.redis.client.info("persistence")["aof_last_write_status"] != "ok"
    except Exception:  # noqa: BLE001 - it ended meanwhile
        return False
