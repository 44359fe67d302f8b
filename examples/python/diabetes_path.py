"""The Lasso path of the diabetes data: which measurements matter, as the weight of the penalty falls.

A hundred solutions in one call, each with a duality gap; ten folds choose among them.
"""

import matplotlib.pyplot as plt
import numpy as np

import fenchel
from _numbers import OUTPUT, array, count, data, number

NAMES = ["age", "sex", "bmi", "pressure", "tc", "ldl", "hdl", "tch", "ltg", "glucose"]


def main() -> None:
    x, y = data("diabetes_x"), data("diabetes_y")
    f = fenchel.smooth.least_squares(x, y, intercept=True)
    g = fenchel.prox.l1(1.0)
    factors = fenchel.lambda_max(f, g) * data("diabetes_ratios")
    path = fenchel.path(f, g, factors)
    folds = np.arange(len(y)) % 10
    losses = fenchel.cross_validate(f, g, factors, folds).mean
    best = int(losses.argmin())
    print(path)
    print(f"best of ten folds: lam {factors[best]:.1f}, {np.count_nonzero(path.x[best, :-1])} measurements")

    number("lambda_max", factors[0])
    count("best", best)
    array("path", path.x)
    draw(factors, path.x[:, :-1], losses, best)


def draw(factors: np.ndarray, coefficients: np.ndarray, losses: np.ndarray, best: int) -> None:
    figure, (top, bottom) = plt.subplots(2, 1, figsize=(8, 7), sharex=True)
    lines = [top.semilogx(factors, values)[0] for values in coefficients.T]
    below = -np.inf
    for k in np.argsort(coefficients[-1]):  # names beside the ends of their lines, apart from each other
        below = max(coefficients[-1, k], below + 3.5)
        top.annotate(NAMES[k], (0.92 * factors[-1], below), color=lines[k].get_color(), fontsize=8, va="center")
    top.set(ylabel="coefficient", title="the Lasso path of the diabetes data")
    bottom.semilogx(factors, losses)
    bottom.set(xlabel="lam, falling; dotted: the best of ten folds", ylabel="held-out loss of ten folds")
    for axis in (top, bottom):
        axis.axvline(factors[best], color="grey", linestyle=":")
    top.set_xlim(1.4 * factors[0], factors[-1] / 2.2)  # falling, with room for the names
    figure.savefig(OUTPUT / "diabetes_path.png", dpi=110, bbox_inches="tight")


main()
