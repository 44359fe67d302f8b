"""fenchel.torch: every derivative against finite differences (gradcheck), and what autograd users count on."""
import gc
import inspect
import pathlib
import re
import subprocess
import sys
import warnings
import weakref

import numpy as np
import pytest

import fenchel
from fenchel import errors, prox, smooth

torch = pytest.importorskip("torch", reason="PyTorch is not installed: .ci/setup --extras installs it")
import fenchel.torch as ft  # noqa: E402
from torch.autograd import gradcheck, gradgradcheck  # noqa: E402

F64 = torch.float64
TIGHT = {"tol": 1e-13}
SOLVE = {"tol": 1e-15, "max_iter": 100000}


def leaf(values):
    return torch.as_tensor(values, dtype=F64).clone().requires_grad_()


def weights(t):
    return torch.softmax(t, -1)


@pytest.fixture
def ot():
    """Unnormalised logarithms of weights, a cost, points, eps: leaves."""
    rng = np.random.default_rng(0)
    return [leaf(rng.standard_normal(5)), leaf(rng.standard_normal(6)), leaf(rng.random((5, 6))), leaf(rng.random((5, 2))),
            leaf(rng.random((6, 2))), leaf(0.1)]


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((20, 6))
    return X, X @ np.array([2.0, -1, 0, 0, 1, 0]) + 0.1 * rng.standard_normal(20)


# ---- transport ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reg_type", ["kl", "entropy"])
@pytest.mark.parametrize("function", [ft.sinkhorn_value, ft.sinkhorn_potentials, ft.sinkhorn_plan])
def test_balanced_transport(ot, function, reg_type):
    a, b, C, _, _, eps = ot
    assert gradcheck(lambda a, b, C, e: function(weights(a), weights(b), C, e, reg_type=reg_type, **TIGHT), (a, b, C, eps))


def test_unbalanced_transport(ot):
    a, b, C, _, _, eps = ot
    soft = {"rho_a": 1.0, "rho_b": 0.5, **TIGHT}
    assert gradcheck(lambda a, b, C, e: ft.sinkhorn_value(a.exp(), b.exp(), C, e, **soft), (a, b, C, eps))
    assert gradcheck(lambda a, b, C, e: ft.sinkhorn_value(a.exp(), b.exp(), C, e, rho_b=0.5, **TIGHT), (a, b, C, eps))
    assert gradcheck(lambda a, b, C: ft.sinkhorn_potentials(a.exp(), b.exp(), C, 0.1, **soft), (a, b, C))
    assert gradcheck(lambda a, b, C: ft.sinkhorn_plan(a.exp(), b.exp(), C, 0.1, **soft), (a, b, C))
    with pytest.raises(errors.UnsupportedError, match="eps"):
        ft.sinkhorn_plan(a.exp(), b.exp(), C, eps, **soft)


def test_the_plans_action(ot):
    a, b, C, _, _, eps = ot
    rng = np.random.default_rng(1)
    v, w = leaf(rng.standard_normal(6)), leaf(rng.standard_normal((5, 3)))
    assert gradcheck(lambda a, b, C, e, v: ft.sinkhorn_apply(weights(a), weights(b), C, e, v, **TIGHT), (a, b, C, eps, v))
    assert gradcheck(lambda a, C, w: ft.sinkhorn_apply(weights(a), None, C, 0.1, w, transpose=True, columns=True, **TIGHT),
                     (a, C, w))
    P = ft.sinkhorn_plan(weights(a), None, C, 0.1)
    torch.testing.assert_close(ft.sinkhorn_apply(weights(a), None, C, 0.1, v), P @ v)


@pytest.mark.parametrize("cost", fenchel.COSTS)
def test_points(ot, cost):
    a, b, _, x, y, eps = ot
    assert gradcheck(lambda a, x, y, e: ft.sinkhorn_value(weights(a), None, ft.PointCloud(x, y, cost), e, **TIGHT),
                     (a, x, y, eps))
    assert gradcheck(
        lambda a, b, x, y, e: ft.sinkhorn_divergence(x, y, e, a=weights(a), b=weights(b), cost=cost, **TIGHT),
        (a, b, x, y, eps))

    def plan(a, x, y, e):
        return ft.sinkhorn_plan(weights(a), None, ft.PointCloud(x, y, cost), e, **TIGHT)

    if cost == "cosine":  # not homogeneous
        assert gradcheck(lambda a, x, y: plan(a, x, y, 0.1), (a, x, y))
        with pytest.raises(errors.UnsupportedError, match="eps"):
            plan(a, x, y, eps)
    else:
        assert gradcheck(plan, (a, x, y, eps))


def test_one_cloud_against_itself(ot):
    x = ot[3]
    assert gradcheck(lambda x: ft.sinkhorn_plan(None, None, ft.PointCloud(x), 0.3, **TIGHT), (x,))


def test_unbalanced_divergence(ot):
    a, b, _, x, y, eps = ot
    assert gradcheck(lambda a, b, x, y: ft.sinkhorn_divergence(x, y, 0.1, a=a.exp(), b=b.exp(), rho_a=1.0, rho_b=1.0, **TIGHT),
                     (a, b, x, y))
    with pytest.raises(errors.UnsupportedError, match="eps"):
        ft.sinkhorn_divergence(x, y, eps, rho_a=1.0)


