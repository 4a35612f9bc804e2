"""Asynchronous servers in numpy, double precision: three clients of unequal speed, an event-driven
simulation of their messages, and full gradients of a small logistic regression.
tests/end_to_end/asynchronous_test.py compares the program with it.

    asynchronous.py > asynchronous.csv

prints, of each method, the first 201 pushes that the server applied: when, whose, how stale, and,
after every third, the objective of the server's model and its mean loss on the first samples.
"""

import heapq
import itertools

import numpy as np

CLIENTS, SAMPLES, D = 3, 240, 12
UPDATES = 201
L2 = 1e-3
PROBED = 6  # samples whose loss shows where the model is
GRADIENT_SECONDS = 0.01
LOCAL_STEP_SECONDS_PER_ENTRY = 2e-6
SERVER_SECONDS_PER_UPLOAD = 1e-3
ADDING_SECONDS_PER_VALUE = 1e-5
HEADER = 40
SPEED = (1.0, 0.7, 0.31)  # of the reference
UPLINK = (1e5, 6e4, 1e5)  # bytes per second
DOWNLINK = (1.5e5, 1.5e5, 3e4)
LATENCY = (1.3e-3, 1.3e-3, 2.9e-3)
MODEL = HEADER + 4 * D


def samples():
    """Features with two decimals, [n, d], and labels as +-1."""
    i, j = np.meshgrid(np.arange(SAMPLES), np.arange(D), indexing="ij")
    x = ((i * 7919 + j * 104729 + i * (j + 1) ** 2 * 31) % 401 - 200) / 100
    noise = ((i[:, 0] * 6151) % 199 - 99) / 25
    y = np.where(x @ np.cos(1.7 * np.arange(D)) + noise > 0, 1, -1)
    return x, y


def libsvm():
    """The samples as a LIBSVM file."""
    lines = []
    for row, label in zip(*samples()):
        lines.append(" ".join([f"{label:+d}", *(f"{j + 1}:{v:.2f}" for j, v in enumerate(row))]))
    return "\n".join(lines) + "\n"


def softplus(z):
    return np.logaddexp(0, z)


class Problem:
    """F = mean over clients of f_i; f_i: mean logistic loss of a third, and l2/2 ||theta||^2."""

    def __init__(self):
        x, y = samples()
        self.all = x.astype(np.float32).astype(float), y
        self.x, self.y = np.split(self.all[0], CLIENTS), np.split(y, CLIENTS)

    def value(self, theta):
        x, y = self.all
        return softplus(-y * (x @ theta)).mean() + L2 / 2 * theta @ theta

    def probe(self, theta):
        x, y = self.all
        return softplus(-y[:PROBED] * (x[:PROBED] @ theta)).mean()

    def gradient(self, client, theta):
        x, y = self.x[client], self.y[client]
        return x.T @ (-y / (1 + np.exp(y * (x @ theta)))) / len(y) + L2 * theta


class Client:
    """Its messages move one after the other, and beside its computations."""

    def __init__(self, number, problem, arrivals, count):
        self.number, self.arrivals, self.count = number, arrivals, count
        self.gradient = lambda theta: problem.gradient(number, theta)
        self.now = 0.0
        self.connection_free = 0.0
        self.base = 0  # version of the newest model that it received

    def post(self, push=None, requests=False):
        size = HEADER if push is None else MODEL
        begin = max(self.now, self.connection_free)
        self.connection_free = begin + LATENCY[self.number] + size / UPLINK[self.number]
        message = (push, self.base, requests)
        entry = (self.connection_free, self.number, next(self.count), message)
        heapq.heappush(self.arrivals, entry)

    def compute(self, steps):
        seconds = steps * GRADIENT_SECONDS
        if steps > 1:  # a single gradient makes no local step
            seconds += steps * D * LOCAL_STEP_SECONDS_PER_ENTRY
        self.now += seconds / SPEED[self.number]


def downpour(client, gamma):
    """Pushes the gradient at the fetched model."""
    client.post(requests=True)
    while True:
        theta = yield
        client.compute(1)
        client.post(gamma * client.gradient(theta), requests=True)


