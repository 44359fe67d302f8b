"""Derivatives of quadratic programs from Python: a projection, differences, degenerate programs, misuse."""
import numpy as np
import pytest

import fenchel
from fenchel import prox

AT = {"P": np.eye(2), "q": [-2.0, -1.0], "E": [[1.0, 1.0]], "e": [1.0], "G": [[0.0, -1.0]], "h": [-0.25],
      "x": [0.75, 0.25], "nu": [1.25], "lam": [0.5]}


def test_closed_form():
    back = fenchel.kkt_vjp(AT, {"x": [1.0, 3.0]}, ("e", "h", "q", "P"))
    assert back["e"] == pytest.approx([1.0]) and back["h"] == pytest.approx([-2.0])
    assert np.abs(back["q"]).max() < 1e-14 and back["P"].shape == (2, 2)
    assert back.certified and back.mu_source is fenchel.MuSource.MODEL_EXACT
    moved = fenchel.kkt_jvp(AT, {"h": [1.0]}).value
    assert moved["x"] == pytest.approx([1.0, -1.0]) and moved["nu"] == pytest.approx([-1.0]) and moved["lam"] == pytest.approx([-2.0])


def test_projection_onto_a_simplex_agrees_with_its_prox():
    rng = np.random.default_rng(1)
    y = rng.standard_normal(12)
    x = prox.simplex().prox(y)
    nu = -np.mean((x - y)[x > 0])
    at = {"P": np.eye(12), "q": -y, "E": np.ones((1, 12)), "e": [1.0], "G": -np.eye(12), "h": np.zeros(12),
          "x": x, "nu": [nu], "lam": np.where(x > 0, 0.0, x - y + nu)}
    c = rng.standard_normal(12)
    found = fenchel.kkt_vjp(at, {"x": c}, "q")
    assert found["q"] == pytest.approx(-prox.simplex().vjp(y, c), abs=1e-10)
    assert found.certified


def test_any_smooth_f_by_its_hessian():
    # min sum exp(x_i) - x_i t_i subject to x1 + x2 = 0 and x2 <= 1, at t = (1, 9): x2 = 1 is tight
    t, x = np.array([1.0, 9.0]), np.array([-1.0, 1.0])
    gradient, hessian = np.exp(x) - t, np.diag(np.exp(x))
    nu = -gradient[0]
    at = {"P": hessian, "q": gradient - hessian @ x, "E": [[1.0, 1.0]], "e": [0.0], "G": [[0.0, 1.0]], "h": [1.0],
          "x": x, "nu": [nu], "lam": [-gradient[1] - nu]}
    assert at["lam"][0] > 0
    found = fenchel.kkt_jvp(at, {"h": [1.0]}).value
    assert found["x"] == pytest.approx([-1.0, 1.0])
    assert found["nu"] == pytest.approx([np.exp(-1.0)])


def test_degenerate_programs():
    weak = {"P": [[1.0]], "q": [-1.0], "G": [[1.0]], "h": [1.0], "x": [1.0], "lam": [0.0]}
    found = fenchel.kkt_vjp(weak, {"x": [1.0]}, "q")
    assert found.derivative_status is fenchel.DerivativeStatus.AMBIGUOUS and found.ambiguous == 1
    with pytest.raises(fenchel.errors.UncertifiedError):
        fenchel.kkt_vjp(weak, {"x": [1.0]}, "q", require_certified=True)
    edge = {"q": [-1.0, 0.0], "G": np.eye(2), "h": [1.0, 1.0], "x": [1.0, 0.5], "lam": [1.0, 0.0]}
    with pytest.raises(fenchel.errors.SingularError):
        fenchel.kkt_vjp(edge, {"x": [1.0, 0.0]}, "q")


def test_float32_and_strides():
    at = {name: np.asarray(value, np.float32) for name, value in AT.items()}
    at["P"] = np.asarray(np.eye(4, dtype=np.float32)[::2, ::2])
    back = fenchel.kkt_vjp(at, {"x": [1.0, 3.0]}, "h")
    assert back["h"].dtype == np.float32 and back["h"] == pytest.approx([-2.0], rel=1e-6)


def test_misuse():
    seed = {"x": [1.0, 3.0]}
    with pytest.raises(fenchel.errors.NameLookupError):
        fenchel.kkt_vjp(AT, seed, "Q")
    with pytest.raises(fenchel.errors.NameLookupError):
        fenchel.kkt_vjp(AT, {"h": [1.0]}, "q")
    with pytest.raises(fenchel.errors.NullError):
        fenchel.kkt_vjp({"q": [1.0]}, {"x": [1.0]}, "q")
    with pytest.raises(fenchel.errors.NullError):
        fenchel.kkt_vjp({name: value for name, value in AT.items() if name != "lam"}, seed, "q")
    with pytest.raises(fenchel.errors.ShapeError):
        fenchel.kkt_vjp({"q": [1.0], "x": [1.0], "P": [[1.0]]}, {"x": [1.0]}, "e")
    with pytest.raises(fenchel.errors.ShapeError):
        fenchel.kkt_vjp(AT, {"x": [1.0, 2.0, 3.0]}, "q")
