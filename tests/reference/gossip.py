"""Decentralised methods with full gradients in numpy, double precision: logistic regression with
consecutive shards. tests/end_to_end/gossip_test.py compares the program with it on data of its own.

    gossip.py phishing.txt > gossip_phishing.csv

prints the golden numbers of that test for the LIBSVM file: ten nodes on a ring.
"""

import itertools
import sys
from pathlib import Path

import numpy as np

import streams

L2 = 1e-3


def read_libsvm(file):
    """Dense features, of float32 values, and labels as +-1."""
    rows, labels = [], []
    width = 0
    for line in Path(file).read_text().splitlines():
        label, *entries = line.split()
        row = {int(e.split(":")[0]) - 1: float(np.float32(e.split(":")[1])) for e in entries}
        width = max(width, max(row, default=-1) + 1)
        rows.append(row)
        labels.append(float(label))
    x = np.zeros((len(rows), width))
    for i, row in enumerate(rows):
        for j, value in row.items():
            x[i, j] = value
    return x, np.where(np.array(labels) > 0, 1.0, -1.0)


def shards_of(samples, nodes):
    """Sizes of consecutive shards that together have every sample; the last has the rest."""
    size = samples // nodes
    return [size] * (nodes - 1) + [samples - size * (nodes - 1)]


class Problem:
    """F = mean over nodes of f_i; f_i: mean logistic loss of the shard, and l2/2 ||theta||^2."""

    def __init__(self, x, y, nodes):
        ends = np.cumsum(shards_of(len(y), nodes))[:-1]
        self.x, self.y = np.split(x, ends), np.split(y, ends)
        self.nodes, self.d = nodes, x.shape[1]

    def value(self, theta):
        losses = [np.logaddexp(0, -y * (x @ theta)).mean() for x, y in zip(self.x, self.y)]
        return np.mean(losses) + L2 / 2 * theta @ theta

    def gradients(self, models):
        """[n, d], each at the node's own model."""
        rows = []
        for x, y, theta in zip(self.x, self.y, models):
            slope = -y / (1 + np.exp(y * (x @ theta)))
            rows.append(x.T @ slope / len(y) + L2 * theta)
        return np.array(rows)


def ring(nodes):
    w = np.zeros((nodes, nodes))
    for i in range(nodes):
        for j in ((i + 1) % nodes, (i - 1) % nodes):
            w[i, j] = 1 / 3
        w[i, i] = 1 - w[i].sum()
    return w


def metropolis(edges, nodes):
    degree = np.zeros(nodes)
    for a, b in edges:
        degree[[a, b]] += 1
    w = np.zeros((nodes, nodes))
    for a, b in edges:
        w[a, b] = w[b, a] = 1 / (1 + max(degree[a], degree[b]))
    return w + np.diag(1 - w.sum(axis=1))


def shares(edges, nodes):
    """Columns sum to 1: of directed edges (from, to)."""
    p = np.zeros((nodes, nodes))
    for a, b in edges:
        p[b, a] = 1
    out = p.sum(axis=0) + 1
    return (p + np.eye(nodes)) / out


def each(w):
    """The matrices of iterations 0, 1, ...: one for all, or a sequence."""
    return itertools.repeat(w) if isinstance(w, np.ndarray) else iter(w)


def drawn(draw, weights, nodes, seed):
    """`draw` gives the edges of an iteration from its stream."""
    for t in itertools.count():
        yield weights(draw(streams.Stream(seed, "topology of an iteration", t)), nodes)


def matching_of(edges):
    """Edges, ascending, in random order, each taken unless an end has a pair."""

    def draw(random):
        pairs, paired = [], set()
        for a, b in random.shuffled(sorted(tuple(sorted(edge)) for edge in edges)):
            if not paired & {a, b}:
                pairs.append((a, b))
                paired |= {a, b}
        return pairs

    return draw


def erdos_renyi(nodes, probability):
    def draw(random):
        pairs = itertools.combinations(range(nodes), 2)
        return [pair for pair in pairs if random.uniform() < probability]

    return draw


