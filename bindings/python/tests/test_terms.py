"""fenchel.prox, fenchel.smooth, fenchel.operators: the catalogues as Python sees them."""
import gc
import inspect
import pickle
import sys
import weakref

import fenchel
import numpy as np
import pytest
from fenchel import _raw, errors

KINDS = {"operator": fenchel.operators, "smooth": fenchel.smooth, "prox": fenchel.prox}
CATALOGUE = [(kind, _raw.fen_term_name(kind, k)) for kind in KINDS for k in range(_raw.fen_term_count(kind))]
INDEX = {_raw.FEN_F32: np.float32, _raw.FEN_F64: np.float64}


@pytest.fixture
def data():
    rng = np.random.default_rng(3)
    return rng.standard_normal((30, 8)), rng.standard_normal(30), rng


@pytest.mark.parametrize("kind, name", CATALOGUE)
def test_every_term_has_a_function_with_its_parameters(kind, name):
    if name == "callback":
        return
    function = getattr(KINDS[kind], name)
    declared = [_raw.fen_term_parameter(kind, name, k) for k in range(_raw.fen_term_parameter_count(kind, name))]
    signature = inspect.signature(function).parameters
    assert set(signature) == {p[0] for p in declared}
    for parameter in declared:
        assert parameter[1][:20] in " ".join(function.__doc__.split()), parameter[0]
        given = signature[parameter[0]]
        assert (given.default is inspect.Parameter.empty) == bool(parameter[3] & 1)
        if given.default not in (None, inspect.Parameter.empty):
            assert given.default == parameter[4]
    assert "Raises" in function.__doc__ or not declared


def simple_terms():
    """Every simple term that needs no parameter."""
    for kind, name in CATALOGUE:
        if kind == "prox" and name != "callback":
            try:
                yield name, getattr(fenchel.prox, name)()
            except (TypeError, errors.FenchelError):
                continue


SIMPLE = dict(simple_terms())


def test_most_terms_need_no_parameters():
    assert len(SIMPLE) > 15


@pytest.mark.parametrize("name", SIMPLE)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_prox_minimises(name, dtype):
    term, rng = SIMPLE[name], np.random.default_rng(0)
    if term.size is not None:
        pytest.skip("bound to a size")
    v = rng.standard_normal(12).astype(dtype) * 2
    x, value = term.prox(v, 0.7, with_value=True)
    assert x.dtype == dtype and x.shape == v.shape and np.isfinite(x).all()
    wide = x.astype(np.float64)

    def objective(point):
        return term.value(point) + ((point - v) ** 2).sum() / 1.4

    best = value + ((wide - v) ** 2).sum() / 1.4
    for scale in (1e-3, 1e-1, 1.0):
        for _ in range(20):
            other = term.prox(wide + scale * rng.standard_normal(12), 0.1) if value == 0 else (
                wide + scale * rng.standard_normal(12))
            assert objective(other) >= best - (1e-9 if dtype == np.float64 else 1e-4) * (1 + abs(best))


@pytest.mark.parametrize("name", SIMPLE)
def test_rows_strides_and_in_place(name):
    term, rng = SIMPLE[name], np.random.default_rng(1)
    n = term.size or 12
    rows = rng.standard_normal((5, 2 * n))[:, ::2]
    out, values = term.prox(rows, 0.5, with_value=True)
    for k in range(5):
        one, value = term.prox(rows[k].copy(), 0.5, with_value=True)
        assert np.array_equal(out[k], one) and (values[k] == value or np.isnan(value))
    stepped = term.prox(rows, np.array([[0.1], [0.5], [1.0], [2.0], [7.0]]))
    assert np.array_equal(stepped[1], out[1])
    own = rows.copy()
    assert term.prox(own, 0.5, out=own) is own and np.array_equal(own, out)


