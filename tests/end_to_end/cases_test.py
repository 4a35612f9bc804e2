"""Regression tests: experiments that once failed, with their correct values."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

from support import SOURCE, EndToEnd, main, read_csv, runs_of
from platform_files_test import CASES, dates

RUNS = SOURCE / "tests" / "cases" / "runs"


class GoOn(EndToEnd):
    def rows(self, name: str) -> list[dict[str, str]]:
        self.run_sweep(RUNS / f"{name}.json", self.out, "-j", "2", "--quiet")
        return read_csv(self.out / "runs.csv")

    def test_an_absent_worker_is_no_skip(self) -> None:
        row = self.rows("go_on-absent-counted-as-skip")[0]
        self.assertEqual((row["skipped"], row["missed"], row["rounds"]), ("0", "176", "4"))

    def test_a_timeout_that_equals_the_broadcast_misses_everyone(self) -> None:
        row = self.rows("go_on-timeout-equals-broadcast")[0]
        self.assertEqual((row["status"], row["rounds"], row["skipped"]), ("finished", "0", "0"))

    def test_every_combination_of_dates_that_meet_ends(self) -> None:
        rows = self.rows("go_on-20-of-144-fail")
        self.assertEqual(len(rows), 144)
        for row in rows:
            self.assertEqual(row["status"], "finished")
            parts = sum(int(row[column]) for column in ("rounds", "skipped", "missed"))
            self.assertEqual(parts, int(row["workers"]) * 60)


class Energy(EndToEnd):
    def summary(self, results: Path) -> dict[str, float]:
        return json.loads((runs_of(results)[0] / "summary.json").read_text())

    def test_with_wait_is_the_closed_form(self) -> None:
        # 4 iterations of 2 workers on a star of 1 Gbps; three hosts take 95 W idle each, and 105 W
        # more while they compute.
        self.run_sweep(RUNS / "energy-wait-segv.json", self.out)
        summary = self.summary(self.out)
        computing = 4 * 2 * 0.0125
        adding = 4 * 2 * 10 * 4e-10
        joules = 3 * 95 * summary["simulated_seconds"] + 105 * (computing + adding)
        self.assertAlmostEqual(summary["host_energy_joules"], joules, places=6)
        again = self.folder / "again"
        done = self.gradwire("replay", self.out, "-o", again)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(
            self.summary(again)["host_energy_joules"], summary["host_energy_joules"]
        )

    def test_counts_no_host_that_takes_no_part(self) -> None:
        self.run_sweep(RUNS / "energy-worker0-and-latency.json", self.out)
        joules = {
            (row["protocol.uplink"], row["protocol.server"]): float(row["host_energy_joules"])
            for row in read_csv(self.out / "runs.csv")
        }
        self.assertAlmostEqual(joules["concurrent", "worker0"], 6213.6, places=6)

    def test_of_a_file_counts_the_hosts_of_server_and_workers(self) -> None:
        for name in ("full", "unused"):
            out = self.folder / name
            experiment = dates(CASES / "energy" / f"{name}.xml", ["s", "a"], energy={})
            self.run_sweep(self.write(experiment), out)
            summary = self.summary(out)
            seconds = summary["simulated_seconds"]
            # s: 10 W idle; a: 100 W idle, and 100 W more while it computes (3 x 10 ms).
            self.assertAlmostEqual(summary["host_energy_joules"], 110 * seconds + 100 * 0.03)

    def test_measures_through_every_moment_of_a_failure(self) -> None:
        watts = '<prop id="wattage_per_state" value="100:150:200"/>'
        text = (CASES / "profiles" / "off-at-start.xml").read_text()
        text = text.replace('speed="1Gf"/>', f'speed="1Gf">{watts}</host>')
        text = text.replace('.profile"/>', f'.profile">{watts}</host>')
        platform = self.folder / "p.xml"
        platform.write_text(text)
        # Worker b fails while it waits for the model, receives it, waits to send, and sends.
        profiles = ("0 0\n5 1\n", "0.05 0\n0.1 1\n", "0.125 0\n1 1\n", "0.3 0\n1 1\n")
        protocols = ({"on_failure": "wait"}, {"on_failure": "go_on", "timeout": 3})
        for number, (profile, protocol) in enumerate(itertools.product(profiles, protocols)):
            (self.folder / "off-at-start.profile").write_text(profile)
            with self.subTest(profile=profile, protocol=protocol):
                metrics = []
                for energy in (None, {}):
                    out = self.folder / f"out{number}-{energy}"
                    file = self.write(
                        dates(platform, ["s", "a", "b"], protocol=protocol, energy=energy)
                    )
                    self.run_sweep(file, out, "--quiet")
                    metrics.append((runs_of(out)[0] / "metrics.csv").read_bytes())
                self.assertEqual(metrics[0], metrics[1])


if __name__ == "__main__":
    main()
