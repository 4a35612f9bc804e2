"""Local steps and drawn workers, as users run them: the clock of samples, replays, resumed runs."""

from __future__ import annotations

import json
from pathlib import Path

from support import EndToEnd, Json, checkpoints_of, main, read_csv, runs_of, tiny, wait_until

WORKERS = 10
PER_EPOCH = 6  # minibatches of a worker: 300 samples, 10 workers, 5 each


def experiment(algorithm: Json, **base: object) -> Json:
    data = {
        "name": "synthetic",
        "train_samples": 300,
        "test_samples": 50,
        "dimension": 8,
        "classes": 4,
    }
    return tiny(
        [{"seed": [1]}], **{"workers": WORKERS, "dataset": data, "algorithm": algorithm, **base}
    )


class LocalSteps(EndToEnd):
    def rows(self, folder: Path) -> list[dict[str, str]]:
        (run,) = runs_of(folder)
        return read_csv(run / "metrics.csv")

    def summary(self, folder: Path) -> Json:
        (run,) = runs_of(folder)
        return json.loads((run / "summary.json").read_text())

    def run_one(self, algorithm: Json, folder: Path, **base: object) -> Json:
        self.run_sweep(self.write(experiment(algorithm, **base)), folder)
        return self.summary(folder)

    def refused(self, **base: object) -> str:
        done = self.gradwire("validate", self.write(tiny([{"seed": [1]}], **base)))
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        return done.stderr

    def test_epochs_count_samples_of_those_who_take_part(self) -> None:
        fedavg = {"name": "fedavg", "local_epochs": 2, "participation": 0.3}
        summary = self.run_one(fedavg, self.out, epochs=6, evaluate_every=1)
        rows = self.rows(self.out)
        self.assertEqual(len(rows), 10)  # 0.6 epochs each
        self.assertEqual([float(row["epoch"]) for row in rows], [6 * t / 10 for t in range(1, 11)])
        self.assertEqual(summary["rounds"], 30)

    def test_communication_per_sample_is_one_over_the_interval(self) -> None:
        seconds = {}
        for steps in (1, 2, 6):
            summary = self.run_one(
                {"name": "sasgd", "local_steps": steps}, self.folder / f"t{steps}", epochs=2
            )
            seconds[steps] = summary["uplink_seconds"] + summary["downlink_seconds"]
            self.assertEqual(summary["rounds"], 2 * PER_EPOCH // steps * WORKERS)
        for steps in (2, 6):
            self.assertAlmostEqual(seconds[1] / seconds[steps], steps, 9)

    def test_a_replay_gives_the_same_results_without_gradients(self) -> None:
        for name in ("fedavg", "scaffold", "cser"):
            algorithm = {"name": name, "local_steps": 3, "participation": 0.4}
            out, again = self.folder / name, self.folder / f"{name}-again"
            self.run_one(algorithm, out, compute={"jitter": 0.2})
            done = self.gradwire("replay", out, "-o", again)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assert_same_results(again, out)

    def test_a_killed_run_continues_with_momentum_and_draws(self) -> None:
        algorithm = {
            "name": "local_sgd",
            "local_steps": 2,
            "momentum": 0.9,
            "participation": 0.4,
        }
        file = self.write(experiment(algorithm, epochs=600, evaluate_every=100))
        every = ("--checkpoint-every", "20")
        self.run_sweep(file, self.folder / "whole", *every)
        process = self.start("run", file, "-o", self.out, *every)
        wait_until(lambda: checkpoints_of(self.out))
        process.kill()
        process.communicate()
        self.run_sweep(file, self.out, *every)
        self.assert_same_results(self.out, self.folder / "whole")

    def test_late_ones_among_the_drawn_are_left_out(self) -> None:
        summary = self.run_one(
            {"name": "fedavg", "local_steps": 2, "participation": 0.6},
            self.out,
            epochs=20,
            compute={"seconds_per_gradient": 1, "stragglers": {"probability": 0.2, "slowdown": 9}},
            protocol={"on_failure": "go_on", "timeout": "3s", "uplink": "concurrent"},
        )
        self.assertGreater(summary["missed"], 0)
        self.assertEqual(summary["rounds"] + summary["missed"], 6 * summary["iterations"])

    def test_what_makes_no_sense_is_refused_with_its_place(self) -> None:
        self.assertIn("/base/algorithm", self.refused(algorithm={"name": "sgd", "local_steps": 2}))
        both = {"name": "fedavg", "local_steps": 2, "local_epochs": 2}
        self.assertIn("in place of each other", self.refused(algorithm=both))
        lazy = {"name": "custom", "send": "lasg", "local_steps": 2}
        self.assertIn("which local steps leave", self.refused(algorithm=lazy))
        tree = {"broadcast": "binomial"}
        drawn = {"name": "sgd", "participation": 0.5}
        self.assertIn(
            "/base/protocol/broadcast: must be star or none with a participation below 1",
            self.refused(algorithm=drawn, protocol=tree),
        )


if __name__ == "__main__":
    main()