def test_batches_broadcast_and_sum(ot):
    rng = np.random.default_rng(2)
    C, a, eps = leaf(rng.random((3, 1, 3, 2))), leaf(rng.standard_normal((2, 3))), ot[5]
    for function in (ft.sinkhorn_value, ft.sinkhorn_plan):
        assert gradcheck(lambda a, C, e: function(weights(a), None, C, e, **TIGHT), (a, C, eps))
    value = ft.sinkhorn_value(weights(a), None, C, eps, **TIGHT)
    assert value.shape == (3, 2)
    one = fenchel.sinkhorn(weights(a[1]).detach().numpy(), None, C[2, 0].detach().numpy(), 0.1, **TIGHT)
    assert value[2, 1].item() == one.dual
    with pytest.raises(errors.ShapeError, match="batch axes differ: a .*2.*cost .*3"):
        ft.sinkhorn_value(weights(a), None, C[:, 0], eps)


def test_constant_geometries(ot):
    a = leaf(np.random.default_rng(3).standard_normal(12))
    grid = fenchel.Grid((3, 4))
    assert gradcheck(lambda a: ft.sinkhorn_value(weights(a), None, grid, 0.05, **TIGHT), (a,))
    assert gradcheck(lambda a: ft.sinkhorn_potentials(weights(a), None, grid, 0.05, **TIGHT), (a,))
    with pytest.raises(errors.ShapeError, match="nothing to differentiate"):
        ft.sinkhorn_value(None, None, grid, 0.05)


# ---- proximal maps --------------------------------------------------------------------------------------------------

_RNG = np.random.default_rng(4)
TERMS = {
    "affine": {"matrix": _RNG.standard_normal((2, 6)), "b": _RNG.standard_normal(2)},
    "box": {"lower": -0.5, "upper": 0.7},
    "group_l2": {"size": 2},
    "halfspace": {"a": _RNG.standard_normal(6), "upper": -0.3},
    "hyperplane": {"a": _RNG.standard_normal(6), "level": 0.4},
    "hyperslab": {"a": _RNG.standard_normal(6), "lower": 2.0, "upper": 3.0},
    "linear": {"c": _RNG.standard_normal(6)},
    "log_det": {"size": 3},
    "nuclear": {"rows": 2, "cols": 3},
    "psd": {"size": 3},
    "sorted_l1": {"weights": np.linspace(1, 0.2, 6)},
    "soft_top_k": {"k": 2},
    "spectral_ball": {"rows": 2, "cols": 3, "radius": 0.8},
    "sum_k_largest": {"k": 2},
    "top_k": {"k": 2},
    "abs_top_k": {"k": 2},
    "tree_groups": {"parent": [-1, 0, 0], "node": [0, 0, 1, 1, 2, 2]},
}
PLAIN = ("capped_simplex", "cubic", "elastic_net", "entropy", "eps_insensitive", "exponential_cone", "hinge", "huber",
         "jump_relu", "kl", "l0", "l1", "l1_ball", "l2", "l2_ball", "linf", "linf_ball", "log_sum", "logistic", "lq", "max",
         "mcp", "n_m_sparsity", "neg_log", "nonneg", "pinball", "positive_l1", "rotated_cone", "scad", "second_order_cone",
         "simplex", "squared_hinge", "squared_l2", "tv1d", "zero")
MADE_OF_TERMS = {"callback", "conjugate", "dilated", "precomposed", "regularized", "rowwise", "scaled", "separable_sum",
                 "tilted", "translated"}
NO_DERIVATIVE = {"rank_r": {"rows": 2, "cols": 3, "rank": 1}, "stiefel": {"rows": 3, "cols": 2},
                 "tv2d": {"rows": 2, "cols": 3},
                 "overlapping_groups": {"starts": [0, 3, 6], "members": [0, 1, 2, 2, 3, 4], "size": 6}}


def test_every_term_is_checked():
    assert set(prox.__all__) == set(TERMS) | set(PLAIN) | MADE_OF_TERMS | set(NO_DERIVATIVE)


@pytest.mark.parametrize("name", [*TERMS, *PLAIN])
def test_prox(name):
    """By point and step; by lam where it multiplies the whole term."""
    matrix = name in ("log_det", "psd")
    start = np.random.default_rng(5).standard_normal(9 if matrix else 3 if name == "exponential_cone" else 6) * 1.5

    def symmetric(v):
        square = v.reshape(3, 3)
        return ((square + square.T) / 2).reshape(-1)

    shape = symmetric if matrix else (lambda v: v)
    given = TERMS.get(name, {})
    v, step, lam = leaf(start), leaf(0.6), leaf(0.4)
    term = getattr(prox, name)(**given)
    assert gradcheck(lambda v, s: shape(ft.prox(term, shape(v), s)), (v, step))
    if "lam" not in inspect.signature(getattr(prox, name)).parameters:
        return
    if name in ("mcp", "scad", "jump_relu"):  # lam is also a threshold
        with pytest.raises(errors.UnsupportedError, match="lam"):
            ft.prox(name, v, lam=lam)
    else:
        assert gradcheck(lambda lam, v: shape(ft.prox(name, shape(v), 0.6, lam=lam, **given)), (lam, v))


