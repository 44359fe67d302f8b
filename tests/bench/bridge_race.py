"""Gradients of transport inside autograd: fenchel.torch against GeomLoss, fenchel.jax against OTT's implicit differentiation.

usage: bridge_race.py [--points 1000]

Needs torch, geomloss, jax and ott-jax. Processor time of one thread, the best of three after one that compiles, on the same data in
the same run. Errors are relative to fenchel's answer at tol 1e-12 (which GeomLoss and OTT approach as their own tolerance shrinks).
"""
import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import geomloss
import jax
import numpy as np
import ott
import torch
from ott.geometry import geometry
from ott.problems.linear import linear_problem
from ott.solvers.linear import implicit_differentiation, sinkhorn

jax.config.update("jax_enable_x64", True)
import fenchel  # noqa: E402
import fenchel.jax as fj  # noqa: E402
import fenchel.torch as ft  # noqa: E402
import jax.numpy as jnp  # noqa: E402


def best_of_three(run) -> tuple:
    """(seconds, answer)"""
    answer, seconds = run(), []
    for _ in range(3):
        start = time.process_time()
        run()
        seconds.append(time.process_time() - start)
    return min(seconds), answer


def row(name, accuracy, seconds, reference, found) -> None:
    error = np.linalg.norm(np.asarray(found) - reference) / np.linalg.norm(reference)
    print(f"| {name} | {accuracy} | {seconds:.4f} | {error:.0e} |", flush=True)


def divergence(n: int, dtype: torch.dtype, blur: float = 0.05) -> None:
    """Value and gradient by points of the Sinkhorn divergence of |x - y|^2 / 2 at eps = blur^2."""
    rng = np.random.default_rng(0)
    x = torch.tensor(rng.random((n, 3)), dtype=dtype, requires_grad=True)
    y = torch.tensor(rng.random((n, 3)) * 0.8 + 0.1, dtype=dtype)
    eps = 2 * blur**2  # of |x - y|^2
    exact = fenchel.sinkhorn_divergence(x.detach().double().numpy(), y.double().numpy(), eps, tol=1e-12, gradients=["x"])
    reference = exact.gradients["x"] / 2

    def gradient(loss):
        x.grad = None
        loss().backward()
        return x.grad.numpy().copy()

    for tol in (1e-3, None):
        seconds, found = best_of_three(lambda: gradient(lambda: ft.sinkhorn_divergence(x, y, eps, tol=tol) / 2))
        row(f"fenchel.torch, divergence, {dtype}", "default" if tol is None else f"tol {tol:g}", seconds, reference, found)
    for scaling in (0.5, 0.9, 0.99):
        loss = geomloss.SamplesLoss("sinkhorn", p=2, blur=blur, scaling=scaling, backend="tensorized")
        seconds, found = best_of_three(lambda: gradient(lambda: loss(x, y)))
        row(f"GeomLoss, divergence, {dtype}", f"scaling {scaling}", seconds, reference, found)


def matrix(n: int, eps: float = 0.05) -> None:
    """The gradient by a cost matrix of the value, and of a direction of the potential; float64, compiled."""
    rng = np.random.default_rng(1)
    x, y, w = rng.random((n, 3)), rng.random((n, 3)) * 0.8 + 0.1, rng.standard_normal(n)
    C, w = jnp.asarray(((x[:, None] - y) ** 2).sum(-1)), jnp.asarray(w - w.mean())

    def of_fenchel(what, tol):
        if what == "value":
            return lambda C: fj.sinkhorn_value(None, None, C, eps, tol=tol)
        return lambda C: fj.sinkhorn_potentials(None, None, C, eps, tol=tol)[0] @ w

    def of_ott(what, threshold):
        implicit = implicit_differentiation.ImplicitDiff()
        solver = sinkhorn.Sinkhorn(threshold=threshold, max_iterations=20000, implicit_diff=implicit)

        def loss(C):
            out = solver(linear_problem.LinearProblem(geometry.Geometry(C, epsilon=eps)))
            return out.reg_ot_cost if what == "value" else out.f @ w

        return loss

    for what in ("value", "potential"):
        reference = np.asarray(jax.grad(of_fenchel(what, 1e-12))(C))
        for name, make in (("fenchel.jax", of_fenchel), ("OTT", of_ott)):
            for tol in (1e-3, 1e-6, 1e-9):
                compiled = jax.jit(jax.grad(make(what, tol)))
                seconds, found = best_of_three(lambda: compiled(C).block_until_ready())
                row(f"{name}, {what}, float64", f"tol {tol:g}", seconds, reference, found)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=1000)
    n = parser.parse_args().points
    torch.set_num_threads(1)
    print(f"n = m = {n}, torch {torch.__version__}, GeomLoss {geomloss.__version__}, jax {jax.__version__}, "
          f"OTT {ott.__version__}, load {os.getloadavg()[0]:.1f}\n")
    print("| contestant | accuracy asked for | processor s | gradient's relative error |\n|---|---|---|---|")
    divergence(n, torch.float32)
    divergence(n, torch.float64)
    matrix(n)


if __name__ == "__main__":
    main()
