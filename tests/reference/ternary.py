"""Golden values of tests/kernels/ternary_test.cpp: the levels of TernGrad (arXiv 1705.07878),
computed independently of sim/kernels/ternary.cpp, with numpy. Prints them."""

import numpy as np

import random_bits


def levels(v, most, scale, key, first):
    """P(level = sign v) = min(|v|, most) / scale, in draws of 30 bits."""
    v = np.asarray(v, dtype=np.float32)
    f = np.float32(2.0**30) / np.float32(scale)
    bound = np.minimum(np.minimum(np.abs(v) * f, np.float32(most) * f), np.float32(2.0**30))
    assert bound.dtype == np.float32
    draw = random_bits.draws(key, first, len(v)) >> np.uint32(2)
    return (np.sign(v) * (draw.astype(np.float64) < np.floor(bound.astype(np.float64)))).astype(int)


def main():
    v = [(i * 37 % 41 - 20) / 32 for i in range(24)]  # exact in single precision
    for most, scale, first in ((0.625, 0.625, 0), (0.3, 0.625, 0), (0.625, 2.75, 7), (0.1, 0.1, 9)):
        values = levels(v, most, scale, random_bits.key(5), first)
        print(f"most = {most}, scale = {scale}, first = {first}:", ", ".join(map(str, values)))


if __name__ == "__main__":
    main()
