"""Learns how to denoise photographs by total variation: its weight, and how far its corner is rounded.

x = argmin ||x - y||^2 / 2 + lam sum_i (sqrt(|(D x)_i|^2 + eps^2) - eps), D x the differences to the right and down, is a
smooth problem with built-in derivatives by lam and eps (fen_tune). They are learned from a part of a photograph of which
the clean one is known, and tried on another part of it and on another photograph. Those are then denoised a second
time with weights of their own, from the noisy picture alone: Stein's estimate of the error needs but the noise's size.
"""

import matplotlib.pyplot as plt
import numpy as np

import fenchel
from fenchel import smooth
from _numbers import OUTPUT, count, data, decimal, number

BY_HAND = {"lam": 0.05, "eps": 0.01}  # also the start
NOISE = 0.1


def learn(noisy: np.ndarray, clean: np.ndarray | None) -> fenchel.TuneResult:
    identity = fenchel.operators.identity(noisy.size)
    f = smooth.least_squares(identity, noisy.ravel())
    if clean is None:
        return fenchel.tune(f, "smoothed_tv", BY_HAND, "sure_monte_carlo", sigma=NOISE, fixed={"shape": noisy.shape})
    return fenchel.tune(f, "smoothed_tv", BY_HAND, smooth.least_squares(identity, clean.ravel()), fixed={"shape": noisy.shape})


def denoise(noisy: np.ndarray, values: dict[str, float]) -> np.ndarray:
    f = smooth.least_squares(fenchel.operators.identity(noisy.size), noisy.ravel())
    found = fenchel.minimize(smooth.sum([f, smooth.smoothed_tv(noisy.shape, **values)]), tol=1e-8, max_iter=10000)
    return found.x.reshape(noisy.shape)


def decibels(image: np.ndarray, clean: np.ndarray) -> float:
    """Peak signal-to-noise ratio."""
    return float(-10 * np.log10(np.mean((image - clean) ** 2)))


def report(name: str, found: fenchel.TuneResult) -> None:
    print(f"{name}: {found}\n slope {found.derivative:.1e}, proved to {found.bound:.1e}, {found.seconds:.2f} s")
    number(f"{name}_lam", found.values["lam"])
    number(f"{name}_eps", found.values["eps"])
    number(f"{name}_before", found.first_criterion)
    number(f"{name}_after", found.criterion)
    count(f"{name}_certified", int(found.derivative_status is fenchel.DerivativeStatus.CERTIFIED))


def main() -> None:
    learned = learn(data("crop_learn_noisy"), data("crop_learn"))
    report("learned", learned)
    pictures = []
    for name in ("flower", "temple"):
        clean, noisy = data(f"crop_{name}"), data(f"crop_{name}_noisy")
        own = learn(noisy, None)
        report(name, own)
        images = {"noisy": noisy, "by hand": denoise(noisy, BY_HAND), "learned": denoise(noisy, learned.values),
                  "by SURE": own.x[0].reshape(noisy.shape)}
        for how, image in images.items():
            decimal(f"{name}_{how.lower().replace(' ', '_')}_db", decibels(image, clean))
        pictures.append({**images, "the photograph": clean})
    draw(pictures)


def draw(pictures: list) -> None:
    figure, axes = plt.subplots(len(pictures), 5, figsize=(15, 6.4), layout="constrained")
    for row, images in zip(axes, pictures):
        for axis, (title, image) in zip(row, images.items()):
            clean = images["the photograph"]
            axis.imshow(image, cmap="gray", vmin=0, vmax=1)
            axis.set_title(title if image is clean else f"{title}, {decibels(image, clean):.2f} dB")
            axis.axis("off")
    figure.savefig(OUTPUT / "learn_tv.png", dpi=110)


main()
