"""Convex problems against SciPy and the normal equations, and the counts of LAG's authors' data.

Uses the LIBSVM and LAG files below $GRADWIRE_DATA where they exist, and generated ones elsewhere.
"""

from __future__ import annotations

import json
import os
import unittest
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from support import EndToEnd, Json, read_csv, runs_of

DATA = Path(os.environ.get("GRADWIRE_DATA", "/nowhere"))
WORKERS = 10


def read_libsvm(file: Path) -> tuple[csr_matrix, np.ndarray]:
    """Independent of the program's reader."""
    rows, columns, values, labels = [], [], [], []
    for row, line in enumerate(file.read_text().splitlines()):
        label, *entries = line.split()
        labels.append(float(label))
        for entry in entries:
            column, value = entry.split(":")
            rows.append(row)
            columns.append(int(column) - 1)
            values.append(np.float32(value))
    return csr_matrix((np.array(values, float), (rows, columns))), np.array(labels)


def write_generated(file: Path) -> Path:
    """300 sparse samples of two classes, in 20 dimensions."""
    random = np.random.default_rng(5)
    weights = random.normal(size=20)
    lines = []
    for _ in range(300):
        x = np.round(random.normal(size=20), 3) * (random.random(20) < 0.4)
        y = 1 if x @ weights + 0.5 * random.normal() > 0 else -1
        lines.append(" ".join([f"{y:+d}", *(f"{j + 1}:{v}" for j, v in enumerate(x) if v)]))
    file.write_text("\n".join(lines) + "\n")
    return file


def until(below: float, optimum: float, gap: str = "absolute") -> Json:
    """The baseline that ends a run once the objective's gap is below this."""
    return {"metric": "objective", "optimum": optimum, "gap": gap, "below": below, "stop": True}


