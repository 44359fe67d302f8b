"""Defects of other projects' proximal maps, each as a test of ours; see test_peer_defects.py."""
import numpy as np
import pytest
from fenchel import minimize, prox, smooth
from fenchel.errors import FenchelError

GRID = np.linspace(-9, 9, 360001)


@pytest.mark.parametrize("step", [0.5, 2.9, 3.0, 3.5, 10.0, 50.0])
@pytest.mark.parametrize("name", ["mcp", "scad"])
def test_mcp_and_scad_are_right_for_steps_beyond_gamma(name, step):
    """skglm prox_MCP: the formula for step < gamma is used beyond it, up to 1.26 above the minimum."""
    g = getattr(prox, name)(0.8, 3.0)
    a = np.abs(GRID)
    rising = 0.8 * a - a**2 / 6 if name == "mcp" else np.where(a <= 0.8, 0.8 * a, (4.8 * a - a**2 - 0.64) / 4)
    penalty = np.where(a <= 2.4, rising, 0.96 if name == "mcp" else 1.28)
    for v in np.linspace(-8.0, 8.0, 65):
        (x,), value = g.prox([v], step, with_value=True)
        best = (penalty + (GRID - v) ** 2 / (2 * step)).min()
        assert value + (x - v) ** 2 / (2 * step) <= best + 1e-9


def test_l_half_leaves_zero_where_it_must():
    """skglm L0_5: any slope is within the subdifferential at 0, so that working sets never open; also skglm #261."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((100, 30))
    X /= np.linalg.norm(X, axis=0)
    y = 5 * X[:, 3] - 4 * X[:, 7]
    for f in (smooth.least_squares(X, y), smooth.logistic(X, np.sign(y))):
        g = prox.lq(0.05, 0.5)
        r = minimize(f, g, tol=1e-9)
        assert {3, 7} <= set(np.flatnonzero(r.x)) and r.objective < 0.8 * f.value(np.zeros(30))
        assert np.abs(g.prox(r.x - f.gradient(r.x)) - r.x).max() < 1e-6
        assert "gap" not in str(r.certificate).lower() and r.gap == np.inf


def test_batched_maps_have_the_same_bits_on_any_number_of_threads():
    """ProximalOperators.jl #86: no batches, no threads."""
    v = np.random.default_rng(0).standard_normal((50, 200))
    for g in (prox.simplex(), prox.tv1d(0.3), prox.sorted_l1(np.linspace(1, 0, 200)), prox.l1(0.2)):
        assert np.array_equal(g.prox(v), g.prox(v, num_threads=0))


@pytest.mark.parametrize("make, parameter", [
    (lambda: prox.l0(-0.5), "lam"), (lambda: prox.l1(-0.5), "lam"), (lambda: prox.l2(-0.5), "lam"),
    (lambda: prox.linf(-0.5), "lam"), (lambda: prox.max(-0.5), "lam"), (lambda: prox.squared_l2(-0.5), "lam"),
    (lambda: prox.neg_log(-0.5), "lam"), (lambda: prox.huber(-0.5), "lam"), (lambda: prox.huber(1, -0.5), "delta"),
    (lambda: prox.hinge(-0.5), "lam"), (lambda: prox.l1_ball(-0.5), "radius"), (lambda: prox.l2_ball(-0.5), "radius"),
    (lambda: prox.simplex(-0.5), "radius"), (lambda: prox.l1(1, weights=[-0.1, 1]), "weights"),
    (lambda: prox.nuclear(2, 2, -1), "lam"), (lambda: prox.rank_r(2, 2, -2), "rank"),
    (lambda: prox.abs_top_k(-4), "k"), (lambda: prox.elastic_net(-1, 1), "l1"),
    (lambda: prox.elastic_net(1, -1), "l2"), (lambda: prox.box(1, -1), "lower"),
    (lambda: prox.regularized(prox.l1(), -1), "rho")])
def test_illegal_parameters_are_refused_by_name(make, parameter):
    """ProximalOperators.jl's test_calls: what its constructors refuse."""
    with pytest.raises(FenchelError, match=parameter):
        make()
