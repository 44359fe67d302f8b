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
    for name, values in zip(NAMES, coefficients.T):
        (line,) = top.semilogx(factors, values)
        top.annotate(name, (factors[-1], values[-1]), color=line.get_color(), fontsize=8)
    top.set(ylabel="coefficient", title="the Lasso path of the diabetes data")
    bottom.semilogx(factors, losses)
    bottom.set(xlabel="lam", ylabel="held-out loss of ten folds")
    for axis in (top, bottom):
        axis.axvline(factors[best], color="grey", linestyle=":")
    top.invert_xaxis()
    figure.savefig(OUTPUT / "diabetes_path.png", dpi=110, bbox_inches="tight")


main()