def test_vector_steps_and_vjp():
    g = fenchel.prox.l1(0.5)
    v = np.array([1.0, -2.0, 0.1])
    assert np.allclose(g.prox(v, np.array([1.0, 2.0, 3.0])), [0.5, -1.0, 0.0])
    assert np.array_equal(g.vjp(v, np.ones(3)), [1, 1, 0])
    assert g.conjugate([0.4, 0.5, -0.5]) == 0 and g.conjugate([0.6, 0, 0]) == np.inf
    assert {"convex", "separable", "vjp"} <= g.capabilities and g.convex and g.size is None


def test_refusals_name_the_argument():
    with pytest.raises(errors.RangeError, match="lam.*-1"):
        fenchel.prox.l1(-1)
    with pytest.raises(errors.DtypeError, match="lam"):
        fenchel.prox.l1("much")
    with pytest.raises(errors.NotFiniteError, match="weights"):
        fenchel.prox.l1(1.0, [1.0, np.nan])
    with pytest.raises(errors.ShapeError):
        fenchel.prox.l1(1.0, [1.0, 2.0]).prox([1.0, 2.0, 3.0])
    with pytest.raises(errors.RangeError, match="step"):
        fenchel.prox.l1().prox([1.0], 0.0)
    with pytest.raises(errors.NameLookupError, match="l1"):
        _raw.fen_term_create("prox", "l11", {})
    with pytest.raises(errors.NameLookupError, match="lam"):
        _raw.fen_term_create("prox", "l1", {"lamb": 1.0})
    with pytest.raises(errors.NullError, match="y"):
        _raw.fen_term_create("smooth", "least_squares", {"A": fenchel.operators.dense(np.eye(2))._capsule})
    with pytest.raises(errors.NullError, match="fen_term"):
        _raw.fen_term_create("smooth", "least_squares", {"A": _raw.fen_matrix_create(np.eye(2)), "y": np.ones(2)})
    with pytest.raises(errors.FenchelError):
        fenchel.prox.l1().prox("abc")


def test_dense_operators_of_any_layout(data):
    X, y, rng = data
    for matrix in (X, np.asfortranarray(X), X[::2, ::-1], X.astype(np.float32), X.T):
        A = fenchel.operators.dense(matrix)
        assert A.shape == matrix.shape
        x, z = rng.standard_normal(A.shape[1]), rng.standard_normal(A.shape[0])
        tol = 1e-12 if matrix.dtype == np.float64 else 1e-5
        assert np.allclose(A @ x, matrix @ x, atol=tol) and np.allclose(A.T @ z, matrix.T @ z, atol=tol)
        assert A.T.shape == matrix.T.shape and np.allclose(A.toarray(), matrix, atol=tol)
        norm = np.linalg.norm(matrix, 2)
        assert norm * (1 - 1e-9) <= A.norm() <= norm * 1.02 + 1e-9
    assert np.allclose(fenchel.operators.dense(X) @ rng.standard_normal((4, 8)), 0) is False


def test_sparse_operators_without_copies(data):
    sparse = pytest.importorskip("scipy.sparse")
    X, y, rng = data
    X = X * (rng.random(X.shape) < 0.3)
    x, z = rng.standard_normal(8), rng.standard_normal(30)
    for make in (sparse.csc_matrix, sparse.csr_matrix, sparse.csc_array, sparse.csr_array, sparse.coo_matrix):
        for index in (np.int32, np.int64):
            matrix = make(X)
            if hasattr(matrix, "indices"):
                matrix.indices, matrix.indptr = matrix.indices.astype(index), matrix.indptr.astype(index)
            f = fenchel.smooth.least_squares(matrix, y)
            A = f.parameters["A"]
            assert np.allclose(A @ x, X @ x) and np.allclose(A.T @ z, X.T @ z)
            if make is not sparse.coo_matrix:
                assert np.shares_memory(A.parameters["values"], matrix.data)
                assert np.shares_memory(A.parameters["indices"], matrix.indices)
    unsorted = sparse.csr_matrix(X)
    unsorted.indices[:2] = unsorted.indices[:2][::-1].copy()
    unsorted.has_sorted_indices = False
    assert np.allclose(fenchel.smooth.least_squares(unsorted, y).parameters["A"] @ x, unsorted @ x)


