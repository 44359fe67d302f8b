"""Gives a photograph the colours of another one.

The pixels of each are a cloud in the RGB cube. Unbalanced transport pairs 20,000 of them with 20,000 of the other's, in
float32 and without a 20,000 x 20,000 matrix; rho says how far mass may be left unpaired, so that colours without a
counterpart are not forced on anything. The potential psi then prices the target colours for every pixel of the
photograph: a warm start for all 273,280 of them, and each goes to the mean of the colours that it is paired with.
"""

import matplotlib.image
import numpy as np

import fenchel
from _numbers import OUTPUT, array, count, data, number

EPS, RHO = 0.005, 0.1  # in units of the cost, squared distances in the unit cube


def progress(p: fenchel.Progress) -> None:
    print(f"  {p.seconds:5.1f} s, {p.iteration} iterations, residual {p.residual:.1e}", flush=True)


def main() -> None:
    photograph, target = data("temple_image"), data("flower_sample")
    settings = dict(rho_a=RHO, rho_b=RHO, num_threads=0, callback=progress, monitor_interval=1.0)

    # So many colours are near each other that the plan is not sparse: Anderson's sweeps beat Newton steps here.
    cloud = fenchel.PointCloud(data("temple_sample"), target)
    sample = fenchel.sinkhorn(None, None, cloud, EPS, method="sinkhorn_anderson", **settings)
    print(sample)
    pixels = fenchel.PointCloud(photograph.reshape(-1, 3), target)
    full = fenchel.sinkhorn(
        None, None, pixels, EPS, warm_start=(None, sample.psi), method="sinkhorn", tol=0.05, **settings
    )
    print(full)
    moved = full.apply(target, normalize=True).reshape(photograph.shape)

    number("cost", sample.cost)
    number("dual", sample.dual)
    count("passes", sample.passes)
    number("full_cost", full.cost)
    array("moved", moved)
    pictures = np.hstack([photograph, data("flower_image"), np.clip(moved, 0, 1)])
    matplotlib.image.imsave(OUTPUT / "colour_transfer.png", pictures)


main()