def downpour_periods(client, gamma, fetch, push):
    """DistBelief's client: fetches every n_fetch, pushes its sum every n_push steps."""
    client.post(requests=True)
    total = np.zeros(D)
    step = 0
    while True:
        if step % fetch == 0:
            x = (yield).copy()
        # It does not stop where it need not exchange messages.
        steps = min(fetch - step % fetch, push - step % push)
        for _ in range(steps):
            g = client.gradient(x)
            total = total + gamma * g
            x = x - gamma * g
        client.compute(steps)
        step += steps
        requests = step % fetch == 0
        if step % push == 0:
            client.post(total, requests)
            total = np.zeros(D)
        elif requests:
            client.post(requests=True)


def downpour_beside(client, gamma, tau):
    """mpiT's client: the request leaves, and at once the push; the first after a single step."""
    client.post(requests=True)
    steps = 1
    while True:
        x = (yield).copy()
        total = np.zeros(D)
        for _ in range(steps):
            g = client.gradient(x)
            total = total + gamma * g
            x = x - gamma * g
        client.compute(steps)
        client.post(requests=True)
        client.post(total)
        steps = tau


def elastic(client, gamma, alpha, tau, mu):
    """EASGD, and with mu EAMSGD: the push moves while the client computes."""
    client.post(requests=True)
    x, v = None, np.zeros(D)
    while True:
        centre = yield
        x = centre.copy() if x is None else x
        move = alpha * (centre - x)
        client.post(move)
        for i in range(tau):
            v = mu * v - gamma * client.gradient(x + mu * v)
            x = x + v + (move if i == 0 else 0)
        client.compute(tau)
        client.post(requests=True)


def federated(client, gamma, tau):
    """Local steps from the fetched model; pushes the way it went, or with FedAsync its end."""
    client.post(requests=True)
    while True:
        fetched = yield
        x = fetched.copy()
        for _ in range(tau):
            x = x - gamma * client.gradient(x)
        client.compute(tau)
        client.post(fetched - x, requests=True)


class Server:
    """theta; version counts its changes."""

    def __init__(self):
        self.theta = np.zeros(D)
        self.version = 0

    def apply(self, client, push, staleness):
        self.theta = self.theta - push
        self.version += 1

    def answers(self, client):
        return True

    def sent(self, client):
        pass


class WaitingServer(Server):
    """Synchronous EASGD: moves by the sum once all have pushed, and they wait for that."""

    def __init__(self):
        super().__init__()
        self.buffer = {}
        self.pushes = [0] * CLIENTS

    def apply(self, client, push, staleness):
        self.buffer[client] = push
        self.pushes[client] += 1
        if len(self.buffer) == CLIENTS:
            super().apply(client, sum(self.buffer.values()), staleness)
            self.buffer = {}

    def answers(self, client):
        return self.pushes[client] <= self.version


class BufferingServer(Server):
    """FedBuff."""

    def __init__(self, size, rate, exponent):
        super().__init__()
        self.size, self.rate, self.exponent = size, rate, exponent
        self.buffer = []

    def apply(self, client, push, staleness):
        self.buffer.append((1 + staleness) ** -self.exponent * push)
        if len(self.buffer) == self.size:
            super().apply(client, self.rate * sum(self.buffer) / self.size, staleness)
            self.buffer = []


class MixingServer(Server):
    """FedAsync: theta <- (1 - a) theta + a x, where the client's x is the fetched model - push."""

    def __init__(self, rate, exponent):
        super().__init__()
        self.rate, self.exponent = rate, exponent
        self.fetched = [None] * CLIENTS

    def sent(self, client):
        self.fetched[client] = self.theta

    def apply(self, client, push, staleness):
        share = self.rate * (1 + staleness) ** -self.exponent
        x = self.fetched[client] - push
        super().apply(client, share * (self.theta - x), staleness)


