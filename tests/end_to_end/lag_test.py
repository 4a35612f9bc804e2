"""LAG's methods against an independent program, tests/reference/lag.py, and the table of its paper's
experiments, experiments/lag-table.json, on the authors' data if $GRADWIRE_DATA has them.
"""

from __future__ import annotations

import json
import os
import sys
import unittest
from pathlib import Path

from support import SOURCE, EndToEnd, Json, main, read_csv, runs_of, tiny

sys.path.insert(0, str(SOURCE / "tests" / "reference"))
import lag  # noqa: E402

DATA = Path(os.environ.get("GRADWIRE_DATA", "/nowhere"))
METHODS = {"gd": "sgd", "lag_wk": "lag_wk", "lag_ps": "lag_ps"}

# Uploads and iterations of experiments/lag-table.json by that program, on the authors' data, until
# the relative gap is below 1e-2, 1e-4 and 1e-6.
TABLE = {
    ("lag/logistic-m9.libsvm", "sgd"): [(2394, 266), (9090, 1010), (16470, 1830)],
    ("lag/logistic-m9.libsvm", "lag_wk"): [(91, 234), (202, 900), (325, 1643)],
    ("lag/logistic-m9.libsvm", "lag_ps"): [(1006, 264), (3909, 1005), (7113, 1823)],
    ("lag/linear-m9.libsvm", "sgd"): [(378, 42), (1197, 133), (2052, 228)],
    ("lag/linear-m9.libsvm", "lag_wk"): [(54, 38), (129, 117), (200, 200)],
    ("lag/linear-m9.libsvm", "lag_ps"): [(112, 42), (388, 132), (674, 225)],
}

# The same of synthetic(): (loss, workers, seed).
SYNTHETIC = {
    ("logistic", 4, 1): {
        "gd": [(176, 44), (480, 120), (788, 197)],
        "lag_wk": [(23, 37), (36, 88), (54, 142)],
        "lag_ps": [(40, 41), (110, 112), (183, 184)],
    },
    ("squared", 6, 2): {
        "gd": [(84, 14), (558, 93), (1032, 172)],
        "lag_wk": [(24, 14), (62, 79), (93, 140)],
        "lag_ps": [(22, 18), (125, 90), (239, 165)],
    },
}


