"""EF21 and error feedback against an independent program, tests/reference/ef21.py, and the numbers
of experiments/ef21-*.json if $GRADWIRE_DATA has their data.
"""

from __future__ import annotations

import json
import os
import random
import sys
import unittest
from pathlib import Path

from support import SOURCE, EndToEnd, main, read_csv, runs_of

sys.path.insert(0, str(SOURCE / "tests" / "reference"))
import ef21  # noqa: E402

DATA = Path(os.environ.get("GRADWIRE_DATA", "/nowhere"))
ITERATIONS = (1, 10, 100, 300, 1000)

# ||grad f||^2 after ITERATIONS, by that program in double precision. Of equal entries the first is
# sent.
FIRST = {
    ("phishing", "ef21"): (5.370922e-3, 2.929631e-3, 2.145603e-3, 1.576756e-7, 1.31e-21),
    ("phishing", "sparse"): (7.212377e-3, 2.690974e-3, 9.487880e-5, 9.236814e-5, 1.041397e-4),
    ("mushrooms", "ef21"): (3.020031e-1, 1.766453e-1, 3.360391e-3, 3.461402e-4, 3.992562e-4),
    ("mushrooms", "sparse"): (3.174500e-1, 2.614608e-1, 4.418945e-3, 1.240794e-3, 1.040067e-3),
}
# The last of them.
LAST = {
    ("phishing", "ef21"): (5.370922e-3, 2.929632e-3, 2.145604e-3, 1.576766e-7, 1.83e-21),
    ("phishing", "sparse"): (7.212377e-3, 2.690973e-3, 9.629689e-5, 1.245094e-4, 1.285123e-4),
    ("mushrooms", "ef21"): (3.020031e-1, 1.766453e-1, 3.360391e-3, 3.461436e-4, 3.992405e-4),
    ("mushrooms", "sparse"): (3.180193e-1, 2.602593e-1, 4.527394e-3, 1.373256e-3, 7.433618e-4),
}
Table = dict[tuple[str, str], tuple[float, ...]]


def mirrored(file: Path) -> str:
    """A LIBSVM file with its features in the opposite order, so that the last one comes first."""
    lines = [line.split() for line in file.read_text(encoding="ascii").splitlines()]
    rows = [(label, [entry.split(":") for entry in entries]) for label, *entries in lines]
    count = max(int(index) for _, entries in rows for index, _ in entries)
    return "".join(
        " ".join([label, *(f"{count + 1 - int(i)}:{x}" for i, x in reversed(entries))]) + "\n"
        for label, entries in rows
    )


def squared_norms(folder: Path) -> dict[str, dict[int, float]]:
    """Of each method of a results folder: ||grad f||^2 by iteration."""
    found = {}
    for run in runs_of(folder):
        name = json.loads((run / "scenario.json").read_text())["algorithm"]["name"]
        found[name] = {
            int(row["iteration"]): float(row["gradient_squared_norm"])
            for row in read_csv(run / "metrics.csv")
        }
    return found


class Ef21(EndToEnd):
    def write_samples(self, samples: int, features: int) -> Path:
        draw = random.Random(1)
        lines = []
        for _ in range(samples):
            x = [draw.gauss(0, 1) for _ in range(features)]
            label = 1 if x[0] - 0.5 * x[1] + draw.gauss(0, 1) > 0 else 0
            lines.append(f"{label} " + " ".join(f"{i + 1}:{v:.6f}" for i, v in enumerate(x)))
        file = self.folder / "samples.libsvm"
        file.write_text("\n".join(lines) + "\n", encoding="ascii")
        return file

    def test_gradients_are_those_of_an_independent_program(self) -> None:
        file = self.write_samples(203, 12)
        step, iterations = 0.4, 60
        experiment = json.loads((SOURCE / "experiments" / "ef21-phishing.json").read_text())
        del experiment["$schema"]
        base = experiment["base"]
        base["workers"] = 4
        base["epochs"] = iterations
        base["learning_rate"]["initial"] = step
        base["dataset"]["train"] = base["dataset"]["test"] = str(file)
        base["dataset"]["partition"]["sizes"] = [50, 50, 50, 53]
        self.run_sweep(self.write(experiment), self.out)
        found = squared_norms(self.out)
        data = ef21.shards(*ef21.read(file), workers=4)
        for name, method in (("ef21", ef21.ef21), ("sparse", ef21.error_feedback)):
            expected = method(data, step, iterations)
            for t in range(1, iterations + 1):
                with self.subTest(name, t=t):
                    self.assertAlmostEqual(found[name][t] / expected[t], 1, delta=1e-3)

    def check(self, table: Table, data: str, name: str, norms: dict[int, float]) -> None:
        for t, expected in zip(ITERATIONS, table[data, name]):
            with self.subTest(data, method=name, t=t):
                if t < 1000:
                    delta = 5e-4 if t <= 100 else 0.05
                    self.assertAlmostEqual(norms[t] / expected, 1, delta=delta)
                elif (data, name) == ("phishing", "ef21"):
                    self.assertLess(norms[t], 1e-10)
                elif data == "phishing":
                    self.assertGreater(norms[t], 1e-4)

    @unittest.skipUnless((DATA / "libsvm").exists(), "no data")
    def test_the_papers_data_give_the_table(self) -> None:
        self.run_and_check(FIRST, DATA, "first")

    @unittest.skipUnless((DATA / "libsvm").exists(), "no data")
    def test_features_in_the_opposite_order_give_the_table_of_the_other_tie_rule(self) -> None:
        (self.folder / "libsvm").mkdir()
        for data in ("phishing", "mushrooms"):
            text = mirrored(DATA / "libsvm" / f"{data}.txt")
            (self.folder / "libsvm" / f"{data}.txt").write_text(text, encoding="ascii")
        self.run_and_check(LAST, self.folder, "last")

    def run_and_check(self, table: Table, source: Path, name: str) -> None:
        for data in ("phishing", "mushrooms"):
            folder = self.folder / f"{data}-{name}"
            self.run_sweep(
                SOURCE / "experiments" / f"ef21-{data}.json",
                folder,
                *("--set", f"dataset.folder={source}"),
            )
            found = squared_norms(folder)
            self.assertEqual(set(found), {"ef21", "sparse"})
            for method, norms in found.items():
                self.check(table, data, method, norms)


if __name__ == "__main__":
    main()
