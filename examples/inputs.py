"""Writes what the examples read: small raw binary files, the same for every language.

    python examples/inputs.py build/examples/data

Everything comes from scikit-learn's installed package (licences: README.md) and from seeded generators. A file is its
numbers, little-endian, nothing else; its shape stands in inputs.txt, "name dtype shape..." a line.
"""

import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_diabetes, load_digits, load_sample_images

SAMPLES = 20_000  # pixels drawn from each photograph
COUPLINGS = 3_000  # mini-batches, of 32 to 64 points a side
FRAMES, SIDE = 24, 64  # of the moving phantom
LABELLED, FLIPPED = 798, 0.4  # training digits whose labels are spoilt, and the share of wrong ones
COLOURS = 32  # of a palette


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


def diabetes():
    """Ten standardised measurements of 442 patients, and how far the disease had gone a year later."""
    measurements, progression = load_diabetes(return_X_y=True)
    yield "diabetes_x", measurements * np.sqrt(len(measurements))
    yield "diabetes_y", progression
    yield "diabetes_ratios", 10 ** np.linspace(0, -3, 100)  # here: pow differs by language


def digit_classes():
    """All digits, (count, 64) in [0, 1], and their classes; every third one is for testing."""
    images, labels = load_digits(return_X_y=True)
    test = np.arange(len(labels)) % 3 == 0
    for part, chosen in (("train", ~test), ("test", test)):
        yield f"digits_{part}_x", images[chosen] / 16
        yield f"digits_{part}_y", labels[chosen].astype(np.float64)


def flipped_labels():
    """The classes of the first training digits, of which 40 % are replaced by another class."""
    random = np.random.default_rng(13)
    labels = load_digits(return_X_y=True)[1]
    given = labels[np.arange(len(labels)) % 3 != 0][:LABELLED]
    wrong = random.random(LABELLED) < FLIPPED
    given[wrong] = (given[wrong] + random.integers(1, 10, wrong.sum())) % 10
    yield "digits_flipped_y", given.astype(np.float64)


def palettes():
    """Of each photograph the colours that most pixels have, (colours, 3) in [0, 1], the pixels' shares, and the squared
    distances between the two palettes."""
    found = []
    for name, image in zip(("temple", "flower"), load_sample_images().images):
        pixels = image.reshape(-1, 3)
        _, cell, count = np.unique((pixels // 43).astype(int) @ [36, 6, 1], return_inverse=True, return_counts=True)
        most = np.argsort(-count, kind="stable")[:COLOURS]
        mean = np.stack([np.bincount(cell.ravel(), pixels[:, k]) for k in range(3)], 1)[most] / count[most, None] / 255
        yield f"{name}_palette", mean
        yield f"{name}_shares", count[most] / count[most].sum()
        found.append(mean)
    yield "palette_costs", ((found[0][:, None] - found[1]) ** 2).sum(2)


def damaged_photograph():
    """A grey part of a photograph, its copy with noise of 0.1, and a mask that keeps 40 % of the pixels."""
    random = np.random.default_rng(3)
    grey = load_sample_images().images[0][40:296, 180:436].mean(2) / 255
    yield "photograph", grey
    yield "photograph_noisy", grey + 0.1 * random.standard_normal(grey.shape)
    yield "photograph_mask", (random.random(grey.shape) < 0.4).astype(np.float64)


def crops():
    """Grey parts of the photographs and their copies with noise of 0.1: one to learn on, two to test."""
    random = np.random.default_rng(17)
    temple, flower = (image.mean(2) / 255 for image in load_sample_images().images)
    for name, crop in (("learn", flower[200:296, 300:396]), ("flower", flower[200:296, 200:296]),
                       ("temple", temple[60:156, 60:156])):
        yield f"crop_{name}", crop
        yield f"crop_{name}_noisy", crop + 0.1 * random.standard_normal(crop.shape)


def phantom():
    """Ellipses, one of them beating, frame by frame: (frames, side, side) in [0, 1]; the frequencies measured of each frame,
    about a fifth, dense near 0; and the noise of the measurements, real and imaginary parts."""
    random = np.random.default_rng(5)
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    frames = np.zeros((FRAMES, SIDE, SIDE))
    for t in range(FRAMES):
        beat = 0.25 + 0.08 * np.sin(2 * np.pi * t / FRAMES)
        frames[t][(x / 0.8) ** 2 + (y / 0.9) ** 2 <= 1] = 0.3
        frames[t][((x + 0.25) / 0.2) ** 2 + ((y - 0.3) / 0.3) ** 2 <= 1] = 0.6
        frames[t][((x - 0.2) / beat) ** 2 + ((y + 0.2) / beat) ** 2 <= 1] = 1.0
    near = np.hypot(*np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE)))
    mask = random.random(frames.shape) < np.clip(0.06 / (near + 0.01) ** 1.2, 0, 1)
    yield "phantom", frames
    yield "phantom_mask", mask.astype(np.float64)
    yield "phantom_noise", 0.02 * random.standard_normal((*frames.shape, 2))


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    listing = []
    for source in (photographs, digits, couplings, diabetes, digit_classes, flipped_labels, palettes, damaged_photograph,
                   crops, phantom):
        for name, array in source():
            array.astype(array.dtype.newbyteorder("<")).tofile(folder / f"{name}.bin")
            listing.append(f"{name} {array.dtype} {' '.join(map(str, array.shape))}\n")
    (folder / "inputs.txt").write_text("".join(listing))


main()
