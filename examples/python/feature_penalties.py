"""Chooses 64 penalties, one a pixel, for handwritten digits: which pixels may a classifier trust?

Ten logistic models, a class against the rest, are fitted to 250 images only; the other training images judge them. One
penalty shared by all pixels is tuned first, then each pixel gets its own: an evaluation costs a solve and a linear
system a class, whether there is one penalty or 64. A grid of ten values a pixel would have 10^64 points.
"""

import matplotlib.pyplot as plt
import numpy as np

import fenchel
from _numbers import OUTPUT, array, count, data, number

FITTED, PIXELS, CLASSES = 250, 64, 10


def models(images: np.ndarray, digits: np.ndarray, mean: bool) -> list:
    """One model a class; the penalties are shared by the classes as they would be by folds."""
    return [fenchel.smooth.logistic(images, np.where(digits == k, 1.0, -1.0), mean=mean) for k in range(CLASSES)]


def main() -> None:
    images, digits = data("digits_train_x"), data("digits_train_y")
    tests, answers = data("digits_test_x"), data("digits_test_y")
    f = models(images[:FITTED], digits[:FITTED], mean=False)
    held_out = models(images[FITTED:], digits[FITTED:], mean=True)
    one = fenchel.tune(f, "squared_l2", {"lam": 1.0}, held_out, num_threads=0)
    start = np.full(PIXELS, one.values["lam"])
    each = fenchel.tune(f, "squared_l2", {"weights": start}, held_out, fixed={"lam": 1.0}, num_threads=0)
    for name, found in (("one", one), ("each", each)):
        right = int(((tests @ found.x.T).argmax(1) == answers).sum())
        print(found)
        print(f"{right} of {len(answers)} test digits right, {found.solves} models fitted, {found.seconds:.2f} s")
        number(f"{name}_criterion", found.criterion)
        count(f"{name}_right", right)
        count(f"{name}_evaluations", found.iterations)
    number("penalty", one.values["lam"])
    array("penalties", each.values["weights"])
    draw(images, one.values["lam"], each.values["weights"])


def draw(images: np.ndarray, shared: float, penalties: np.ndarray) -> None:
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    left.imshow(images.mean(0).reshape(8, 8), cmap="gray_r")
    left.set_title("ink, mean of all images")
    drawn = right.imshow(np.log10(penalties / shared).reshape(8, 8), cmap="RdBu_r", vmin=-3, vmax=3)
    right.set_title("log10 of a pixel's penalty over the shared one")
    figure.colorbar(drawn, ax=right)
    for axis in (left, right):
        axis.axis("off")
    figure.savefig(OUTPUT / "feature_penalties.png", dpi=110)


main()
