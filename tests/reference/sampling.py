"""Golden values of tests/kernels/sampling_test.cpp: Floyd's sample (Bentley, CACM 30(9), 1987) from
the draws of random_bits.py, computed independently of sim/kernels/sampling.cpp. Prints them."""

import random_bits


def floyd(n, k, key):
    bits = [int(x) for x in random_bits.draws(key, 0, 2 * k)]
    chosen = set()
    for i in range(k):
        j = n - k + i
        position = ((bits[2 * i] << 32 | bits[2 * i + 1]) * (j + 1)) >> 64
        chosen.add(j if position in chosen else position)
    return sorted(chosen)


def sample(n, k, key):
    """If k > n / 2, the positions left out are drawn."""
    if k <= n - k:
        return floyd(n, k, key)
    left_out = set(floyd(n, n - k, key))
    return [i for i in range(n) if i not in left_out]


def main():
    for number, n, k in ((1, 10, 3), (1, 10, 7), (2, 100, 12), (3, 407050, 8)):
        print(f"key {number}, {k} of {n}:", sample(n, k, random_bits.key(number)))
    chosen = sample(407050, 4071, random_bits.key(4))
    print(f"key 4, 4071 of 407050: sum {sum(chosen)}, sum of squares {sum(i * i for i in chosen)}")


if __name__ == "__main__":
    main()
