"""Golden values of tests/kernels/random_bits_test.cpp: the first draws of some keys, computed
independently of sim/kernels/random_bits.hpp, with numpy. Prints them."""

import numpy as np


def splitmix64(state):
    """The first two numbers of splitmix64 (Steele, Lea, Flood 2014)."""
    mask = (1 << 64) - 1
    numbers = []
    for _ in range(2):
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        numbers.append(z ^ (z >> 31))
    return numbers


def key(number):
    first, second = splitmix64(number)
    return [word & 0xFFFFFFFF for word in (first, first >> 32, second)]


def draws(words, first, n):
    """Wellons' triple32, each round begun by adding one word of the key."""
    x = (np.arange(n, dtype=np.uint64) + np.uint64(first)).astype(np.uint32)
    for word, shift, factor in zip(words, (17, 11, 15), (0xED5AD4BB, 0xAC4C1B51, 0x31848BAB)):
        x = x + np.uint32(word)
        x = x ^ (x >> np.uint32(shift))
        x = x * np.uint32(factor)
    return x ^ (x >> np.uint32(14))


def main():
    for number in (0, 1, 0x0123456789ABCDEF):
        words = ", ".join(f"0x{word:08x}" for word in key(number))
        values = ", ".join(f"0x{x:08x}" for x in draws(key(number), 0, 6))
        print(f"key 0x{number:x}: {words}\n  from 0: {values}")
    values = ", ".join(f"0x{x:08x}" for x in draws(key(1), 0xFFFFFFFE, 4))
    print(f"key 0x1 from 0xfffffffe: {values}")
    print(f"without key: 0x{draws([0, 0, 0], 1, 1)[0]:08x}, 0x{draws([0, 0, 0], 2, 1)[0]:08x}")


if __name__ == "__main__":
    main()
