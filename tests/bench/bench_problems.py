"""The problems that the races run on: seeded, generated, the same bits for every contestant.

Every function returns (C, a, b, eps) with C scaled to a range of 1 unless said otherwise, in float64.
"""
import numpy as np

ETA = 1200.0  # the regularisation of the Sinkhorn-Newton-Sparse paper: eps = range / 1200


def points(n, dtype=np.float64, seed=0):
    """Two planar clouds and positive random weights, drawn in a fixed order."""
    rng = np.random.RandomState(seed)
    x = rng.randn(n, 2)
    y = 0.5 * rng.randn(n, 2) + 1.0
    a = rng.rand(n)
    b = rng.rand(n)
    return (x.astype(dtype), y.astype(dtype), (a / a.sum()).astype(dtype), (b / b.sum()).astype(dtype))


def squared_distances(x, y):
    """(n, m) squared Euclidean distances by differences: no cancellation, no negative entries."""
    cost = np.zeros((len(x), len(y)))
    for k in range(x.shape[1]):
        cost += np.subtract.outer(x[:, k], y[:, k]) ** 2
    return cost


def decade_weights(n, rng, decades=12.0):
    """Weights spread log-uniformly over that many decades, summing to one."""
    w = 10.0 ** (-decades * rng.rand(n))
    w[0], w[-1] = 1.0, 10.0 ** -decades
    return w / w.sum()


def cloud(n, eps, weights="random", seed=0):
    x, y, a, b = points(n, seed=seed)
    cost = squared_distances(x, y)
    cost /= cost.max()
    if weights == "decades":
        rng = np.random.RandomState(seed + 1)
        a, b = decade_weights(n, rng), decade_weights(n, rng)
    return cost, a, b, eps


def assignment(n=500, eta=ETA, seed=0):
    """Random linear assignment: independent uniform costs, uniform weights."""
    cost = np.random.RandomState(seed).rand(n, n)
    a = np.full(n, 1.0 / n)
    return cost, a, a.copy(), 1.0 / eta


def blob_image(rng, side=28):
    """A 28 x 28 picture of a few soft blobs on a thin background of 0.01, as a histogram."""
    grid = np.arange(side)
    picture = np.zeros((side, side))
    for _ in range(rng.randint(3, 6)):
        row, col = rng.uniform(5, side - 5, 2)
        tall, wide = rng.uniform(1.5, 4.0, 2)
        picture += rng.uniform(0.5, 1.0) * np.outer(np.exp(-0.5 * ((grid - row) / tall) ** 2),
                                                    np.exp(-0.5 * ((grid - col) / wide) ** 2))
    picture = picture / picture.max() + 0.01
    return (picture / picture.sum()).ravel()


def images(kind="l2", side=28, eta=ETA, seed=0):
    """Two blob pictures; ground cost the squared Euclidean ("l2") or the L1 distance of pixels."""
    rng = np.random.RandomState(seed)
    a, b = blob_image(rng, side), blob_image(rng, side)
    row, col = np.divmod(np.arange(side * side), side)
    drow, dcol = np.subtract.outer(row, row), np.subtract.outer(col, col)
    cost = (drow ** 2 + dcol ** 2 if kind == "l2" else np.abs(drow) + np.abs(dcol)).astype(float)
    return cost / cost.max(), a, b, 1.0 / eta


def space_cloud(n=20000, seed=0):
    """Two float32 clouds in three dimensions, uniform weights: a cube and a shifted Gaussian. eps = blur^2 for the
    cost ||x - y||^2 / 2 with a blur of 0.2: at GeomLoss's default of 0.05 its averaged updates stay above an L1 error of
    5e-3 however fine the schedule (scaling 0.995), so no race to 1e-3 is possible there."""
    rng = np.random.RandomState(seed)
    x = rng.rand(n, 3)
    y = 0.15 * rng.randn(n, 3) + 0.6
    a = np.full(n, 1.0 / n, dtype=np.float32)
    return x.astype(np.float32), y.astype(np.float32), a, a.copy(), 0.2 ** 2


def small_batch(count=10000, n=32, seed=0):
    """Many small couplings: planar clouds with random weights, each cost scaled to a maximum of 1; eps 0.05."""
    rng = np.random.RandomState(seed)
    x = rng.randn(count, n, 2)
    y = 0.5 * rng.randn(count, n, 2) + 1.0
    cost = ((x[:, :, None, :] - y[:, None, :, :]) ** 2).sum(-1)
    cost /= cost.max(axis=(1, 2), keepdims=True)
    a, b = rng.rand(count, n), rng.rand(count, n)
    return cost, a / a.sum(1, keepdims=True), b / b.sum(1, keepdims=True), 0.05


def l1_error(plan, a, b):
    """L1 error of both marginals, over the total mass."""
    plan = np.asarray(plan, dtype=np.float64)
    return float((np.abs(plan.sum(1) - a).sum() + np.abs(plan.sum(0) - b).sum()) / a.sum())


def cloud_l1_error(x, y, a, b, f, g, eps, block=500):
    """The same for plan = a b exp((f + g - |x-y|^2/2) / eps), never stored; float64 throughout."""
    x, y, a, b, f, g = (np.asarray(v, dtype=np.float64) for v in (x, y, a, b, f, g))
    columns, rows = np.zeros(len(b)), 0.0
    yy = 0.5 * (y ** 2).sum(1)
    for i in range(0, len(x), block):
        s = slice(i, i + block)
        exponent = x[s] @ y.T - 0.5 * (x[s] ** 2).sum(1)[:, None] - yy + f[s, None] + g
        plan = np.exp(exponent / eps) * b
        rows += np.abs(a[s] * (plan.sum(1) - 1.0)).sum()
        columns += a[s] @ plan
    return float((rows + np.abs(columns - b).sum()) / a.sum())
