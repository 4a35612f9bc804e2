"""Golden values of tests/algorithms/server_steps/majority_vote_test.cpp: Signum with majority vote
(Bernstein et al., arXiv 1810.05291, Algorithm 1) in numpy, with the paper's buffer
m <- beta m + (1 - beta) g. Three workers; prints theta after each step."""

import numpy as np

F = np.float32
WORKERS, D, STEPS = 3, 5, 6


def gradient(t: int, worker: int, i: int) -> float:
    return ((7 * t + 5 * worker + 3 * i) % 13 - 6) / 4 + 0.125


def run(beta: float, weight_decay: float, rate: float) -> None:
    theta = np.array([1.0, -2.0, 0.5, -0.25, 3.0], dtype=F)
    buffers = np.zeros((WORKERS, D))
    for t in range(STEPS):
        g = np.array([[gradient(t, m, i) for i in range(D)] for m in range(WORKERS)])
        buffers = beta * buffers + (1 - beta) * g
        vote = np.where(np.sign(buffers).sum(axis=0) >= 0, 1, -1).astype(F)
        theta = theta - F(rate) * (vote + F(weight_decay) * theta)
    print(beta, weight_decay, *(f"{x:.9g}" for x in theta))


if __name__ == "__main__":
    run(0.0, 0.0, 0.125)
    run(0.9, 0.0, 0.125)
    run(0.9, 0.01, 0.125)
