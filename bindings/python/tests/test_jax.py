"""fenchel.jax: every derivative against finite differences (check_grads), eager, under jit and under vmap."""
import gc
import pathlib
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest

import fenchel
from fenchel import errors, prox, smooth

jax = pytest.importorskip("jax", reason="JAX is not installed: .ci/setup --extras installs it")
jax.config.update("jax_enable_x64", True)
import fenchel.jax as fj  # noqa: E402
import jax.numpy as jnp  # noqa: E402
from jax.test_util import check_grads  # noqa: E402

TIGHT = {"tol": 1e-13}
SOLVE = {"tol": 1e-15, "max_iter": 100000}
weights = jax.nn.softmax


def check(function, *arguments, jit=True):
    for f in (function, jax.jit(function)) if jit else (function,):
        check_grads(f, arguments, order=1, modes=["rev"], atol=1e-6, rtol=1e-6, eps=1e-5)


@pytest.fixture
def ot():
    """Logarithms of weights, a cost, points, eps."""
    rng = np.random.default_rng(0)
    return [jnp.asarray(v) for v in (rng.standard_normal(5), rng.standard_normal(6), rng.random((5, 6)), rng.random((5, 2)),
                                     rng.random((6, 2)), 0.2)]


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((20, 6))
    return X, X @ np.array([2.0, -1, 0, 0, 1, 0]) + 0.1 * rng.standard_normal(20)


# ---- transport ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [fj.sinkhorn_value, fj.sinkhorn_potentials, fj.sinkhorn_plan])
def test_transport(ot, function):
    a, b, C, x, y, eps = ot
    check(lambda a, b, C, e: function(weights(a), weights(b), C, e, **TIGHT), a, b, C, eps)
    check(lambda a, x, y, e: function(weights(a), None, fj.PointCloud(x, y), e, **TIGHT), a, x, y, eps, jit=False)
    check(lambda a, C: function(jnp.exp(a), None, C, 0.1, rho_a=1.0, rho_b=0.5, **TIGHT), a, C, jit=False)


def test_action_and_divergence(ot):
    a, b, C, x, y, eps = ot
    v = jnp.asarray(np.random.default_rng(1).standard_normal(6))
    check(lambda a, C, e, v: fj.sinkhorn_apply(weights(a), None, C, e, v, **TIGHT), a, C, eps, v)
    check(lambda a, b, x, y, e: fj.sinkhorn_divergence(x, y, e, a=weights(a), b=weights(b), **TIGHT), a, b, x, y, eps)


def test_equal_to_numpy(ot):
    C, x, y = (np.asarray(ot[k]) for k in (2, 3, 4))
    result = fenchel.sinkhorn(None, None, C, 0.2)
    assert float(fj.sinkhorn_value(None, None, C, 0.2)) == result.dual
    np.testing.assert_array_equal(jax.jit(lambda C: fj.sinkhorn_plan(None, None, C, 0.2))(C), result.plan())
    assert float(fj.sinkhorn_divergence(x, y, 0.2)) == float(fenchel.sinkhorn_divergence(x, y, 0.2))
    grid = fenchel.Grid((2, 3))
    a = jnp.full(6, 1 / 6)
    np.testing.assert_allclose(jax.grad(lambda a: fj.sinkhorn_value(a, None, grid, 0.1))(a),
                               fenchel.sinkhorn(np.asarray(a), None, grid, 0.1).gradient("a"), rtol=1e-12)


# ---- proximal maps and solutions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["l1", "l2", "simplex", "tv1d", "sorted_l1", "entropy"])
def test_prox(name):
    v = jnp.asarray(np.random.default_rng(2).standard_normal(6) * 1.5)
    given = {"weights": np.linspace(1, 0.2, 6)} if name == "sorted_l1" else {}
    check(lambda v, s: fj.prox(name, v, s, **given), v, jnp.array(0.6))
    if name != "simplex":
        check(lambda v, lam: fj.prox(name, v, lam=lam, **given), v, jnp.array(0.4), jit=False)
    rows = jnp.stack([v, -v, 2 * v])
    check(lambda r: fj.prox(name, r, 0.6, **given), rows)
    each = jax.vmap(lambda v: fj.prox(name, v, 0.6, **given))(rows)
    np.testing.assert_array_equal(each, fj.prox(name, rows, 0.6, **given))


