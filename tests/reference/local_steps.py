"""Golden values of tests/training/local_steps_test.cpp: methods with local steps on the least
squares of tests/support/least_squares.hpp, in numpy, double precision. Prints theta after three
iterations."""

import numpy as np

D = 4
BATCH = 2
SIZES = (4, 6, 8)
GAMMA = 0.05


class Worker:
    """One worker: its samples in order, two at a time, and its state."""

    def __init__(self, m):
        i, j = np.arange(SIZES[m])[:, None], np.arange(D)[None, :]
        self.a = ((3 * i + 5 * j + 7 * m) % 11 - 5) / 4
        self.b = ((2 * i[:, 0] + 3 * m) % 7 - 3) / 2
        self.n = SIZES[m]
        self.step = 0
        self.buffer = None
        self.variate = np.zeros(D)
        self.error = np.zeros(D)

    def gradient(self, x):
        rows = [(BATCH * self.step + k) % self.n for k in range(BATCH)]
        self.step += 1
        return self.a[rows].T @ (self.a[rows] @ x - self.b[rows]) / BATCH

    def direction(self, g, momentum, nesterov):
        self.buffer = g if self.buffer is None else momentum * self.buffer + g
        return g + momentum * self.buffer if nesterov else self.buffer


def start():
    return 0.25 * np.arange(1, D + 1), [Worker(m) for m in range(len(SIZES))]


def show(name, theta):
    print(name, *(f"{x:.9g}" for x in theta))


def local_sgd(steps=3, momentum=0.9, decay=0.01, proximal=0.0, weighted=False, epochs=0):
    theta, workers = start()
    for _ in range(3):
        models = []
        for w in workers:
            x = theta.copy()
            for _ in range(epochs * w.n // BATCH if epochs else steps):
                g = w.gradient(x) + decay * x + proximal * (x - theta)
                x = x - GAMMA * w.direction(g, momentum, True)
            models.append(x)
        theta = np.average(models, axis=0, weights=SIZES if weighted else None)
    return theta


def fed_adam(rate=0.1, beta1=0.9, beta2=0.99, tau=1e-3):
    theta, workers = start()
    first, second = np.zeros(D), np.full(D, tau**2)
    for _ in range(3):
        models = []
        for w in workers:
            x = theta.copy()
            for _ in range(w.n // BATCH):
                x = x - GAMMA * w.gradient(x)
            models.append(x)
        change = np.average(models, axis=0, weights=SIZES) - theta
        first = beta1 * first + (1 - beta1) * change
        second = beta2 * second + (1 - beta2) * change**2
        theta = theta + rate * first / (np.sqrt(second) + tau)
    return theta


def scaffold(steps=3, rate=1.0):
    theta, workers = start()
    common = np.zeros(D)
    for _ in range(3):
        changes, variates = [], []
        for w in workers:
            y = theta.copy()
            for _ in range(steps):
                y = y - GAMMA * (w.gradient(y) - w.variate + common)
            new = w.variate - common + (theta - y) / (steps * GAMMA)
            changes.append(y - theta)
            variates.append(new - w.variate)
            w.variate = new
        theta = theta + rate * np.mean(changes, axis=0)
        common = common + np.mean(variates, axis=0)
    return theta


def block_momentum(steps=2, momentum=0.9, rate=1.0, nesterov=False):
    theta, workers = start()
    buffer = np.zeros(D)
    for _ in range(3):
        models = []
        for w in workers:
            x = theta.copy()
            for _ in range(steps):
                x = x - GAMMA * w.gradient(x)
            models.append(x)
        change = theta - np.mean(models, axis=0)
        buffer = momentum * buffer + change
        theta = theta - rate * (change + momentum * buffer if nesterov else buffer)
    return theta


def cser(steps=2, kept=2):
    theta, workers = start()
    for _ in range(3):
        sent = []
        for w in workers:
            x = theta - w.error
            for _ in range(steps):
                x = x - GAMMA * w.gradient(x)
            p = theta - x
            q = np.zeros(D)
            largest = np.argsort(-np.abs(p), kind="stable")[:kept]
            q[largest] = p[largest]
            w.error = p - q
            sent.append(q)
        theta = theta - np.mean(sent, axis=0)
    return theta


if __name__ == "__main__":
    show("local_sgd", local_sgd())
    show("fedprox", local_sgd(momentum=0.0, decay=0.0, proximal=1.0, weighted=True, epochs=2))
    show("fed_adam", fed_adam())
    show("scaffold", scaffold())
    show("block_momentum", block_momentum())
    show("diloco", block_momentum(rate=0.7, nesterov=True))
    show("cser", cser())
