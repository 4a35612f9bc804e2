"""Golden values of LAG's tests: gradient descent, LAG-WK and LAG-PS in numpy, double precision.

Chen et al., arXiv 1805.09965: the objective is the sum of the workers' f_m = loss + l2/2 ||x||^2,
losses summed over samples; step 1/L with L = c lambda_max(A^T A) + l2 of all samples (l2 once);
window 10; weights 1/10 (WK) and 10/10 (PS). All workers send in the first iteration. Prints, for
each method and bound on (f - f*)/(f(0) - f*), the uploads and iterations until it holds.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

WINDOW = 10
BOUNDS = (1e-2, 1e-4, 1e-6)
CURVATURE = {"logistic": 0.25, "squared": 1.0}


@dataclass
class Task:
    loss: str  # "logistic" or "squared"
    l2: float
    samples: np.ndarray  # [n, d]
    labels: np.ndarray  # [n]
    sizes: list[int]  # of the workers' consecutive shards

    def shards(self) -> list[tuple[np.ndarray, np.ndarray]]:
        ends = np.cumsum(self.sizes)
        return [
            (self.samples[end - size : end], self.labels[end - size : end])
            for size, end in zip(self.sizes, ends, strict=True)
        ]

    def smoothness(self, samples: np.ndarray) -> float:
        largest = np.linalg.eigvalsh(samples.T @ samples)[-1]
        return CURVATURE[self.loss] * largest + self.l2

    def gradient(self, shard: tuple[np.ndarray, np.ndarray], x: np.ndarray) -> np.ndarray:
        a, y = shard
        if self.loss == "squared":
            slope = a @ x - y
        else:
            slope = -y / (1 + np.exp(y * (a @ x)))
        return a.T @ slope + self.l2 * x

    def value(self, x: np.ndarray) -> float:
        used = sum(self.sizes)
        z, y = self.samples[:used] @ x, self.labels[:used]
        losses = (z - y) ** 2 / 2 if self.loss == "squared" else np.logaddexp(0, -y * z)
        return losses.sum() + len(self.sizes) * self.l2 / 2 * x @ x

    def optimum(self) -> float:
        """By Newton's method."""
        x = np.zeros(self.samples.shape[1])
        l2 = len(self.sizes) * self.l2 * np.eye(len(x))
        a = self.samples[: sum(self.sizes)]
        y = self.labels[: sum(self.sizes)]
        for _ in range(50):
            gradient = sum(self.gradient(shard, x) for shard in self.shards())
            if self.loss == "squared":
                weights = np.ones(len(y))
            else:
                p = 1 / (1 + np.exp(y * (a @ x)))
                weights = y * y * p * (1 - p)
            x = x - np.linalg.lstsq(a.T @ (weights[:, None] * a) + l2, gradient, rcond=None)[0]
        return self.value(x)


def counts(task: Task, method: str, bounds: tuple[float, ...] = BOUNDS) -> list[tuple[int, int]]:
    """Uploads and iterations until the relative gap is below each bound."""
    shards = task.shards()
    workers = len(shards)
    step = 1 / task.smoothness(task.samples[: sum(task.sizes)])
    smoothness = [task.smoothness(a) for a, _ in shards]
    scale = {"gd": 0.0, "lag_wk": 1.0, "lag_ps": 10.0}[method] / WINDOW
    optimum = task.optimum()
    x = np.zeros(task.samples.shape[1])
    whole = task.value(x) - optimum
    stored = [np.zeros_like(x) for _ in shards]  # of the last uploads
    at = [x for _ in shards]  # the models of the last uploads
    moves: list[float] = []
    uploads, result = 0, []
    for t in range(100_000):
        threshold = scale * sum(moves[-WINDOW:]) / (step * workers) ** 2
        for m, shard in enumerate(shards):
            if method == "lag_ps":
                sends = smoothness[m] ** 2 * np.sum((at[m] - x) ** 2) > threshold
            elif method == "lag_wk":
                sends = np.sum((task.gradient(shard, x) - stored[m]) ** 2) > threshold
            else:
                sends = True
            if t == 0 or sends:
                stored[m], at[m] = task.gradient(shard, x), x
                uploads += 1
        following = x - step * sum(stored)
        moves.append(np.sum((following - x) ** 2))
        x = following
        while len(result) < len(bounds) and task.value(x) - optimum < bounds[len(result)] * whole:
            result.append((uploads, t + 1))
        if len(result) == len(bounds):
            return result
    raise RuntimeError("does not converge")


def synthetic(loss: str, workers: int, seed: int) -> Task:
    """Samples of 5 features in three decimals, the j-th j + 1 times as large; worker m's samples
    are 1.25^m times as large, so that L_m differ, and its shard has 10 + 3 m samples."""
    state = seed

    def uniform() -> float:  # a linear congruential generator of 31 bits, in [-1, 1)
        nonlocal state
        state = (1103515245 * state + 12345) % 2**31
        return state / 2**30 - 1

    sizes = [10 + 3 * m for m in range(workers)]
    truth = np.array([1.0, -0.5, 0.25, 2.0, -1.0])
    samples, labels = [], []
    for m, size in enumerate(sizes):
        for _ in range(size):
            scales = 1.25**m * (1 + np.arange(len(truth)))
            row = np.array([round(scale * uniform(), 3) for scale in scales])
            noisy = row @ truth + 20 * uniform()
            samples.append(row)
            labels.append(round(noisy, 3) if loss == "squared" else (1.0 if noisy > 0 else -1.0))
    task = Task(loss, 1.0, np.array(samples), np.array(labels), sizes)
    task.samples = task.samples.astype(np.float32).astype(float)  # as a program reads them
    task.labels = task.labels.astype(np.float32).astype(float)
    return task


def write_libsvm(task: Task, file: Path) -> None:
    lines = []
    for row, label in zip(task.samples, task.labels, strict=True):
        entries = (f"{j + 1}:{np.float32(value)!s}" for j, value in enumerate(row))
        lines.append(" ".join([str(np.float32(label)), *entries]))
    file.write_text("\n".join(lines) + "\n")


def read_libsvm(file: Path, loss: str, l2: float, sizes: list[int]) -> Task:
    labels, rows = [], []
    for line in file.read_text().splitlines():
        label, *entries = line.split()
        labels.append(float(label))
        rows.append({int(j): float(v) for j, v in (entry.split(":") for entry in entries)})
    samples = np.zeros((len(rows), max(max(row) for row in rows if row)))
    for i, row in enumerate(rows):
        for j, value in row.items():
            samples[i, j - 1] = np.float32(value)
    return Task(loss, l2, samples, np.array(labels), sizes)


def show(name: str, task: Task) -> None:
    print(f"{name}: f* = {task.optimum():.12g}")
    for method in ("gd", "lag_wk", "lag_ps"):
        print(f"  {method}: {counts(task, method)}")


if __name__ == "__main__":
    for loss in ("logistic", "squared"):
        for workers, seed in ((4, 1), (6, 2)):
            show(f"{loss}, {workers} workers, seed {seed}", synthetic(loss, workers, seed))
    if len(sys.argv) > 1:  # the folder of the authors' data
        folder = Path(sys.argv[1])
        logistic = [117] * 3 + [535] * 3 + [119] * 3
        linear = [168] * 3 + [84] * 3 + [139] * 3
        show("logistic", read_libsvm(folder / "logistic-m9.libsvm", "logistic", 1e-4, logistic))
        show("linear", read_libsvm(folder / "linear-m9.libsvm", "squared", 0.0, linear))
