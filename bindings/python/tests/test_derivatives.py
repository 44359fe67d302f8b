"""Derivatives of solutions from Python: against central differences, closed forms and each other."""
import numpy as np
import pytest

import fenchel
from fenchel import prox, smooth


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return rng.standard_normal((30, 8)), rng.standard_normal(30)


def solve(X, y, lam):
    return fenchel.minimize(smooth.least_squares(X, y), prox.l1(lam), tol=1e-14)


def test_lasso_derivatives_match_central_differences(data):
    X, y = data
    lam, h = 3.0, 1e-5
    c = np.arange(1.0, 9.0)
    f, g = smooth.least_squares(X, y), prox.l1(lam)
    found = fenchel.solution_vjp(f, g, solve(X, y, lam), c, ("g.l1", "f.y"))
    expected = c @ (solve(X, y, lam + h).x - solve(X, y, lam - h).x) / (2 * h)
    assert found["g.l1"][0] == pytest.approx(expected, rel=1e-6)
    shift = np.linspace(-1, 1, 30)
    expected = c @ (solve(X, y + h * shift, lam).x - solve(X, y - h * shift, lam).x) / (2 * h)
    assert found["f.y"] @ shift == pytest.approx(expected, rel=1e-6)
    forward = fenchel.solution_jvp(f, g, solve(X, y, lam), {"f.y": shift, "g.l1": 0.5})
    assert c @ forward.value == pytest.approx(found["f.y"] @ shift + 0.5 * found["g.l1"][0], rel=1e-9)
    assert found.derivative_status is fenchel.DerivativeStatus.UNCERTIFIED  # a Lasso has no modulus of its own
    assert found.linear_solver == "direct" and found.active == np.count_nonzero(solve(X, y, lam).x)


def test_elastic_net_is_certified(data):
    X, y = data
    f, g = smooth.least_squares(X, y), prox.elastic_net(2.0, 1.0)
    x = fenchel.minimize(f, g, tol=1e-14)
    found = fenchel.solution_vjp(f, g, x, np.ones(8), "g.l2", require_certified=True)
    assert found.certified and found.bound < 1e-6 and found.mu == 1.0
    assert found.mu_source is fenchel.MuSource.MODEL_EXACT
    assert "certified" in repr(found)


def test_groups_multinomial_offsets_and_float32(data):
    X, _ = data
    y = np.arange(30) % 3
    f, g = smooth.multinomial(X, y, classes=3), prox.squared_l2(0.5)
    x = fenchel.minimize(f, g, tol=1e-10, method="fista")
    found = fenchel.solution_vjp(f, g, x, np.ones(x.x.size), ("f.offset", "f.weights", "g.l2"))
    assert found["f.offset"].shape == (30, 3) and found["f.weights"].shape == (30,)
    groups = prox.group_l2(2.0, size=2)
    model = smooth.least_squares(X.astype(np.float32), X[:, 0].astype(np.float32))
    narrow = fenchel.minimize(model, groups, tol=1e-6, method="fista")
    assert fenchel.solution_vjp(model, groups, narrow, np.ones(8), "g.weights")["g.weights"].shape == (4,)


def test_intercepts_of_a_multinomial_model_may_all_move_together():
    random = np.random.default_rng(0)
    X, y = random.standard_normal((60, 4)), random.integers(0, 3, 60).astype(float)

    def model(rows, **settings):
        return smooth.multinomial(X[rows], y[rows], classes=3, intercept=True, **settings)

    f, held = model(slice(0, 40)), model(slice(40, 60), mean=True)

    def fit(lam):
        return fenchel.minimize(f, prox.squared_l2(lam), tol=1e-12).x

    x = fit(1.0)
    slope = fenchel.solution_vjp(f, prox.squared_l2(1.0), x, held.gradient(x), "g.l2")["g.l2"]
    central = (held.value(fit(1.0 + 1e-4)) - held.value(fit(1.0 - 1e-4))) / 2e-4
    assert slope == pytest.approx(central, rel=1e-6)
    assert fenchel.tune(f, "squared_l2", {"lam": 1.0}, held).converged
    one_of_them = np.zeros(15)
    one_of_them[12] = 1  # free to move with the others: no derivative
    with pytest.raises(fenchel.errors.SingularError):
        fenchel.solution_vjp(f, prox.squared_l2(1.0), x, one_of_them, "g.l2")
    with pytest.raises(fenchel.errors.UnsupportedError, match="kernel"):
        fenchel.solution_vjp(f, prox.squared_l2(1.0), x, held.gradient(x), "g.l2", linear_solver="direct")


def test_implicit_products_recover_ridge(data):
    X, y = data
    K = X.T @ X + 2.0 * np.eye(8)
    x, c = np.linalg.solve(K, X.T @ y), np.arange(8.0)
    adjoint = np.linalg.solve(K, c)
    for solver in ("automatic", "cg", "direct", "minres", "gmres", "lsmr"):
        found = fenchel.implicit_vjp(c, 1, lambda v: K @ v, lambda u: [u @ x], linear_solver=solver)
        assert found.value[0] == pytest.approx(-adjoint @ x, rel=1e-8)
        np.testing.assert_allclose(found.adjoint, adjoint, rtol=1e-7, atol=1e-12)
    warm = fenchel.implicit_vjp(c, 1, lambda v: K @ v, lambda u: [u @ x], start=adjoint, linear_solver="cg")
    assert warm.iterations == 0
    forward = fenchel.implicit_jvp([1.0], 8, lambda v: K @ v, lambda d: d[0] * x, symmetric=True)
    np.testing.assert_allclose(forward.value, -np.linalg.solve(K, x), rtol=1e-8)