class Lag(EndToEnd):
    def write_task(self, task: lag.Task, name: str) -> Path:
        file = self.folder / name
        lag.write_libsvm(task, file)
        return file

    def experiment(self, task: lag.Task, file: Path, **base: object) -> Json:
        return {
            "name": "lag",
            "base": {
                "workers": len(task.sizes),
                "dataset": {
                    "name": "file",
                    "format": "libsvm",
                    "train": str(file),
                    "test": str(file),
                    "partition": {"kind": "consecutive", "sizes": task.sizes},
                },
                "model": {"name": "linear", "bias": False, "initial": "zeros"},
                "loss": {"name": task.loss, "over": "sum", "l2": task.l2},
                "batch_size": "all",
                "epochs": 1000,
                "evaluate_every": 1,
                "learning_rate": {"initial": "1/L"},
                "baseline": {
                    "metric": "objective",
                    "optimum": task.optimum(),
                    "gap": "relative",
                    "below": 1e-6,
                    "stop": True,
                },
                **base,
            },
            "sweep": [{"algorithm": [{"name": name} for name in METHODS.values()]}],
        }

    def counts(self, folder: Path, task: lag.Task) -> dict[str, list[tuple[int, int]]]:
        """Of each method of a results folder: rounds and iterations until below each bound."""
        optimum = task.optimum()
        whole = task.value(0 * task.samples[0]) - optimum
        found = {}
        for run in runs_of(folder):
            name = json.loads((run / "scenario.json").read_text())["algorithm"]["name"]
            rows = read_csv(run / "metrics.csv")
            found[name] = [
                next(
                    (int(row["rounds"]), int(row["iteration"]))
                    for row in rows
                    if float(row["objective"]) - optimum < bound * whole
                )
                for bound in lag.BOUNDS
            ]
        return found

    def run_tiny(self, name: str, **base: object) -> Path:
        """A run of LAG-PS in some of whose iterations no worker takes part."""
        task = lag.synthetic("squared", 4, 3)
        file = self.folder / "tiny.libsvm"
        lag.write_libsvm(task, file)
        experiment = self.experiment(task, file, epochs=60, baseline=None, **base)
        experiment["sweep"] = [{"algorithm": [{"name": "lag_ps", "threshold_scale": 1000}]}]
        folder = self.folder / name
        self.run_sweep(self.write(experiment, f"{name}.json"), folder)
        return folder

    def test_uploads_are_those_of_an_independent_program(self) -> None:
        for (loss, workers, seed), golden in SYNTHETIC.items():
            with self.subTest(loss):
                task = lag.synthetic(loss, workers, seed)
                file = self.write_task(task, f"{loss}.libsvm")
                folder = self.folder / loss
                self.run_sweep(self.write(self.experiment(task, file)), folder)
                found = self.counts(folder, task)
                for method, expected in golden.items():
                    self.assertEqual(lag.counts(task, method), expected)
                    ours = found[METHODS[method]]
                    for at, (uploads, iteration) in enumerate(expected):
                        # Single precision decides otherwise where a change nearly equals its bound.
                        self.assertAlmostEqual(ours[at][0] / uploads, 1, delta=0.06 if at > 1 else 0)
                        self.assertAlmostEqual(ours[at][1], iteration, delta=5 if at > 1 else 1)

    def test_an_iteration_without_workers_costs_the_network_nothing(self) -> None:
        (run,) = runs_of(self.run_tiny("run"))
        rows = read_csv(run / "metrics.csv")
        before = {"rounds": "0", "simulated_seconds": "0.0", "objective": ""}
        idle = 0
        for row in rows:
            self.assertNotEqual(row["objective"], before["objective"])
            if row["rounds"] == before["rounds"]:
                idle += 1
                self.assertEqual(row["simulated_seconds"], before["simulated_seconds"])
                self.assertEqual(row["recent_train_loss"], "")
            else:
                float(row["recent_train_loss"])
            before = row
        self.assertGreater(idle, 10)
        summary = json.loads((run / "summary.json").read_text())
        self.assertEqual(summary["skipped"], 0)
        self.assertEqual(summary["uplink_wire_bytes"], 4 * 5 * summary["rounds"])
        self.assertEqual(summary["downlink_wire_bytes"], 4 * 5 * summary["rounds"])
        workers = read_csv(run / "workers.csv")
        self.assertEqual(sum(int(row["uploads"]) for row in workers), summary["rounds"])
        self.assertEqual({row["skips"] for row in workers}, {"0"})

    def test_a_replay_gives_the_same_bytes_also_of_other_networks(self) -> None:
        recorded = self.run_tiny("run")
        done = self.gradwire("replay", recorded, "-o", self.folder / "again")
        self.assertEqual(done.returncode, 0, done.stderr)
        (first,), (again,) = runs_of(recorded), runs_of(self.folder / "again")
        for name in ("metrics.csv", "trace.bin", "workers.csv"):
            self.assertEqual((first / name).read_bytes(), (again / name).read_bytes(), name)
        concurrent = self.run_tiny("concurrent", protocol={"uplink": "concurrent"})
        done = self.gradwire(
            "replay", recorded, "-o", self.folder / "other", "--set", "protocol.uplink=concurrent"
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        (ours,), (theirs,) = runs_of(self.folder / "other"), runs_of(concurrent)
        self.assertEqual(
            (ours / "metrics.csv").read_bytes(), (theirs / "metrics.csv").read_bytes()
        )

    def test_what_the_network_cannot_do_is_refused_before_anything_runs(self) -> None:
        recorded = self.run_tiny("run")
        for setting, pattern in (
            ("protocol.broadcast=binomial", r"broadcast.*: must be star or none with lag_ps"),
            ('protocol={"on_failure": "go_on", "timeout": 1}', "on_failure"),
        ):
            done = self.gradwire("replay", recorded, "-o", self.folder / "no", "--set", setting)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assert_one_line(done.stderr, pattern)
        done = self.gradwire("replay", recorded, "-o", self.folder / "no", "--tcp", "server")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assert_one_line(done.stderr, "algorithm: lag_ps selects the workers that take part")
        self.assertFalse((self.folder / "no").exists())

    def test_estimated_smoothness_serves_models_whose_own_is_unknown(self) -> None:
        method = {"name": "custom", "send": "lasg_ps", "max_delay": 10, "reduction": "sum"}
        experiment = tiny([{"algorithm": [method]}], epochs=20, baseline=None)
        self.run_sweep(self.write(experiment), self.out, "-j", "2")
        (run,) = runs_of(self.out)
        summary = json.loads((run / "summary.json").read_text())
        self.assertLess(summary["rounds"], 0.9 * 3 * summary["iterations"])
        self.assertGreaterEqual(summary["rounds"], 3 * (summary["iterations"] // 10))
        rows = read_csv(run / "metrics.csv")
        self.assertLess(float(rows[-1]["test_loss"]), float(rows[0]["test_loss"]))
        done = self.gradwire("replay", self.out, "-o", self.folder / "again")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_same_results(self.folder / "again", self.out)

    def test_a_report_draws_runs_without_workers(self) -> None:
        done = self.gradwire("report", self.run_tiny("run"))
        self.assertEqual(done.returncode, 0, done.stderr)

    @unittest.skipUnless((DATA / "lag").exists(), "no LAG data")
    def test_the_authors_data_give_the_table(self) -> None:
        self.run_sweep(
            SOURCE / "experiments" / "lag-table.json",
            self.out,
            *("--set", f"dataset.folder={DATA}"),
        )
        bounds = [1e-2, 1e-4, 1e-6]
        runs = read_csv(self.out / "runs.csv")
        self.assertEqual(len(runs), 18)
        for run in runs:
            at = bounds.index(float(run["baseline.below"]))
            uploads, iteration = TABLE[run["dataset.train"], run["algorithm.name"]][at]
            rounds = int(run["baseline.rounds"])
            with self.subTest(run["id"], expected=(uploads, iteration)):
                if at < 2:
                    self.assertEqual(rounds, uploads)
                    self.assertLessEqual(abs(int(run["baseline.iteration"]) - iteration), 1)
                else:
                    self.assertLessEqual(abs(rounds / uploads - 1), 0.06)


if __name__ == "__main__":
    main()