def test_argmin(data):
    X, y = data
    f = smooth.least_squares(X, y)
    check(lambda y, lam, A: fj.argmin(f, prox.l1(), {"f.y": y, "g.l1": lam, "f.A": A}, **SOLVE), jnp.asarray(y), jnp.array(1.5),
          jnp.asarray(X))
    model = smooth.logistic(X, np.sign(y), intercept=True)
    check(lambda w, l2: fj.argmin(model, prox.elastic_net(0.1), {"f.weights": w, "g.l2": l2}, **SOLVE),
          jnp.linspace(0.5, 1.5, 20), jnp.array(0.7))
    many = jnp.array([0.5, 1.0, 2.0])
    each = jax.vmap(lambda lam: fj.argmin(f, prox.l1(), {"g.l1": lam}, **SOLVE))(many)
    np.testing.assert_array_equal(each, fj.argmin(f, prox.l1(), {"g.l1": many}, **SOLVE))
    check(jax.vmap(lambda lam: fj.argmin(f, prox.l1(), {"g.l1": lam}, **SOLVE)), many)


def test_implicit(data):
    X, y = data
    Q = jnp.asarray(X.T @ X)

    def ridge(b, lam):
        x = jnp.linalg.solve(Q + lam * jnp.eye(6), b)
        return fj.implicit(lambda x, b, lam: Q @ x + lam * x - b, x, b, lam, symmetric=True)

    check(ridge, jnp.asarray(X.T @ y), jnp.array(2.0))
    T = jnp.array([[0.2, 0.5], [-0.3, 0.1]])

    @jax.jit
    def fixed_point(t):
        x = jax.lax.fori_loop(0, 60, lambda _, x: jnp.tanh(T @ x) + t, jnp.zeros(2))
        return fj.implicit(lambda x, t: jnp.tanh(T @ x) + t, x, t, fixed_point=True)

    check(fixed_point, jnp.array([0.3, -0.5]), jit=False)
    both = jax.jacobian(jax.vmap(fixed_point))(jnp.array([[0.3, -0.5], [0.1, 0.2]]))  # a batch of roots
    np.testing.assert_allclose(both[1, :, 1], jax.jacobian(fixed_point)(jnp.array([0.1, 0.2])), rtol=1e-12)
    with pytest.raises(errors.SingularError, match="singular"):
        jax.grad(lambda t: fj.implicit(lambda x, t: x * jnp.array([1.0, 0.0]) - t, jnp.zeros(2), t).sum())(0.0)
    with pytest.raises(errors.ShapeError, match="agree"):
        jax.grad(lambda t: fj.implicit(lambda x, t: x[:1] * t, jnp.zeros(2), t).sum())(0.0)


# ---- transformations ------------------------------------------------------------------------------------------------


def test_vmap_and_batches(ot):
    a, _, _, _, _, eps = ot
    rng = np.random.default_rng(3)
    costs, many = jnp.asarray(rng.random((3, 5, 6))), jnp.asarray(rng.standard_normal((2, 5)))
    value = jax.vmap(lambda C: fj.sinkhorn_value(weights(a), None, C, 0.2, **TIGHT))
    check(value, costs)
    check(lambda C, a: fj.sinkhorn_plan(weights(a), None, C, 0.2, **TIGHT), costs, a)
    nested = jax.vmap(jax.vmap(lambda C, a: fj.sinkhorn_potentials(weights(a), None, C, 0.2, **TIGHT), (0, None)), (None, 0))
    check(nested, costs, many, jit=False)

    def one(C, a, e):
        return fj.sinkhorn_value(weights(a), None, C, e, **TIGHT)

    for transform in (lambda f: f, jax.jit):
        together = transform(jax.vmap(jax.grad(one, argnums=(0, 1, 2)), (0, None, None)))(costs, a, eps)
        for k in range(3):
            for part, alone in zip(together, jax.grad(one, argnums=(0, 1, 2))(costs[k], a, eps)):
                np.testing.assert_allclose(part[k], alone, rtol=1e-12, atol=1e-16)
    with pytest.raises(errors.ShapeError, match="batch axes differ"):
        fj.sinkhorn_value(jnp.full((2, 5), 0.2), None, costs, 0.2)


