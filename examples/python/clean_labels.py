"""Finds the wrong labels among handwritten digits of which 40 % are labelled wrongly.

Each of 798 samples gets a weight between 0 and 1, and the weights are chosen so that the model fitted to the weighted
samples does well on 400 digits whose labels are right: 798 hyperparameters by derivatives of the solution. A heavy
penalty keeps the model from fitting wrong labels by heart while they are judged; the samples that keep more than half
of their weight are then fitted with an ordinary one. Franceschi et al., Forward and Reverse Gradient-Based
Hyperparameter Optimization (2017), section 5.1.
"""

import matplotlib.pyplot as plt
import numpy as np

import fenchel
from _numbers import OUTPUT, array, count, data, decimal, number

CLASSES = 10
HEAVY = 30.0  # while labels are judged
ORDINARY = (3.0, 10.0)  # every set of samples is fitted with its best


def model(images: np.ndarray, labels: np.ndarray, mean: bool = False) -> fenchel.Smooth:
    return fenchel.smooth.multinomial(images, labels, classes=CLASSES, mean=mean)


def right(images: np.ndarray, labels: np.ndarray) -> int:
    """Test digits that a model of these samples classifies rightly."""
    tests, answers = data("digits_test_x"), data("digits_test_y")
    fits = [fenchel.minimize(model(images, labels), fenchel.prox.squared_l2(lam), tol=1e-6).x for lam in ORDINARY]
    return max(int(((tests @ x.reshape(-1, CLASSES)).argmax(1) == answers).sum()) for x in fits)


def main() -> None:
    images, truth, given = data("digits_train_x"), data("digits_train_y"), data("digits_flipped_y")
    size = len(given)
    spoilt, held = images[:size], images[size:]
    found = fenchel.tune(model(spoilt, given), "squared_l2", {"f.weights": np.full(size, 0.5)},
                         model(held, truth[size:], mean=True), fixed={"lam": HEAVY}, max_iter=10)
    print(found)
    weights = found.values["f.weights"]
    wrong, kept = given != truth[:size], weights > 0.5
    # The share of pairs, a wrong label and a right one, that the weights put in order.
    pairs = int((weights[wrong][:, None] < weights[~wrong]).sum())
    auc = pairs / (wrong.sum() * (~wrong).sum())
    print(f"{wrong.sum()} of {size} labels wrong, AUC {auc:.4f}; {kept.sum()} kept, {(kept & wrong).sum()} of them wrong")

    number("before", found.first_criterion)
    number("after", found.criterion)
    count("evaluations", found.iterations)
    array("weights", weights)
    count("kept", kept.sum())
    count("kept_wrong", (kept & wrong).sum())
    decimal("auc", auc)
    count("right_by_spoilt", right(spoilt, given))
    count("right_by_kept", right(spoilt[kept], given[kept]))
    count("right_by_held", right(held, truth[size:]))
    count("right_by_spoilt_and_held", right(images, np.concatenate([given, truth[size:]])))
    both = np.concatenate([given[kept], truth[size:]])
    count("right_by_kept_and_held", right(np.vstack([spoilt[kept], held]), both))
    draw(weights, wrong, auc)


def draw(weights: np.ndarray, wrong: np.ndarray, auc: float) -> None:
    figure, (left, curve) = plt.subplots(1, 2, figsize=(10, 4))
    left.hist([weights[~wrong], weights[wrong]], bins=20, range=(0, 1), label=["right labels", "wrong labels"])
    left.set(xlabel="weight that the search gives a sample", ylabel="samples")
    left.legend()
    order = np.argsort(weights, kind="stable")
    curve.plot(np.cumsum(~wrong[order]) / (~wrong).sum(), np.cumsum(wrong[order]) / wrong.sum())
    curve.set(xlabel="right labels suspected", ylabel="wrong labels found", title=f"area {auc:.3f}")
    figure.savefig(OUTPUT / "clean_labels.png", dpi=110, bbox_inches="tight")


main()