def test_fixed_points_need_not_be_symmetric():
    T = np.array([[0.2, 0.5], [-0.3, 0.1]])
    theta_to_x = np.linalg.inv(np.eye(2) - T)  # x = T x + theta
    found = fenchel.implicit_vjp([1.0, 2.0], 2, lambda v: T @ v, lambda u: u, dx_t=lambda u: T.T @ u, fixed_point=True)
    np.testing.assert_allclose(found.value, theta_to_x.T @ [1, 2], rtol=1e-9)
    forward = fenchel.implicit_jvp([1.0, 2.0], 2, lambda v: T @ v, lambda d: d, fixed_point=True)
    np.testing.assert_allclose(forward.value, theta_to_x @ [1, 2], rtol=1e-9)


def test_a_flat_inner_direction_is_singular_not_guessed():
    """Lower level y1^2 / 2 - t y1 with y2 free: no derivative in y2 (sl-BAMM's counterexample)."""
    H = np.diag([1.0, 0.0])
    with pytest.raises(fenchel.errors.SingularError, match="singular"):
        fenchel.implicit_vjp([1.0, 1.0], 1, lambda v: H @ v, lambda u: [-u[0]])
    with pytest.raises(fenchel.errors.SingularError, match="singular"):
        fenchel.implicit_vjp([1.0, 1.0], 1, lambda v: H @ v, lambda u: [-u[0]], linear_solver="cg")


def test_errors_of_functions_and_arguments_come_back(data):
    X, y = data

    def broken(v):
        raise ZeroDivisionError("in a product")

    with pytest.raises(ZeroDivisionError, match="in a product"):
        fenchel.implicit_vjp([1.0], 1, broken, lambda u: u)
    with pytest.raises(fenchel.errors.ShapeError):
        fenchel.implicit_vjp([1.0], 1, lambda v: [1.0, 2.0], lambda u: u)
    f, g = smooth.least_squares(X, y), prox.l1(3.0)
    x = solve(X, y, 3.0)
    with pytest.raises(fenchel.errors.NameLookupError, match="g.l1"):
        fenchel.solution_vjp(f, g, x, np.ones(8), "g.l7")
    with pytest.raises(fenchel.errors.ShapeError, match="cotangent"):
        fenchel.solution_vjp(f, g, x, np.ones(7), "g.l1")
    with pytest.raises(fenchel.errors.NameLookupError, match="linear_solver"):
        fenchel.solution_vjp(f, g, x, np.ones(8), "g.l1", linear_solver="magic")
    with pytest.raises(fenchel.errors.UncertifiedError):
        fenchel.solution_vjp(f, g, x, np.ones(8), "g.l1", require_certified=True)
    with pytest.raises(fenchel.errors.UnsupportedError, match="classes"):
        fenchel.solution_vjp(smooth.logistic(X, np.sign(y)), g, np.zeros(8), np.ones(8), "f.y")


def test_a_diagonal_is_a_preconditioner():
    d = np.linspace(1.0, 50.0, 40)
    c = np.ones(40)
    plain = fenchel.implicit_vjp(c, 40, lambda v: d * v, lambda u: -u, linear_solver="cg")
    jacobi = fenchel.implicit_vjp(c, 40, lambda v: d * v, lambda u: -u, linear_solver="cg", diagonal=d)
    assert jacobi.iterations == 1 < plain.iterations
    assert jacobi.value == pytest.approx(1 / d)
    fixed = fenchel.implicit_jvp(c, 40, lambda v: v - d * v, lambda u: u, symmetric=True, fixed_point=True,
                                 linear_solver="cg", diagonal=1 - d)
    assert fixed.iterations == 1 and fixed.value == pytest.approx(1 / d)
    with pytest.raises(fenchel.errors.ShapeError):
        fenchel.implicit_vjp(c, 40, lambda v: d * v, lambda u: -u, diagonal=d[1:])


def test_maps_agree_and_the_estimate_is_close(data):
    X, y = data
    f, g = smooth.least_squares(X, y), prox.simplex()
    x = fenchel.minimize(f, g, tol=1e-13, method="fista")
    c = np.arange(8.0)
    both = [fenchel.solution_vjp(f, g, x, c, "f.y", optimality_map=name) for name in ("proximal", "mirror")]
    assert both[0]["f.y"] == pytest.approx(both[1]["f.y"], abs=1e-8)
    exact = fenchel.solution_vjp(f, prox.squared_l2(1.0), np.linalg.solve(X.T @ X + np.eye(8), X.T @ y), c, "f.weights")
    rough = fenchel.solution_vjp(f, prox.squared_l2(1.0), 1.001 * np.linalg.solve(X.T @ X + np.eye(8), X.T @ y), c, "f.weights")
    error = np.linalg.norm(exact["f.weights"] - rough["f.weights"])
    assert 0.8 * error <= rough.estimate <= 1.25 * error <= rough.bound
    assert fenchel.solution_vjp(f, prox.squared_l2(1.0), x, c, "g.l2", estimate=False).estimate == np.inf
