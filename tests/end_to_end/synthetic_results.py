"""Writes a results folder of any size in gradwire's format, from formulas instead of runs.

    synthetic_results.py DIR [RUNS [ROWS]]     default: 1000 runs of 1000 rows
    synthetic_results.py DIR what-if [ROWS]    660 replays: 4 methods, 5 seeds, 11 bandwidths, 3 models
"""

from __future__ import annotations

import itertools
import json
import math
import sys
from pathlib import Path

METHODS = ("sgd", "sparse", "lasg", "sasg")
UPLOADS = (10.0, 10.0, 6.0, 3.5)  # per iteration
HEADER = (
    "iteration,epoch,simulated_seconds,rounds,skipped,uplink_payload_bits,uplink_wire_bytes,"
    "downlink_wire_bytes,train_loss,train_accuracy,test_loss,test_accuracy,"
    "uplink_seconds,downlink_seconds,compute_seconds\n"
)
ACCURACY = HEADER.strip().split(",").index("test_accuracy")
BANDWIDTHS = ("10Mbps", "20Mbps", "50Mbps", "100Mbps", "200Mbps", "500Mbps", "1Gbps", "2Gbps",
              "5Gbps", "10Gbps", "100Gbps")
MODELS = {"CM02": 1.0, "LV08": 0.97, "calibrated": 0.93}


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


def row(iteration: int, uploads: float, seed: int, step: float = 0.15) -> str:
    accuracy = 0.9 - 0.8 * math.exp(-iteration / (300.0 + seed % 7))
    rounds = int(uploads * iteration)
    numbers = (iteration / 100, iteration * step, rounds, int(10 * iteration) - rounds)
    traffic = (rounds * 13025600, rounds * 1628200, iteration * 16282000)
    losses = (2.3 - 2.2 * accuracy, accuracy + 0.01, 2.4 - 2.2 * accuracy, accuracy)
    times = (iteration * step * 0.5, iteration * step * 0.2, iteration * step * 0.3)
    return ",".join(str(n) for n in (iteration, *numbers, *traffic, *losses, *times)) + "\n"


def summary(last: list[str], reached: list[str] | None) -> dict[str, object]:
    names = HEADER.strip().split(",")
    final = dict(zip(names, map(float, last), strict=True))
    times = ("uplink_seconds", "downlink_seconds", "compute_seconds")
    costs = ("rounds", "uplink_payload_bits", "uplink_wire_bytes", "simulated_seconds")
    baseline = None
    if reached is not None:
        there = dict(zip(names, map(float, reached), strict=True))
        baseline = {k: there[k] for k in ("iteration", *costs, "test_accuracy")}
    totals = {k: final[k] for k in (*costs, "skipped", "downlink_wire_bytes", *times)}
    return {"status": "finished", "iterations": final["iteration"], "final": final} | totals | {
        "baseline": baseline
    }


def write_run(
    place: Path, settings: dict[str, object], uploads: float, seed: int, rows: int,
    step: float = 0.15,
) -> None:
    place.mkdir(parents=True)
    lines = [row(10 * (i + 1), uploads, seed, step) for i in range(rows)]
    cells = [line.strip().split(",") for line in lines]
    reached = next((c for c in cells if float(c[ACCURACY]) > 0.8), None)
    (place / "metrics.csv").write_text(HEADER + "".join(lines))
    (place / "scenario.json").write_text(json.dumps(settings, indent=2))
    (place / "summary.json").write_text(json.dumps(summary(cells[-1], reached), indent=2))


def write(folder: Path, runs: int = 1000, rows: int = 1000) -> None:
    for index in range(runs):
        method, uploads = METHODS[index % 4], UPLOADS[index % 4]
        seed = index // 4
        place = folder / "runs" / f"{method}-{seed:05d}"
        write_run(place, scenario(method, seed), uploads, seed, rows)


def full_scenario(method: str, seed: int, bandwidth: str, model: str) -> dict[str, object]:
    """A scenario of the size that gradwire writes."""
    platform = {"kind": "star", "uplink": bandwidth, "downlink": bandwidth, "latency": "100us",
                "speed": "1Gf", "overrides": [], "loopback": None}
    compute = {f"{part}_seconds_per_value": 1e-9 for part in (
        "gradient", "selection", "encoding", "decoding", "adding", "receiving", "sending")}
    return scenario(method, seed) | {
        "platform": platform,
        "network_model": model,
        "network_factors": {"bandwidth": MODELS[model], "latency": 1.0, "tcp_gamma": 4194304},
        "protocol": {"uplink": "sequential", "server": "dedicated", "skip_flag_bytes": 1,
                     "broadcast": "star", "on_failure": "stop", "timeout": None},
        "compute": compute,
        "wire": {"index": "golomb", "header_bytes": 0},
        "learning_rate": {"initial": 0.005, "steps": [], "threshold_lag": 0},
    }


def write_what_if(folder: Path, rows: int = 200) -> None:
    for (method, uploads), seed, bandwidth, model in itertools.product(
        zip(METHODS, UPLOADS, strict=True), range(5), enumerate(BANDWIDTHS), MODELS
    ):
        step = 0.01 + 0.02 * uploads / 2 ** bandwidth[0] / MODELS[model]
        place = folder / "runs" / f"{method}-{seed}{bandwidth[0]:02d}{model}"
        settings = full_scenario(method, seed, bandwidth[1], model)
        write_run(place, settings, uploads, seed, rows, step)


if __name__ == "__main__":
    if sys.argv[2:3] == ["what-if"]:
        write_what_if(Path(sys.argv[1]), *map(int, sys.argv[3:4]))
    else:
        write(Path(sys.argv[1]), *map(int, sys.argv[2:4]))
