"""Every byte of metrics.csv and of the traces' content: four methods, five protocols, two problems.

The problems are a small MLP, run by the program itself, and a quadratic, run by quadratic_run.cpp
under the same scenarios. Their kernels give the same bits on every machine, so the recorded files do
not depend on the machine. To record anew, with the reason in the commit message:
GRADWIRE_RECORD_GOLDEN=1 ctest -R golden. Only the columns of the recorded file are compared, so new
columns do not break the test.
"""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "end_to_end"))

from support import EndToEnd, main, read_csv  # noqa: E402

DECODE = os.environ["GRADWIRE_DECODE_TRACES"]
QUADRATIC_RUN = os.environ["GRADWIRE_QUADRATIC_RUN"]
RECORDS = "GRADWIRE_RECORD_GOLDEN" in os.environ
Rows = list[dict[str, str]]


def name_of(scenario: dict) -> str:
    protocol = scenario["protocol"]
    kind = protocol["uplink"]
    if protocol["on_failure"] == "go_on":
        kind = "go_on"
    if protocol["broadcast"] == "binomial":
        kind = "binomial"
    if protocol["server"] == "worker0":
        kind = "worker0"
    return f"{scenario['algorithm']['name']}-{kind}"


class Golden(EndToEnd):
    def setUp(self) -> None:
        super().setUp()
        self.run_sweep(HERE / "mlp.json", self.out, "-j", "2", "--quiet")
        folders = [self.out / "runs" / row["id"] for row in read_csv(self.out / "runs.csv")]
        self.runs = {
            name_of(json.loads((run / "scenario.json").read_text())): run for run in folders
        }
        self.assertEqual(len(self.runs), 20)

    def test_an_mlp(self) -> None:
        self.compare_runs("mlp", self.runs)

    def test_a_quadratic(self) -> None:
        results = {name: self.folder / name for name in self.runs}
        for name, folder in results.items():
            folder.mkdir()
            scenario = self.runs[name] / "scenario.json"
            subprocess.run([QUADRATIC_RUN, scenario, folder], check=True)
        self.compare_runs("quadratic", results)

    def compare_runs(self, problem: str, runs: dict[str, Path]) -> None:
        metrics = [
            {"run": name} | row
            for name, run in runs.items()
            for row in read_csv(run / "metrics.csv")
        ]
        self.compare(HERE / f"{problem}_metrics.csv", metrics)
        arguments = [f"{name}={run / 'trace.bin'}" for name, run in runs.items()]
        text = subprocess.run([DECODE, *arguments], capture_output=True, text=True, check=True)
        traces = list(csv.DictReader(io.StringIO(text.stdout)))
        self.compare(HERE / f"{problem}_traces.csv", traces)

    def compare(self, recorded: Path, rows: Rows) -> None:
        if RECORDS:
            with recorded.open("w", newline="") as file:
                table = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
                table.writeheader()
                table.writerows(rows)
        expected = read_csv(recorded)
        self.assertEqual(len(rows), len(expected))
        for row, line in zip(rows, expected, strict=True):
            self.assertEqual({column: row.get(column) for column in line}, line)


if __name__ == "__main__":
    main()
