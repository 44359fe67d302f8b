"""Defects that other projects' users reported of derivatives of solutions, each as a test of ours. The name says the defect, the docstring where it was seen."""
import numpy as np
import pytest

import fenchel
from fenchel import DerivativeStatus, prox, smooth

ITERATIVE = ["cg", "minres", "gmres", "lsmr"]


@pytest.fixture
def data():
    rng = np.random.default_rng(3)
    return rng.standard_normal((40, 8)), rng.standard_normal(40), rng.standard_normal(8)


def vjp(A, c, solver, **own):
    """-A^-T c, by products."""
    symmetric = np.array_equal(A, A.T)
    return fenchel.implicit_vjp(c, len(c), lambda v: A @ v, lambda u: u, dx_t=None if symmetric else lambda u: A.T @ u, linear_solver=solver, **own)


def test_a_linear_solve_that_fails_says_so():
    """jaxopt#466: the adjoint solve never converged and the gradient was exactly 0; only the solution was returned."""
    d = np.geomspace(1e-8, 1, 200)
    found = vjp(np.diag(d), np.ones(200), "cg", max_iter=3)
    assert found.derivative_status is DerivativeStatus.NOT_CONVERGED
    assert found.residual > 1e-3 * found.scale and found.iterations == 3
    assert np.any(found.value != 0)


def test_the_whole_gradient_not_half_of_it(data):
    """theseus PR#29: implicit mode gave 0.0484 where 0.0967 was true. theseus#81: a damped last step was differentiated."""
    X, y, c = data

    def solve(t, method="fista"):
        return fenchel.minimize(smooth.least_squares(X, y * t), prox.squared_l2(0.7), tol=1e-14, method=method).x

    expected = c @ (solve(1 + 1e-5) - solve(1 - 1e-5)) / 2e-5
    for method in ("fista", "ista", "cd"):
        found = fenchel.solution_vjp(smooth.least_squares(X, y), prox.squared_l2(0.7), solve(1.0, method), c, "f.y")
        assert found["f.y"] @ y == pytest.approx(expected, rel=1e-7)


def test_an_inner_solution_that_has_not_converged_is_not_trusted(data):
    """uwplasma/vmex#367: after 4 of 69 iterations the implicit Jacobian was wrong by 16 to 157 %, without a word."""
    X, y, c = data
    labels = np.where(y > 0, 1.0, -1.0)
    f, g = smooth.logistic(X * np.geomspace(0.05, 3, 8), labels), prox.squared_l2(1e-3)
    exact = fenchel.solution_vjp(f, g, fenchel.minimize(f, g, tol=1e-13, max_iter=1000000), c, "g.l2")["g.l2"]
    with pytest.warns(fenchel.ConvergenceWarning):
        early = fenchel.minimize(f, g, tol=1e-13, max_iter=4, method="ista")
    found = fenchel.solution_vjp(f, g, early, c, "g.l2")
    error = np.linalg.norm(found["g.l2"] - exact)
    assert error > 0.1 * np.linalg.norm(exact)
    assert found.derivative_status is DerivativeStatus.NOT_CONVERGED and not found.certified
    assert found.bound >= error
    with pytest.raises(fenchel.errors.UncertifiedError):
        fenchel.solution_vjp(f, g, early, c, "g.l2", require_certified=True)


def test_the_vertex_of_a_linear_program():
    """cvxpylayers#127: gradients of 1e-8, explained by "solutions are vertices": 0 exactly by q, and the inverse by h."""
    at = {"q": [-1.0, -2.0], "G": [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], "h": [1.0, 1.0, 3.0], "x": [1.0, 1.0], "lam": [1.0, 2.0, 0.0]}
    found = fenchel.kkt_vjp(at, {"x": [1.0, 1.0]}, ("q", "h"), require_certified=True)
    assert np.array_equal(found["q"], [0.0, 0.0]) and found["h"] == pytest.approx([1.0, 1.0, 0.0])
    moved = {**at, "h": [1.0, 1.0, 2.0]}  # the third bound meets the vertex: which two hold it is ambiguous
    assert fenchel.kkt_vjp(moved, {"x": [1.0, 1.0]}, "h").derivative_status is DerivativeStatus.AMBIGUOUS
    held = {**moved, "lam": [0.5, 1.5, 0.5]}  # three with multipliers: they depend on each other
    with pytest.raises(fenchel.errors.SingularError):
        fenchel.kkt_vjp(held, {"x": [1.0, 1.0]}, "h")


