"""Golden values of tests/algorithms/wire/vector_source_code_test.cpp: the vector source code of
levels, written from its specification (sim/algorithms/wire/vector_source_code.hpp) with numpy, one
pass over the positions left per level. Prints the bits of a short message; of long ones their
number, that of the header alone, and the entropy d H(counts); and means over random levels. The
output is in vsc.txt.

    python3 tests/reference/vsc.py > tests/reference/vsc.txt
"""

import math

import numpy as np

import random_bits


def omega(n):
    """Elias omega code of n >= 1."""
    code = "0"
    while n > 1:
        group = format(n, "b")
        code = group + code
        n = len(group) - 1
    return code


def golomb(gap, m):
    """Quotient in unary, remainder in truncated binary."""
    quotient, remainder = divmod(gap, m)
    unary = "1" * quotient + "0"
    c = math.ceil(math.log2(m))
    if c == 0:
        return unary
    shorter = 2**c - m
    if remainder < shorter:
        return unary + (format(remainder, f"0{c - 1}b") if c > 1 else "")
    return unary + format(remainder + shorter, f"0{c}b")


def encoded(levels, alphabet):
    """The header, and the code of each support, as strings of 0 and 1."""
    levels = np.asarray(levels)
    counts = {a: int(np.count_nonzero(levels == a)) for a in alphabet}
    header = "".join(omega(counts[a] + 1) for a in alphabet)
    order = sorted((a for a in alphabet if counts[a] > 0), key=lambda a: (-counts[a], a))
    supports = []
    for a in order[:-1]:
        is_a = levels == a
        marked = is_a if 2 * counts[a] <= len(levels) else ~is_a
        positions = np.flatnonzero(marked)
        gaps = np.diff(positions, prepend=-1) - 1
        p = len(positions) / len(levels)
        m = max(1, math.ceil(math.log(2 - p) / -math.log(1 - p)))
        supports.append("".join(golomb(int(gap), m) for gap in gaps))
        levels = levels[~is_a]
    return header, supports


def entropy(levels):
    counts = np.unique(levels, return_counts=True)[1]
    return float(-(counts * np.log2(counts / len(levels))).sum())


def draws(d):
    return random_bits.draws(random_bits.key(22), 0, d)


def geometric(d, s):
    """The magnitude is the number of zeros at the end of a draw without its first bit, at most s;
    the first bit is the sign."""
    words = draws(d)
    magnitudes = np.array([min(s, (int(x >> 1) & -int(x >> 1)).bit_length() - 1) if x >> 1 else s
                           for x in words])
    return np.where(words & np.uint32(1) == 1, -magnitudes, magnitudes)


def sparse(d, s, share):
    """Levels other than 0 with the probability share / 65536: uniform over -s .. s."""
    words = draws(d).astype(np.int64)
    return np.where(words % 65536 < share, (words >> 16) % (2 * s + 1) - s, 0)


def uniform(d, s):
    return draws(d).astype(np.int64) % (2 * s + 1) - s


def odd(d, s):
    """The lesser of two numbers, so that low levels are more frequent."""
    words = draws(d).astype(np.int64)
    symbols = np.minimum(words % (s + 1), (words >> 16) % (s + 1))
    return 2 * symbols - s


def qsgd(v, s, rng):
    """Levels of QSGD with one bucket and the 2-norm."""
    u = rng.random(len(v))
    return (np.sign(v) * np.floor(s * np.abs(v) / np.linalg.norm(v) + u)).astype(int)


def report_qsgd(d, s, trials):
    """Means over normal vectors; with the norm's 32 bits. The levels are in random order."""
    rng = np.random.default_rng(1)
    bits, entropies, headers = [], [], []
    for _ in range(trials):
        levels = qsgd(rng.standard_normal(d), s, rng)
        header, supports = encoded(levels, every(s))
        headers.append(32 + len(header))
        bits.append(headers[-1] + sum(map(len, supports)))
        entropies.append(entropy(levels))
    over = np.array(bits) / np.add(entropies, headers)
    print(f"QSGD of {d} normal entries, s = {s}, {trials} draws: {np.mean(bits):.0f} bits, "
          f"standard deviation {np.std(bits):.0f}; entropy {np.mean(entropies):.0f}; "
          f"over entropy and header {over.min():.4f} to {over.max():.4f}")


def every(s):
    return list(range(-s, s + 1))


def report(name, levels, alphabet):
    header, supports = encoded(levels, alphabet)
    bits = len(header) + sum(map(len, supports))
    print(f"{name}: {bits} bits, header {len(header)}, entropy {entropy(levels):.1f}")


def main():
    short = geometric(40, 3)
    header, supports = encoded(short, every(3))
    print("levels:", ", ".join(map(str, short)))
    print("bits:", header + "".join(supports))
    for s in (1, 4, 16):
        report(f"geometric, d = 20000, s = {s}", geometric(20000, s), every(s))
    for s, share in ((1, 100), (4, 700), (255, 30000)):
        report(f"sparse {share}, d = 20000, s = {s}", sparse(20000, s, share), every(s))
    report("uniform, d = 20000, s = 20", uniform(20000, 20), every(20))
    report("sorted uniform, d = 20000, s = 20", np.sort(uniform(20000, 20)), every(20))
    for s in (1, 7, 255):
        report(f"odd, d = 20000, s = {s}", odd(20000, s), list(range(-s, s + 1, 2)))
    for s in (1, 4, 16, 255):
        report_qsgd(100_000, s, 40)


if __name__ == "__main__":
    main()
