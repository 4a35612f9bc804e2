"""Writes a results folder of any size, as gradwire would, from formulas: no run is behind it.

    synthetic_results.py DIR [RUNS [ROWS]]     default: 1000 runs of 1000 rows
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

METHODS = ("sgd", "sparse", "lasg", "sasg")
UPLOADS = (10.0, 10.0, 6.0, 3.5)  # an iteration
HEADER = (
    "iteration,epoch,simulated_seconds,rounds,skipped,uplink_payload_bits,uplink_wire_bytes,"
    "downlink_wire_bytes,train_loss,train_accuracy,test_loss,test_accuracy\n"
)


def scenario(method: str, seed: int) -> dict[str, object]:
    return {
        "workers": 10,
        "seed": seed,
        "dataset": {"name": "formula"},
        "model": {"name": "none"},
        "baseline": {"metric": "test_accuracy", "above": 0.8, "stop": False},
        "algorithm": {"name": method},
        "platform": {"kind": "star", "uplink": "1Gbps"},
    }


def row(iteration: int, uploads: float, seed: int) -> str:
    accuracy = 0.9 - 0.8 * math.exp(-iteration / (300.0 + seed % 7))
    rounds = int(uploads * iteration)
    numbers = (iteration / 100, iteration * 0.15, rounds, int(10 * iteration) - rounds)
    traffic = (rounds * 13025600, rounds * 1628200, iteration * 16282000)
    losses = (2.3 - 2.2 * accuracy, accuracy + 0.01, 2.4 - 2.2 * accuracy, accuracy)
    return ",".join(str(n) for n in (iteration, *numbers, *traffic, *losses)) + "\n"


def summary(last: list[str], reached: list[str] | None) -> dict[str, object]:
    names = HEADER.strip().split(",")
    final = dict(zip(names, map(float, last), strict=True))
    costs = ("rounds", "uplink_payload_bits", "uplink_wire_bytes", "simulated_seconds")
    baseline = None
    if reached is not None:
        there = dict(zip(names, map(float, reached), strict=True))
        baseline = {k: there[k] for k in ("iteration", *costs, "test_accuracy")}
    totals = {k: final[k] for k in (*costs, "skipped", "downlink_wire_bytes")}
    return {"status": "finished", "iterations": final["iteration"], "final": final} | totals | {
        "baseline": baseline
    }


def write(folder: Path, runs: int = 1000, rows: int = 1000) -> None:
    for index in range(runs):
        method, uploads = METHODS[index % 4], UPLOADS[index % 4]
        seed = index // 4
        place = folder / "runs" / f"{method}-{seed:05d}"
        place.mkdir(parents=True)
        lines = [row(10 * (i + 1), uploads, seed) for i in range(rows)]
        cells = [line.strip().split(",") for line in lines]
        reached = next((c for c in cells if float(c[-1]) > 0.8), None)
        (place / "metrics.csv").write_text(HEADER + "".join(lines))
        (place / "scenario.json").write_text(json.dumps(scenario(method, seed), indent=2))
        (place / "summary.json").write_text(json.dumps(summary(cells[-1], reached), indent=2))


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[2:4]]
    write(Path(sys.argv[1]), *numbers)
