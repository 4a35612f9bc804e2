"""Golden values of tests/algorithms/momentum_test.cpp: steps of torch.optim.SGD in numpy, single
precision (PyTorch's documentation, SGD). Prints theta after each step."""

import numpy as np

F = np.float32


def run(momentum, nesterov, weight_decay, rates, dampening=0.0):
    theta = np.array([1.0, -2.0], dtype=F)
    buffer = None
    for t, rate in enumerate(rates):
        gradient = np.array([0.5 + t, -0.25 * t], dtype=F) + F(weight_decay) * theta
        if buffer is None:
            buffer = gradient
        else:
            buffer = F(momentum) * buffer + F(1 - dampening) * gradient
        direction = gradient + F(momentum) * buffer if nesterov else buffer
        theta = theta - F(rate) * direction
        print(momentum, nesterov, weight_decay, dampening, t, *(f"{x:.9g}" for x in theta))


if __name__ == "__main__":
    rates = (0.1, 0.1, 0.05)
    run(0.9, False, 0.0, rates)
    run(0.9, True, 0.0, rates)
    run(0.9, True, 0.01, rates)
    run(0.0, False, 0.01, rates)
    run(0.9, False, 0.01, rates, dampening=0.75)