def random_regular(nodes, degree):
    """Open ends joined at random, one suitable pair after the other; anew after 1000 failures."""

    def draw(random):
        all_ends = [node for node in range(nodes) for _ in range(degree)]
        ends, pairs, failures = list(all_ends), set(), 0
        while ends:
            for count in (len(ends), len(ends) - 1):
                j = random.below(count)
                ends[count - 1], ends[j] = ends[j], ends[count - 1]
            pair = tuple(sorted(ends[-2:]))
            if pair[0] != pair[1] and pair not in pairs:
                pairs.add(pair)
                del ends[-2:]
                failures = 0
            elif failures == 1000:
                ends, pairs, failures = list(all_ends), set(), 0
            else:
                failures += 1
        return sorted(pairs)

    return draw


def top_k(rows, k):
    """The k largest magnitudes of each row, the first of equal ones."""
    kept = np.zeros_like(rows)
    for i, row in enumerate(rows):
        best = np.argsort(-np.abs(row), kind="stable")[:k]
        kept[i, best] = row[best]
    return kept


def soft(x, threshold):
    return np.sign(x) * np.maximum(np.abs(x) - threshold, 0)


def d_psgd(problem, w, gamma, order="mix_first"):
    x = np.zeros((problem.nodes, problem.d))
    for w in each(w):
        g = problem.gradients(x)
        x = w @ x - gamma * g if order == "mix_first" else w @ (x - gamma * g)
        yield x


def choco(problem, w, gamma, consensus, k, order="icml", l1=0.0):
    x = np.zeros((problem.nodes, problem.d))
    copies = np.zeros_like(x)
    while True:
        if order == "icml":
            x = x - gamma * problem.gradients(x)
            copies = copies + top_k(x - copies, k)
        else:
            mixed = x
            copies = copies + top_k(mixed - copies, k)
            x = mixed - gamma * problem.gradients(mixed)
        x = soft(x + consensus * (w @ copies - copies), gamma * l1)
        yield x


def deep_squeeze(problem, w, gamma, consensus, k):
    x = np.zeros((problem.nodes, problem.d))
    error = np.zeros_like(x)
    for w in each(w):
        stepped = x - gamma * problem.gradients(x)
        q = top_k(stepped + error, k)
        error = stepped + error - q
        x = stepped + consensus * (w @ q - q)
        yield x


def gradient_tracking(problem, w, gamma):
    x = np.zeros((problem.nodes, problem.d))
    g = problem.gradients(x)
    y = g
    for w in each(w):
        x = w @ (x - gamma * y)
        new = problem.gradients(x)
        y = w @ y + new - g
        g = new
        yield x


def push_sum(problem, p, gamma):
    x = np.zeros((problem.nodes, problem.d))
    weight = np.ones(problem.nodes)
    for p in each(p):
        g = problem.gradients(x / weight[:, None])
        x, weight = p @ (x - gamma * g), p @ weight
        yield x / weight[:, None]


def measured(problem, sequence, iterations):
    """Of each iteration: the objective of the mean model, and the consensus distance."""
    rows = []
    for x, _ in zip(sequence, range(iterations)):
        mean = x.mean(axis=0)
        rows.append((problem.value(mean), np.sqrt(((x - mean) ** 2).sum(axis=1).mean())))
    return rows


PHISHING = {"iterations": 300, "gamma": 1.0, "consensus": 0.3, "k": 6}


def of_phishing(problem):
    w, p = ring(problem.nodes), PHISHING
    return {
        "d_psgd": measured(problem, d_psgd(problem, w, p["gamma"]), p["iterations"]),
        "choco": measured(
            problem, choco(problem, w, p["gamma"], p["consensus"], p["k"]), p["iterations"]
        ),
    }


if __name__ == "__main__":
    sequences = of_phishing(Problem(*read_libsvm(sys.argv[1]), 10))
    print("method,iteration,objective,consensus_distance")
    for name, rows in sequences.items():
        for t in range(10, PHISHING["iterations"] + 1, 10):
            objective, distance = rows[t - 1]
            print(f"{name},{t},{objective:.12g},{distance:.12g}")