def test_jacobians_by_many_cotangents(ot):
    """jacrev maps the backward pass over cotangents of one problem."""
    a, _, C, _, _, eps = ot
    for f, at in ((lambda C: fj.sinkhorn_plan(weights(a), None, C, eps, **TIGHT)[0], C), (lambda v: fj.prox("l2", v, 0.6), a),
                  (lambda v: fj.prox("l2", v, eps), a), (lambda v: fj.prox("l2", v[None], 0.6)[0], a)):
        for transform in (lambda f: f, jax.jit):
            jacobian = transform(jax.jacrev(f))(at)
            for k in range(jacobian.shape[0]):
                np.testing.assert_allclose(jacobian[k], jax.grad(lambda v: f(v)[k])(at), rtol=1e-10, atol=1e-14)


def test_points_go_through_jit(ot):
    _, _, _, x, y, _ = ot
    value = jax.jit(lambda points: fj.sinkhorn_value(None, None, points, 0.2))
    points = fj.PointCloud(x, y, "euclidean")
    cloud = fenchel.PointCloud(np.asarray(x), np.asarray(y), "euclidean")
    assert float(value(points)) == fenchel.sinkhorn(None, None, cloud, 0.2).dual
    assert jax.grad(value)(points).y.shape == y.shape


def test_a_large_problem_under_jit():
    """Callbacks of large arrays have deadlocked in JAX: this one is large enough to show it."""
    C = jnp.asarray(np.random.default_rng(4).random((600, 600)))
    gradient = jax.jit(jax.grad(lambda C: fj.sinkhorn_value(None, None, 1.0 * C, 0.1)))(C)
    np.testing.assert_allclose(gradient.sum(), 1.0, rtol=1e-6)


def test_second_derivatives_of_the_value(ot):
    a, _, C, x, y, eps = ot
    value = lambda C: fj.sinkhorn_value(None, None, C, 0.2, **TIGHT)  # noqa: E731
    check(jax.grad(lambda a, C, e: fj.sinkhorn_value(weights(a), None, C, e, **TIGHT), argnums=(0, 1, 2)), a, C, eps, jit=False)
    hessian = jax.jacrev(jax.grad(value))(C)
    flat = hessian.reshape(C.size, C.size)
    np.testing.assert_allclose(flat, flat.T, atol=1e-14)
    both = jax.jit(jax.vmap(jax.jacrev(jax.grad(value))))(jnp.stack([C, 2 * C]))
    np.testing.assert_allclose(both[0], hessian, rtol=1e-10, atol=1e-14)
    check(jax.grad(lambda C: value(C) ** 2), C, jit=False)  # value and gradient differentiated together


def test_other_second_and_forward_derivatives_are_refused(ot):
    C = ot[2]
    value = lambda C: fj.sinkhorn_value(None, None, C, 0.2)  # noqa: E731
    for transform in (lambda f: f, jax.jit):
        for first in (lambda C: fj.sinkhorn_plan(None, None, C, 0.2)[0, 0], lambda C: jax.grad(value)(C)[0, 0]):
            with pytest.raises(errors.UnsupportedError, match="second derivatives"):
                transform(jax.grad(lambda C: jax.grad(first)(C)[0, 0]))(C)
    with pytest.raises(TypeError, match="forward-mode"):
        jax.jvp(value, (C,), (C,))


def test_only_what_is_asked_for_is_computed(ot, monkeypatch):
    a, b, C, _, _, _ = ot
    asked = []
    real = fenchel.Result.gradient
    monkeypatch.setattr(fenchel.Result, "gradient", lambda self, name: (asked.append(name), real(self, name))[1])
    jax.grad(lambda a: fj.sinkhorn_value(a, weights(b), C, 0.2))(weights(a))
    assert asked == ["a"]
    jax.jit(jax.grad(lambda b: fj.sinkhorn_value(weights(a), b, C, 0.2)))(weights(b)).block_until_ready()
    assert asked == ["a", "b"]


# ---- dtypes, errors, memory -----------------------------------------------------------------------------------------