def test_no_nan_from_degenerate_programs():
    """optnet#4: gradients became NaN."""
    at = {"P": np.eye(2), "q": [0.0, 0.0], "G": [[1.0, 0.0], [1.0, 0.0]], "h": [0.0, 0.0], "x": [0.0, 0.0], "lam": [0.0, 0.0]}
    found = fenchel.kkt_vjp(at, {"x": [1.0, 1.0]}, ("q", "G", "h"))
    assert found.derivative_status is DerivativeStatus.AMBIGUOUS and found.ambiguous == 2
    assert all(np.isfinite(found[name]).all() for name in ("q", "G", "h"))


def test_the_active_set_is_that_of_the_solution_not_of_a_threshold():
    """osqpth#4 and #5: multipliers and slacks of an inexact solution against a threshold picked the wrong constraints."""
    rng = np.random.default_rng(5)
    y = rng.standard_normal(30)
    x = prox.simplex().prox(y)
    nu = -np.mean((x - y)[x > 0])
    lam = np.where(x > 0, 0.0, x - y + nu)
    c = rng.standard_normal(30)
    for level in (1e-4, 1e-6, 1e-8):  # as an interior point leaves them: every pair with a product of `level`
        loose = {"P": np.eye(30), "q": -y, "E": np.ones((1, 30)), "e": [1.0], "G": -np.eye(30), "h": np.zeros(30),
                 "x": np.where(x > 0, x, level / np.maximum(lam, 1e-3)), "nu": [nu], "lam": np.where(x > 0, level / np.maximum(x, 1e-3), lam)}
        found = fenchel.kkt_vjp(loose, {"x": c}, "q")
        assert found["q"] == pytest.approx(-prox.simplex().vjp(y, c), abs=1e-9)


def test_a_projection_onto_a_polyhedron_has_a_derivative():
    """jaxopt#338, #419: AssertionError from projection_polyhedron inside implicit differentiation."""
    rng = np.random.default_rng(6)
    G, y = rng.standard_normal((3, 5)), rng.standard_normal(5)
    lam = np.array([0.5, 0.0, 0.3])
    x = y - G.T @ lam
    h = G @ x + np.array([0.0, 1.0, 0.0])
    B = G[[0, 2]]
    jacobian = np.array([fenchel.kkt_jvp({"P": np.eye(5), "q": -y, "G": G, "h": h, "x": x, "lam": lam}, {"q": -d}).value["x"] for d in np.eye(5)])
    assert jacobian == pytest.approx(np.eye(5) - B.T @ np.linalg.solve(B @ B.T, B))


@pytest.mark.parametrize("solver", ["automatic", "direct", *ITERATIVE])
def test_one_unknown(solver):
    """torchopt#222: for a scalar the number of iterations became 0 and so did the gradient."""
    assert vjp(np.array([[4.0]]), np.array([3.0]), solver).value == pytest.approx([-0.75])


@pytest.mark.parametrize("solver", ITERATIVE)
@pytest.mark.parametrize("d", [(2.0, 2.0, 2.0), (1.0, 2.0, 3.0)])
def test_conjugate_gradients_return_the_last_iterate(solver, d):
    """hypertorch, BOAT, sl-BAMM: CG returned the iterate before the last: 0 for H = 2 I. betty#15: the old residual in the direction."""
    assert vjp(np.diag(d), np.ones(3), solver).value == pytest.approx(-1 / np.array(d))


def test_a_small_right_hand_side_is_still_solved():
    """MAID: CG returned the lower level's x where the right-hand side was below the tolerance."""
    d = np.arange(1.0, 6.0)
    for size in (1e-12, 1e-200):
        found = vjp(np.diag(d), np.full(5, size), "cg", start=np.ones(5))
        assert found.value == pytest.approx(-size / d, rel=1e-8)
    assert np.all(vjp(np.diag(d), np.zeros(5), "cg", start=np.ones(5)).value == 0)


@pytest.mark.parametrize("solver", ["direct", "gmres", "lsmr"])
def test_an_unsymmetric_system_is_the_one_that_was_asked_for(solver):
    """OTT: the path for unsymmetric systems solved A^T A x = b; and a solver that was given was never used."""
    A = np.eye(6) + np.triu(np.ones((6, 6)))
    found = vjp(A, np.arange(1.0, 7.0), solver)
    assert found.value == pytest.approx(-np.linalg.solve(A.T, np.arange(1.0, 7.0)))
    assert found.linear_solver == solver


def test_forward_mode_as_well(data):
    """jaxopt#474: a solver made differentiable had no forward mode."""
    X, y, c = data
    f, g = smooth.least_squares(X, y), prox.elastic_net(1.0, 0.5)
    x = fenchel.minimize(f, g, tol=1e-14)
    forward = fenchel.solution_jvp(f, g, x, {"g.l1": 1.0, "g.l2": 2.0}).value
    back = fenchel.solution_vjp(f, g, x, c, ("g.l1", "g.l2"))
    assert c @ forward == pytest.approx(back["g.l1"][0] + 2 * back["g.l2"][0], rel=1e-10)
