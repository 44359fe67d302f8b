"""Denoises a photograph, and fills in the 60 % of its pixels that are lost, by total variation.

Denoising is one proximal map. Inpainting is a least-squares term on the pixels that are left and an isotropic total
variation: the sum of the lengths of the gradients, a group norm behind finite differences.
"""

import matplotlib.pyplot as plt
import numpy as np

import fenchel
from _numbers import OUTPUT, array, data, decimal


def error(image: np.ndarray, truth: np.ndarray) -> float:
    """Peak signal-to-noise ratio in decibels."""
    return float(-10 * np.log10(np.mean((image - truth) ** 2)))


def main() -> None:
    truth, noisy, mask = data("photograph"), data("photograph_noisy"), data("photograph_mask")
    rows, cols = truth.shape
    tv = fenchel.prox.tv2d(rows, cols, lam=0.05, isotropic=True)
    denoised = tv.prox(noisy.ravel(), 1.0).reshape(truth.shape)

    known = fenchel.operators.diagonal(mask.ravel())
    f = fenchel.smooth.least_squares(known, (mask * truth).ravel())
    pixels = np.tile(np.arange(rows * cols), 2)  # a gradient is one group: its two differences
    lengths = fenchel.prox.group_l2(lam=0.002, group=pixels)
    fit = fenchel.minimize(f, [(lengths, fenchel.operators.differences((rows, cols)))], tol=1e-4)
    filled = fit.x.reshape(truth.shape)
    print(fit)

    decimal("noisy_db", error(noisy, truth))
    decimal("denoised_db", error(denoised, truth))
    decimal("filled_db", error(filled, truth))
    array("denoised", denoised)
    draw({"with noise": noisy, "denoised": denoised, "40 % of the pixels": mask * truth, "filled in": filled}, truth)


def draw(images: dict, truth: np.ndarray) -> None:
    figure, axes = plt.subplots(1, 5, figsize=(17, 4))
    for axis, (title, image) in zip(axes, {"the photograph": truth, **images}.items()):
        axis.imshow(image, cmap="gray", vmin=0, vmax=1)
        axis.set_title(title if image is truth else f"{title}, {error(image, truth):.1f} dB")
        axis.axis("off")
    figure.savefig(OUTPUT / "restore_photograph.png", dpi=110, bbox_inches="tight")


main()
