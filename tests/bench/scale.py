#!/usr/bin/python3
"""Measure the cost of simulation for many workers: print the tables of sim/scale.md.

    tests/bench/scale.py [--build build/release] [curve|thousand|equal|many|asynchronous] …

curve     processor time of an iteration without cached timings, for 10 to 10,000 workers
thousand  1,000 iterations of 10,000 workers: equal ones, and ones composed of cached phases
equal     20 iterations of equal clients that upload at the same time: FedDES's pattern
many      20 iterations of 131,072 workers
asynchronous  20 pushes of each of 16,384 and 131,072 clients of Downpour
Default: all of them. Seconds are wall time and, in brackets, processor time, which other programs
disturb less; MB are the peak resident memory.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

CURVE = [10, 30, 100, 300, 1_000, 3_000, 10_000]


def shared_port(folder: Path, workers: int) -> dict[str, Any]:
    """A star whose workers share one port of the server, as platforms/shared-port-1gbps.xml, but
    with Cluster routing, which needs no table of all pairs. Returns the platform setting."""
    lines = ['<?xml version="1.0"?>', '<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">']
    lines += ['<platform version="4.1">', '<zone id="star" routing="Cluster">']

    def host(name: str) -> list[str]:
        links = [f"{name}-up", f"{name}-down"]
        return [
            f'<host id="{name}" speed="1Gf"/>',
            *(f'<link id="{link}" bandwidth="1Gbps" latency="50us"/>' for link in links),
            f'<host_link id="{name}" up="{links[0]}" down="{links[1]}"/>',
        ]

    names = [f"worker-{m}" for m in range(workers)]
    for name in ["server", *names]:
        lines += host(name)
    file = folder / f"shared-port-{workers}.xml"
    file.write_text("\n".join([*lines, "</zone>", "</platform>"]) + "\n")
    return {"kind": "file", "path": str(file), "server": "server", "workers": names}


class Cost:
    """Resources used by a program and its child processes; runs it to its end."""

    def __init__(self, command: list[str]) -> None:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        self.output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        self.wall = time.perf_counter() - begin
        if status != 0:
            sys.exit(f"failed: {' '.join(command)}")
        self.cpu = usage.ru_utime + usage.ru_stime
        self.megabytes = usage.ru_maxrss / 1024

    def __str__(self) -> str:
        return f"{self.wall:.2f} s ({self.cpu:.2f}) | {self.megabytes:.0f} MB"


class Bench:
    def __init__(self, build: Path, folder: Path) -> None:
        self.build = build
        self.folder = folder

    def platforms(self, workers: int) -> list[tuple[str, str]]:
        return [("star", "-"), ("shared port", shared_port(self.folder, workers)["path"])]

    def curve(self, most: int) -> None:
        print("| platform | uplink | computation | workers | us a worker and iteration | MB |")
        print("|---|---|---|--:|--:|--:|")
        for jitter in ("0", "0.1"):
            for uplink in ("sequential", "concurrent"):
                for workers in [w for w in CURVE if w <= most]:
                    for name, file in self.platforms(workers):
                        if file != "-" and jitter != "0" and workers > 1_000:
                            continue  # minutes per iteration: see sim/scale.md
                        self.point(name, file, uplink, jitter, workers)

    def point(self, name: str, file: str, uplink: str, jitter: str, workers: int) -> None:
        iterations = str(max(3, min(200, 10_000 // workers)))
        program = str(self.build / "tests/bench/gradwire_bench_simulation")
        cost = Cost([program, str(workers), iterations, uplink, jitter, file])
        microseconds = 1e6 * float(cost.output) / workers
        kind = "equal" if jitter == "0" else "jitter 0.1"
        print(
            f"| {name} | {uplink} | {kind} | {workers:,} | {microseconds:.1f} | "
            f"{cost.megabytes:.0f} |",
            flush=True,
        )

    def synthesize(self, workers: int, iterations: int, **base: Any) -> Cost:
        experiment = {
            "name": "scale",
            "base": {
                "workers": workers,
                "epochs": 1,
                "evaluate_every": iterations,
                "algorithm": {"name": "sparse", "density": 0.01},
                **base,
            },
        }
        file = self.folder / "scale.json"
        file.write_text(json.dumps(experiment))
        program = str(self.build / "sim/gradwire")
        sizes = ["--parameters", "407050", "--iterations-per-epoch", str(iterations)]
        output = ["-o", str(self.folder / "results"), "--fresh", "--quiet"]
        return Cost([program, "synthesize", str(file), *sizes, *output])

    def row(self, what: str, cost: Cost) -> None:
        print(f"| {what} | {cost} |", flush=True)

    def thousand(self) -> None:
        print("| 1,000 iterations of 10,000 workers | time | memory |\n|---|--:|--:|")
        for uplink in ("sequential", "concurrent"):
            protocol = {"uplink": uplink}
            self.row(f"{uplink}, equal", self.synthesize(10_000, 1_000, protocol=protocol))
            compute = {"jitter": 0.1}
            cost = self.synthesize(10_000, 1_000, protocol=protocol, compute=compute)
            self.row(f"{uplink}, jitter 0.1", cost)

    def equal(self) -> None:
        print("| 20 iterations, concurrent uploads | time | memory |\n|---|--:|--:|")
        for workers in (1_024, 4_096, 16_384):
            cost = self.synthesize(workers, 20, protocol={"uplink": "concurrent"})
            self.row(f"{workers:,} clients", cost)

    def asynchronous(self) -> None:
        print("| pushes of each client of Downpour | time | memory |\n|---|--:|--:|")
        for clients, pushes in ((16_384, 20), (131_072, 2), (131_072, 20)):
            for jitter in (0, 0.1):
                cost = self.synthesize(
                    clients, pushes, algorithm={"name": "downpour"}, compute={"jitter": jitter}
                )
                self.row(f"{pushes}, {clients:,} clients, jitter {jitter}", cost)

    def many(self) -> None:
        print("| 20 iterations of 131,072 workers | time | memory |\n|---|--:|--:|")
        for uplink in ("sequential", "concurrent"):
            self.row(uplink, self.synthesize(131_072, 20, protocol={"uplink": uplink}))


def main() -> None:
    names = ["curve", "thousand", "equal", "many", "asynchronous"]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", type=Path, default=Path("build/release"))
    parser.add_argument("--most", type=int, default=CURVE[-1], help="workers of the curve")
    parser.add_argument("what", nargs="*", choices=names)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments.build.absolute(), Path(folder))
        for what in arguments.what or names:
            if what == "curve":
                bench.curve(arguments.most)
            else:
                getattr(bench, what)()
            print()


if __name__ == "__main__":
    main()
