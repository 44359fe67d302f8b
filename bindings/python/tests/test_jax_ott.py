"""The checks of OTT's tests/solvers/linear/sinkhorn_diff_test.py, re-expressed for fenchel.jax: their sizes and cases, in
float64 and against central differences to 1e-6 where they ask for 1e-2 of float32 (`pytest -v` prints the list). What differs:

- autodiff through the iterations, which half of their assertions compare with, does not exist here: finite differences do;
- lse_mode, force_scan and preconditioners choose among OTT's algorithms: the cases remain, one algorithm serves them;
- Hessians are jacrev(grad): there is no forward mode;
- a grid with moving axes and an eps found from the cost are JAX code around a matrix: the chain rule does the rest.
"""
import numpy as np
import pytest

jax = pytest.importorskip("jax", reason="JAX is not installed: .ci/setup --extras installs it")
jax.config.update("jax_enable_x64", True)
import fenchel.jax as fj  # noqa: E402
import jax.numpy as jnp  # noqa: E402

TIGHT = {"tol": 1e-13, "max_iter": 100000}


def strengths(tau_a, tau_b, eps):
    """OTT's tau is rho / (rho + eps)."""
    rho = {name: eps * tau / (1 - tau) for name, tau in (("rho_a", tau_a), ("rho_b", tau_b)) if tau < 1}
    return {**rho, **TIGHT}


def problem(n, m, d, tau_a=1.0, tau_b=1.0, seed=0, scale=1.0, low=0.2):
    rng = np.random.default_rng(seed)
    x, y = rng.random((n, d)) * scale, rng.random((m, d)) * scale
    a, b = rng.random(n) + low, rng.random(m) + low
    a = a / (0.5 * n) if tau_a < 1 else a / a.sum()
    b = b / (0.5 * m) if tau_b < 1 else b / b.sum()
    return rng, *map(jnp.asarray, (x, y, a, b))


def central(f, at, along, h):
    return (f(at + h * along) - f(at - h * along)) / (2 * h)


def agree(f, at, along, h=1e-5, rtol=1e-6, atol=1e-9):
    gradient = jax.jit(jax.grad(f))(at)
    assert bool(jnp.isfinite(gradient).all())
    np.testing.assert_allclose(jnp.vdot(gradient, along), central(f, at, along, h), rtol=rtol, atol=atol)


def sqeuclidean(x, y):
    return jnp.sum((x[:, None] - y) ** 2, -1)


@pytest.mark.parametrize("points", [False, True])
def test_implicit_differentiation(points):
    """By weights and points, unbalanced: the points through a matrix, or on the fly."""
    eps, (tau_a, tau_b) = 0.05, ((1.0, 0.95) if points else (0.9, 0.87))
    rng, x, y, a, b = problem(38, 73, 3, low=0.1)
    settings = strengths(tau_a, tau_b, eps)

    def loss(a, x):
        return fj.sinkhorn_value(a, b, fj.PointCloud(x, y) if points else sqeuclidean(x, y), eps, **settings)

    delta = rng.random(38) / 10
    agree(lambda a: loss(a, x), a, jnp.asarray(delta - delta.mean()))
    agree(lambda x: loss(a, x), x, jnp.asarray(rng.random((38, 3))))


@pytest.mark.parametrize("shape", [(7, 9), (11, 5)])
def test_autograd_sinkhorn(shape):
    """By weights, some of them zero."""
    rng, x, y, a, b = problem(*shape, 3, low=1e-3)
    a, b = a.at[0].set(0), b.at[3].set(0)
    a, b = a / a.sum(), b / b.sum()
    delta = rng.random(shape[0]) * (a > 0)
    agree(lambda a: fj.sinkhorn_value(a, b, fj.PointCloud(x, y), 0.1, **TIGHT), a,
          (delta - delta.sum() / (a > 0).sum()) * (a > 0))


@pytest.mark.parametrize("shape", [(7, 9), (11, 5)])
def test_gradient_sinkhorn_geometry(shape):
    """By the cost matrix: the gradient is the plan."""
    rng = np.random.default_rng(0)
    C, delta = jnp.asarray(np.abs(rng.standard_normal(shape))), jnp.asarray(rng.standard_normal(shape))
    value = lambda C: fj.sinkhorn_value(None, None, C, 0.5, **TIGHT)  # noqa: E731
    agree(value, C, delta / jnp.linalg.norm(delta))
    np.testing.assert_allclose(jax.grad(value)(C), fj.sinkhorn_plan(None, None, C, 0.5, **TIGHT), rtol=1e-10)


