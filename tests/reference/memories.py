"""Golden values of the tests in tests/algorithms/memory and send_rules: EF21 with momentum, DIANA,
DGC and LAQ in numpy, double precision, on f_m(x) = sum_i a_mi (x_i - c_mi)^2 / 2 for three workers.
Written from the papers (arXiv 2305.15155, 1901.09269, 1712.01887, 1909.07588); prints the model
after each run and, of LAQ, who sends in each iteration."""

import numpy as np

M, D = 3, 6
A = np.array([[0.5 + (5 * i + 3 * m) % 7 / 4 for i in range(D)] for m in range(M)])
C = np.array([[((7 * i + 11 * m) % 13 - 6) / 4 for i in range(D)] for m in range(M)])


def gradients(x):
    return A * (x - C)


def top(v, k):
    kept = np.zeros_like(v)
    largest = np.argsort(-np.abs(v), kind="stable")[:k]
    kept[largest] = v[largest]
    return kept


def ef21_momentum(steps, gamma, k, mu):
    x, averages, held = np.zeros(D), None, None
    for _ in range(steps):
        g = gradients(x)
        averages = g if averages is None else mu * averages + (1 - mu) * g
        if held is None:
            held = averages.copy()
        else:
            held += np.array([top(v - h, k) for v, h in zip(averages, held)])
        x = x - gamma * held.mean(axis=0)
    return x


def diana(steps, gamma, k, alpha):
    x, held = np.zeros(D), np.zeros((M, D))
    for _ in range(steps):
        sent = np.array([top(g - h, k) for g, h in zip(gradients(x), held)])
        x = x - gamma * (held + sent).mean(axis=0)
        held += alpha * sent
    return x


def dgc(steps, gamma, k, mu, nesterov, masking, clip):
    x, u, v = np.zeros(D), np.zeros((M, D)), np.zeros((M, D))
    for _ in range(steps):
        g = gradients(x)
        if clip:
            norms = np.linalg.norm(g, axis=1, keepdims=True)
            g = g * np.minimum(1, clip / np.sqrt(M) / norms)
        if nesterov:
            u = mu * (u + g)
            v = v + u + g
        else:
            u = mu * u + g
            v = v + u
        sent = np.array([top(row, k) for row in v])
        v = np.where(sent != 0, 0, v)
        if masking:
            u = np.where(sent != 0, 0, u)
        x = x - gamma * sent.mean(axis=0)
    return x


def laq(steps, gamma, bits, window, delay, scale, error_factor, offset):
    x, q = np.zeros(D), np.zeros((M, D))
    last_errors, clock, moves, senders = np.zeros(M), np.zeros(M, int), [], []
    for t in range(steps):
        n = min(t, window)
        movement = scale / n * sum(moves[-n:]) / (gamma * M) ** 2 if n else 0.0
        who = ""
        for m, g in enumerate(gradients(x)):
            radius = np.abs(g - q[m]).max()
            tau = 1 / (2**bits - 1)
            index = np.floor((g - q[m] + radius) / (2 * tau * radius) + 0.5)
            new = q[m] - radius + 2 * tau * radius * np.clip(index, 0, 2**bits - 1)
            error = ((g - new) ** 2).sum()
            change = ((new - q[m]) ** 2).sum()
            bound = movement + error_factor * (error + last_errors[m]) + offset
            if change >= bound or clock[m] == delay:
                q[m], last_errors[m], clock[m], who = new, error, 0, who + str(m)
            else:
                clock[m] += 1
        step = gamma * q.sum(axis=0)
        moves.append((step**2).sum())
        x = x - step
        senders.append(who or "-")
    return x, senders


def show(name, x):
    print(f"{name}:", ", ".join(f"{value:.9g}" for value in x))


if __name__ == "__main__":
    show("ef21_momentum", ef21_momentum(20, 0.2, 2, 0.75))
    show("diana", diana(20, 0.2, 2, 0.25))
    show("dgc", dgc(20, 0.1, 2, 0.5, False, True, 0))
    show("dgc, Nesterov", dgc(20, 0.1, 2, 0.5, True, True, 0))
    show("dgc, no masking", dgc(20, 0.1, 2, 0.5, False, False, 0))
    show("dgc, clipped", dgc(20, 0.1, 2, 0.5, False, True, 3.0))
    for settings in ((30, 0.1, 3, 4, 5, 0.8, 3.0, 0.0), (30, 0.1, 3, 4, 5, 0.72, 1.5, 0.01)):
        x, senders = laq(*settings)
        show(f"laq {settings}", x)
        print(" ", " ".join(senders))
