"""EF21 and error feedback (arXiv 2106.05203, its authors' code) in numpy, double precision, on a
LIBSVM file: consecutive shards of equal size, the rest to the last worker; logistic loss with the
nonconvex regulariser 0.1 sum x^2 / (1 + x^2); top-1; x = 0 and g = the gradients at the start.
Of equal entries the first is sent, or the last, as the authors' np.argpartition does: with features
that are equal throughout a shard, error feedback depends on it.

    ef21.py FILE STEP    prints ||grad f||^2 after 1, 10, 100, 300 and 1,000 iterations."""

import itertools
import sys

import numpy as np

WORKERS = 20
NONCONVEX = 0.1


def read(path):
    """Samples [n, d] and labels -1, +1."""
    rows, labels = [], []
    with open(path, encoding="ascii") as file:
        for line in file:
            label, *entries = line.split()
            labels.append(float(label))
            rows.append([(int(i) - 1, float(x)) for i, x in (e.split(":") for e in entries)])
    samples = np.zeros((len(rows), 1 + max(i for row in rows for i, _ in row)))
    for sample, row in zip(samples, rows):
        for i, x in row:
            sample[i] = x
    return samples, np.where(np.array(labels) == max(labels), 1.0, -1.0)


def shards(samples, labels, workers=WORKERS):
    size = len(labels) // workers
    ends = [m * size for m in range(1, workers)]
    return list(zip(np.split(samples, ends), np.split(labels, ends)))


def gradients(x, parts):
    regulariser = NONCONVEX * 2 * x / (1 + x**2) ** 2
    result = []
    for a, y in parts:
        z = -y / (1 + np.exp(y * (a @ x)))
        result.append(a.T @ z / len(y) + regulariser)
    return np.array(result)


def top_1(rows, takes_last):
    kept = np.zeros_like(rows)
    for row, out in zip(rows, kept):
        size = np.abs(row)
        i = len(size) - 1 - np.argmax(size[::-1]) if takes_last else np.argmax(size)
        out[i] = row[i]
    return kept


def ef21(parts, step, iterations, takes_last=False):
    """||grad f||^2 after 0 ... iterations steps."""
    x = np.zeros(parts[0][0].shape[1])
    g = gradients(x, parts)
    held, norms = g.copy(), [np.sum(g.mean(axis=0) ** 2)]
    for _ in range(iterations):
        x = x - step * held.mean(axis=0)
        g = gradients(x, parts)
        held += top_1(g - held, takes_last)
        norms.append(np.sum(g.mean(axis=0) ** 2))
    return norms


def error_feedback(parts, step, iterations, takes_last=False):
    x = np.zeros(parts[0][0].shape[1])
    g = gradients(x, parts)
    errors, norms = np.zeros_like(g), [np.sum(g.mean(axis=0) ** 2)]
    for _ in range(iterations):
        sent = top_1(errors + step * g, takes_last)
        errors += step * g - sent
        x = x - sent.mean(axis=0)
        g = gradients(x, parts)
        norms.append(np.sum(g.mean(axis=0) ** 2))
    return norms


if __name__ == "__main__":
    data = shards(*read(sys.argv[1]))
    for method, takes_last in itertools.product((ef21, error_feedback), (False, True)):
        norms = method(data, float(sys.argv[2]), 1000, takes_last)
        rule = "last" if takes_last else "first"
        print(method.__name__, rule, *(f"{norms[t]:.6e}" for t in (1, 10, 100, 300, 1000)))
