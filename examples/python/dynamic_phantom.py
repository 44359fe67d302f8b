"""Reconstructs a moving phantom from a quarter of its frequencies: dynamic magnetic resonance imaging in small.

Of each frame's discrete Fourier transform only a random part is measured, with noise. Total variation in space and in
time and two nuclear norms, of the frames as rows and of the lines of all frames, say what such sequences look like; each
is a simple term, behind a linear map where it needs one, and condat_vu minimises the sum. After Wang and others, Robust
Depth Linear Error Decomposition with Double Total Variation and Nuclear Norm for Dynamic MRI Reconstruction (2023).
"""

import matplotlib.pyplot as plt
import numpy as np

import fenchel
from _numbers import OUTPUT, array, data, decimal


def error(x: np.ndarray, truth: np.ndarray) -> float:
    return float(np.linalg.norm(x - truth) / np.linalg.norm(truth))


def main() -> None:
    truth, mask, noise = data("phantom"), data("phantom_mask"), data("phantom_noise")
    frames, side, _ = shape = truth.shape
    measure = fenchel.operators.masked_dft(shape, axes=[1, 2], mask=mask)
    kept = noise[mask != 0].ravel()
    y = measure @ truth.ravel() + kept
    f = fenchel.smooth.least_squares(measure, y)
    pixels = np.tile(np.arange(truth.size), 2)
    space = (fenchel.prox.group_l2(lam=0.004, group=pixels), fenchel.operators.differences(shape, axes=[1, 2]))
    time = (fenchel.prox.l1(0.004), fenchel.operators.differences(shape, axes=[0]))
    ranks = [
        (fenchel.prox.nuclear(frames, side * side, lam=0.005), None),
        (fenchel.prox.nuclear(frames * side, side, lam=0.005), None),
    ]
    found = {"zeros for the rest": (measure.T @ y).reshape(shape)}
    for name, terms in (("space", [space]), ("space and time", [space, time]), ("all four", [space, time, *ranks])):
        fit = fenchel.minimize(f, terms, tol=1e-4, max_iter=3000)
        print(f"{name}: {fit}")
        found[name] = fit.x.reshape(shape)

    for k, x in enumerate(found.values()):
        decimal(f"error_{k}", error(x, truth))
    array("all_four", found["all four"])
    draw(truth, found)


def draw(truth: np.ndarray, found: dict) -> None:
    figure, axes = plt.subplots(2, 1 + len(found), figsize=(14, 6))
    for (top, bottom), (title, x) in zip(axes.T, {"the phantom": truth, **found}.items()):
        top.imshow(x[6], cmap="gray", vmin=0, vmax=1)
        bottom.imshow(x[:, 26, :], cmap="gray", vmin=0, vmax=1, aspect="auto")
        top.set_title(title if x is truth else f"{title}\nerror {error(x, truth):.3f}", fontsize=9)
        for axis in (top, bottom):
            axis.axis("off")
    figure.suptitle("a frame, and a line of it through time")
    figure.savefig(OUTPUT / "dynamic_phantom.png", dpi=110, bbox_inches="tight")


main()