class Convex(EndToEnd):
    def data_file(self, name: str) -> Path:
        file = DATA / "libsvm" / name
        return file if file.exists() else write_generated(self.folder / name)

    def experiment(self, file: Path, loss: Json, **base: object) -> Json:
        return {
            "name": "convex",
            "base": {
                "workers": WORKERS,
                "dataset": {
                    "name": "file",
                    "format": "libsvm",
                    "train": str(file),
                    "test": str(file),
                },
                "model": {"name": "linear", "bias": False, "initial": "zeros"},
                "loss": loss,
                "batch_size": "all",
                "learning_rate": {"initial": "1/L"},
                "algorithm": {"name": "sgd", "reduction": "mean"},
                **base,
            },
        }

    def unequal(self, samples: int) -> Json:
        """Consecutive shards that together have every sample."""
        sizes = [samples // (2 * WORKERS)] * (WORKERS - 1)
        return {"kind": "consecutive", "sizes": [*sizes, samples - sum(sizes)]}

    def run_one(self, experiment: Json) -> tuple[list[dict[str, str]], Json]:
        self.run_sweep(self.write(experiment), self.out, "--quiet")
        (run,) = runs_of(self.out)
        return read_csv(run / "metrics.csv"), json.loads((run / "summary.json").read_text())

    def descend(self, loss: Json, optimum: float, samples: int, file: Path) -> None:
        experiment = self.experiment(
            file,
            loss,
            epochs=20000,
            evaluate_every=1000,
            algorithm={"name": "sgd", "reduction": "weighted_mean"},
            baseline=until(1e-6 * abs(optimum), optimum),
        )
        experiment["base"]["dataset"]["partition"] = self.unequal(samples)
        metrics, summary = self.run_one(experiment)
        self.assertEqual(summary["status"], "baseline", metrics[-1])
        self.assertLess(abs(float(metrics[-1]["objective"]) - optimum), 1e-6 * abs(optimum))
        self.assertGreaterEqual(float(metrics[-1]["objective"]), optimum * (1 - 1e-9))

    def test_logistic_regression_reaches_scipys_optimum(self) -> None:
        file = self.data_file("a9a.txt")
        x, y = read_libsvm(file)

        def objective(theta: np.ndarray) -> tuple[float, np.ndarray]:
            margin = y * (x @ theta)
            value = np.logaddexp(0, -margin).mean() + 5e-4 * theta @ theta
            slope = -y / (1 + np.exp(margin))
            return value, x.T @ slope / len(y) + 1e-3 * theta

        found = minimize(
            objective,
            np.zeros(x.shape[1]),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": 10000, "maxfun": 20000, "ftol": 1e-15, "gtol": 1e-10},
        )
        self.descend({"name": "logistic", "l2": 1e-3}, float(found.fun), len(y), file)

    def test_least_squares_reaches_the_solution_of_the_normal_equations(self) -> None:
        file = self.data_file("a9a.txt")
        x, y = read_libsvm(file)
        n, d = x.shape
        theta = np.linalg.solve((x.T @ x).toarray() / n + 1e-3 * np.eye(d), x.T @ y / n)
        optimum = ((x @ theta - y) ** 2).mean() / 2 + 5e-4 * theta @ theta
        self.descend({"name": "squared", "l2": 1e-3}, float(optimum), n, file)

    def test_smoothness_is_that_of_the_whole_data(self) -> None:
        file = self.data_file("a9a.txt")
        x, _ = read_libsvm(file)
        largest = np.linalg.eigvalsh((x.T @ x).toarray())[-1]
        experiment = self.experiment(
            file,
            {"name": "logistic", "l2": 1e-3},
            max_iterations=1,
            algorithm={"name": "sgd", "reduction": "weighted_mean"},
        )
        experiment["base"]["dataset"]["partition"] = self.unequal(x.shape[0])
        _, summary = self.run_one(experiment)
        expected = largest / (4 * x.shape[0]) + 1e-3
        self.assertAlmostEqual(summary["smoothness"] / expected, 1, delta=1e-9)

    def test_shards_are_listed(self) -> None:
        file = self.data_file("a9a.txt")
        _, y = read_libsvm(file)
        experiment = self.experiment(file, {"name": "logistic"}, max_iterations=1)
        experiment["base"]["dataset"]["partition"] = self.unequal(len(y))
        self.run_one(experiment)
        (run,) = runs_of(self.out)
        counted: dict[tuple[int, float], int] = {}
        for row in read_csv(run / "shards.csv"):
            counted[int(row["worker"]), float(row["label"])] = int(row["samples"])
        begin = 0
        for worker, size in enumerate(self.unequal(len(y))["sizes"]):
            for label in (-1.0, 1.0):
                expected = int((y[begin : begin + size] == label).sum())
                self.assertEqual(counted.get((worker, label), 0), expected)
            begin += size

    # Counts of an independent program in double precision on the data of LAG's authors: sums over
    # samples and workers, lambda of each worker, L with lambda once.
    @unittest.skipUnless((DATA / "lag").exists(), "no LAG data")
    def test_gradient_descent_on_lags_data(self) -> None:
        logistic = [117, 117, 117, 535, 535, 535, 119, 119, 119]
        linear = [168, 168, 168, 84, 84, 84, 139, 139, 139]
        for file, loss, sizes, optimum, start, step, iterations in (
            (
                "logistic-m9.libsvm",
                {"name": "logistic", "over": "sum", "labels": "as_is", "l2": 1e-4},
                logistic,
                1279.3253171999,
                1603.249429,
                7.525426505e-4,
                266,
            ),
            (
                "linear-m9.libsvm",
                {"name": "squared", "over": "sum"},
                linear,
                24528.5270418174,
                171989.3042,
                5.978381463e-4,
                42,
            ),
        ):
            with self.subTest(file):
                self.out = self.folder / file
                experiment = self.experiment(
                    DATA / "lag" / file,
                    loss,
                    workers=9,
                    epochs=1000,
                    evaluate_every=1,
                    algorithm={"name": "sgd", "reduction": "sum"},
                    baseline=until(1e-2, optimum, "relative"),
                )
                experiment["base"]["dataset"]["partition"] = {"kind": "consecutive", "sizes": sizes}
                metrics, summary = self.run_one(experiment)
                self.assertAlmostEqual(1 / summary["smoothness"] / step, 1, delta=1e-8)
                self.assertEqual(summary["baseline"]["iteration"], iterations)
                self.assertEqual(summary["baseline"]["rounds"], 9 * iterations)
                self.assertLess(float(metrics[0]["objective"]), start)


if __name__ == "__main__":
    unittest.main()
