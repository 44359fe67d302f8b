"""fenchel.sinkhorn: answers, layouts, dtypes, refusals."""
import math

import fenchel
import numpy as np
import oracle
import pytest
from fenchel import errors


def test_agrees_with_plain_sweeps(problem):
    r = fenchel.sinkhorn(problem.a, problem.b, problem.cost, problem.eps, tol=1e-12)
    phi, psi = oracle.sinkhorn(problem.a, problem.b, problem.cost, problem.eps)
    shift = (phi - r.phi).mean()
    assert np.allclose(r.phi + shift, phi, atol=1e-9) and np.allclose(r.psi - shift, psi, atol=1e-9)
    plan = oracle.plan_of(phi, psi, problem.a, problem.b, problem.cost, problem.eps)
    assert math.isclose(r.cost, (plan * problem.cost).sum(), rel_tol=1e-9)
    assert math.isclose(r.primal, oracle.value(problem.a, problem.b, problem.cost, problem.eps), rel_tol=1e-9)
    assert r.converged and r.termination is fenchel.Termination.CONVERGED
    assert r.error_a + r.error_b <= 1e-11 and abs(r.gap) < 1e-9 and math.isclose(r.mass, 1, rel_tol=1e-9)


@pytest.mark.parametrize("method", fenchel.METHODS)
@pytest.mark.parametrize("dtype, tol", [(np.float64, 1e-8), (np.float32, 2e-4)])
def test_every_method(problem, method, dtype, tol):
    r = fenchel.sinkhorn(problem.a, problem.b, problem.cost, problem.eps, method=method, dtype=dtype)
    assert r.converged and r.phi.dtype == r.plan().dtype == dtype and r.method == method
    assert abs(r.plan().sum(1) - problem.a).sum() < tol and abs(r.plan().sum(0) - problem.b).sum() < tol
    assert r.iterations > 0 and r.passes > 0 and r.seconds > 0


def layouts(cost):
    yield "F", np.asfortranarray(cost)
    yield "negative", cost[::-1, ::-1][::-1, ::-1]
    yield "reversed copy", cost[::-1, ::-1].copy()[::-1, ::-1]
    yield "strided", np.repeat(np.repeat(cost, 2, 0), 3, 1)[::2, ::3]
    yield "column slice", np.hstack([cost, cost])[:, : cost.shape[1]]
    yield "big endian", cost.astype(cost.dtype.newbyteorder(">"))
    packed = np.zeros(cost.shape, [("pad", "i1"), ("c", cost.dtype)])
    packed["c"] = cost
    yield "misaligned", packed["c"]
    frozen = cost.copy()
    frozen.flags.writeable = False
    yield "read-only", frozen


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_layouts_give_the_same_bits(problem, dtype):
    cost, a, b = problem.cost.astype(dtype), problem.a.astype(dtype), problem.b.astype(dtype)
    expected = fenchel.sinkhorn(a, b, cost, problem.eps)
    for name, view in layouts(cost):
        before = view.copy()
        r = fenchel.sinkhorn(a[::-1].copy()[::-1], np.repeat(b, 2)[::2], view, problem.eps)
        assert r.phi.dtype == dtype, name
        assert np.array_equal(r.phi, expected.phi) and np.array_equal(r.plan(), expected.plan()), name
        assert np.array_equal(view, before), name


def test_zero_copy_of_contiguous_rows(problem):
    assert fenchel.sinkhorn(problem.a, problem.b, problem.cost, 0.1).copied_bytes == 0
    assert fenchel.sinkhorn(problem.a, problem.b, np.hstack([problem.cost] * 2)[:, :9], 0.1).copied_bytes == 0
    assert fenchel.sinkhorn(problem.a, problem.b, np.asfortranarray(problem.cost), 0.1).copied_bytes > 0


def test_dtype_promotion(problem):
    a, b, cost = problem.a, problem.b, problem.cost
    f = np.float32
    assert fenchel.sinkhorn(a.astype(f), b.astype(f), cost.astype(f), 0.1).phi.dtype == f
    assert fenchel.sinkhorn(None, None, cost.astype(f), 0.1).phi.dtype == f
    assert fenchel.sinkhorn(a, b.astype(f), cost.astype(f), 0.1).phi.dtype == np.float64
    assert fenchel.sinkhorn(a, b, cost.astype(f), 0.1, dtype=f).phi.dtype == f
    assert fenchel.sinkhorn(a.astype(f), b.astype(f), cost.astype(f), 0.1, dtype="float64").phi.dtype == np.float64
    assert fenchel.sinkhorn(None, None, (cost * 9).astype(int), 0.5).phi.dtype == np.float64
    assert fenchel.sinkhorn(None, None, cost.astype(np.float16), 0.1).phi.dtype == f


