"""Learns how to denoise photographs by total variation: its weight, and how far its corner is rounded.

The lower level denoises y: h(x) = ||x - y||^2 / 2 + lam sum_i sqrt(|(D x)_i|^2 + eps^2), D x the differences to the right
and down. The upper level, ||x - clean||^2 / 2, judges the solution where the clean image is known. Both levels are
functions of this file (fen_bilevel); lam and eps are searched over their logarithms. Constants that hold of h prove
how far each hypergradient may be wrong. What was learned on one part of a
photograph is tried on another part of it and on another photograph.
"""

import matplotlib.pyplot as plt
import numpy as np

import fenchel
from _numbers import OUTPUT, count, data, decimal

BY_HAND = np.array([0.05, 0.01])  # lam and eps, also the start


def differences(x: np.ndarray) -> np.ndarray:
    out = np.zeros((2, *x.shape))
    out[0, :-1] = x[1:] - x[:-1]
    out[1, :, :-1] = x[:, 1:] - x[:, :-1]
    return out


def transposed(z: np.ndarray) -> np.ndarray:
    out = np.zeros(z.shape[1:])
    out[1:] += z[0, :-1]
    out[:-1] -= z[0, :-1]
    out[:, 1:] += z[1, :, :-1]
    out[:, :-1] -= z[1, :, :-1]
    return out


def denoising(noisy: np.ndarray, clean: np.ndarray) -> fenchel.BilevelProblem:
    shape = noisy.shape

    def slopes(x: np.ndarray, eps: float) -> tuple[np.ndarray, np.ndarray]:
        z = differences(x.reshape(shape))
        return z, np.sqrt((z**2).sum(0) + eps**2)

    def lower(x: np.ndarray, theta: np.ndarray) -> tuple:
        (lam, eps), residual = theta, x.reshape(shape) - noisy
        z, length = slopes(x, eps)
        value = 0.5 * (residual**2).sum() + lam * length.sum()
        by_theta = np.array([length.sum(), lam * eps * (1 / length).sum()])
        return value, (residual + lam * transposed(z / length)).ravel(), by_theta

    def hvp(x: np.ndarray, theta: np.ndarray, v: np.ndarray) -> np.ndarray:
        z, length = slopes(x, theta[1])
        dv = differences(v.reshape(shape))
        return v + theta[0] * transposed((dv - z * ((z * dv).sum(0) / length**2)) / length).ravel()

    def cross_t(x: np.ndarray, theta: np.ndarray, v: np.ndarray) -> np.ndarray:
        (lam, eps), (z, length) = theta, slopes(x, theta[1])
        along = (z * differences(v.reshape(shape))).sum(0)
        return np.array([(along / length).sum(), -lam * eps * (along / length**3).sum()])

    def upper(x: np.ndarray, theta: np.ndarray) -> tuple:
        error = x - clean.ravel()
        return 0.5 * (error**2).sum(), error

    def constants(theta: np.ndarray) -> dict:
        """||D||^2 <= 8; the third derivatives of sqrt(|z|^2 + eps^2) are at most 0.859 / eps^2."""
        lam, eps = theta
        return {"mu": 1.0, "lipschitz": 1 + 8 * lam / eps, "hessian_lipschitz": 0.859 * 8**1.5 * lam / eps**2,
                "cross_norm": np.sqrt(8 * clean.size * (1 + (0.385 * lam / eps) ** 2)),
                "cross_lipschitz": np.hypot(8 / eps, 8 * lam / eps**2), "upper_lipschitz": 1.0}

    return fenchel.BilevelProblem(lower, upper, hvp=hvp, cross_t=cross_t, constants=constants)


def decibels(image: np.ndarray, clean: np.ndarray) -> float:
    """Peak signal-to-noise ratio."""
    return float(-10 * np.log10(np.mean((image - clean) ** 2)))


def main() -> None:
    clean, noisy = data("crop_learn"), data("crop_learn_noisy")
    found = fenchel.bilevel(denoising(noisy, clean), BY_HAND, noisy.ravel(), log_theta=True, tol=1e-8, lower_tol=1e-9)
    print(found)
    print(f"lam {found.theta[0]:.5f}, eps {found.theta[1]:.5f}; hypergradient {found.hypergradient:.1e}, proved to "
          f"{found.bound:.1e}; {found.lower_hvps} products with the Hessian, {found.seconds:.2f} s")
    decimal("before", found.first_value)
    decimal("after", found.value)
    decimal("lam", found.theta[0])
    decimal("eps", found.theta[1])
    count("certified", int(found.certified))
    pictures = []
    for name in ("flower", "temple"):
        clean, noisy = data(f"crop_{name}"), data(f"crop_{name}_noisy")
        images = {"noisy": noisy}
        for how, theta in (("by hand", BY_HAND), ("learned", found.theta)):
            solved = fenchel.hypergradient(denoising(noisy, clean), theta, noisy.ravel())
            images[how] = solved.x.reshape(clean.shape)
        for how, image in images.items():
            decimal(f"{name}_{how.replace(' ', '_')}_db", decibels(image, clean))
        pictures.append({**images, "the photograph": clean})
    draw(pictures)


def draw(pictures: list) -> None:
    figure, axes = plt.subplots(len(pictures), 4, figsize=(12, 6.7), layout="constrained")
    for row, images in zip(axes, pictures):
        for axis, (title, image) in zip(row, images.items()):
            clean = images["the photograph"]
            axis.imshow(image, cmap="gray", vmin=0, vmax=1)
            axis.set_title(title if image is clean else f"{title}, {decibels(image, clean):.2f} dB")
            axis.axis("off")
    figure.savefig(OUTPUT / "learn_tv.png", dpi=110)


main()