@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["csc", "csr"])
def test_sparse_operators_by_name(data, name, index, dtype):
    sparse = pytest.importorskip("scipy.sparse")
    X, y, rng = data
    X = (X * (rng.random(X.shape) < 0.3)).astype(dtype)
    X[:, 3] = X[7] = 0  # an empty column and an empty row
    matrix = getattr(sparse, f"{name}_matrix")(X)
    indptr, indices = matrix.indptr.astype(index), matrix.indices.astype(index)
    A = getattr(fenchel.operators, name)(indptr, X.shape[name == "csr"], indices, matrix.data)
    assert A.name == name and A.shape == X.shape and A.dtype == dtype
    for given, kept in ((indptr, "indptr"), (indices, "indices"), (matrix.data, "values")):
        assert np.shares_memory(A.parameters[kept], given)
    x, z = rng.standard_normal(8).astype(dtype), rng.standard_normal(30).astype(dtype)
    tol = dict(rtol=1e-5, atol=1e-5) if dtype == np.float32 else dict(rtol=1e-13, atol=1e-13)
    assert np.allclose(A @ x, X @ x, **tol) and np.allclose(A.T @ z, X.T @ z, **tol)
    assert np.linalg.norm(X, 2) <= A.norm() * (1 + 1e-6)
    solved = fenchel.minimize(fenchel.smooth.least_squares(A, y), fenchel.prox.l1(0.5))
    dense = fenchel.minimize(fenchel.smooth.least_squares(X, y), fenchel.prox.l1(0.5))
    assert np.allclose(solved.x, dense.x, rtol=1e-3, atol=1e-4 if dtype == np.float32 else 1e-6)
    copy = pickle.loads(pickle.dumps(A))
    assert np.array_equal(copy @ x, A @ x)
    zeros = getattr(fenchel.operators, name)(np.zeros(5, index), 6)
    assert zeros.shape == ((6, 4) if name == "csc" else (4, 6)) and not (zeros @ np.ones(zeros.shape[1])).any()


@pytest.mark.parametrize("name, across", [("csc", "rows"), ("csr", "cols")])
def test_sparse_operators_refuse_what_is_no_matrix(name, across):
    make = getattr(fenchel.operators, name)
    good = dict(indptr=np.array([0, 1, 3]), indices=np.array([2, 0, 1]), values=np.array([1.0, 2.0, 3.0]), **{across: 3})
    assert make(**good).shape == ((3, 2) if name == "csc" else (2, 3))
    for wrong, match in (
        (dict(indptr=np.array([0, 1, 0])), "indptr"), (dict(indptr=np.array([1, 1, 3])), "indptr"), (dict(indptr=np.array([0, 1, 4])), "indptr"),
        (dict(indices=np.array([3, 0, 1])), "indices"), (dict(indices=np.array([2, -1, 1])), "indices"),
        (dict(indices=np.array([2, 1, 0])), "indices"), (dict(indices=np.array([2, 0])), "indices|values"),
        (dict(values=np.array([1.0, np.nan, 3.0])), "values"), ({across: 0}, across), ({across: 2}, "indices"),
    ):
        with pytest.raises(errors.FenchelError, match=match):
            make(**{**good, **wrong})


def test_pandas_and_lists(data):
    X, y, _ = data
    want = fenchel.smooth.least_squares(X, y).gradient(np.ones(8))
    assert np.array_equal(fenchel.smooth.least_squares(X.tolist(), y.tolist()).gradient(np.ones(8)), want)
    pandas = pytest.importorskip("pandas")
    framed = fenchel.smooth.least_squares(pandas.DataFrame(X), pandas.Series(y))
    assert np.allclose(framed.gradient([1] * 8), want, rtol=1e-13)


