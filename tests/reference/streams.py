"""The named random streams of sim/core/random.hpp, and what is drawn from them for synthetic data,
initial weights, shards and minibatches, computed independently of sim/ in plain Python.

tests/end_to_end/external_test.py learns with these draws in numpy and compares with gradwire.
"""

from __future__ import annotations

import math

MASK = (1 << 64) - 1


def splitmix64(state: int) -> tuple[int, int]:
    """The next state and number (Steele, Lea, Flood 2014)."""
    state = (state + 0x9E3779B97F4A7C15) & MASK
    z = state
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return state, z ^ (z >> 31)


def mixed(number: int, word: int) -> int:
    return splitmix64(number ^ ((word * 0xFF51AFD7ED558CCD) & MASK))[1]


def rotl(x: int, bits: int) -> int:
    return ((x << bits) | (x >> (64 - bits))) & MASK


class Stream:
    """xoshiro256** (Blackman, Vigna 2021), seeded by a name."""

    def __init__(self, seed: int, purpose: str, first: int = 0, second: int = 0) -> None:
        number = mixed(int.from_bytes(b"gradwire", "big"), seed)
        for character in purpose.encode():
            number = mixed(number, character)
        for word in (len(purpose), first, second):
            number = mixed(number, word)
        self.state = []
        for _ in range(4):
            number, word = splitmix64(number)
            self.state.append(word)

    def next(self) -> int:
        s = self.state
        result = (rotl((s[1] * 5) & MASK, 7) * 9) & MASK
        shifted = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = rotl(s[3], 45)
        return result

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        return low + (high - low) * ((self.next() >> 11) * 2.0**-53)

    def below(self, bound: int) -> int:
        """Lemire 2019."""
        product = self.next() * bound
        if product & MASK < bound:
            threshold = (1 << 64) % bound
            while product & MASK < threshold:
                product = self.next() * bound
        return product >> 64

    def normal(self) -> float:
        """The polar method."""
        while True:
            x, y = self.uniform(-1, 1), self.uniform(-1, 1)
            square = x * x + y * y
            if 0 < square < 1:
                return x * math.sqrt(-2 * math.log(square) / square)

    def shuffled(self, items: list[int]) -> list[int]:
        items = list(items)
        for i in range(len(items), 1, -1):
            j = self.below(i)
            items[i - 1], items[j] = items[j], items[i - 1]
        return items


def synthetic(
    seed: int, part: str, count: int, dimension: int, classes: int, separation: float
) -> tuple[list[list[float]], list[int]]:
    """Samples and labels of one part, "train" or "test"."""
    random = Stream(seed, "synthetic-centres")
    centres = []
    for _ in range(classes):
        centre = [random.normal() for _ in range(dimension)]
        length = math.sqrt(sum(x * x for x in centre))
        centres.append([x * separation / length for x in centre])
    random = Stream(seed, "synthetic-" + part)
    labels = [i % classes for i in range(count)]
    return [[c + random.normal() for c in centres[k]] for k in labels], labels


def weights(seed: int, tensor: int, size: int, inputs: int) -> list[float]:
    """PyTorch's default for linear layers: uniform within 1/sqrt(fan-in)."""
    random, bound = Stream(seed, "weights", tensor), 1 / math.sqrt(inputs)
    return [random.uniform(-bound, bound) for _ in range(size)]


def shard(seed: int, samples: int, workers: int, worker: int) -> list[int]:
    size = samples // workers
    return Stream(seed, "partition").shuffled(list(range(samples)))[worker * size :][:size]


def epoch(seed: int, worker: int, number: int, samples: list[int]) -> list[int]:
    """The order in which a worker visits its shard."""
    return Stream(seed, "batch", worker, number).shuffled(samples)
