"""Thousands of workers: tests that would take minutes if time grew with the square of the number."""

from __future__ import annotations

import json
from pathlib import Path

from support import EndToEnd, Json, main, runs_of

WORKERS = 5_000
ITERATIONS = 3
VALUES = 1_000
BYTES_A_SECOND = 125e6
LATENCY = 50e-6
COMPUTE = 0.0125


def star(bytes_: int) -> float:
    """Seconds that a message of `bytes_` takes between the server and a worker."""
    return LATENCY + bytes_ / BYTES_A_SECOND


class Scale(EndToEnd):
    def synthesize(self, name: str, workers: int, **base: object) -> Json:
        compute = {"adding_seconds_per_value": 0}
        experiment = {"name": name, "base": {"workers": workers, "compute": compute, **base}}
        file = self.write(experiment, f"{name}.json")
        out = self.folder / name
        sizes = ["--parameters", str(VALUES), "--iterations-per-epoch", str(ITERATIONS)]
        done = self.gradwire("synthesize", file, *sizes, "-o", out, "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)
        (run,) = runs_of(out)
        return json.loads((run / "summary.json").read_text())

    def test_uploads_of_many_workers_take_what_the_closed_form_says(self) -> None:
        message = star(4 * VALUES)
        for uplink, uploads in (("sequential", WORKERS), ("concurrent", 1)):
            summary = self.synthesize(uplink, WORKERS, protocol={"uplink": uplink})

            iteration = message + COMPUTE + uploads * message
            expected = ITERATIONS * iteration
            self.assertAlmostEqual(summary["simulated_seconds"] / expected, 1, delta=1e-9)
            self.assertEqual(summary["rounds"], ITERATIONS * WORKERS)

    def test_it_is_the_same_when_each_iteration_is_simulated(self) -> None:
        for uplink in ("sequential", "concurrent"):
            protocol = {"uplink": uplink}
            remembered = self.synthesize(uplink, WORKERS, protocol=protocol)
            # Energy requires that every iteration is simulated.
            simulated = self.synthesize(f"{uplink}-all", WORKERS, protocol=protocol, energy={})

            ratio = simulated["simulated_seconds"] / remembered["simulated_seconds"]
            self.assertAlmostEqual(ratio, 1, delta=1e-9)

    def test_a_port_of_the_server_is_shared_by_all(self) -> None:
        platform = shared_port(self.folder / "port.xml", 300)

        summary = self.synthesize("port", 300, platform=platform, protocol={"uplink": "concurrent"})

        through_the_port = 2 * LATENCY + 300 * 4 * VALUES / BYTES_A_SECOND
        expected = ITERATIONS * (2 * through_the_port + COMPUTE)
        self.assertAlmostEqual(summary["simulated_seconds"] / expected, 1, delta=1e-9)

    def test_more_actors_than_linux_guards_stacks_of(self) -> None:
        summary = self.synthesize("unguarded", 12_000, protocol={"uplink": "concurrent"})

        expected = ITERATIONS * (2 * star(4 * VALUES) + COMPUTE)
        self.assertAlmostEqual(summary["simulated_seconds"] / expected, 1, delta=1e-9)


def shared_port(file: Path, workers: int) -> Json:
    """Writes a star whose server has one port, as a SimGrid zone with routing Cluster."""
    names = [f"worker-{m}" for m in range(workers)]
    lines = ['<?xml version="1.0"?>', '<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">']
    lines += ['<platform version="4.1">', '<zone id="star" routing="Cluster">']
    for name in ["server", *names]:
        lines.append(f'<host id="{name}" speed="1Gf"/>')
        for way in ("up", "down"):
            lines.append(f'<link id="{name}-{way}" bandwidth="1Gbps" latency="50us"/>')
        lines.append(f'<host_link id="{name}" up="{name}-up" down="{name}-down"/>')
    file.write_text("\n".join([*lines, "</zone>", "</platform>"]) + "\n")
    return {"kind": "file", "path": str(file), "server": "server", "workers": names}


if __name__ == "__main__":
    main()