MODELS = {
    "least_squares": lambda y: y, "logistic": np.sign, "huber": lambda y: y, "squared_hinge": np.sign,
    "poisson": lambda y: np.floor(np.abs(y)), "multinomial": lambda y: np.arange(len(y)) % 3,
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("intercept", [False, True])
def test_gradients_and_hessians_of_models(data, name, intercept):
    X, y, rng = data
    make = getattr(fenchel.smooth, name)
    f = make(X, MODELS[name](y), weights=rng.random(30) + 0.1, intercept=intercept)
    assert f.intercepts == (0 if not intercept else 3 if name == "multinomial" else 1)
    assert f.size == (8 + intercept) * (3 if name == "multinomial" else 1)
    x, v = rng.standard_normal((2, f.size)) / 3
    value, slope = f.value_and_gradient(x)
    assert value == f.value(x)
    h = 1e-6
    assert np.isclose((f.value(x + h * v) - f.value(x - h * v)) / (2 * h), slope @ v, rtol=1e-5)
    if "hvp" in f.capabilities:
        numeric = (f.gradient(x + h * v) - f.gradient(x - h * v)) / (2 * h)
        assert np.allclose(f.hvp(x, v), numeric, atol=1e-4 * max(1, np.abs(numeric).max()))
    if np.isfinite(f.lipschitz()):
        other = x + rng.standard_normal(f.size)
        assert f.value(other) <= value + slope @ (other - x) + f.lipschitz() / 2 * ((other - x) ** 2).sum() + 1e-9
    single = f.gradient(x.astype(np.float32))
    assert single.dtype == np.float32 and np.allclose(single, slope, rtol=1e-3, atol=1e-3)


def test_terms_keep_alive_what_they_borrow(data):
    X, y, _ = data
    matrix = X.copy()
    alive = weakref.ref(matrix)
    f = fenchel.smooth.least_squares(fenchel.operators.dense(matrix), y)
    want = X.T @ (X @ np.ones(8) - y)
    capsule = f._capsule
    del matrix, f
    gc.collect()
    assert alive() is not None
    out = np.empty(8)
    _raw.fen_smooth_gradient(capsule, np.ones(8), out)
    assert np.allclose(out, want)
    del capsule
    gc.collect()
    assert alive() is None


def test_references_come_back():
    weights = np.ones(4)
    before = sys.getrefcount(weights)
    g = fenchel.prox.l1(1.0, weights)
    with pytest.raises(errors.RangeError):
        fenchel.prox.l1(-1.0, weights)
    weights[0] = 100.0  # copied, not borrowed
    assert g.prox(np.full(4, 3.0))[0] == 2.0
    del g
    gc.collect()
    assert sys.getrefcount(weights) == before


def test_terms_pickle(data):
    X, y, _ = data
    f = fenchel.smooth.least_squares(X, y, intercept=True)
    g = fenchel.prox.elastic_net(0.3, 0.1)
    copy_f, copy_g = pickle.loads(pickle.dumps((f, g)))
    assert np.array_equal(copy_f.gradient(np.ones(9)), f.gradient(np.ones(9)))
    assert np.array_equal(copy_g.prox(y), g.prox(y)) and repr(copy_g) == repr(g)


def test_sums_are_written_with_plus_and_at(data):
    X, y, _ = data
    f, g, h = fenchel.smooth.least_squares(X, y), fenchel.prox.l1(0.5), fenchel.prox.squared_l2(2.0)
    D = np.diff(np.eye(8), axis=0)
    total = f + g + h @ D
    x = np.arange(8.0)
    assert np.isclose(total.value(x), f.value(x) + g.value(x) + h.value(D @ x))
    assert len(total.parts) == 2 and total.f is f
    assert sum([g, h]).parts == (g + h).parts
    with pytest.raises(errors.DtypeError):
        f + f
    with pytest.raises(TypeError):
        f + 3