@pytest.mark.parametrize("cost, eps", [("euclidean", 1e-3), ("sqeuclidean", 1e-2), ("euclidean", 1e-2)])
def test_gradient_sinkhorn_euclidean(cost, eps):
    """By points, with zero weights and nearly equal points."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((11, 3)) / 10, rng.standard_normal((13, 3)) / 10
    a, b = rng.random(11), rng.random(13)
    a[0], b[3] = 0, 0
    y[0] = x[0] + 1e-3
    x, y, a, b = map(jnp.asarray, (x, y, a / a.sum(), b / b.sum()))
    value = lambda x: fj.sinkhorn_value(a, b, fj.PointCloud(x, y, cost), eps, **TIGHT)  # noqa: E731
    delta = jnp.asarray(rng.standard_normal((11, 3)))
    agree(value, x, delta / jnp.linalg.norm(delta), h=1e-6)
    P = fj.sinkhorn_plan(a, b, fj.PointCloud(x, y, cost), eps, **TIGHT)
    away = x[:, None] - y
    by_hand = 2 * away if cost == "sqeuclidean" else away / jnp.linalg.norm(away, axis=-1, keepdims=True)
    np.testing.assert_allclose(jax.grad(value)(x), jnp.einsum("nm,nmd->nd", P, by_hand), rtol=1e-7, atol=1e-12)


def test_autoepsilon_differentiability():
    """eps as a function of the cost: its own derivative counts."""
    rng = np.random.default_rng(0)
    C = jnp.asarray(rng.random((15, 17)))
    agree(lambda C: fj.sinkhorn_value(None, None, C, 0.05 * C.mean(), **TIGHT), C, jnp.asarray(rng.standard_normal(C.shape)))


def test_differentiability_with_jit():
    rng = np.random.default_rng(0)
    C = jnp.asarray(rng.random((15, 17)))
    agree(lambda C: fj.sinkhorn_value(None, None, C, 1e-2, **TIGHT), C, jnp.asarray(rng.standard_normal(C.shape)), h=1e-6)


@pytest.mark.parametrize("tau_a, tau_b, by, transpose, eps",
                         [(1.0, 1.0, "a", False, 0.01), (1.0, 1.0, "x", True, 0.1), (0.93, 1.0, "x", False, 0.01),
                          (0.93, 0.95, "a", True, 0.01)])
def test_apply_transport_jacobian(tau_a, tau_b, by, transpose, eps):
    """The whole Jacobian of P v (or P^T v), through vmap, times a direction."""
    rng, x, y, a, b = problem(27, 13, 4, tau_a, tau_b, scale=0.25)
    v = jnp.asarray(rng.random(27 if transpose else 13) - 0.5)
    settings = strengths(tau_a, tau_b, eps)

    def applied(at):
        points = fj.PointCloud(at if by == "x" else x, y)
        return fj.sinkhorn_apply(at if by == "a" else a, b, points, eps, v, transpose=transpose, **settings)

    at = a if by == "a" else x
    delta = rng.random(at.shape)
    if by == "a" and tau_a == 1:
        delta -= delta.mean()
    jacobian = jax.jit(jax.jacrev(applied))(at)
    along = jnp.tensordot(jacobian, jnp.asarray(delta), delta.ndim)
    np.testing.assert_allclose(along, central(applied, at, jnp.asarray(delta), 1e-6), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("shape", [(22, 25), (27, 18)])
@pytest.mark.parametrize("eps", [0.01, 0.1])
@pytest.mark.parametrize("tau_a", [1.0, 0.93])
@pytest.mark.parametrize("tau_b", [1.0, 0.91])
def test_potential_jacobian_sinkhorn(shape, eps, tau_a, tau_b):
    """A direction of the potential, by weights and by points; also their test of preconditioners."""
    rng, x, y, a, b = problem(*shape, 3, tau_a, tau_b)
    direction, by_a = rng.random(shape[0]) / shape[0], rng.random(shape[0])
    direction = jnp.asarray(direction - direction.mean())  # potentials may be shifted
    if tau_a == 1:
        by_a -= by_a.mean()
    settings = strengths(tau_a, tau_b, eps)

    def loss(a, x):
        return direction @ fj.sinkhorn_potentials(a, b, fj.PointCloud(x, y), eps, **settings)[0]

    agree(lambda a: loss(a, x), a, jnp.asarray(by_a), h=1e-6, rtol=1e-5)
    agree(lambda x: loss(a, x), x, jnp.asarray(rng.random(x.shape)), h=1e-6, rtol=1e-5)


def test_grid_with_moving_axes_and_weights():
    rng = np.random.default_rng(0)
    axes = [jnp.array([0.0, 1.0]), jnp.array([0.3, 0.4, 0.7]), jnp.array([1.0, 1.3, 2.4, 3.7])]
    weights = [jnp.asarray(w / w.sum()) for w in (rng.random(24) + 1, rng.random(24) + 1)]

    def value(axes, a):
        points = jnp.stack([axis.ravel() for axis in jnp.meshgrid(*axes, indexing="ij")], -1)
        return fj.sinkhorn_value(a, weights[1], sqeuclidean(points, points), 1.0, **TIGHT)

    deltas = [jnp.asarray(rng.random(axis.shape)) for axis in axes]
    gradients = jax.grad(value)(axes, weights[0])
    along = sum(jnp.vdot(g, d) for g, d in zip(gradients, deltas))
    moved = [[axis + s * d for axis, d in zip(axes, deltas)] for s in (1e-5, -1e-5)]
    np.testing.assert_allclose(along, (value(moved[0], weights[0]) - value(moved[1], weights[0])) / 2e-5, rtol=1e-6)
    delta = rng.random(24)
    agree(lambda a: value(axes, a), weights[0], jnp.asarray(delta - delta.mean()))


@pytest.mark.parametrize("tau_a, tau_b, by",
                         [(1.0, 1.0, "a"), (1.0, 1.0, "x"), (1.0, 0.91, "a"), (0.93, 0.91, "x"), (0.93, 0.91, "a")])
def test_hessian_sinkhorn(tau_a, tau_b, by):
    """The Hessian of the value, times a direction; they compare gradients to 0.1."""
    eps, (rng, x, y, a, b) = 0.1, problem(12, 15, 3, low=0.1)
    settings = strengths(tau_a, tau_b, eps)

    def value(at):
        return fj.sinkhorn_value(at if by == "a" else a, b, fj.PointCloud(at if by == "x" else x, y), eps, **settings)

    at = a if by == "a" else x
    delta = rng.random(at.shape)
    if by == "a":
        delta -= delta.mean()
    hessian = jax.jit(jax.jacrev(jax.grad(value)))(at)
    along = jnp.tensordot(hessian, jnp.asarray(delta), delta.ndim)
    np.testing.assert_allclose(along, central(jax.grad(value), at, jnp.asarray(delta), 1e-5), rtol=1e-5, atol=1e-7)