def test_prox_parameters_rows_and_strides():
    rng = np.random.default_rng(6)
    v, w = leaf(rng.standard_normal((2, 6)) * 2), leaf(rng.random(6) + 0.2)
    for name in ("l1", "positive_l1", "squared_l2", "elastic_net"):
        assert gradcheck(lambda w, v: ft.prox(name, v, 0.6, weights=w), (w, v))
    assert gradcheck(lambda a, b, v, s: ft.prox("elastic_net", v, s, l1=a, l2=b), (leaf(0.3), leaf(0.4), v, leaf([0.5, 0.8])))
    assert gradcheck(lambda a, b, w, v: ft.prox("group_l2", v, lam=a, l1=b, weights=w, size=2),
                     (leaf(0.3), leaf(0.1), leaf(rng.random(3) + 0.5), v))
    many = leaf(rng.standard_normal((4, 3, 6)))
    assert gradcheck(lambda v: ft.prox("l2", v, 0.6), (many,))
    assert gradcheck(lambda v: ft.prox("l2", v.transpose(0, 2)[..., ::2], 0.6), (many,))
    rows = ft.prox("simplex", many)
    torch.testing.assert_close(rows[2, 1].detach(), torch.from_numpy(prox.simplex().prox(many[2, 1].detach().numpy())))


def test_prox_refusals():
    v = leaf(np.ones(6))
    for name, given in NO_DERIVATIVE.items():
        with pytest.raises(errors.UnsupportedError, match="no derivative"):
            ft.prox(name, v, **given)
        ft.prox(name, v.detach(), **given)  # the value is there
    with pytest.raises(errors.NameLookupError, match="l7"):
        ft.prox("l7", v)
    with pytest.raises(errors.UnsupportedError, match="radius"):
        ft.prox("l1_ball", v, radius=leaf(1.0))
    with pytest.raises(errors.NameLookupError, match="made already"):
        ft.prox(prox.l1(), v, lam=0.3)


# ---- solutions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("intercept", [False, True])
def test_lasso_layer(data, intercept):
    X, y = data
    rng = np.random.default_rng(7)
    f, g = smooth.least_squares(X, y, intercept=intercept), prox.l1(1.0)
    given = {"f.y": leaf(y), "f.weights": leaf(rng.random(20) + 0.5), "f.offset": leaf(0.1 * rng.standard_normal(20)),
             "f.linear": leaf(0.1 * rng.standard_normal(6)), "g.l1": leaf(1.5), "f.A": leaf(X)}
    assert gradcheck(lambda *t: ft.argmin(f, g, dict(zip(given, t)), **SOLVE), tuple(given.values()))


def test_penalties(data):
    X, y = data
    rng = np.random.default_rng(8)
    f = smooth.least_squares(X, y)
    net = {"g.l1": leaf(1.0), "g.l2": leaf(0.5), "g.weights": leaf(rng.random(6) + 0.5), "g.scale": leaf(1.3), "f.A": leaf(X)}
    assert gradcheck(lambda *t: ft.argmin(f, prox.elastic_net(), dict(zip(net, t)), **SOLVE), tuple(net.values()))
    groups = {"g.lam": leaf(1.0), "g.l1": leaf(0.5), "g.weights": leaf(rng.random(3) + 0.5), "g.scale": leaf(1.3)}
    assert gradcheck(
        lambda *t: ft.argmin(f, prox.group_l2(size=2), dict(zip(groups, t)), method="fista", tol=1e-13, max_iter=10**6),
        tuple(groups.values()))
    assert gradcheck(lambda y, t: ft.argmin(f, prox.simplex(), {"f.y": y, "g.scale": t}, method="fista", tol=1e-14,
                                            max_iter=10**6), (leaf(y), leaf(1.0)))


@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("loss", ["logistic", "squared_hinge", "huber", "poisson"])
def test_losses_by_design_matrix(data, loss, intercept):
    X, y = data
    rng = np.random.default_rng(9)
    targets = y if loss == "huber" else np.floor(np.abs(y)) if loss == "poisson" else np.sign(y)
    f = getattr(smooth, loss)(X, targets, intercept=intercept)
    given = {"f.A": leaf(X), "f.weights": leaf(rng.random(20) + 0.5), "f.offset": leaf(0.1 * rng.standard_normal(20)),
             "g.l2": leaf(0.5), "f.linear": leaf(0.1 * rng.standard_normal(6))}
    assert gradcheck(lambda *t: ft.argmin(f, prox.squared_l2(), dict(zip(given, t)), tol=1e-12, max_iter=100000),
                     tuple(given.values()))


@pytest.mark.parametrize("intercept", [False, True])
def test_multinomial(data, intercept):
    """The coefficients only: a common shift of the intercepts changes nothing."""
    X, _ = data
    rng = np.random.default_rng(10)
    f = smooth.multinomial(X, np.arange(20) % 3, classes=3, intercept=intercept)
    given = {"f.A": leaf(X), "f.offset": leaf(0.1 * rng.standard_normal((20, 3))), "g.l2": leaf(0.5),
             "f.linear": leaf(0.1 * rng.standard_normal((6, 3)))}
    assert gradcheck(lambda *t: ft.argmin(f, prox.squared_l2(), dict(zip(given, t)), tol=1e-12, max_iter=100000)[:18],
                     tuple(given.values()))


