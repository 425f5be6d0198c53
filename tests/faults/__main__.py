"""`make faults`: play the matrix, or one row of it, on real Kafka and real Redis; resume where it was stopped; make the table.

    python -m tests.faults                              # all that build/faults.jsonl does not have of this streams/
    python -m tests.faults --fault worker-kill --seed 3 # one run, again
    python -m tests.faults --seeds 1                    # one seed of each
    python -m tests.faults --fault worker-zombie --rig no-fence   # with a rule broken on purpose: must fail
    python -m tests.faults --table                      # only the table of docs/guarantees.md

Exit code 0 when every run passed, 1 when one did not, 2 for a wrong command line.
"""
# ruff: noqa: T201 - printing is how it speaks

from __future__ import annotations

import argparse
import sys
from itertools import groupby

from tests.faults import results
from tests.faults.bed import Bed, bed, product
from tests.faults.matrix import MATRIX, Fault, named
from tests.faults.rigged import RIGS
from tests.servers import ROOT


def _asked(arguments: argparse.Namespace) -> list[tuple[Fault, int]]:
    faults = [named(name) for name in arguments.fault] if arguments.fault else list(MATRIX)
    if arguments.seed is not None:
        return [(fault, arguments.seed) for fault in faults]
    wanted = [(fault, seed) for fault in faults for seed in range(1, min(fault.seeds, arguments.seeds or fault.seeds) + 1)]
    if arguments.again or arguments.rig:
        return wanted
    known = {(line["fault"], line["seed"]) for line in results.read() if line["product"] == product() and not line["rig"]}
    return [(fault, seed) for fault, seed in wanted if (fault.name, seed) not in known]


def _play(on: Bed, fault: Fault, seed: int, rig: str) -> bool:
    result = on.play(fault, seed, rig=rig)
    results.append(result)
    shown = {name: value for name, value in result.figures.items() if name != "told"}
    print(f"{'pass' if result.passed else 'FAIL'}  {fault.name} seed {seed}  {result.seconds:.0f} s  {shown}", flush=True)
    if not result.passed:
        print(f"      {result.why}", *result.figures.get("told", []), sep="\n      ", flush=True)
    return result.passed


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fault", action="append", choices=[fault.name for fault in MATRIX], help="only this one")
    parser.add_argument("--seed", type=int, help="play this seed, whatever was played before")
    parser.add_argument("--seeds", type=int, help="at most so many seeds of each")
    parser.add_argument("--rig", default="", choices=["", *RIGS], help="break this rule in the workers: the matrix must fail")
    parser.add_argument("--again", action="store_true", help="play again what was played before of this streams/")
    parser.add_argument("--table", action="store_true", help="play nothing, write the table")
    arguments = parser.parse_args()
    passed = True
    if not arguments.table:
        asked = _asked(arguments)
        print(f"{len(asked)} runs on product {product()}; results: {results.FILE}; logs: {ROOT}/build/faults", flush=True)
        for (count, proxied), some in groupby(asked, key=lambda pair: (pair[0].brokers, pair[0].proxied)):
            with bed(ROOT / "build/faults", count, proxied=proxied) as on:
                for fault, seed in some:
                    passed = _play(on, fault, seed, arguments.rig) and passed
    results.write_table()
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
