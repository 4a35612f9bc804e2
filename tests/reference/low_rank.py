"""Golden values of tests/algorithms/compressors/: PowerSGD (arXiv 1905.13727, both of the authors'
programs) and ATOMO (arXiv 1806.04090), with numpy in double precision. Prints them. The bases of
the factors differ from the simulator's (numpy's QR in place of Gram-Schmidt), the products do not.
"""

import numpy as np

import random_bits

FC = [(512, 784), (512,), (10, 512), (10,)]
SMALL = [(6, 4), (3,), (4, 2, 3)]


def resnet18(classes=10):
    """The tensors of ResNet18 for images of 32 x 32."""
    shapes = [(64, 3, 3, 3), (64,), (64,)]
    channels = 64
    for stage in range(4):
        out = 64 << stage
        for block in range(2):
            shapes += [(out, channels, 3, 3), (out,), (out,), (out, out, 3, 3), (out,), (out,)]
            if channels != out:
                shapes += [(out, channels, 1, 1), (out,), (out,)]
            channels = out
    return shapes + [(classes, channels), (classes,)]


def entries(shapes):
    return sum(int(np.prod(shape)) for shape in shapes)


def sent(shapes, rank):
    """Floats that a worker sends in an iteration: both factors, and the vectors."""
    total = 0
    for shape in shapes:
        n, m = shape[0], int(np.prod(shape[1:]))
        total += n if len(shape) == 1 else min(n, m, rank) * (n + m)
    return total


def sizes():
    for rank in (1, 2, 4):
        print(f"784-512-10, rank {rank}: {32 * sent(FC, rank)} bits")
    net = resnet18()
    mib = 24 * 4 / 2**20  # 24 iterations an epoch
    print(f"ResNet18: {entries(net)} entries; SGD {32 * entries(net)} bits, {entries(net) * mib:.3f}")
    for rank in (1, 2, 4):
        print(f"  rank {rank}: {32 * sent(net, rank)} bits, {sent(net, rank) * mib:.3f} MiB an epoch")


def normals(key, count):
    """Box-Muller."""
    u = (random_bits.draws(key, 0, 2 * count).astype(np.float64) + 1) / 2.0**32
    z = np.sqrt(-2 * np.log(u[0::2])) * np.cos(2 * np.pi * u[1::2])
    return z.astype(np.float32).astype(np.float64)


def gradient(worker, t, d):
    i = np.arange(d)
    return ((i * 37 + worker * 11 + t * 5) % 41 - 20) / 32


def orthonormal(p):
    return np.linalg.qr(p)[0]


def split(vector, shapes):
    """The tensors, those of dimension 2 and more as matrices."""
    tensors, at = [], 0
    for shape in shapes:
        size = int(np.prod(shape))
        part = vector[at : at + size]
        tensors.append(part if len(shape) == 1 else part.reshape(shape[0], -1))
        at += size
    return tensors


def start(shapes, rank, side, key):
    """The first factors, whose entries are drawn in the order of the tensors: q as [r, m] row by
    row, p as [n, r]."""
    matrices = [(s[0], int(np.prod(s[1:]))) for s in shapes if len(s) > 1]
    count = sum(min(n, m, rank) * (m if side == "q" else n) for n, m in matrices)
    draws, factors = normals(key, count), []
    for n, m in matrices:
        r = min(n, m, rank)
        size = r * (m if side == "q" else n)
        part, draws = draws[:size], draws[size:]
        factors.append(part.reshape(r, m).T if side == "q" else part.reshape(n, r))
    return factors


def paper(shapes, rank, workers, iterations):
    d = entries(shapes)
    errors = [[np.zeros_like(x) for x in split(np.zeros(d), shapes)] for _ in range(workers)]
    qs = start(shapes, rank, "q", random_bits.key(100))
    for t in range(iterations):
        sums = [
            [g + e for g, e in zip(split(gradient(m, t, d), shapes), errors[m])]
            for m in range(workers)
        ]
        joined, at = [], 0
        for i in range(len(shapes)):
            mean = np.mean([own[i] for own in sums], axis=0)
            if mean.ndim == 1:
                joined.append(mean)
                continue
            p = orthonormal(np.mean([own[i] @ qs[at] for own in sums], axis=0))
            qs[at] = np.mean([own[i].T @ p for own in sums], axis=0)
            joined.append(p @ qs[at].T)
            at += 1
        errors = [
            [np.zeros_like(x) if x.ndim == 1 else x - y for x, y in zip(own, joined)]
            for own in sums
        ]
        show("paper", t, joined)


def package(shapes, rank, workers, iterations, dense):
    d = entries(shapes)
    errors = [[np.zeros_like(x) for x in split(np.zeros(d), shapes)] for _ in range(workers)]
    factors = start(shapes, rank, "p", random_bits.key(100 + dense))
    for t in range(iterations):
        sums = [
            [g + e for g, e in zip(split(gradient(m, t, d), shapes), errors[m])]
            for m in range(workers)
        ]
        joined, at = [], 0
        for i in range(len(shapes)):
            own = [one[i] for one in sums]
            if own[0].ndim == 1 or t < dense:
                joined.append(np.mean(own, axis=0))
                for m in range(workers):
                    errors[m][i] = np.zeros_like(own[m])
                continue
            left = (t - dense) % 2 == 0
            held = orthonormal(factors[at])
            replies = [x.T @ held if left else x @ held for x in own]
            for m in range(workers):
                errors[m][i] = own[m] - (held @ replies[m].T if left else replies[m] @ held.T)
            factors[at] = np.mean(replies, axis=0)
            joined.append(held @ factors[at].T if left else factors[at] @ held.T)
            at += 1
        show("package", t, joined)


def show(name, t, joined):
    flat = np.concatenate([x.ravel() for x in joined])
    picked = ", ".join(f"{flat[i]:.7g}" for i in (0, 5, 23, 25, 27, 40, 50))
    print(f"{name}, t = {t}: {picked}; squared norm {flat @ flat:.7g}")


def atomo():
    i = np.arange(12)
    matrix = ((i * i * 7 + i * 3) % 13 - 6).reshape(4, 3) / 8
    s = np.linalg.svd(matrix, compute_uv=False)
    for rank in (1, 2):
        p = np.minimum(1, rank * s / s.sum())
        drawn = 1 - np.prod(1 - p)
        print(f"atomo, rank {rank}: s = {s}, p = {p}, mean number kept {p.sum() / drawn:.7g}")
        # E ||C||^2 = sum s^2 (1 - P0) / p
        print(f"  mean squared norm {np.sum(s**2 * drawn / p):.7g}")


if __name__ == "__main__":
    sizes()
    paper(SMALL, 2, 3, 3)
    package(SMALL, 1, 3, 4, 1)
    atomo()
