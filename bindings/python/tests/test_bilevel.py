"""Bilevel problems from Python functions: closed forms, misuse, exceptions, cancellation."""

import gc
import weakref

import numpy as np
import pytest

import fenchel
from fenchel import errors

A = np.array([1.0, 2.0, 4.0])
B = np.array([1.0, -1.0, 0.5])
W = 0.1
CONSTANTS = dict(mu=1, lipschitz=4, hessian_lipschitz=0, cross_norm=1, cross_lipschitz=0, upper_lipschitz=1)


def lower(x, t):
    """h = sum a x^2 / 2 - x_0 t_0 - x_1 t_1."""
    pull = np.append(t, 0.0)
    return (A * x * x).sum() / 2 - x @ pull, A * x - pull, -x[:2]


def upper(x, t):
    return ((x - B) ** 2).sum() / 2 + W * (t @ t) / 2, x - B, W * t


def quadratic(**more):
    given = dict(hvp=lambda x, t, v: A * v, cross_t=lambda x, t, v: -v[:2], cross=lambda x, t, d: -np.append(d, 0.0),
                 constants=CONSTANTS)
    return fenchel.BilevelProblem(lower, upper, **{**given, **more})


def slope(t):
    return (t / A[:2] - B[:2]) / A[:2] + W * t


BEST = B[:2] * A[:2] / (1 + W * A[:2] ** 2)


def test_hypergradient_is_the_closed_form():
    t = np.array([0.3, -0.7])
    r = fenchel.hypergradient(quadratic(), t, np.zeros(3))
    assert r.certified and r.bound < 1e-7
    assert np.linalg.norm(r.gradient - slope(t)) <= r.bound + 1e-15
    np.testing.assert_allclose(r.x, [0.3, -0.35, 0], atol=1e-7)


def test_missing_products_become_differences_and_are_flagged():
    t = np.array([0.3, -0.7])
    r = fenchel.hypergradient(quadratic(hvp=None, cross_t=None), t, np.zeros(3))
    np.testing.assert_allclose(r.gradient, slope(t), atol=1e-7)
    assert r.finite_differences == 1 and not r.certified
    with pytest.raises(errors.UncertifiedError):
        fenchel.hypergradient(quadratic(hvp=None), t, np.zeros(3), require_certified=True)


def test_bilevel_finds_the_minimum_within_bounds():
    r = fenchel.bilevel(quadratic(), np.zeros(2), np.zeros(3), tol=1e-12)
    assert r.converged and r.value < r.first_value
    np.testing.assert_allclose(r.theta, BEST, atol=1e-4)
    bound = fenchel.bilevel(quadratic(), np.zeros(2), np.zeros(3), low=-0.5, high=[0.5, np.inf])
    assert bound.theta[0] == 0.5 and bound.theta[1] == -0.5


def test_a_prox_in_the_lower_level():
    """Lasso with an orthonormal design: x = soft(y, t), F = |x - z|^2 / 2, dF/dt = -sum over the support of sign (x - z)."""
    y, z = np.array([3.0, -2.0, 0.1]), np.array([2.0, -2.0, 0.0])

    def soft(v, t, step):
        return np.sign(v) * np.maximum(np.abs(v) - step * t[0], 0), t[0] * np.abs(v).sum()

    def soft_vjp(v, t, step, c):
        on = np.abs(v) > step * t[0]
        return on * c, np.array([-(step * np.sign(v) * on * c).sum()])

    problem = fenchel.BilevelProblem(
        lambda x, t: (((x - y) ** 2).sum() / 2, x - y, np.zeros(1)), lambda x, t: (((x - z) ** 2).sum() / 2, x - z),
        hvp=lambda x, t, v: v, cross_t=lambda x, t, v: np.zeros(1), prox=soft, prox_vjp=soft_vjp)
    r = fenchel.hypergradient(problem, [0.5], np.zeros(3))
    x = np.array([2.5, -1.5, 0.0])
    np.testing.assert_allclose(r.x, x, atol=1e-7)
    np.testing.assert_allclose(r.gradient, [-((x - z) * np.sign(x)).sum()], atol=1e-6)
    best = fenchel.bilevel(problem, 0.1, np.zeros(3), low=0.0, high=10.0, tol=1e-10)
    np.testing.assert_allclose(best.theta, [0.5], atol=1e-3)  # |(3 - t) - 2|^2 + |(2 - t) - 2|^2


def test_a_singular_lower_level_is_an_error():
    flat = fenchel.BilevelProblem(
        lambda x, t: ((x[0] - t[0]) ** 2 / 2, np.array([x[0] - t[0], 0.0]), np.array([t[0] - x[0]])),
        lambda x, t: ((x ** 2).sum() / 2 + x[1], x + [0, 1.0]),
        hvp=lambda x, t, v: np.array([v[0], 0.0]), cross_t=lambda x, t, v: -v[:1])
    with pytest.raises(errors.SingularError):
        fenchel.hypergradient(flat, [1.0], np.zeros(2))


