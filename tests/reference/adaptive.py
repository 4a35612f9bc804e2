"""Golden values of tests/algorithms/server_steps/adaptive_test.cpp: adaptive server steps in numpy,
double precision, for the mean of two workers' gradients (arXiv 2003.00295, Algorithm 2; arXiv
2012.15469 and its authors' code). Prints theta after five steps."""

import numpy as np


def gradients(t):
    """Of the two workers: [2, 3]."""
    first = [1.0 + t, -0.5, 0.25 * (-1) ** t]
    second = [0.5, 2.0 - t, 0.75]
    return np.array([first, second])


def run(rule, beta2, epsilon, inside=False, rate=0.1, beta1=0.9, steps=5):
    theta = np.array([1.0, -2.0, 0.5])
    h = np.zeros(3)
    v = np.full(3, 0.0 if rule.startswith("amsgrad") else epsilon**2)
    largest = np.zeros(3)
    for t in range(steps):
        g = gradients(t).mean(axis=0)
        h = beta1 * h + (1 - beta1) * g
        if rule == "adam":
            v = beta2 * v + (1 - beta2) * g**2
            u = v
        elif rule == "yogi":
            v = v - (1 - beta2) * g**2 * np.sign(v - g**2)
            u = v
        elif rule == "amsgrad":
            v = beta2 * v + (1 - beta2) * g**2
            u = largest = np.maximum(largest, v)
        elif rule == "amsgrad of largest":
            v = beta2 * largest + (1 - beta2) * g**2
            u = largest = np.maximum(largest, v)
        root = np.sqrt(u + epsilon) if inside else np.sqrt(u) + epsilon
        theta = theta - rate * h / root
    print(f"{rule}, beta2 {beta2}, epsilon {epsilon} {'inside' if inside else 'outside'}:")
    print("  " + ", ".join(f"{x:.9g}" for x in theta))


if __name__ == "__main__":
    run("adam", 0.99, 1e-3)
    run("yogi", 0.99, 1e-3)
    run("amsgrad", 0.999, 1e-8)
    run("amsgrad", 0.5, 1e-2, inside=True)
    run("amsgrad of largest", 0.5, 1e-8)
