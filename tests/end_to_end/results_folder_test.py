"""The results folder's contract: files, columns, and re-running from them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from support import METHODS, SOURCE, EndToEnd, Json, main, read_csv, runs_of, tiny


class ResultsFolder(EndToEnd):
    def test_has_the_files_and_columns_of_the_contract(self) -> None:
        sweep = [{"algorithm": METHODS[:2]}, {"platform.uplink": ["10Mbps", "1Gbps"]}]
        self.run_sweep(self.write(tiny(sweep)), self.out, "-j", "2")

        visible = sorted(p.name for p in self.out.iterdir() if not p.name.startswith("."))
        self.assertEqual(visible, ["experiment.json", "runs", "runs.csv"])
        for run in runs_of(self.out):
            files = sorted(p.name for p in run.iterdir())
            expected = ["metrics.csv", "scenario.json", "shards.csv", "summary.json", "trace.bin"]
            expected.append("workers.csv")
            self.assertEqual(files, expected)
        rows = read_csv(self.out / "runs.csv")
        columns = list(rows[0])
        self.assertEqual(columns[:2], ["id", "algorithm.name"])
        self.assertLess(columns.index("algorithm.density"), columns.index("platform.uplink"))
        self.assertLess(columns.index("platform.uplink"), columns.index("status"))
        for column in ("final.test_accuracy", "baseline.rounds", "uplink_wire_bytes"):
            self.assertIn(column, columns)
        self.assertEqual({row["id"] for row in rows}, {run.name for run in runs_of(self.out)})

    def test_the_summary_is_the_last_line_of_the_metrics(self) -> None:
        self.run_sweep(self.write(tiny()), self.out, "-j", "2")

        for run in runs_of(self.out):
            last = read_csv(run / "metrics.csv")[-1]
            summary = json.loads((run / "summary.json").read_text())
            self.assertEqual(float(last["test_accuracy"]), summary["final"]["test_accuracy"])
            for name in ("rounds", "skipped", "uplink_payload_bits", "uplink_wire_bytes"):
                self.assertEqual(int(last[name]), summary[name])
            times = ("simulated_seconds", "uplink_seconds", "downlink_seconds", "compute_seconds")
            for name in times:
                self.assertEqual(float(last[name]), summary[name])
            self.assertEqual(list(last)[-4:], [*times[1:], "recent_train_loss"])
            self.assertEqual(float(last["recent_train_loss"]), summary["final"]["recent_train_loss"])
            self.assertEqual(list(summary["final"])[-1], "recent_train_loss")
            self.assertEqual(summary["rounds"] + summary["skipped"], 3 * summary["iterations"])

    def test_recent_losses_and_the_epochs_running_mean_agree(self) -> None:
        """Weighted by their minibatches, the recent means since an epoch's start add up to its mean."""
        self.run_sweep(self.write(tiny(evaluate_every=3)), self.out, "-j", "2")  # 8 an epoch

        for run in runs_of(self.out):
            rows = read_csv(run / "metrics.csv")
            steps = [int(row["iteration"]) for row in rows]
            self.assertEqual(steps[:4], [3, 6, 8, 9])
            total, begin = 0.0, 0
            for step, before, row in zip(steps, [0, *steps], rows):
                if before % 8 == 0:
                    total, begin = 0.0, before
                total += float(row["recent_train_loss"]) * (step - before)
                self.assertAlmostEqual(total / (step - begin), float(row["train_loss"]), places=12)

    def test_its_workers_add_up_to_the_summary(self) -> None:
        failing = str(SOURCE / "platforms" / "star10-with-failures.xml")
        hosts = [f"worker-{m}" for m in range(2, 5)]
        platform = {"kind": "file", "path": failing, "server": "server", "workers": hosts}
        slow = {"platform": platform, "compute": {"seconds_per_gradient": 1}, "epochs": 4}
        cases: dict[str, Json] = {
            "star": {},
            "tree": {"protocol": {"broadcast": "binomial"}},
            "concurrent": {"protocol": {"uplink": "concurrent"}, "compute": {"jitter": 0.3}},
            "worker0": {"protocol": {"server": "worker0"}},
            "wait": slow | {"protocol": {"on_failure": "wait"}},
            "go_on": slow | {"protocol": {"on_failure": "go_on", "timeout": "2.5s"}},
        }
        for name, base in cases.items():
            with self.subTest(name):
                out = self.folder / name
                self.run_sweep(self.write(tiny([{"algorithm": METHODS[::3]}], **base)), out)
                for run in runs_of(out):
                    self.assert_workers_add_up(run)
        waiting = read_csv(self.folder / "wait" / "runs.csv")
        self.assertTrue(all(int(row["restarts"]) > 0 for row in waiting), "no model was sent again")
        self.assertGreater(int(read_csv(self.folder / "go_on" / "runs.csv")[0]["missed"]), 0)

    def assert_workers_add_up(self, run: Path) -> None:
        rows = read_csv(run / "workers.csv")
        summary = json.loads((run / "summary.json").read_text())
        protocol = json.loads((run / "scenario.json").read_text())["protocol"]
        self.assertEqual([row["worker"] for row in rows], ["0", "1", "2"])
        sums = {"uploads": "rounds", "skips": "skipped"}
        sums |= {name: name for name in ("uplink_wire_bytes", "downlink_wire_bytes")}
        for column, total in sums.items():
            self.assertEqual(sum(int(row[column]) for row in rows), summary[total], column)
        times = ("compute_seconds", "uplink_seconds", "downlink_seconds", "waiting_seconds")
        for row in rows:
            spent = sum(float(row[name]) for name in times)
            self.assertAlmostEqual(spent / summary["simulated_seconds"], 1, places=9)
        uplink = sum(float(row["uplink_seconds"]) for row in rows)
        if protocol["uplink"] == "sequential":  # one upload at a time
            self.assertAlmostEqual(uplink, summary["uplink_seconds"], places=9)
        for name in times[:3]:  # overlaps count once in the summary
            longest = max(float(row[name]) for row in rows)
            self.assertLessEqual(longest, summary[name] + 1e-9)
        if protocol["server"] == "worker0":
            local = [rows[0][name] for name in (*times[1:3], "uplink_wire_bytes")]
            self.assertEqual(local, ["0", "0", "0"])

    def test_equal_digests_mean_equal_runs(self) -> None:
        sweep = [{"algorithm": METHODS}, {"seed": [1, 2]}]
        self.run_sweep(self.write(tiny(sweep)), self.out, "-j", "2")
        again = self.folder / "again"
        self.run_sweep(self.write(tiny(sweep)), again, "-j", "1")

        digests = [row["digest"] for row in read_csv(self.out / "runs.csv")]
        self.assertEqual(len(set(digests)), 8)
        for digest in digests:
            self.assertRegex(digest, "^[0-9a-f]{32}$")
        self.assertEqual(digests, [row["digest"] for row in read_csv(again / "runs.csv")])

    def test_its_experiment_is_itself_an_experiment(self) -> None:
        file = self.write(tiny())
        self.run_sweep(file, self.out, "--filter", "algorithm=sgd", "--set", "epochs=1")
        written = json.loads((self.out / "experiment.json").read_text())
        self.assertRegex(written["gradwire"]["version"], r"^\d+\.\d+\.\d+$")
        self.assertEqual(written["gradwire"]["set"], ["epochs=1"])

        valid = self.gradwire("validate", self.out / "experiment.json")
        self.assertEqual(valid.returncode, 0, valid.stderr)
        self.assertIn("4 runs, valid", valid.stdout)

        again = self.folder / "again"
        self.run_sweep(self.out / "experiment.json", again, "--filter", "algorithm=sgd")
        self.assertEqual(runs_of(again)[0].name, runs_of(self.out)[0].name)

    def test_a_scenario_runs_again_by_itself_to_the_same_bytes(self) -> None:
        self.run_sweep(self.write(tiny([{"algorithm": METHODS[2:]}])), self.out, "-j", "2")

        for run in runs_of(self.out):
            again = self.folder / ("again-" + run.name)
            self.run_sweep(run / "scenario.json", again)
            for name in ("metrics.csv", "scenario.json", "workers.csv"):
                repeated = (again / "runs" / run.name / name).read_bytes()
                self.assertEqual(repeated, (run / name).read_bytes())

    def test_a_platform_file_beside_the_experiment_is_found_again(self) -> None:
        shutil.copy(SOURCE / "platforms" / "star10-1gbps.xml", self.folder / "star.xml")
        hosts = [f"worker-{m}" for m in range(3)]
        platform = {"kind": "file", "path": "star.xml", "server": "server", "workers": hosts}
        file = self.write(tiny([{"algorithm": METHODS[3:]}], platform=platform))
        self.run_sweep(file, self.out)

        valid = self.gradwire("validate", self.out / "experiment.json")
        self.assertEqual(valid.returncode, 0, valid.stderr)
        run = runs_of(self.out)[0]
        self.run_sweep(run / "scenario.json", self.folder / "again")
        again = runs_of(self.folder / "again")[0]
        self.assertEqual((again / "metrics.csv").read_bytes(), (run / "metrics.csv").read_bytes())

    def test_without_o_it_is_named_after_the_experiment(self) -> None:
        file = self.write(tiny([{"algorithm": METHODS[:1]}]))

        done = self.gradwire("run", file)

        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(runs_of(self.folder / "results" / "tiny")), 1)


if __name__ == "__main__":
    main()