def simulate(problem, server, method, **settings):
    """Yields (date, client, version, staleness, model) of each push when it is applied."""
    arrivals, count = [], itertools.count()
    clients = [Client(m, problem, arrivals, count) for m in range(CLIENTS)]
    bodies = [method(client, **settings) for client in clients]
    for body in bodies:
        next(body)
    held = []
    free = 0.0  # the date at which the server has finished
    answers = []  # (arrival of a model, client, version, model)

    def answer(client, date):
        server.sent(client)
        arrival = date + LATENCY[client] + MODEL / DOWNLINK[client]
        heapq.heappush(answers, (arrival, client, server.version, server.theta))

    while True:
        # What happens first: a model arrives at a client, or a message at the server.
        if answers and (not arrivals or answers[0][0] < arrivals[0][0]):
            date, m, version, theta = heapq.heappop(answers)
            clients[m].now, clients[m].base = date, version
            bodies[m].send(theta)
            continue
        date, m, _, (push, base, requests) = heapq.heappop(arrivals)
        free = max(free, date)
        if push is not None:
            free += SERVER_SECONDS_PER_UPLOAD + ADDING_SECONDS_PER_VALUE * D
            staleness = server.version - base
            server.apply(m, push, staleness)
            yield free, m, server.version, staleness, server.theta
            ready = sorted(k for k in held if server.answers(k))
            for k in ready:
                held.remove(k)
                answer(k, free)
        if requests:
            if server.answers(m):
                answer(m, free)
            else:
                held.append(m)


GAMMA = 0.4

# name: settings of "algorithm" of the program; its simulation here
METHODS = {
    "downpour": (
        {"name": "downpour"},
        lambda p: simulate(p, Server(), downpour, gamma=GAMMA),
    ),
    "periods": (
        {"name": "downpour", "fetch_period": 2, "push_period": 3},
        lambda p: simulate(p, Server(), downpour_periods, gamma=GAMMA, fetch=2, push=3),
    ),
    "beside": (
        {"name": "downpour", "fetch": "beside_push", "fetch_period": 2, "push_period": 2},
        lambda p: simulate(p, Server(), downpour_beside, gamma=GAMMA, tau=2),
    ),
    "easgd": (
        {"name": "easgd", "exchange_period": 2},
        lambda p: simulate(p, Server(), elastic, gamma=GAMMA, alpha=0.9 / CLIENTS, tau=2, mu=0),
    ),
    "easgd_synchronous": (
        {"name": "easgd", "exchange_period": 1, "elasticity": 0.2, "centre": "synchronous"},
        lambda p: simulate(p, WaitingServer(), elastic, gamma=GAMMA, alpha=0.2, tau=1, mu=0),
    ),
    "eamsgd": (
        {"name": "eamsgd", "exchange_period": 3, "elasticity": 0.25, "momentum": 0.8},
        lambda p: simulate(p, Server(), elastic, gamma=GAMMA, alpha=0.25, tau=3, mu=0.8),
    ),
    "fed_buff": (
        {
            "name": "fed_buff",
            "local_steps": 3,
            "buffer_size": 2,
            "global_rate": 0.8,
            "staleness_exponent": 0.5,
        },
        lambda p: simulate(p, BufferingServer(2, 0.8, 0.5), federated, gamma=GAMMA, tau=3),
    ),
    "fed_async": (
        {"name": "fed_async", "local_steps": 2, "global_rate": 0.6, "staleness_exponent": 0.5},
        lambda p: simulate(p, MixingServer(0.6, 0.5), federated, gamma=GAMMA, tau=2),
    ),
}


def rows():
    """Of each method and push: method, update, date, client, version, staleness, objective, probe;
    the last two only after every third."""
    problem = Problem()
    for name, (_, of) in METHODS.items():
        for update, (date, m, version, staleness, theta) in enumerate(of(problem), 1):
            whole = update % CLIENTS == 0
            values = (problem.value(theta), problem.probe(theta)) if whole else (None, None)
            yield name, update, date, m, version, staleness, *values
            if update == UPDATES:
                break


if __name__ == "__main__":
    print("method,update,date,client,version,staleness,objective,probe")
    for name, update, date, *counts, objective, probe in rows():
        values = ["" if v is None else f"{v:.12g}" for v in (objective, probe)]
        print(name, update, f"{date:.12g}", *counts, *values, sep=",")
