"""Reads the inputs that examples/inputs.py wrote, and prints numbers so that languages can be compared to the last bit."""

import struct
import sys
import zlib
from pathlib import Path

import numpy as np

OUTPUT = Path(sys.argv[sys.argv.index("--output") + 1] if "--output" in sys.argv else "build/examples/python")
DATA = OUTPUT.parent / "data"


def data(name: str) -> np.ndarray:
    """An input by name, with the dtype and shape that inputs.txt gives it."""
    for line in (DATA / "inputs.txt").read_text().splitlines():
        key, dtype, *shape = line.split()
        if key == name:
            return np.fromfile(DATA / f"{name}.bin", dtype).reshape([int(s) for s in shape])
    raise KeyError(name)


def number(name: str, value: float) -> None:
    """One result: its bits, compared by examples/compare.py, and its decimals."""
    print(f"= {name} {struct.pack('>d', value).hex()} {value:.9f}")


def decimal(name: str, value: float) -> None:
    """A number made of sums and logarithms of this language's own: six decimals are compared."""
    print(f"= {name} {value:.6f}")


def count(name: str, value: int) -> None:
    print(f"= {name} {value}")


def array(name: str, values: np.ndarray) -> None:
    """The CRC-32 of an array's bytes."""
    print(f"= {name} {zlib.crc32(np.ascontiguousarray(values).tobytes()):08x}")