def test_float32(ot, data):
    a, b, C, x, y, eps = (v.astype(jnp.float32) for v in ot)
    X, targets = data
    narrow = smooth.least_squares(X.astype(np.float32), targets.astype(np.float32))
    for function, arguments in (
            (lambda a, C, e: fj.sinkhorn_value(weights(a), None, C, e), (a, C, eps)),
            (lambda x, y: fj.sinkhorn_divergence(x, y, 0.2), (x, y)), (lambda v: fj.prox("l1", v).sum(), (a,)),
            (lambda t: fj.argmin(narrow, prox.l1(), {"f.y": t}).sum(), (jnp.asarray(targets, jnp.float32),))):
        for f in (function, jax.jit(function)):
            value, gradients = jax.value_and_grad(f, argnums=tuple(range(len(arguments))))(*arguments)
            assert value.dtype == jnp.float32 and all(g.dtype == jnp.float32 for g in gradients)
            assert all(bool(jnp.isfinite(g).all()) for g in gradients)
    assert fj.sinkhorn_value(None, None, C.astype(jnp.float64), eps).dtype == jnp.float64
    assert fj.prox("l1", jnp.arange(3)).dtype == jnp.float64
    for bad in (a.astype(jnp.float16), a.astype(jnp.complex64)):
        with pytest.raises(errors.DtypeError, match="v has dtype"):
            fj.prox("l1", bad)


def test_without_x64_float64_is_named():
    script = """
import warnings, numpy as np, fenchel, fenchel.jax as fj, jax
C = np.random.default_rng(0).random((5, 6))
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    value = fj.sinkhorn_value(None, None, C, 0.1)
assert value.dtype == "float32" and len(seen) == 1 and seen[0].category is fenchel.FenchelWarning, seen
assert 'cost is float64 but JAX computes in float32' in str(seen[0].message), seen[0].message
assert 'jax.config.update("jax_enable_x64", True)' in str(seen[0].message)
assert seen[0].filename == "<string>", seen[0].filename
model = fenchel.smooth.least_squares(C, np.ones(5))
assert jax.jit(lambda y: fj.argmin(model, fenchel.prox.l1(0.1), {"f.y": y}))(np.ones(5, np.float32)).dtype == "float32"
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_errors_keep_their_message():
    f = smooth.least_squares(np.array([[1.0, 1.0], [2.0, 2.0]]), np.ones(2))
    total = lambda y: fj.argmin(f, None, {"f.y": y}, method="fista").sum()  # noqa: E731
    with pytest.raises(errors.SingularError, match="singular"):
        jax.grad(total)(jnp.ones(2))
    with pytest.raises(Exception, match="SingularError: the Hessian on the 2 active unknowns is singular"):
        jax.jit(jax.grad(total))(jnp.ones(2)).block_until_ready()
    with pytest.raises(errors.NegativeMassError):
        fj.sinkhorn_value(-jnp.ones(3), None, jnp.ones((3, 3)), 0.1)
    with pytest.raises(errors.UnsupportedError, match="radius"):
        fj.prox("l1_ball", jnp.ones(3), radius=jnp.array(1.0))


def test_the_status_is_honoured(data):
    X, y = data
    f = smooth.least_squares(X, y)

    def total(lam, choice):
        return fj.argmin(f, prox.l1(), {"g.l1": lam}, on_uncertified=choice, **SOLVE).sum()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        jax.grad(lambda lam: total(lam, "doubtful"))(1.0)
    with pytest.warns(fj.DerivativeWarning, match="uncertified"):
        jax.grad(lambda lam: total(lam, "warn"))(1.0)
    with pytest.raises(errors.UncertifiedError):
        jax.grad(lambda lam: total(lam, "error"))(1.0)


def test_equal_calls_are_compiled_once_and_kept_once(ot):
    """New calls with equal settings are equal to JAX: what it caches does not grow with the calls."""
    C = jnp.stack([ot[2], ot[2]])
    value = lambda C: jax.vmap(lambda c: fj.sinkhorn_value(None, None, c, 0.2))(C).sum()  # noqa: E731
    for _ in range(3):
        jax.grad(value)(C)
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(30):
        jax.grad(value)(C)
    gc.collect()
    assert len(gc.get_objects()) - before < 100


def test_the_program_of_the_readme():
    readme = (pathlib.Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    programs = [p for p in re.findall(r"```python\n(.*?)```", readme, re.S) if "fenchel.jax" in p]
    assert len(programs) == 1
    exec(compile(programs[0], "README.md", "exec"), {})


def test_the_extra_is_named_where_jax_is_missing():
    script = "import sys; sys.modules['jax'] = None\nimport fenchel\nassert 'fenchel.jax' not in sys.modules\nfenchel.jax"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode != 0 and 'ImportError: fenchel.jax needs JAX: pip install "fenchel[jax]"' in done.stderr
