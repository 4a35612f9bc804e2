"""Asynchronous servers as users run them: against numpy, resumed, recounted, refused."""

from __future__ import annotations

import csv
import importlib.util
import json
import math
from collections import defaultdict
from pathlib import Path

from support import EndToEnd, Json, main, read_csv, runs_of

REFERENCE = Path(__file__).parents[1] / "reference"
specification = importlib.util.spec_from_file_location(
    "asynchronous", REFERENCE / "asynchronous.py"
)
reference = importlib.util.module_from_spec(specification)
specification.loader.exec_module(reference)


def spans_of(run: Path) -> list[Json]:
    events = json.loads((run / "timeline.json").read_text())["traceEvents"]
    return [event for event in events if event["ph"] == "X"]


class Reference(EndToEnd):
    """The program and tests/reference/asynchronous.py."""

    def convex(self, name: str) -> Json:
        samples = self.folder / "samples.txt"
        samples.write_text(reference.libsvm())
        probe = self.folder / "probe.txt"
        first = samples.read_text().splitlines()[: reference.PROBED]
        probe.write_text("\n".join(first) + "\n")
        overrides = [
            {
                "worker": m,
                "uplink": reference.UPLINK[m],
                "downlink": reference.DOWNLINK[m],
                "latency": reference.LATENCY[m],
                "speed": reference.SPEED[m] * 1e9,
            }
            for m in range(reference.CLIENTS)
        ]
        base = {
            "workers": reference.CLIENTS,
            "dataset": {
                "name": "file",
                "format": "libsvm",
                "train": str(samples),
                "test": str(probe),
                "partition": {
                    "kind": "consecutive",
                    "sizes": [reference.SAMPLES // reference.CLIENTS] * reference.CLIENTS,
                },
            },
            "model": {"name": "linear", "bias": False, "initial": "zeros"},
            "loss": {"name": "logistic", "l2": reference.L2},
            "batch_size": "all",
            "max_iterations": reference.UPDATES // reference.CLIENTS,
            "epochs": 10000,
            "evaluate_every": 1,
            "learning_rate": {"initial": reference.GAMMA},
            "algorithm": reference.METHODS[name][0],
            "platform": {"overrides": overrides},
            "wire": {"header_bytes": reference.HEADER},
            "compute": {
                "seconds_per_gradient": reference.GRADIENT_SECONDS,
                "local_step_seconds_per_entry": reference.LOCAL_STEP_SECONDS_PER_ENTRY,
                "server_seconds_per_upload": reference.SERVER_SECONDS_PER_UPLOAD,
                "adding_seconds_per_value": reference.ADDING_SECONDS_PER_VALUE,
            },
        }
        return {"name": name, "base": base}

    @classmethod
    def setUpClass(cls) -> None:
        cls.golden = defaultdict(list)
        with (REFERENCE / "asynchronous.csv").open() as file:
            for row in csv.DictReader(file):
                cls.golden[row["method"]].append(row)

    def test_the_csv_is_what_the_script_prints(self) -> None:
        written = [row for rows in self.golden.values() for row in rows]
        self.assertEqual(len(written), len(reference.METHODS) * reference.UPDATES)
        for row, expected in zip(written, reference.rows(), strict=True):
            for cell, value in zip(row.values(), expected, strict=True):
                if isinstance(value, float):
                    self.assertAlmostEqual(float(cell), value, delta=1e-9 * value)
                else:
                    self.assertEqual(cell, "" if value is None else str(value))

    def test_every_method_agrees_with_numpy(self) -> None:
        for name in reference.METHODS:
            with self.subTest(name):
                self.agrees(name)

    def agrees(self, name: str) -> None:
        out = self.folder / name
        self.run_sweep(self.write(self.convex(name)), out, "--quiet", "--timeline")
        (run,) = runs_of(out)
        expected = self.golden[name]
        applied = [span for span in spans_of(run) if span["name"] == "apply"]
        self.assertEqual(len(applied), len(expected))
        for span, row in zip(applied, expected):
            of = f"{name}, update {row['update']}"
            date = float(row["date"])
            # (The time line has tenths of nanoseconds.)
            end = (span["ts"] + span["dur"]) / 1e6
            self.assertAlmostEqual(end, date, delta=1e-9 * date + 1e-10, msg=of)
            for ours, theirs in (
                ("worker", "client"),
                ("version", "version"),
                ("staleness", "staleness"),
            ):
                self.assertEqual(span["args"][ours], int(row[theirs]), f"{theirs} of {of}")
        iterations = read_csv(run / "metrics.csv")
        expected = [row for row in expected if row["objective"]]
        self.assertEqual(len(iterations), len(expected))
        for found, row in zip(iterations, expected):
            of = f"{name}, update {row['update']}"
            date = float(row["date"])
            found_date = float(found["simulated_seconds"])
            self.assertAlmostEqual(found_date, date, delta=1e-9 * date, msg=of)
            for ours, theirs in (("objective", "objective"), ("test_loss", "probe")):
                value = float(row[theirs])
                self.assertTrue(
                    math.isclose(float(found[ours]), value, rel_tol=1e-5),
                    f"{theirs} of {of}: {found[ours]}, expected {value}",
                )


if __name__ == "__main__":
    main()
