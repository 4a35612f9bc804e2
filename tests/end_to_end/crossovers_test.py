"""Crossovers found by replaying, compared with closed forms."""

from __future__ import annotations

import json
from pathlib import Path

from support import EndToEnd, Json, main, read_csv, tiny

WORKERS, LATENCY, GRADIENT = 3, 50e-6, 0.0125
SELECTION, ENCODING, DECODING, ADDING = 2e-5, 1e-6, 3e-5, 1e-7
DOWNLINK = 1e9 / 8  # bytes per second
MODELS = ["CM02", "LV08", "calibrated"]
SHARE = {"CM02": 1.0, "LV08": 0.97, "calibrated": 1448 / 1514}  # of a link, for payload
LATENCY_FACTOR = {"CM02": 1.0, "LV08": 13.01, "calibrated": 1.0}
UPLINKS = ["10kbps", "100kbps", "1Mbps", "10Mbps", "100Mbps", "1Gbps"]


class Crossovers(EndToEnd):
    def record(self, seeds: list[int], **base: object) -> None:
        """Records SGD and Sparse for the same iterations; without a baseline, times are to the end."""
        self.recorded = self.folder / "recorded"
        methods = [{"name": "sgd"}, {"name": "sparse", "density": 0.1}]
        costs = {
            "seconds_per_gradient": GRADIENT,
            "selection_seconds_per_entry": SELECTION,
            "encoding_seconds_per_value": ENCODING,
            "decoding_seconds_per_value": DECODING,
            "adding_seconds_per_value": ADDING,
        }
        settings = {"baseline": None, "compute": costs, "workers": WORKERS} | base
        experiment = tiny([{"algorithm": methods}, {"seed": seeds}], **settings)
        self.run_sweep(self.write(experiment, "recorded.json"), self.recorded, "-j", "2")

    def replay(self, sweep: list[Json], crossovers: Json, *more: str, status: int = 0) -> str:
        experiment = {
            "name": "whatif",
            "base": {"replay": str(self.recorded)},
            "sweep": sweep,
            "crossovers": crossovers,
        }
        done = self.gradwire("run", self.write(experiment, "whatif.json"), "-o", self.out, *more)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout

    def found(self) -> dict[tuple[str, str], list[Json]]:
        """Rows of crossovers.csv by statement and network model."""
        rows: dict[tuple[str, str], list[Json]] = {}
        for row in read_csv(self.out / "crossovers.csv"):
            rows.setdefault((row["statement"], row["network_model"]), []).append(row)
        return rows

    def sizes(self) -> tuple[int, int, int]:
        """Number of parameters, and bytes of a dense and of a sparse upload."""
        summaries = {}
        for run in (self.recorded / "runs").iterdir():
            summary = json.loads((run / "summary.json").read_text())
            per_upload = summary["uplink_wire_bytes"] // summary["rounds"]
            summaries[run.name.split("-")[0]] = (summary["parameters"], per_upload)
        return summaries["sgd"][0], summaries["sgd"][1], summaries["sparse"][1]

    def assert_holds(self, row: Json, side: str, exact: float, tolerance: float = 0.01) -> None:
        """Asserts that the bracket contains the exact place and is within the tolerance."""
        self.assertEqual(row["holds"], side)
        low, at, high = (float(row[key]) for key in ("low", "at", "high"))
        self.assertLessEqual(low * (1 - 1e-9), exact)
        self.assertGreaterEqual(high * (1 + 1e-9), exact)
        self.assertLessEqual(high / low, 1 + tolerance + 1e-9)
        self.assertAlmostEqual(at / exact, 1, delta=2e-4)

    def test_they_are_where_the_closed_form_says_under_each_model(self) -> None:
        self.record([1])
        text = self.replay(
            [{"platform.uplink": UPLINKS}, {"network_model": MODELS}],
            {"over": "platform.uplink", "margins": [0, 0.25]},
        )
        d, dense, sparse = self.sizes()
        k = sparse // 8  # 8 bytes: a value and its int32 position
        # Seconds per iteration besides the uploads.
        sgd = GRADIENT + WORKERS * ADDING * d
        top_k = GRADIENT + SELECTION * d + ENCODING * k + WORKERS * DECODING * k
        self.assertGreater(top_k, sgd)
        found = self.found()
        for model in MODELS:
            latency = LATENCY_FACTOR[model] * LATENCY
            fixed = latency * (1 + WORKERS) + 4 * d / (SHARE[model] * DOWNLINK)
            scale = WORKERS * 8 / SHARE[model]  # seconds per iteration and byte, times bit/s
            # fixed + top_k + scale sparse / u = (1 - margin) (fixed + sgd + scale dense / u)
            for margin, statement in (
                (0.0, "Sparse takes less time than SGD"),
                (0.25, "Sparse saves more than 25 % of SGD's time"),
            ):
                share = 1 - margin
                exact = scale * (share * dense - sparse) / (top_k + fixed - share * (sgd + fixed))
                (row,) = found[(statement, model)]
                self.assert_holds(row, "below", exact)
                self.assertEqual((row["unit"], row["seeds"], row["ci95_low"]), ("bps", "1", ""))
            # SGD: latencies and bytes on one side, gradients and additions on the other
            (row,) = found[("SGD computes for longer than it communicates", model)]
            self.assert_holds(row, "above", scale * dense / (sgd - fixed))
        self.assertIn("Sparse takes less time than SGD", text)
        self.assertRegex(text, r"below \d.* to .*\(CM02 .*, LV08 .*, calibrated .*\)")
        self.assertRegex(text, r"SGD saves more than 25 % of Sparse's time +nowhere|above")

    def test_settings_of_one_axis_move_together(self) -> None:
        self.record([1])
        # the downlink is always twice the uplink
        self.replay(
            [{"platform.downlink": ["200kbps", "20Mbps"], "platform.uplink": ["100kbps", "10Mbps"]}],
            {"over": "platform.uplink", "margins": [], "tolerance": 0.001},
        )
        d, dense, _ = self.sizes()
        self.assertEqual(
            {key[0] for key in self.found()},
            {f"{m} computes for longer than it communicates" for m in ("SGD", "Sparse")},
        )
        (row,) = self.found()[("SGD computes for longer than it communicates", "CM02")]
        computing = GRADIENT + WORKERS * ADDING * d
        bits = 8 * (WORKERS * dense + 4 * d / 2)
        exact = bits / (computing - LATENCY * (1 + WORKERS))
        self.assert_holds(row, "above", exact, 0.001)

    def test_an_axis_need_not_be_swept(self) -> None:
        self.record([1])
        self.replay(
            [],
            {"over": {"compute.seconds_per_gradient": [1e-6, 1e-3, 1.0]}, "margins": []},
        )
        d, dense, _ = self.sizes()
        (row,) = self.found()[("SGD computes for longer than it communicates", "CM02")]
        talking = LATENCY * (1 + WORKERS) + 4 * d / DOWNLINK + WORKERS * dense / 125e6
        self.assert_holds(row, "above", talking - WORKERS * ADDING * d)
        self.assertEqual(row["unit"], "")

    def test_seeds_make_an_interval_and_ends_that_nobody_crosses(self) -> None:
        self.record([1, 2, 3], **{"baseline": {"metric": "test_accuracy", "above": 0.4}})
        text = self.replay(
            [{"platform.uplink": UPLINKS}], {"over": "platform.uplink", "margins": [0, 0.99]}
        )
        self.assertIn("95 % interval over 3 seeds", text)
        found = self.found()
        rows = [row for rows in found.values() for row in rows if row["at"]]
        self.assertTrue(rows)
        for row in rows:
            self.assertEqual(row["seeds"], "3")
            self.assertLessEqual(float(row["ci95_low"]), float(row["at"]))
            self.assertGreaterEqual(float(row["ci95_high"]), float(row["at"]))
        (row,) = found[("SGD saves more than 99 % of Sparse's time", "CM02")]
        self.assertEqual((row["holds"], row["at"]), ("nowhere", ""))

    def test_a_run_that_missed_the_baseline_is_not_averaged_away(self) -> None:
        self.record([1], **{"baseline": {"metric": "test_accuracy", "above": 0.999}})
        text = self.replay([{"platform.uplink": UPLINKS}], {"over": "platform.uplink"})
        self.assertIn("unknown: not every run reached the baseline", text)
        self.assertIn("SGD computes for longer than it communicates", text)

    def test_of_runs_that_stopped_at_their_baseline(self) -> None:
        baseline = {"metric": "test_accuracy", "above": 0.4, "stop": True}
        self.record([1, 2], **{"baseline": baseline, "epochs": 5})
        for run in (self.recorded / "runs").iterdir():
            summary = json.loads((run / "summary.json").read_text())
            self.assertEqual(summary["status"], "baseline")
        over = {"platform.uplink": ["10kbps", "1Mbps", "1Gbps"]}
        text = self.replay([], {"over": over})
        self.assertNotIn("FAILED", text)
        first = self.found()
        self.assertTrue(first[("SGD computes for longer than it communicates", "CM02")][0]["at"])

        # also in the experiment that records the runs
        experiment = tiny(
            [{"algorithm": [{"name": "sgd"}, {"name": "sparse", "density": 0.1}]}],
            baseline=baseline,
            epochs=5,
        ) | {"crossovers": {"over": over}}
        out = self.folder / "learned"
        done = self.gradwire("run", self.write(experiment, "learned.json"), "-o", out)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("FAILED", done.stderr)
        statements = {row["statement"] for row in read_csv(out / "crossovers.csv")}
        self.assertIn("SGD computes for longer than it communicates", statements)

    def test_the_report_shows_them_and_one_envelope_of_models(self) -> None:
        self.record([1, 2], **{"baseline": {"metric": "test_accuracy", "above": 0.4}})
        self.replay(
            [{"platform.uplink": UPLINKS}, {"network_model": MODELS}],
            {"over": "platform.uplink"},
        )
        done = self.gradwire("report", self.out)
        self.assertEqual(done.returncode, 0, done.stderr)
        report = self.out / "report"
        table = read_csv(report / "tables" / "crossovers.csv")
        compute = [r for r in table if r["statement"].startswith("SGD computes")]
        self.assertEqual(len(compute), 1)
        self.assertLess(float(compute[0]["least_at"]), float(compute[0]["most_at"]))
        self.assertIn("CM02_ci95_low", compute[0])
        figures = sorted(p.name for p in (report / "figures").glob("bandwidth*.svg"))
        self.assertEqual(figures, ["bandwidth.svg"])
        self.assertIn("band", (report / "figures" / "bandwidth.svg").read_text())
        comparison = read_csv(report / "tables" / "comparison.csv")
        self.assertEqual(len(comparison), 2 * len(UPLINKS))  # not one per network model
        for row in comparison:
            least, most = float(row["simulated_seconds_least"]), float(row["simulated_seconds_most"])
            self.assertLess(least, most)
            self.assertAlmostEqual(float(row["simulated_seconds_mean"]) / least, 1, delta=1e-9)

    def test_wrong_requests_are_wrong_input(self) -> None:
        self.record([1])
        experiment = {
            "name": "whatif",
            "base": {"replay": str(self.recorded)},
            "crossovers": {"over": "platform.uplink"},
        }
        done = self.gradwire("run", self.write(experiment, "whatif.json"), "-o", self.out)
        self.assertEqual(done.returncode, 2)
        self.assertIn("/crossovers/over: platform.uplink is not swept", done.stderr)
        self.assertFalse(Path(self.out).exists())


if __name__ == "__main__":
    main()
