"""gradwire report on real runs, on damaged and foreign results, and on many runs."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import subprocess
from pathlib import Path

import synthetic_results
from support import METHODS, SOURCE, EndToEnd, main, read_csv, runs_of, tiny, wait_until

SEEDS = [{"algorithm": [{"name": "sgd"}, {"name": "sasg", "density": 0.1}]}, {"seed": [1, 2, 3]}]


class Report(EndToEnd):
    def report(self, *arguments: str | Path, status: int = 0) -> str:
        done = self.gradwire("report", *arguments)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout + done.stderr

    def test_real_runs_become_tables_figures_and_a_page(self) -> None:
        self.run_sweep(self.write(tiny(SEEDS)), self.out)

        text = self.report(self.out)

        made = self.out / "report"
        table = read_csv(made / "tables" / "comparison.csv")
        runs = read_csv(self.out / "runs.csv")
        for row, name in zip(table, ("sgd", "sasg"), strict=True):
            rounds = [float(r["baseline.rounds"]) for r in runs if r["algorithm.name"] == name]
            self.assertEqual(len(rounds), 3)
            self.assertAlmostEqual(float(row["rounds_mean"]), sum(rounds) / 3, places=6)
        for name in ("figure2-rounds", "figure2-bits", "figure2-seconds", "figure3-communication"):
            svg = (made / "figures" / f"{name}.svg").read_text()
            self.assertIn("<title>", svg)
            self.assertTrue((made / "figures" / f"{name}.png").read_bytes().startswith(b"\x89PNG"))
        self.assertIn("\\toprule", (made / "tables" / "comparison.tex").read_text())
        self.assertIn("What it costs until test accuracy above 0.5", text)
        page = (made / "report.html").read_text()
        self.assertIn(f"gradwire run {self.out}/runs/", page)

    def test_the_command_of_the_page_gives_the_same_run(self) -> None:
        self.run_sweep(self.write(tiny(SEEDS[:1])), self.out)
        first = runs_of(self.out)[0]

        again = self.folder / "again"
        self.run_sweep(first / "scenario.json", again)

        self.assertEqual(
            (again / "runs" / first.name / "metrics.csv").read_bytes(),
            (first / "metrics.csv").read_bytes(),
        )

    def test_a_report_is_the_same_each_time_and_leaves_nothing_of_the_one_before(self) -> None:
        self.run_sweep(self.write(tiny(SEEDS)), self.out)
        made = self.folder / "made"

        self.report(self.out, "-o", made, "--rows", "seed", "--value", "rounds")
        self.assertTrue((made / "tables" / "pivot.csv").exists())
        (made / "mine.txt").write_text("kept")
        self.report(self.out, "-o", made)
        first = {p: p.read_bytes() for p in made.rglob("*") if p.is_file()}
        self.report(self.out, "-o", made)

        self.assertEqual({p: p.read_bytes() for p in made.rglob("*") if p.is_file()}, first)
        self.assertFalse((made / "tables" / "pivot.csv").exists())
        self.assertTrue((made / "mine.txt").exists())

    def test_uplink_time_is_drawn_with_the_default_costs_of_coding(self) -> None:
        """With these the send rule's gradient has a different cost in each iteration."""
        sweep = [{"algorithm": METHODS}, {"protocol.uplink": ["sequential", "concurrent"]}]
        self.run_sweep(self.write(tiny(sweep)), self.out, "-j", "2")

        text = self.report(self.out)

        self.assertNotIn("Not drawn", text)
        figures = self.out / "report" / "figures"
        for protocol in ("sequential", "concurrent"):
            svg = (figures / f"figure3-communication-protocol.uplink-{protocol}.svg").read_text()
            self.assertIn("Test accuracy against uplink time", svg)

    def test_results_of_an_older_gradwire_are_reported_without_its_columns(self) -> None:
        self.run_sweep(self.write(tiny([{"algorithm": METHODS}])), self.out, "-j", "2")
        for run in runs_of(self.out):
            lines = (run / "metrics.csv").read_text().splitlines()
            older = [",".join(line.split(",")[:-4]) + "\n" for line in lines]
            (run / "metrics.csv").write_text("".join(older))

        text = self.report(self.out)

        self.assertIn("no column uplink_seconds", text)
        self.assertIn("its training loss is the running mean of each epoch", text)
        self.assertTrue((self.out / "report/figures/figure2-rounds.svg").exists())

    def test_a_study_of_networks_says_once_what_does_not_vary(self) -> None:
        recorded = self.folder / "recorded"
        self.run_sweep(self.write(tiny(SEEDS[:1])), recorded, "-j", "2")
        speeds = ["10kbps", "1Mbps", "100Mbps"]
        sweep = [{"platform.uplink": speeds}, {"network_model": ["CM02", "LV08"]}]
        what_if = {"name": "what-if", "base": {"replay": str(recorded)}, "sweep": sweep}
        self.run_sweep(self.write(what_if, "what-if.json"), self.out, "-j", "2")

        text = self.report(self.out)

        made = self.out / "report"
        drawn = sorted(file.stem for file in (made / "figures").glob("*.svg"))
        expected = ["bandwidth", "figure2-bits", "figure2-rounds"]
        expected += ["pareto-bits", "pareto-wire-bytes"]
        for speed in speeds:
            expected += [f"figure2-seconds-uplink-{speed}", f"figure3-communication-uplink-{speed}"]
            expected += [f"pareto-seconds-uplink-{speed}"]
        self.assertEqual(drawn, sorted(expected))
        tables = made / "tables"
        self.assertEqual(len(read_csv(tables / "comparison-once.csv")), 2)
        self.assertEqual(len(read_csv(tables / "comparison-by-setting.csv")), 6)
        whole = read_csv(tables / "comparison.csv")
        self.assertEqual(len(whole), 6)
        self.assertEqual(len({row["rounds_mean"] for row in whole}), 2)
        self.assertEqual(len({row["simulated_seconds_mean"] for row in whole}), 6)
        page = (made / "report.html").read_text()
        parts = ("asked", "pays", "explore", "tables", "figures")
        places = [page.index(f'id="{part}"') for part in parts]
        self.assertEqual(places, sorted(places))
        self.assertLess(places[0], page.index('id="table-crossovers"'))
        self.assertLess(page.index('id="table-crossovers"'), places[1])
        self.assertLess(places[1], page.index('id="table-which-pays"'))
        self.assertLess(page.index('id="table-which-pays"'), places[2])
        summary = (made / "report.md").read_text()
        self.assertLess(summary.index("figures/bandwidth.svg"), summary.index("## Tables"))
        self.assertEqual(summary.count("figures/bandwidth.svg"), 1)
        self.assertLess(text.index("take the same time"), text.index("What it costs"))

    def test_pareto_fronts_are_those_of_the_runs(self) -> None:
        self.run_sweep(self.write(tiny([{"algorithm": METHODS}, SEEDS[1]])), self.out, "-j", "2")

        self.report(self.out)

        means: dict[str, dict[str, float]] = {}
        columns = ("final.test_accuracy", "uplink_payload_bits", "uplink_wire_bytes",
                   "simulated_seconds")  # fmt: skip
        runs = read_csv(self.out / "runs.csv")
        for name in {run["algorithm.name"] for run in runs}:
            own = [run for run in runs if run["algorithm.name"] == name]
            means[name] = {c: sum(float(run[c]) for run in own) / len(own) for c in columns}
        table = read_csv(self.out / "report" / "tables" / "pareto.csv")
        self.assertEqual(len(table), len(means))
        for row in table:
            here = means[row["method"].lower()]
            self.assertEqual((row["with_value"], row["runs"]), ("3", "3"))
            for cost in columns[1:]:
                self.assertAlmostEqual(float(row[f"{cost}_mean"]) / here[cost], 1, places=9)
                better = [
                    other for other in means.values()
                    if other[columns[0]] >= here[columns[0]] and other[cost] <= here[cost]
                    and (other[columns[0]], other[cost]) != (here[columns[0]], here[cost])
                ]  # fmt: skip
                self.assertEqual(row[f"{cost}_on_front"], "0" if better else "1", (row, cost))
        svg = (self.out / "report" / "figures" / "pareto-seconds.svg").read_text()
        self.assertIn("On the front: ", svg)
        page = (self.out / "report" / "report.html").read_text()
        self.assertLess(page.index('id="explore"'), page.index('id="pays"'))
        self.assertLess(page.index('id="table-pareto"'), page.index('id="tables"'))

    def test_a_page_of_660_replays_is_small(self) -> None:
        synthetic_results.write_what_if(self.out)

        done = self.gradwire("report", self.out, "--quiet")

        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(read_csv(self.out / "report" / "tables" / "runs.csv")), 660)
        page = self.out / "report" / "report.html"
        self.assertLess(page.stat().st_size, 3_500_000)
        rounds = list((self.out / "report" / "figures").glob("figure2-rounds*.svg"))
        self.assertEqual([file.name for file in rounds], ["figure2-rounds.svg"])

    def test_notes_of_runs_are_told_once(self) -> None:
        self.run_sweep(self.write(tiny(SEEDS)), self.out)
        for run in runs_of(self.out):
            summary = json.loads((run / "summary.json").read_text())
            summary["notes"] = ["Everybody's <note>."]
            if run.name.startswith("sasg"):
                summary["notes"].append("Of SASG.")
            (run / "summary.json").write_text(json.dumps(summary))

        text = self.report(self.out)

        self.assertEqual(text.count("note: Everybody's <note>.\n"), 1)
        self.assertEqual(text.count("note: Of SASG. (algorithm.name sasg)\n"), 1)
        made = self.out / "report"
        self.assertIn("Of SASG. (algorithm.name sasg)", (made / "report.html").read_text())
        self.assertIn("<li>Everybody&#39;s &lt;note&gt;.</li>", (made / "report.html").read_text())
        self.assertIn("Of SASG.", (made / "report.md").read_text())

    def test_pivots_take_short_names_and_suggest_others(self) -> None:
        self.run_sweep(self.write(tiny(SEEDS)), self.out)

        text = self.report(
            self.out, "--rows", "algorithm", "--columns", "seed", "--value", "baseline.rounds"
        )
        wrong = self.report(self.out, "--rows", "algoritm", "--value", "rounds", status=2)

        self.assertIn("baseline.rounds by algorithm.name and seed", text)
        self.assert_one_line(wrong, "--rows: .*algoritm, did you mean algorithm")

    def test_an_interrupted_sweep_says_so(self) -> None:
        self.run_sweep(self.write(tiny(SEEDS)), self.out)
        runs = runs_of(self.out)
        (runs[0] / "summary.json").unlink()
        shutil.rmtree(runs[1])
        (self.out / "runs.csv").unlink()

        text = self.report(self.out)

        self.assertIn("1 run was begun and not finished", text)
        self.assertIn("4 of 6 runs are complete", text)

    def test_a_run_that_missed_the_baseline_is_counted_and_never_averaged(self) -> None:
        self.run_sweep(self.write(tiny(SEEDS)), self.out)
        run = next(r for r in runs_of(self.out) if r.name.startswith("sgd"))
        summary = json.loads((run / "summary.json").read_text()) | {"baseline": None}
        (run / "summary.json").write_text(json.dumps(summary))

        self.report(self.out)

        row = read_csv(self.out / "report" / "tables" / "table2.csv")[0]
        self.assertEqual((row["method"], row["reached"], row["runs"]), ("SGD", "2", "3"))
        self.assertEqual(row["rounds_mean"], "")
        self.assertGreater(float(row["rounds_exceeds"]), 0)
        costs = read_csv(self.out / "report" / "tables" / "comparison.csv")
        self.assertEqual([r["rounds_ratio"] for r in costs], ["", ""])

    def test_missing_columns_and_nan_do_not_become_numbers(self) -> None:
        self.run_sweep(self.write(tiny(SEEDS)), self.out)
        for run in runs_of(self.out):
            lines = (run / "metrics.csv").read_text().splitlines()
            place = lines[0].split(",").index("test_accuracy")
            cut = [",".join(c for i, c in enumerate(line.split(",")) if i != place) for line in lines]
            cells = cut[2].split(",")
            cells[cut[0].split(",").index("train_loss")] = "nan"
            cut[2] = ",".join(cells)
            (run / "metrics.csv").write_text("\n".join(cut) + "\n")

        text = self.report(self.out)

        self.assertIn("test_accuracy against rounds: the results lack a column", text)
        self.assertNotIn("nan", (self.out / "report/figures/figure2-rounds.svg").read_text())
        page = (self.out / "report" / "report.html").read_text()
        self.assertIn(",null,", page)

    def test_a_foreign_table_works_alone_or_is_refused(self) -> None:
        foreign = self.folder / "runs.csv"
        foreign.write_text(
            "id,algorithm.name,seed,status,baseline.rounds\na,their_method,1,finished,70\n"
            "b,their_method,2,finished,90\n"
        )

        text = self.report(foreign, "-o", self.out)

        self.assertIn("known from this file alone", text)
        row = read_csv(self.out / "tables" / "table2.csv")[0]
        self.assertEqual((row["method"], row["rounds_mean"]), ("their_method", "80"))
        foreign.write_text("x,y\n1,2\n")
        self.assert_one_line(self.report(foreign, status=2), "must have the columns id and status")
        foreign.write_text("id,status,rounds\na,finished\n")
        self.assert_one_line(self.report(foreign, status=2), "runs.csv: line 2: has 2 cells")

    def test_its_own_table_alone_gives_the_numbers_of_the_folder(self) -> None:
        self.run_sweep(self.write(tiny(SEEDS)), self.out)
        self.report(self.out)
        alone = self.folder / "alone"

        self.report(self.out / "runs.csv", "-o", alone)

        whole, table = (
            read_csv(place / "tables" / "comparison.csv") for place in (self.out / "report", alone)
        )
        self.assertNotIn("setting", table[0])
        self.assertEqual([row["runs"] for row in table], ["3", "3"])
        for row, other in zip(table, whole, strict=True):
            self.assertEqual(row["rounds_mean"], other["rounds_mean"])

    def test_tables_of_spreadsheets_are_read(self) -> None:
        self.run_sweep(self.write(tiny(SEEDS)), self.out)
        self.report(self.out / "runs.csv", "-o", self.folder / "plain")
        plain = (self.folder / "plain" / "tables" / "comparison.csv").read_text()
        rows = read_csv(self.out / "runs.csv")
        lines = [list(rows[0])] + [list(row.values()) for row in rows]

        def spreadsheet(separator: str, decimal: str, end: str) -> str:
            number = re.compile(r"-?[0-9]+[.][0-9]+(e-?[0-9]+)?")
            text = ""
            for line in [*lines, [""] * len(lines[0])]:
                cells = [c.replace(".", decimal) if number.fullmatch(c) else c for c in line]
                text += separator.join(f'"{c}"' if "," in c else c for c in cells) + end
            return text

        for text in (
            spreadsheet(",", ".", "\r\n").encode(),
            spreadsheet(";", ",", "\r\n").encode("utf-8-sig"),
            ("sep=;\r\n" + spreadsheet(";", ",", "\r\n")).encode("cp1252"),
            spreadsheet("\t", ".", "\r\n").encode("utf-16"),
            spreadsheet("\t", ",", "\n").encode("utf-8"),
        ):
            table = self.folder / "table.csv"
            table.write_bytes(text)
            self.report(table, "-o", self.folder / "made")
            made = (self.folder / "made" / "tables" / "comparison.csv").read_text()
            self.assertEqual(made, plain)

    def test_a_table_in_latin_1_names_its_lines(self) -> None:
        text = self.report(SOURCE / "tests/cases/runs/latin1-runs.csv", "-o", self.out)

        self.assertIn("latin1-runs.csv: lines 2, 3 are not UTF-8; read as Windows-1252", text)
        table = read_csv(self.out / "tables" / "comparison-end.csv")
        self.assertEqual(
            sorted(row["method"] for row in table), ["LASG", "SASG", "Sparse", "s\u00e9d"]
        )
        self.assertEqual([row["runs"] for row in table], ["2"] * 4)

    def test_runs_on_an_edited_platform_file_are_told_apart(self) -> None:
        platform = self.folder / "star.xml"
        shutil.copy(SOURCE / "platforms" / "star10-1gbps.xml", platform)
        hosts = [f"worker-{m}" for m in range(3)]
        settings = {"kind": "file", "path": "star.xml", "server": "server", "workers": hosts}
        file = self.write(tiny([{"algorithm": [{"name": "sgd"}]}], platform=settings))
        self.run_sweep(file, self.out)
        old = runs_of(self.out)[0].name
        platform.write_text(platform.read_text().replace("1Gbps", "10Mbps"))
        self.run_sweep(file, self.out)

        text = self.report(self.out)

        self.assertIn("the runs had 2 versions of this platform file", text)
        self.assertRegex(text, f"1 run is not in runs.csv, .*: {old}")
        table = read_csv(self.out / "report" / "tables" / "comparison.csv")
        self.assertEqual(len(table), 2)
        for row in table:
            self.assertRegex(row["setting"], "^digest [0-9a-f]{8}$")

    def test_what_a_killed_report_left_goes_with_the_next(self) -> None:
        self.run_sweep(self.write(tiny(SEEDS[:1])), self.out)
        self.report(self.out)
        made = self.out / "report"
        ended = subprocess.Popen(["true"])
        ended.wait()
        left = [made / f"report.html.partial-{ended.pid}", made / f".files.partial-{ended.pid}",
                made / "figures" / f"figure2-bits.svg.partial-{ended.pid}"]  # fmt: skip
        writer = self.start("run", self.write(tiny(SEEDS[:1], epochs=1e6)), "-o", self.folder / "w")
        claims = self.folder / "w" / ".claims"
        wait_until(lambda: claims.exists() and list(claims.glob("*.beat")))
        name = next(claims.glob("*.beat")).stem  # of a process of this host that is killed
        writer.kill()
        writer.wait()
        left.append(made / f"report.html.partial-{name}")
        kept = [made / f"report.html.partial-{os.getpid()}", made / "mine.partial-1",
                made / "notes.md.partial-x", made / f"report.html.partial-x{name}"]  # fmt: skip
        for file in left + kept:
            file.write_text("half")

        self.report(self.out)

        self.assertEqual([file.exists() for file in left], [False] * 4)
        self.assertEqual([file.exists() for file in kept], [True] * 4)

    def test_wrong_places_are_one_line_and_write_nothing(self) -> None:
        self.assert_one_line(self.report("nowhere", status=2), "nowhere: there is no such")
        empty = self.folder / "empty"
        empty.mkdir()
        self.assert_one_line(self.report(empty, status=2), "is no results folder")
        self.assertEqual(list(empty.iterdir()), [])

    def test_hostile_names_stay_text(self) -> None:
        experiment = tiny(SEEDS)
        experiment["description"] = "<script>alert(1)</script> & $x$ %"
        self.run_sweep(self.write(experiment), self.out)

        self.report(self.out)

        page = (self.out / "report" / "report.html").read_text()
        self.assertNotIn("<script>alert", page)
        self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt; &amp;", page)

    def test_a_thousand_runs_and_a_million_rows_fit(self) -> None:
        """Checks the memory; time is measured by `tests/bench` or by hand."""
        synthetic_results.write(self.out, runs=1000, rows=1000)

        def limited() -> None:
            resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))

        # The address sanitizer reserves more than any limit allows.
        sanitized = bool(os.environ.get("GRADWIRE_SANITIZE"))
        done = self.gradwire(
            "report", self.out, "--quiet", preexec_fn=None if sanitized else limited
        )

        self.assertEqual(done.returncode, 0, done.stderr)
        rows = read_csv(self.out / "report" / "tables" / "runs.csv")
        self.assertEqual(len(rows), 1000)
        table = read_csv(self.out / "report" / "tables" / "table2.csv")
        self.assertEqual([row["runs"] for row in table], ["250"] * 4)


if __name__ == "__main__":
    main()