def test_plain_sequences(problem):
    r = fenchel.sinkhorn(list(problem.a), tuple(problem.b), problem.cost.tolist(), problem.eps)
    assert np.array_equal(r.phi, fenchel.sinkhorn(problem.a, problem.b, problem.cost, problem.eps).phi)


def test_uniform_weights(problem):
    r = fenchel.sinkhorn(None, None, problem.cost, 0.1)
    assert np.allclose(r.plan().sum(1), 1 / 7, atol=1e-9) and np.allclose(r.plan().sum(0), 1 / 9, atol=1e-9)


def test_reg_types_agree_in_plan(problem):
    kl = fenchel.sinkhorn(problem.a, problem.b, problem.cost, 0.1, tol=1e-11)
    entropy = fenchel.sinkhorn(problem.a, problem.b, problem.cost, 0.1, reg_type="entropy", tol=1e-11)
    assert kl.reg_type == "kl" and entropy.reg_type == "entropy"
    assert np.allclose(kl.plan(), entropy.plan(), atol=1e-10)
    plan = oracle.plan_of(entropy.phi, entropy.psi, problem.a, problem.b, problem.cost, 0.1, "entropy")
    assert np.allclose(plan, entropy.plan(), rtol=1e-10)


def test_unbalanced_meets_its_optimality_condition(problem):
    rho = 0.5
    r = fenchel.sinkhorn(problem.a, 2 * problem.b, problem.cost, 0.1, rho_a=rho, rho_b=rho, tol=1e-10)
    plan = r.plan()
    assert r.converged
    assert np.allclose(plan.sum(1), problem.a * np.exp(-r.phi / rho), rtol=1e-7)
    assert np.allclose(plan.sum(0), 2 * problem.b * np.exp(-r.psi / rho), rtol=1e-7)


def test_semi_unbalanced(problem):
    r = fenchel.sinkhorn(problem.a, 2 * problem.b, problem.cost, 0.1, rho_b=0.5)
    assert r.converged and np.allclose(r.plan().sum(1), problem.a, atol=1e-8)


def test_exact_zeros_in_weights(problem):
    a = problem.a.copy()
    a[2] = 0
    a /= a.sum()
    r = fenchel.sinkhorn(a, problem.b, problem.cost, 0.1)
    assert r.converged and (r.plan()[2] == 0).all() and np.isfinite(r.phi).all()


def test_symmetric(problem):
    cost = problem.cost[:, :7] + problem.cost[:, :7].T
    r = fenchel.sinkhorn(problem.a, problem.a, cost, 0.1, symmetric=True)
    assert np.array_equal(r.phi, r.psi) and np.allclose(r.plan().sum(1), problem.a, atol=1e-8)


def test_warm_start(problem):
    cold = fenchel.sinkhorn(problem.a, problem.b, problem.cost, 0.01, method="sinkhorn", tol=1e-8)
    for start in (cold, (cold.phi, cold.psi), (None, list(cold.psi))):
        warm = fenchel.sinkhorn(problem.a, problem.b, problem.cost, 0.01, method="sinkhorn", tol=1e-8, warm_start=start)
        assert warm.converged and warm.iterations <= 2 < cold.iterations
    with pytest.raises(errors.DtypeError, match="warm_start"):
        fenchel.sinkhorn(problem.a, problem.b, problem.cost, 0.1, warm_start=3)
    with pytest.raises(errors.ShapeError, match="phi"):
        fenchel.sinkhorn(problem.a, problem.b, problem.cost, 0.1, warm_start=(np.zeros(3), None))


def test_threads_do_not_change_a_bit(problem):
    rng = np.random.default_rng(5)
    cost = rng.random((300, 200))
    one = fenchel.sinkhorn(None, None, cost, 0.01)
    two = fenchel.sinkhorn(None, None, cost, 0.01, num_threads=2)
    assert two.num_threads == 2 and np.array_equal(one.phi, two.phi) and one.cost == two.cost


