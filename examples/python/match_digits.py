"""Matches handwritten threes with handwritten fives.

An image is a point with 64 coordinates; transport pairs the two classes so that paired images are as alike as they can
be. The Sinkhorn divergence says how far apart the classes are: much farther than two halves of one class.
"""

import matplotlib.pyplot as plt
import numpy as np

import fenchel
from _numbers import OUTPUT, array, count, data, number

EPS = 0.2  # in units of the cost, squared distances between images


def main() -> None:
    threes, fives = data("threes"), data("fives")
    result = fenchel.sinkhorn(None, None, fenchel.PointCloud(threes, fives), EPS, num_threads=0)
    print(result)
    plan = result.plan()
    partner = plan.argmax(axis=1)
    between = fenchel.sinkhorn_divergence(threes, fives, EPS).value
    within = fenchel.sinkhorn_divergence(threes[::2], threes[1::2], EPS).value
    print(f"divergence of threes from fives {between:.3f}, of one half of the threes from the other {within:.3f}")

    number("cost", result.cost)
    number("dual", result.dual)
    count("passes", result.passes)
    number("between", between)
    number("within", within)
    array("plan", plan)
    array("partners", partner.astype(np.int32))
    draw(threes, fives, plan, partner)


def draw(threes: np.ndarray, fives: np.ndarray, plan: np.ndarray, partner: np.ndarray) -> None:
    """The twelve pairs that hold most mass."""
    best = np.argsort(-plan.max(axis=1), kind="stable")[:12]
    figure, axes = plt.subplots(2, len(best), figsize=(len(best), 2.4))
    figure.suptitle("handwritten threes and the fives they are paired with")
    for (top, bottom), i in zip(axes.T, best):
        for axis, image in ((top, threes[i]), (bottom, fives[partner[i]])):
            axis.imshow(image.reshape(8, 8), cmap="gray_r")
            axis.axis("off")
    figure.savefig(OUTPUT / "match_digits.png", dpi=110, bbox_inches="tight")


main()
