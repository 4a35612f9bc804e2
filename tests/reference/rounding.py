"""Golden values of tests/kernels/rounding_test.cpp: floats rounded to shorter formats, computed
independently of sim/kernels/rounding.cpp, with numpy. Prints them as bits of floats."""

from fractions import Fraction

import numpy as np

import random_bits


def bits_of(values):
    return np.asarray(values, dtype=np.float32).view(np.uint32)


def float16(v):
    """numpy's own conversion rounds to nearest even; beyond the largest it gives infinity."""
    with np.errstate(over="ignore"):
        rounded = v.astype(np.float16).astype(np.float32)
    beyond = np.isinf(rounded) & ~np.isinf(v)
    return np.where(beyond, np.copysign(np.float32(65504), v), rounded)


def bfloat16(x):
    """In exact arithmetic: of the two neighbours with 8 digits the nearest, or the even one."""
    magnitude = Fraction(abs(float(x)))
    below = int(bits_of([abs(x)])[0]) & 0xFFFF0000
    neighbours = [np.uint32(below).view(np.float32), np.uint32(below + 0x10000).view(np.float32)]
    if np.isinf(neighbours[1]):
        return np.copysign(neighbours[0], x)
    distances = [abs(magnitude - Fraction(float(n))) for n in neighbours]
    upper = distances[1] < distances[0] or (distances[0] == distances[1] and below & 0x10000)
    return np.copysign(neighbours[1 if upper else 0], x)


def power_of_two(x, draw):
    """|x| = 2^e (1 + p) becomes 2^(e + 1) with probability p: if draw / 2^23 >= 1 - p."""
    magnitude = Fraction(abs(float(x)))
    lower = Fraction(0)
    upper = Fraction(2) ** -126
    while upper <= magnitude:
        lower, upper = upper, 2 * upper
    p = (magnitude - lower) / (upper - lower)
    power = upper if Fraction(int(draw), 2**23) >= 1 - p else lower
    return np.copysign(np.float32(float(min(power, Fraction(2) ** 127))), x)


def show(name, values):
    print(f"{name}:", ", ".join(f"0x{bits:08x}" for bits in bits_of(values)))


def main():
    v = np.array(
        [0.0, 1.0, -1 / 3, 0.1, 1 + 2**-11, 1 + 3 * 2**-11, 2049.0, -2051.0, 65504.0, 65519.0,
         65520.0, -1e6, 6.1e-5, 6.1035e-5, 3e-8, 2.9802322e-8, 8.9e-8, -5.96e-8, 1 + 2**-8,
         1 + 3 * 2**-8, 3.4e38, -1e-39, 1.5, -3.7e20], dtype=np.float32)  # fmt: skip
    show("v", v)
    show("float16", float16(v))
    show("bfloat16", [bfloat16(x) for x in v])
    draws = random_bits.draws(random_bits.key(5), 7, len(v)) >> np.uint32(9)
    show("powers of two", [power_of_two(x, draw) for x, draw in zip(v, draws)])


if __name__ == "__main__":
    main()