def test_the_domain_is_respected_and_the_start_must_be_in_it():
    def cliff(x, t):
        return (float("nan") if t[0] > 1.5 else lower(x, t)[0], *lower(x, t)[1:])

    r = fenchel.bilevel(quadratic_with(cliff), np.zeros(2), np.zeros(3))
    assert np.isfinite(r.value) and r.theta[0] <= 1.5
    with pytest.raises(errors.RangeError, match="lower is not finite"):
        fenchel.bilevel(quadratic_with(cliff), [2.0, 0.0], np.zeros(3))


def quadratic_with(function):
    return fenchel.BilevelProblem(function, upper, hvp=lambda x, t, v: A * v, cross_t=lambda x, t, v: -v[:2])


@pytest.mark.parametrize("fails", ["lower", "upper", "hvp", "cross_t", "constants"])
def test_every_oracle_may_raise_at_every_call(fails):
    """The exception comes back with its traceback, and the arguments stay as they were."""
    k = 0
    while True:
        k += 1
        calls = 0

        def counted(function):
            def inner(*arguments):
                nonlocal calls
                calls += 1
                if calls == k:
                    raise ZeroDivisionError(f"call {k}")
                return function(*arguments)
            return inner

        parts = dict(lower=lower, upper=upper, hvp=lambda x, t, v: A * v, cross_t=lambda x, t, v: -v[:2],
                     constants=lambda t: CONSTANTS)
        parts[fails] = counted(parts[fails])
        theta, x = np.array([0.1, 0.2]), np.ones(3)
        problem = fenchel.BilevelProblem(parts.pop("lower"), parts.pop("upper"), **parts)
        try:
            fenchel.bilevel(problem, theta, x, max_iter=4)
        except ZeroDivisionError as error:
            assert str(error) == f"call {k}" and error.__traceback__ is not None
            np.testing.assert_array_equal(theta, [0.1, 0.2])
            np.testing.assert_array_equal(x, np.ones(3))
            continue
        assert calls < k and k > 2
        return


def test_misuse_is_refused():
    p = quadratic()
    with pytest.raises(errors.NameLookupError):
        fenchel.bilevel(p, np.zeros(2), np.zeros(3), method="implicitt")
    with pytest.raises(errors.NotFiniteError):
        fenchel.hypergradient(p, [np.nan, 0], np.zeros(3))
    with pytest.raises(errors.RangeError):
        fenchel.bilevel(p, np.zeros(2), np.zeros(3), low=1.0)
    with pytest.raises(errors.ShapeError):
        fenchel.bilevel(p, np.zeros(2), np.zeros(3), low=np.zeros(3))
    with pytest.raises(TypeError, match="tol"):
        fenchel.bilevel(p, np.zeros(2), np.zeros(3), tool=1)
    with pytest.raises(errors.DtypeError):
        fenchel.BilevelProblem(lower, None)
    with pytest.raises(errors.NameLookupError, match="mu"):
        fenchel.BilevelProblem(lower, upper, constants={"muu": 1})
    with pytest.raises(errors.DtypeError):
        fenchel.hypergradient(3, [1.0], [1.0])
    with pytest.raises(errors.ShapeError, match="dtheta"):
        fenchel.hypergradient(fenchel.BilevelProblem(lambda x, t: lower(x, t)[:2], upper), np.zeros(2), np.ones(3))
    with pytest.raises(errors.ShapeError, match="hvp returned 2"):
        fenchel.hypergradient(quadratic(hvp=lambda x, t, v: v[:2]), np.zeros(2), np.ones(3))


def test_a_callback_sees_progress_and_cancels():
    seen = []
    r = fenchel.bilevel(quadratic(), np.zeros(2), np.zeros(3), monitor_interval=0, callback=lambda p: seen.append(p.residual))
    assert len(seen) == r.iterations and min(seen) == r.value
    stopped = fenchel.bilevel(quadratic(), np.zeros(2), np.zeros(3), monitor_interval=0, callback=lambda p: True)
    assert stopped.termination is fenchel.Termination.CANCELLED and stopped.iterations == 1


def test_nothing_is_kept_after_the_call():
    class Marked:
        def __call__(self, x, t):
            return lower(x, t)

    marked = Marked()
    seen = weakref.ref(marked)
    fenchel.hypergradient(quadratic_with(marked), np.zeros(2), np.zeros(3))
    del marked
    gc.collect()
    assert seen() is None
