"""Writes what the examples read: small raw binary files, the same for every language.

    python examples/inputs.py build/examples/data

Everything comes from scikit-learn's installed package (licences: README.md) and from seeded generators. A file is its
numbers, little-endian, nothing else; its shape stands in inputs.txt, "name dtype shape..." a line.
"""

import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits, load_sample_images

SAMPLES = 20_000  # pixels drawn from each photograph
COUPLINGS = 3_000  # mini-batches, of 32 to 64 points a side


def photographs():
    """Two photographs, (rows, cols, 3) in [0, 1], and a random subset of the pixels of each."""
    for name, image in zip(("temple", "flower"), load_sample_images().images):
        pixels = image.astype(np.float32) / np.float32(255)
        chosen = np.random.default_rng(7).choice(pixels.shape[0] * pixels.shape[1], SAMPLES, replace=False)
        yield f"{name}_image", pixels
        yield f"{name}_sample", pixels.reshape(-1, 3)[chosen]


def digits():
    """All threes and all fives of the test part of the NIST set as scikit-learn ships it: (count, 64) in [0, 1]."""
    images, labels = load_digits(return_X_y=True)
    yield "threes", images[labels == 3] / 16
    yield "fives", images[labels == 5] / 16


def couplings():
    """Mini-batches for flow matching: squared distances between noise and digits, each batch of its own size."""
    random = np.random.default_rng(11)
    images = load_digits(return_X_y=True)[0] / 8 - 1
    sizes = random.integers(32, 65, (COUPLINGS, 2))
    costs = np.zeros((COUPLINGS, 64, 64), np.float32)
    for k, (n, m) in enumerate(sizes):
        noise = random.standard_normal((n, 64))
        batch = images[random.choice(len(images), m, replace=False)]
        costs[k, :n, :m] = (noise**2).sum(1)[:, None] + (batch**2).sum(1) - 2 * noise @ batch.T
    yield "coupling_costs", costs / 64
    yield "coupling_sizes", sizes.astype(np.int32)


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    listing = []
    for source in (photographs, digits, couplings):
        for name, array in source():
            array.astype(array.dtype.newbyteorder("<")).tofile(folder / f"{name}.bin")
            listing.append(f"{name} {array.dtype} {' '.join(map(str, array.shape))}\n")
    (folder / "inputs.txt").write_text("".join(listing))


main()
