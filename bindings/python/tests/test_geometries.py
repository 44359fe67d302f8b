"""PointCloud and Grid."""
import pickle

import fenchel
import numpy as np
import pytest
from fenchel import errors

DISTANCES = {
    "sqeuclidean": lambda x, y: ((x[:, None] - y[None]) ** 2).sum(-1),
    "euclidean": lambda x, y: np.sqrt(((x[:, None] - y[None]) ** 2).sum(-1)),
    "l1": lambda x, y: abs(x[:, None] - y[None]).sum(-1),
    "cosine": lambda x, y: 1 - (x @ y.T) / np.outer(np.linalg.norm(x, axis=1), np.linalg.norm(y, axis=1)),
}


@pytest.mark.parametrize("cost", fenchel.COSTS)
@pytest.mark.parametrize("dtype, tol", [(np.float64, 1e-12), (np.float32, 1e-5)])
def test_cost_matrix_of_points(cost, dtype, tol):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(6, 3)), rng.normal(size=(5, 3))
    cloud = fenchel.PointCloud(x.astype(dtype), y.astype(dtype), cost)
    assert cloud.shape == (6, 5) and cloud.dtype == dtype
    assert np.allclose(cloud.cost_matrix(), DISTANCES[cost](x, y), atol=tol)


@pytest.mark.parametrize("cost", fenchel.COSTS)
def test_points_and_matrix_give_the_same_plan(problem, cost):
    rng = np.random.default_rng(2)
    cloud = fenchel.PointCloud(rng.normal(size=(7, 2)), rng.normal(size=(9, 2)), cost)
    direct = fenchel.sinkhorn(problem.a, problem.b, cloud, 0.2, tol=1e-11)
    matrix = fenchel.sinkhorn(problem.a, problem.b, cloud.cost_matrix(), 0.2, tol=1e-11)
    assert direct.converged and np.allclose(direct.plan(), matrix.plan(), atol=1e-9)


def test_cloud_with_itself_and_one_dimension():
    x = np.linspace(0, 1, 5)
    cloud = fenchel.PointCloud(x)
    assert cloud.shape == (5, 5) and cloud.x.shape == (5, 1) and cloud.y is cloud.x and "y = x" in repr(cloud)
    assert np.allclose(cloud.cost_matrix(), (x[:, None] - x) ** 2)


def test_cloud_copies_its_points(problem):
    x = np.random.default_rng(0).random((7, 2))
    cloud = fenchel.PointCloud(x, x + 1)
    before = cloud.cost_matrix()
    x[:] = 0
    assert np.array_equal(cloud.cost_matrix(), before)
    with pytest.raises(ValueError):
        cloud.x[0, 0] = 1


def test_dtype_of_clouds():
    x = np.random.default_rng(0).random((4, 2)).astype(np.float32)
    assert fenchel.sinkhorn(None, None, fenchel.PointCloud(x), 0.1).phi.dtype == np.float32
    assert fenchel.sinkhorn(np.full(4, 0.25), None, fenchel.PointCloud(x), 0.1).phi.dtype == np.float64
    assert fenchel.sinkhorn(None, None, fenchel.PointCloud(x), 0.1, dtype=np.float64).phi.dtype == np.float64


def test_refused_clouds():
    good = np.zeros((3, 2))
    for arguments, error, words in [
        ((good, np.zeros((3, 4))), errors.ShapeError, "y"), ((np.zeros((0, 2)),), errors.EmptyError, "x"),
        ((good * np.nan,), errors.NotFiniteError, "x"), ((["a", "b"],), errors.DtypeError, "x"),
        ((good, good, "sqeuclid"), errors.NameLookupError, "sqeuclidean"),
        ((good, good, 3), errors.DtypeError, "cost is a 'int', not a str"),
        ((np.zeros((2, 2, 2)),), errors.ShapeError, "x")]:
        with pytest.raises(error, match=words):
            fenchel.PointCloud(*arguments)


@pytest.mark.parametrize("cost, power", [("sqeuclidean", 2), ("l1", 1)])
@pytest.mark.parametrize("shape, spacing", [((5,), None), ((3, 4), (0.5, 2.0)), ((2, 3, 2), 0.3)])
def test_grid(cost, power, shape, spacing):
    grid = fenchel.Grid(shape, spacing, cost)
    steps = [1 / s for s in shape] if spacing is None else np.broadcast_to(spacing, len(shape))
    points = np.stack(np.meshgrid(*(np.arange(s) * h for s, h in zip(shape, steps)), indexing="ij"), -1)
    points = points.reshape(-1, len(shape))
    expected = (abs(points[:, None] - points[None]) ** power).sum(-1)
    assert grid.shape == expected.shape
    a = np.random.default_rng(0).random(len(points)) + 0.1
    r = fenchel.sinkhorn(a / a.sum(), None, grid, 0.5, tol=1e-10)
    matrix = fenchel.sinkhorn(a / a.sum(), None, expected, 0.5, tol=1e-10)
    assert r.converged and np.allclose(r.apply(np.eye(len(points))), matrix.plan(), atol=1e-8)
    assert np.isclose(r.cost, matrix.cost, rtol=1e-8) and np.isclose(r.dual, matrix.dual, rtol=1e-8)
    assert np.allclose(grid.cost_matrix(), expected, rtol=1e-14)
    assert np.allclose(r.plan(), matrix.plan(), atol=1e-8)
    ones = np.ones(len(points))
    assert np.allclose(r.vjp(phi=ones * np.arange(len(points)))["a"], matrix.vjp(phi=ones * np.arange(len(points)))["a"], atol=1e-6)
    rows, cols = r.sample()
    assert np.array_equal(rows, np.arange(len(points))) and cols.min() >= 0


def test_grid_dtype_and_refusals():
    a = np.full(4, 0.25, np.float32)
    assert fenchel.sinkhorn(a, a, fenchel.Grid((2, 2)), 0.5).phi.dtype == np.float32
    assert fenchel.sinkhorn(None, None, fenchel.Grid(4, dtype=np.float32), 0.5).phi.dtype == np.float32
    assert fenchel.sinkhorn(None, None, fenchel.Grid(4), 0.5).phi.dtype == np.float64
    for arguments, error in [(((0, 3),), ValueError), (((2,) * 4,), ValueError), (((2, 2), (1.0, -1.0)), ValueError),
                             (((2, 2), None, "cosine"), errors.FenchelError), (((2, 2), (1.0,)), ValueError)]:
        with pytest.raises(error):
            fenchel.Grid(*arguments)


@pytest.mark.parametrize("make", [lambda x: fenchel.PointCloud(x, cost="l1"),
                                  lambda x: fenchel.PointCloud(x, x[:2] + 1),
                                  lambda x: fenchel.Grid((2, 3), (0.5, 1.0), "l1", np.float32)])
def test_geometries_pickle(make):
    made = make(np.random.default_rng(0).random((4, 2)))
    again = pickle.loads(pickle.dumps(made))
    assert type(again) is type(made) and repr(again) == repr(made) and again.dtype == made.dtype
    assert again.shape == made.shape
    assert np.array_equal(fenchel.sinkhorn(None, None, again, 0.5).phi, fenchel.sinkhorn(None, None, made, 0.5).phi)
