"""Classifies handwritten digits with a penalty that switches pixels off for all classes at once.

A multinomial model whose coefficients of one pixel form a group; most of the border of the images drops out.
"""

import matplotlib.pyplot as plt
import numpy as np

import fenchel
from _numbers import OUTPUT, array, count, data, number


def main() -> None:
    x, y = data("digits_train_x"), data("digits_train_y")
    f = fenchel.smooth.multinomial(x, y, classes=10, intercept=True)
    fit = fenchel.minimize(f, fenchel.prox.group_l2(lam=4.0, size=10), tol=1e-6)
    print(fit)
    weights, intercept = fit.x[:640].reshape(64, 10), fit.x[640:]
    guess = (data("digits_test_x") @ weights + intercept).argmax(axis=1)
    right = int((guess == data("digits_test_y")).sum())
    used = int((np.abs(weights).max(axis=1) > 0).sum())
    print(f"{right} of {len(guess)} digits right, by {used} of 64 pixels")

    number("objective", fit.objective)
    count("right", right)
    count("pixels", used)
    array("weights", weights)
    draw(weights)


def draw(weights: np.ndarray) -> None:
    figure, axes = plt.subplots(1, 10, figsize=(12, 1.9), layout="constrained")
    reach = np.abs(weights).max()
    for digit, axis in enumerate(axes):
        image = axis.imshow(weights[:, digit].reshape(8, 8), cmap="RdBu", vmin=-reach, vmax=reach)
        axis.set_title(digit)
        axis.axis("off")
    figure.colorbar(image, ax=axes, pad=0.01)
    figure.suptitle("coefficient of each pixel for each digit; white throughout: a pixel without use", fontsize=10)
    figure.savefig(OUTPUT / "classify_digits.png", dpi=110)


main()
