"""Golden values of tests/kernels/quantise_test.cpp: levels of QSGD (arXiv 1610.02132, eq. 4),
computed independently of sim/kernels/quantise.cpp, with numpy. Prints them."""

import numpy as np

import random_bits


def levels(v, norm, s, key, first):
    """Exact rational probabilities of the rounded r; draws of 31 bits."""
    v = np.asarray(v, dtype=np.float32)
    r = np.abs(v) * (np.float32(s) / np.float32(norm))
    assert r.dtype == np.float32
    whole = np.floor(r).astype(np.float64)
    threshold = np.floor((r.astype(np.float64) - whole) * 2.0**31)
    draw = (random_bits.draws(key, first, len(v)) >> np.uint32(1)).astype(np.float64)
    return (np.sign(v) * (whole + (draw < threshold))).astype(int)


def main():
    v = [(i * 37 % 41 - 20) / 32 for i in range(24)]  # exact in single precision
    for s, norm, first in ((1, 2.75, 0), (4, 2.75, 7), (255, 2.75, 0), (32767, 1.0, 1000)):
        values = levels(v, norm, s, random_bits.key(5), first)
        print(f"s = {s}, norm = {norm}, first = {first}:", ", ".join(map(str, values)))


if __name__ == "__main__":
    main()
