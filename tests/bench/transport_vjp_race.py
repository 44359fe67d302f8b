"""The derivative of entropic potentials and plans: fenchel's vjp against its own forward solve and against OTT's implicit differentiation.

usage: transport_vjp_race.py [--points 1000] [--eps 0.05 0.01]      (in an environment with ott-jax)

Two clouds in three dimensions, squared Euclidean cost, eps relative to the mean cost, float64, one thread (one CPU for JAX), processor time,
least of five runs after one that compiles. The loss is <c, phi> + <d, psi> with c and d of mean zero, so that the potentials' constant drops
out, or <W, P>; its gradient is taken by the points x. Both solve to an L1 error of 1e-8 of the marginals. OTT's derivative: value_and_grad less the forward
solve, with its default ImplicitDiff. The two gradients are compared.
"""
import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import numpy as np

import fenchel

TOL = 1e-8


def least(run, repeats=5):
    run()
    best, answer = np.inf, None
    for _ in range(repeats):
        start = time.process_time()
        answer = run()
        best = min(best, time.process_time() - start)
    return best, answer


def by_fenchel(x, y, eps, c, d, W):
    n = len(x)
    a = np.full(n, 1 / n)

    def forward():
        return fenchel.sinkhorn(a, a, fenchel.PointCloud(x, y), eps, tol=TOL, num_threads=1)

    seconds, result = least(forward)
    seed = {"plan": W} if c is None else {"phi": c, "psi": d}
    derivative, gradient = least(lambda: result.vjp(**seed, wrt=("x",)))
    return seconds, derivative, gradient["x"], result


def by_ott(x, y, eps, c, d, W):
    import jax
    from ott.geometry import pointcloud
    from ott.problems.linear import linear_problem
    from ott.solvers.linear import implicit_differentiation, sinkhorn

    jax.config.update("jax_enable_x64", True)
    solver = sinkhorn.Sinkhorn(threshold=TOL, max_iterations=200000, implicit_diff=implicit_differentiation.ImplicitDiff())

    def loss(points):
        out = solver(linear_problem.LinearProblem(pointcloud.PointCloud(points, y, epsilon=eps)))
        if c is None:
            return (out.matrix * W).sum(), out.converged
        return (out.f * c).sum() + (out.g * d).sum(), out.converged

    forward = jax.jit(loss)
    both = jax.jit(jax.value_and_grad(loss, has_aux=True))
    seconds, _ = least(lambda: jax.block_until_ready(forward(x)))
    whole, ((_, converged), gradient) = least(lambda: jax.block_until_ready(both(x)))
    return seconds, whole - seconds, np.asarray(gradient), bool(converged)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--eps", type=float, nargs="+", default=[0.05, 0.01])
    arguments = parser.parse_args()
    n = arguments.points
    rng = np.random.default_rng(0)
    x, y = rng.random((n, 3)), rng.random((n, 3)) ** 1.5
    mean = float(((x[:, None] - y[None]) ** 2).sum(-1).mean())
    c, d = rng.standard_normal((2, n)) / n
    c, d = c - c.mean(), d - d.mean()
    W = rng.standard_normal((n, n))
    import jax
    import ott

    print(f"n = {n}, fenchel {fenchel.__version__} ({fenchel.target()}), ott-jax {ott.__version__}, jax {jax.__version__}, load {os.getloadavg()[0]:.1f}\n")
    print("| eps / mean cost | loss by | fenchel: forward s | vjp s | vjp / forward | OTT: forward s | derivative s | OTT / fenchel | gradients differ by |")
    print("|---|---|---|---|---|---|---|---|---|")
    for relative in arguments.eps:
        for name, cotangents in (("potentials", (c, d, None)), ("plan", (None, None, W))):
            forward, derivative, gradient, result = by_fenchel(x, y, relative * mean, *cotangents)
            ott_forward, ott_derivative, other, converged = by_ott(x, y, relative * mean, *cotangents)
            far = np.abs(gradient - other).max() / np.abs(gradient).max()
            print(f"| {relative} | {name} | {forward:.4f} | {derivative:.4f} | {derivative / forward:.2f} | {ott_forward:.3f} | {ott_derivative:.3f} "
                  f"| {ott_derivative / derivative:.1f} | {far:.0e}{'' if converged else ' (OTT not converged)'} |", flush=True)


if __name__ == "__main__":
    main()
