"""Prints a run's digest, by the xxHash library alone.

    digest.py MODEL SIMULATED_SECONDS UPLINK_WIRE_BYTES DOWNLINK_WIRE_BYTES ROUNDS UPLINK_PAYLOAD_BITS

tests/results/columns_test.cpp: digest.py cd 0.1 11 12 5 64
"""

import ctypes
import sys


class Hash128(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]


def xxh3_128(data: bytes) -> str:
    library = ctypes.CDLL("libxxhash.so.0")
    library.XXH3_128bits.restype = Hash128
    library.XXH3_128bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    result = library.XXH3_128bits(data, len(data))
    return f"{result.high:016x}{result.low:016x}"


if __name__ == "__main__":
    print(xxh3_128(" ".join(sys.argv[1:]).encode()))
