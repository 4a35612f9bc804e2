"""Golden values of tests/algorithms/compressors/one_bit_test.cpp: the two means per column of
1-bit SGD in numpy, of entries ((i * i) % 11 - 5) / 4 of a [3, 4] matrix and a bias of 3."""

import numpy as np


def means(column: np.ndarray) -> tuple[float, float]:
    negative = column < 0
    return tuple(
        float(part.mean(dtype=np.float64)) if part.size else 0.0
        for part in (column[~negative], column[negative])
    )


if __name__ == "__main__":
    entries = np.array([((i * i) % 11 - 5) / 4 for i in range(15)], dtype=np.float32)
    for column in (*entries[:12].reshape(3, 4), entries[12:]):
        print(*(f"{np.float32(x):.9g}" for x in means(column)), (column < 0).astype(int))