REFUSED = [
    (dict(cost=np.zeros(5)), errors.ShapeError, ValueError, "cost"),
    (dict(cost=np.zeros((0, 9))), errors.EmptyError, ValueError, "cost"),
    (dict(a=np.full(6, 1 / 6)), errors.ShapeError, ValueError, r"\ba\b"),
    (dict(b=np.full((9, 1), 1 / 9)), errors.ShapeError, ValueError, r"\bb\b"),
    (dict(cost=np.full((7, 9), np.nan)), errors.NotFiniteError, ValueError, "cost"),
    (dict(a=np.full(7, np.inf)), errors.NotFiniteError, ValueError, r"\ba\b"),
    (dict(a=np.array([-1.0, 2, 0, 0, 0, 0, 0])), errors.NegativeMassError, ValueError, r"\ba\b"),
    (dict(a=np.full(7, 1.0)), errors.MassError, ValueError, "mass"),
    (dict(a=np.zeros(7)), errors.MassError, ValueError, r"\ba\b"),
    (dict(eps=0.0), errors.RangeError, ValueError, "eps"),
    (dict(eps=-1.0), errors.RangeError, ValueError, "eps"),
    (dict(eps=float("nan")), errors.RangeError, ValueError, "eps"),
    (dict(eps="small"), errors.DtypeError, TypeError, "eps"),
    (dict(rho_a=-1.0), errors.RangeError, ValueError, "rho_a"),
    (dict(tol=2.0), errors.RangeError, ValueError, "tol"),
    (dict(max_iter=0), errors.RangeError, ValueError, "max_iter"),
    (dict(max_iter=2.5), errors.DtypeError, TypeError, "max_iter"),
    (dict(max_iter=10**30), errors.RangeError, ValueError, "max_iter"),
    (dict(num_threads=-1), errors.RangeError, ValueError, "num_threads"),
    (dict(num_threads=10**12), errors.RangeError, ValueError, "num_threads"),
    (dict(method="sinkhrn"), errors.NameLookupError, KeyError, "sinkhorn"),
    (dict(method=3), errors.DtypeError, TypeError, "method is a 'int', not a str"),
    (dict(method="auto\0"), errors.NameLookupError, KeyError, "method holds a zero character"),
    (dict(reg_type=["kl"]), errors.NameLookupError, KeyError, "reg_type"),
    (dict(reg_type="l2"), errors.NameLookupError, KeyError, "reg_type"),
    (dict(dtype="int32"), errors.DtypeError, TypeError, "dtype"),
    (dict(cost=np.zeros((7, 9), complex)), errors.DtypeError, TypeError, "cost"),
    (dict(a=["x"] * 7), errors.DtypeError, TypeError, r"\ba\b"),
    (dict(anneal_factor=1.0), errors.RangeError, ValueError, "anneal_factor"),
    (dict(callback=3), errors.FenchelError, TypeError, "callback|called"),
]


@pytest.mark.parametrize("change, error, builtin, words", REFUSED, ids=[str(list(r[0])[0]) + str(k) for k, r in
                                                                       enumerate(REFUSED)])
def test_refusals_name_the_argument(problem, change, error, builtin, words):
    arguments = {"a": problem.a, "b": problem.b, "cost": problem.cost, "eps": 0.1, **change}
    with pytest.raises(error, match=words) as caught:
        fenchel.sinkhorn(**arguments)
    assert isinstance(caught.value, builtin) and caught.value.code < 0


def test_unknown_keyword_lists_the_nearest(problem):
    with pytest.raises(TypeError, match="unknown keyword 'max_iters'; nearest: max_iter"):
        fenchel.sinkhorn(None, None, problem.cost, 0.1, max_iters=3)


def test_not_converging_is_a_warning(problem):
    with pytest.warns(fenchel.ConvergenceWarning, match="iteration limit") as caught:
        r = fenchel.sinkhorn(problem.a, problem.b, problem.cost, 1e-3, method="sinkhorn", max_iter=3)
    assert caught[0].filename == __file__
    assert not r.converged and r.termination is fenchel.Termination.MAX_ITER
    assert "iteration limit" in repr(r) and np.isfinite(r.phi).all()


def test_workspace_bytes(problem):
    assert fenchel.workspace_bytes(problem.cost, 0.1) > 0
    small = fenchel.workspace_bytes(fenchel.PointCloud(problem.cost), 0.1, method="sinkhorn", num_threads=1)
    assert small > 0