def test_a_batch_of_lassos(data):
    X, y = data
    targets, lam = leaf(np.stack([y, -y])), leaf([[1.0], [2.0], [0.5]])
    f = smooth.least_squares(X, y)
    assert ft.argmin(f, prox.l1(), {"f.y": targets, "g.l1": lam}).shape == (3, 2, 6)
    assert gradcheck(lambda y, t: ft.argmin(f, prox.l1(), {"f.y": y, "g.l1": t}, **SOLVE), (targets, lam))


def test_the_status_is_honoured(data):
    X, y = data
    lam = leaf(1.0)
    lasso = smooth.least_squares(X, y)
    parameters = {"g.l1": lam}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ft.argmin(lasso, prox.l1(), parameters, **SOLVE).sum().backward()  # unproved, not doubtful
    with pytest.warns(ft.DerivativeWarning, match="uncertified"):
        ft.argmin(lasso, prox.l1(), parameters, on_uncertified="warn", **SOLVE).sum().backward()
    with pytest.raises(errors.UncertifiedError, match="uncertified"):
        ft.argmin(lasso, prox.l1(), parameters, on_uncertified="error", **SOLVE).sum().backward()
    ft.argmin(lasso, prox.elastic_net(), parameters, on_uncertified="error", **SOLVE).sum().backward()  # certified
    at_kink = leaf(np.array([0.5, 2.0]))  # |y_1| = lam: the threshold itself
    identity = smooth.least_squares(np.eye(2), np.ones(2))
    for choice, context in (("doubtful", pytest.warns(ft.DerivativeWarning, match="ambiguous")),
                            ("error", pytest.raises(errors.UncertifiedError, match="ambiguous"))):
        with context:
            ft.argmin(identity, prox.elastic_net(0.5, 1.0), {"f.y": at_kink}, on_uncertified=choice).sum().backward()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ft.argmin(identity, prox.l1(0.5), {"f.y": at_kink}, on_uncertified="ignore").sum().backward()
    with pytest.raises(errors.NameLookupError, match="on_uncertified"):
        ft.argmin(lasso, prox.l1(), parameters, on_uncertified="maybe")


def test_singular_is_raised_in_backward():
    f = smooth.least_squares(np.array([[1.0, 1.0], [2.0, 2.0]]), np.ones(2))
    x = ft.argmin(f, None, {"f.y": leaf(np.ones(2))}, method="fista")
    with pytest.raises(errors.SingularError, match="singular"):
        x.sum().backward()


def test_refusals_of_argmin(data):
    X, y = data
    f = smooth.least_squares(X, y, mean=True)
    with pytest.raises(errors.NameLookupError, match="g.l7"):
        ft.argmin(f, prox.l1(), {"g.l7": leaf(1.0)})
    with pytest.raises(errors.UnsupportedError, match="g.l2 .* l1; known: g.l1, g.weights, g.scale"):
        ft.argmin(f, prox.l1(), {"g.l2": leaf(1.0)})
    with pytest.raises(errors.UnsupportedError, match="mean"):
        ft.argmin(f, prox.l1(), {"f.weights": leaf(y)})
    with pytest.raises(errors.ShapeError, match="empty"):
        ft.argmin(f, prox.l1(), {})
    with pytest.raises(TypeError, match="dual"):
        ft.argmin(f, prox.l1(), {"g.l1": leaf(1.0)}, dual=True)


def test_warm_starts(data, ot):
    """A start changes the work, not the answer; a batch shares it."""
    X, y = data
    f, lam = smooth.least_squares(X, y), leaf([1.0, 1.1])
    x = ft.argmin(f, prox.l1(), {"g.l1": lam}, **SOLVE)
    again = ft.argmin(f, prox.l1(), {"g.l1": lam}, x0=x[0].detach(), **SOLVE)
    torch.testing.assert_close(again, x)
    torch.testing.assert_close(torch.autograd.grad(again.sum(), lam)[0], torch.autograd.grad(x.sum(), lam)[0])
    phi, psi = ft.sinkhorn_potentials(None, None, ot[2].detach(), 0.1, **TIGHT)
    value = ft.sinkhorn_value(None, None, ot[2], 0.1, warm_start=(phi, psi), max_iter=2, **TIGHT)  # already solved
    assert value.item() == pytest.approx(fenchel.sinkhorn(None, None, ot[2].detach().numpy(), 0.1, **TIGHT).dual, rel=1e-12)


