"""The results folder's contract: files, columns, and re-running from them."""

from __future__ import annotations

import json
import shutil

from support import METHODS, SOURCE, EndToEnd, main, read_csv, runs_of, tiny


class ResultsFolder(EndToEnd):
    def test_has_the_files_and_columns_of_the_contract(self) -> None:
        sweep = [{"algorithm": METHODS[:2]}, {"platform.uplink": ["10Mbps", "1Gbps"]}]
        self.run_sweep(self.write(tiny(sweep)), self.out, "-j", "2")

        visible = sorted(p.name for p in self.out.iterdir() if not p.name.startswith("."))
        self.assertEqual(visible, ["experiment.json", "runs", "runs.csv"])
        for run in runs_of(self.out):
            files = sorted(p.name for p in run.iterdir())
            self.assertEqual(files, ["metrics.csv", "scenario.json", "summary.json", "trace.bin"])
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
            self.assertEqual(list(last)[-3:], list(times[1:]))
            self.assertEqual(summary["rounds"] + summary["skipped"], 3 * summary["iterations"])

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
            for name in ("metrics.csv", "scenario.json"):
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
