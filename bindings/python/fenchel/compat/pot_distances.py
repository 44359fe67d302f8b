"""ot.dist: matrices of distances between samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import common
from ..geometry import PointCloud

#: POT's metric names that are fenchel costs.
COSTS = {"sqeuclidean": "sqeuclidean", "euclidean": "euclidean", "cityblock": "l1", "cosine": "cosine"}


def dist(
    x1: Any,
    x2: Any = None,
    metric: Any = "sqeuclidean",
    p: float = 2,
    w: Any = None,
    backend: str = "auto",
    nx: Any = None,
    use_tensor: bool = False,
) -> Any:
    """(n, m) distances between the rows of x1, (n, d), and x2, (m, d) (None: x1), as ot.dist returns them.

    metric : "sqeuclidean", "euclidean", "cityblock" and "cosine" are computed by fenchel; any other name, weights w, or a
        function of two rows goes to scipy.spatial.distance.cdist, which must be installed then.
    p : exponent of "minkowski".   w : weights of the features.   backend "scipy" : always use cdist.
    nx, use_tensor : accepted, without effect.
    Raises ShapeError, NotFiniteError (ValueErrors), ImportError where SciPy is needed and missing.
    """
    x2 = x1 if x2 is None else x2
    if isinstance(metric, str) and metric in COSTS and w is None and backend != "scipy":
        return PointCloud(x1, x2, COSTS[metric]).cost_matrix()
    from scipy.spatial.distance import cdist

    (first, second), dtype = common(None, x=x1, y=x2)
    keywords = {} if w is None else {"w": np.asarray(w)}
    if isinstance(metric, str) and metric.endswith("minkowski"):
        keywords["p"] = p  # type: ignore[assignment]
    return np.asarray(cdist(first, second, metric=metric, **keywords)).astype(dtype, copy=False)


__all__ = ["dist"]