def test_implicit(data):
    X, y = data
    Q = torch.from_numpy(X.T @ X)

    def ridge(b, lam):
        x = torch.linalg.solve(Q + lam * torch.eye(6, dtype=F64), b).detach()
        return ft.implicit(lambda x, b, lam: Q @ x + lam * x - b, x, b, lam, symmetric=True)

    assert gradcheck(ridge, (leaf(X.T @ y), leaf(2.0)))
    T = torch.tensor([[0.2, 0.5], [-0.3, 0.1]], dtype=F64)

    def fixed_point(t, unused):
        x = torch.zeros(2, dtype=F64)
        for _ in range(300):
            x = torch.tanh(T @ x) + t.detach()
        return ft.implicit(lambda x, t, unused: torch.tanh(T @ x) + t, x, t, unused, fixed_point=True)

    assert gradcheck(fixed_point, (leaf([0.3, -0.5]), leaf(1.0)))
    with pytest.raises(errors.SingularError, match="singular"):
        ft.implicit(lambda x, t: x * torch.tensor([1.0, 0.0]) - t, torch.zeros(2), leaf(0.0)).sum().backward()
    with pytest.raises(errors.ShapeError, match="agree"):
        ft.implicit(lambda x, t: x[:1] * t, torch.zeros(2), leaf(0.0)).sum().backward()
    with pytest.raises(ZeroDivisionError):
        ft.implicit(lambda x, t: x * (1 // 0), torch.zeros(2), leaf(0.0)).sum().backward()


# ---- what autograd's users count on ---------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [{}, {"reg_type": "entropy"}, {"rho_b": 0.5}, {"rho_a": 1.0, "rho_b": 0.5}])
def test_second_derivatives_of_the_value(ot, settings):
    a, b, C, x, y, eps = ot
    small = leaf(C.detach()[:4, :3]), a.detach()[:4].requires_grad_(), b.detach()[:3].requires_grad_()
    shape = torch.exp if "rho_b" in settings else weights
    soft = {**settings, "tol": 1e-14}
    if "rho_b" in settings:
        assert gradgradcheck(lambda C, a, b: ft.sinkhorn_value(shape(a), shape(b), C, 0.2, **soft), small)
        with pytest.raises(errors.UnsupportedError, match="eps"):
            torch.autograd.grad(torch.autograd.grad(ft.sinkhorn_value(None, None, C, eps, **soft), eps, create_graph=True)[0], C)
    else:
        assert gradgradcheck(lambda C, a, b, e: ft.sinkhorn_value(shape(a), shape(b), C, e, **soft), (*small, eps))


@pytest.mark.parametrize("cost", fenchel.COSTS)
def test_second_derivatives_by_points(ot, cost):
    a, x, y = (leaf(t.detach()[:3]) for t in (ot[0], ot[3], ot[4]))
    assert gradgradcheck(lambda a, x, y: ft.sinkhorn_value(weights(a), None, ft.PointCloud(x, y, cost), 0.2, tol=1e-14),
                         (a, x, y))


def test_gradient_penalty_trains(ot):
    """A penalty on a gradient, with zero weights among a and a batch of costs."""
    C = torch.stack([ot[2].detach(), 2 * ot[2].detach()]).requires_grad_()
    a = torch.tensor([0.0, 0.25, 0.25, 0.25, 0.25], dtype=F64)

    def penalty(C):
        value = ft.sinkhorn_value(a, None, C, 0.2, tol=1e-14).sum()
        return torch.autograd.grad(value, C, create_graph=True)[0].square().sum()

    assert gradcheck(penalty, (C,))


def test_other_second_derivatives_are_refused(ot):
    """Also where torch's once_differentiable would be silent: a penalty on a gradient, and grad with allow_unused."""
    a, _, C, x, y, _ = ot
    with pytest.raises(errors.UnsupportedError, match="second derivatives"):
        gradgradcheck(lambda C: ft.sinkhorn_plan(None, None, C, 0.1), (C,))
    with pytest.raises(errors.UnsupportedError, match="second derivatives"):
        gradgradcheck(lambda v: ft.prox("l2", v), (leaf(np.ones(3)),))
    loss = ft.sinkhorn_divergence(x, y, 0.1)
    gradient, = torch.autograd.grad(loss, x, create_graph=True)
    with pytest.raises(errors.UnsupportedError, match="second derivatives"):
        (loss + gradient.square().sum()).backward()
    root = ft.implicit(lambda x, t: x - t, a.detach(), a)
    gradient, = torch.autograd.grad(root.square().sum(), a, create_graph=True)
    with pytest.raises(errors.UnsupportedError, match="second derivatives"):
        gradient.sum().backward()
    gradient, = torch.autograd.grad(ft.sinkhorn_value(None, None, C, 0.1), C, create_graph=True)
    second, = torch.autograd.grad(gradient.square().sum(), C, create_graph=True)
    with pytest.raises(errors.UnsupportedError, match="no third"):
        second.sum().backward()


def test_dtypes(ot, data):
    a, b, C, x, y, eps = (t.detach().float().requires_grad_() for t in ot)
    outputs = [ft.sinkhorn_value(weights(a), weights(b), C, eps), *ft.sinkhorn_potentials(None, None, C, 0.1),
               ft.sinkhorn_plan(None, None, C, 0.1), ft.sinkhorn_divergence(x, y, eps), ft.prox("l1", a, eps),
               ft.prox("l1", a, lam=eps)]
    for output in outputs:
        assert output.dtype == torch.float32
        output.sum().backward(retain_graph=True)
    for t in (a, b, C, x, y, eps):
        assert t.grad.dtype == torch.float32 and t.grad.shape == t.shape and bool(torch.isfinite(t.grad).all())
    exact = ft.sinkhorn_value(weights(a.double()), None, C.double(), 0.1)
    assert ft.sinkhorn_value(weights(a), None, C, 0.1).item() == pytest.approx(exact.item(), rel=1e-5)
    assert ft.sinkhorn_value(weights(a), None, C.double(), 0.1).dtype == F64  # the wider one
    X, targets = data
    narrow = torch.tensor(targets, dtype=torch.float32, requires_grad=True)
    found = ft.argmin(smooth.least_squares(X.astype(np.float32), targets.astype(np.float32)), prox.l1(1.0), {"f.y": narrow})
    assert found.dtype == torch.float32
    found.sum().backward()
    assert narrow.grad.dtype == torch.float32
    assert ft.argmin(smooth.least_squares(X, targets), prox.l1(1.0), {"f.y": narrow}).dtype == F64  # the matrix is
    assert ft.prox("l1", [3, 1, 2]).dtype == torch.get_default_dtype()
    for bad in (a.half(), a.to(torch.complex64), a.bfloat16()):
        with pytest.raises(errors.DtypeError, match="v has dtype"):
            ft.prox("l1", bad)
    with pytest.raises(errors.DtypeError, match="layout"):
        ft.prox("l1", a.detach().to_sparse())
    with pytest.raises(errors.DtypeError, match="v is on meta; fenchel computes on the CPU"):
        ft.prox("l1", a.to("meta"))


def test_only_what_requires_grad_is_computed(ot, monkeypatch):
    a, b, C, _, _, _ = ot
    asked = []
    real = fenchel.Result.gradient
    monkeypatch.setattr(fenchel.Result, "gradient", lambda self, name: (asked.append(name), real(self, name))[1])
    left, right, cost = weights(a).detach().requires_grad_(), weights(b).detach(), C.detach()
    ft.sinkhorn_value(left, right, cost, 0.1).backward()
    assert asked == ["a"] and left.grad is not None
    with torch.no_grad():
        value = ft.sinkhorn_value(left, right, C, 0.1)
    assert not value.requires_grad and value.grad_fn is None and asked == ["a"]


def test_no_grad_keeps_nothing(ot):
    x, y = ot[3], ot[4]
    seen = []
    real = fenchel.divergence._raw.fen_sinkhorn_divergence
    from fenchel.bridges import transport_primitives as primitives

    call = primitives.sinkhorn_divergence
    primitives.sinkhorn_divergence = lambda *p, **k: (seen.append(list(k["gradients"])), call(*p, **k))[1]
    try:
        with torch.no_grad():
            ft.sinkhorn_divergence(x, y, 0.1)
        ft.sinkhorn_divergence(x, y.detach(), 0.1)
    finally:
        primitives.sinkhorn_divergence = call
    assert seen == [[], ["x"]] and real is fenchel.divergence._raw.fen_sinkhorn_divergence


def test_strides_and_negated_views(ot):
    C = ot[2]
    base = C.detach()
    expected = torch.autograd.grad(ft.sinkhorn_plan(None, None, C, 0.1, **TIGHT).square().sum(), C)[0]
    negated = (-1j * base).conj().imag  # a view of minus the memory
    assert negated.is_neg() and torch.equal(negated, base)
    for view in (base.T.contiguous().T, torch.stack([base, base], -1)[..., 1], base.flip(0).flip(0), negated):
        t = view.detach().requires_grad_()
        found = torch.autograd.grad(ft.sinkhorn_plan(None, None, t, 0.1, **TIGHT).square().sum(), t)[0]
        torch.testing.assert_close(found, expected)
    row = leaf(np.random.default_rng(0).random((1, 6))).expand(5, 6)  # stride 0
    assert gradcheck(lambda r: ft.sinkhorn_value(None, None, r.expand(5, 6), 0.1, **TIGHT), (row[:1].detach().requires_grad_(),))


def test_changes_in_place_are_noticed(ot):
    C = ot[2].detach().clone().requires_grad_()
    scaled = C * 1.0
    value = ft.sinkhorn_value(None, None, scaled, 0.1)
    with torch.no_grad():
        scaled.mul_(2.0)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        value.backward()
    plan = ft.sinkhorn_plan(None, None, C, 0.1)
    expected = torch.autograd.grad(plan.square().sum(), C, retain_graph=True)[0]
    phi, psi = ft.sinkhorn_potentials(None, None, C, 0.1)
    before = torch.autograd.grad(phi.sum() + 2 * psi[0], C, retain_graph=True)[0]
    with torch.no_grad():
        phi.zero_(), psi.zero_()  # outputs are the user's: what was saved is a copy
    assert torch.equal(torch.autograd.grad(phi.sum() + 2 * psi[0], C)[0], before)
    assert torch.equal(torch.autograd.grad(plan.square().sum(), C)[0], expected)


def test_nothing_outlives_its_graph(ot):
    """No cycle keeps primitives or arrays: with the collector off, they go with the graph; steps do not grow memory."""
    C = ot[2]
    from fenchel.bridges import front

    alive = []
    real = front.Plan
    front.Plan = lambda *p, **k: (alive.append(weakref.ref(made := real(*p, **k))), made)[1]
    gc.collect()
    gc.disable()
    try:
        P = ft.sinkhorn_plan(None, None, C, 0.1)
        P.sum().backward()
        assert alive[0]() is not None
        del P
        assert alive[0]() is None
        for _ in range(20):
            ft.sinkhorn_value(None, None, C, 0.1).backward()
        objects = len(gc.get_objects())
        for _ in range(200):
            ft.sinkhorn_value(None, None, C, 0.1).backward()
        assert len(gc.get_objects()) - objects < 20
    finally:
        gc.enable()
        front.Plan = real


# ---- torch.func -----------------------------------------------------------------------------------------------------


def functions_of(ot, data):
    """name -> (function of one tensor, its argument): everything but implicit."""
    a, _, C, x, y, eps = (t.detach() for t in ot)
    X, targets = data
    lasso, net = smooth.least_squares(X, targets), smooth.logistic(X, np.sign(targets))
    return {
        "value by cost": (lambda C: ft.sinkhorn_value(None, None, C, 0.1, **TIGHT), C),
        "value by eps": (lambda e: ft.sinkhorn_value(None, None, C, e, **TIGHT), eps),
        "value by a, unbalanced": (lambda a: ft.sinkhorn_value(torch.exp(a), None, C, 0.1, rho_a=0.7, **TIGHT), a),
        "value by points": (lambda x: ft.sinkhorn_value(None, None, ft.PointCloud(x, y), 0.1, **TIGHT), x),
        "potentials": (lambda C: torch.cat(ft.sinkhorn_potentials(None, None, C, 0.1, **TIGHT)), C),
        "plan": (lambda C: ft.sinkhorn_plan(weights(a), None, C, 0.1, **TIGHT), C),
        "apply": (lambda v: ft.sinkhorn_apply(None, None, C, 0.1, v, **TIGHT), torch.linspace(0, 1, 6, dtype=F64)),
        "divergence": (lambda x: ft.sinkhorn_divergence(x, y, 0.1, **TIGHT), x),
        "prox": (lambda v: ft.prox("l1", v, 0.5, lam=0.3), a),
        "prox by rows": (lambda v: ft.prox(prox.simplex(), v), a),
        "prox by lam": (lambda t: ft.prox("elastic_net", a, 0.5, l1=t, l2=2 * t), torch.tensor(0.2, dtype=F64)),
        "argmin by y": (lambda y: ft.argmin(lasso, prox.l1(1.5), {"f.y": y}, **SOLVE), torch.from_numpy(targets)),
        "argmin by weights": (lambda w: ft.argmin(net, prox.squared_l2(), {"g.weights": w}, **SOLVE), torch.ones(6, dtype=F64)),
    }


FUNCTIONS = ("value by cost", "value by eps", "value by a, unbalanced", "value by points", "potentials", "plan", "apply",
             "divergence", "prox", "prox by rows", "prox by lam", "argmin by y", "argmin by weights")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_torch_func(name, ot, data):
    """vmap is a loop; grad, vjp and jacrev are autograd's, per sample and through vmap."""
    f, t = functions_of(ot, data)[name]
    batch = torch.stack([t, 1.1 * t, 0.9 * t])
    loop = torch.stack([f(one) for one in batch])
    torch.testing.assert_close(torch.func.vmap(f)(batch), loop, rtol=1e-9, atol=1e-12)
    moved = torch.func.vmap(f, in_dims=-1, out_dims=-1)(batch.movedim(0, -1))
    torch.testing.assert_close(moved.movedim(-1, 0), loop, rtol=1e-9, atol=1e-12)
    nested = torch.func.vmap(torch.func.vmap(f), in_dims=1, out_dims=1)(batch[None])
    torch.testing.assert_close(nested[0], loop, rtol=1e-9, atol=1e-12)

    def loss(t):
        return (f(t) ** 2).sum()

    slopes = []
    for one in batch:
        leaf_of = one.clone().requires_grad_()
        slopes.append(torch.autograd.grad(loss(leaf_of), leaf_of)[0])
    torch.testing.assert_close(torch.func.grad(loss)(t), slopes[0], rtol=1e-8, atol=1e-11)
    per_sample = torch.func.vmap(torch.func.grad(loss))(batch)
    torch.testing.assert_close(per_sample, torch.stack(slopes), rtol=1e-8, atol=1e-11)
    through = torch.func.grad(lambda batch: sum(torch.func.vmap(loss)(batch)))(batch)
    torch.testing.assert_close(through, per_sample, rtol=1e-8, atol=1e-11)
    shared = torch.func.grad(lambda t: (torch.func.vmap(lambda s: f(s * t))(torch.tensor([1.0, 1.1], dtype=F64)) ** 2).sum())(t)
    torch.testing.assert_close(shared, slopes[0] + 1.1 * slopes[1], rtol=1e-8, atol=1e-11)
    jacobian = torch.autograd.functional.jacobian(f, t)
    torch.testing.assert_close(torch.func.jacrev(f)(t), jacobian, rtol=1e-8, atol=1e-11)
    torch.testing.assert_close(torch.func.vmap(torch.func.jacrev(f))(batch)[0], jacobian, rtol=1e-8, atol=1e-11)
    out, pull = torch.func.vjp(f, t)
    torch.testing.assert_close(pull(torch.ones_like(out))[0], jacobian.flatten(0, -1 - t.ndim).sum(0).reshape(t.shape) if out.ndim
                               else jacobian, rtol=1e-8, atol=1e-11)


def test_torch_func_hessians_of_the_value_and_no_others(ot):
    C, x, y = (t.detach() for t in ot[2:5])
    for f, t in ((lambda C: ft.sinkhorn_value(None, None, C, 0.2, tol=1e-14), C[:3, :3].contiguous()),
                 (lambda x: ft.sinkhorn_value(None, None, ft.PointCloud(x, y), 0.2, tol=1e-14), x)):
        expected = torch.autograd.functional.hessian(f, t)
        torch.testing.assert_close(torch.func.jacrev(torch.func.grad(f))(t), expected, rtol=1e-7, atol=1e-9)
        many = torch.func.vmap(torch.func.jacrev(torch.func.jacrev(f)))(torch.stack([t, t]))
        torch.testing.assert_close(many, torch.stack([expected, expected]), rtol=1e-7, atol=1e-9)
        with pytest.raises(errors.UnsupportedError, match="no third"):
            torch.func.jacrev(torch.func.jacrev(torch.func.grad(f)))(t)
    for f, t in ((lambda C: ft.sinkhorn_plan(None, None, C, 0.1).square().sum(), C), (lambda v: ft.prox("l2", v).sum(), C[0])):
        with pytest.raises(errors.UnsupportedError, match="second derivatives"):
            torch.func.jacrev(torch.func.grad(f))(t)


def test_torch_func_what_is_refused_says_so(ot):
    C = ot[2].detach()
    plan = lambda C: ft.sinkhorn_plan(None, None, C, 0.1)[0]  # noqa: E731
    for forward in (lambda: torch.func.jvp(plan, (C,), (C,)), lambda: torch.func.jacfwd(plan)(C)):
        with pytest.raises(errors.UnsupportedError, match="forward-mode.*jacrev"):
            forward()
    with pytest.raises(errors.UnsupportedError, match="torch.func has jacrev"):
        torch.autograd.functional.jacobian(plan, C, vectorize=True)
    assert torch.autograd.functional.jacobian(plan, C).shape == (6, 5, 6)
    with pytest.raises(errors.UnsupportedError, match="implicit is for torch.autograd"):
        torch.func.grad(lambda t: ft.implicit(lambda x, t: x - t, C[0], t).sum())(C[0])
    with pytest.raises(errors.DtypeError, match="v has dtype"):
        torch.func.vmap(lambda v: ft.prox("l1", v))(C.half())
    with pytest.raises(errors.ShapeError, match="batch axes differ"):
        torch.func.vmap(lambda C: ft.sinkhorn_value(torch.ones(2, 5), torch.ones(3, 6), C, 0.1))(torch.stack([C, C]))


def test_torch_func_keeps_dtypes_and_mixes_with_autograd(ot):
    """An outer tape of autograd, ensembles of parameters, float32."""
    C = ot[2].detach()
    narrow = torch.func.vmap(torch.func.grad(lambda C: ft.sinkhorn_value(None, None, C, 0.1)))(torch.stack([C, C]).float())
    assert narrow.dtype == torch.float32
    scale = leaf([1.0, 1.2])
    torch.func.vmap(lambda s: ft.sinkhorn_value(None, None, s * C, 0.1, **TIGHT))(scale).sum().backward()
    for s, found in zip((1.0, 1.2), scale.grad):
        one = leaf(s)
        ft.sinkhorn_value(None, None, one * C, 0.1, **TIGHT).backward()
        assert found.item() == pytest.approx(one.grad.item(), rel=1e-9)
    with torch.no_grad():
        values = torch.func.vmap(lambda C: ft.sinkhorn_value(None, None, C, 0.1))(torch.stack([C, 2 * C]))
    assert not values.requires_grad


def test_a_linear_system_that_misses_its_tolerance_is_an_error():
    C = leaf(np.random.default_rng(0).random((30, 30)))
    with pytest.raises(errors.SingularError, match="relative residual"):
        ft.sinkhorn_plan(None, None, C, 1e-3, vjp_tol=1e-300).square().sum().backward()


def test_unconverged_solves_warn(ot):
    with pytest.warns(fenchel.ConvergenceWarning):
        ft.sinkhorn_value(None, None, ot[2], 1e-4, method="sinkhorn", max_iter=2)
    with pytest.raises(TypeError, match="callback"):
        ft.sinkhorn_value(None, None, ot[2], 0.1, callback=print)
    with pytest.raises(TypeError, match="nearest"):
        ft.sinkhorn_value(None, None, ot[2], 0.1, max_itr=3)


def test_training_moves_points():
    """Gradient descent on a Sinkhorn divergence brings one cloud to the other."""
    rng = np.random.default_rng(11)
    x, y = leaf(rng.random((30, 2))), torch.from_numpy(rng.random((30, 2)) + 1.0)
    optimizer = torch.optim.SGD([x], lr=6.0)
    first = None
    for _ in range(30):
        optimizer.zero_grad()
        loss = ft.sinkhorn_divergence(x, y, 0.05)
        loss.backward()
        optimizer.step()
        first = first or loss.item()
    assert loss.item() < 1e-2 * first


def test_the_program_of_the_readme():
    readme = (pathlib.Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    programs = [p for p in re.findall(r"```python\n(.*?)```", readme, re.S) if "fenchel.torch" in p]
    assert len(programs) == 1
    exec(compile(programs[0], "README.md", "exec"), {})


def test_the_extra_is_named_where_torch_is_missing():
    script = "import sys; sys.modules['torch'] = None\nimport fenchel\nassert 'fenchel.torch' not in sys.modules\nfenchel.torch"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode != 0 and 'ImportError: fenchel.torch needs PyTorch: pip install "fenchel[torch]"' in done.stderr
