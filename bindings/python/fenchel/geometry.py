"""Who sends mass to whom, and at what cost: point clouds and regular grids. (A cost matrix is just an array.)"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Sequence

import numpy as np

from . import _raw
from .arrays import F32, F64, chosen, common

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray

_CODE = {F32: _raw.FEN_F32, F64: _raw.FEN_F64}


class Geometry:
    """Base of PointCloud and Grid: immutable, shareable between threads, picklable.

    `shape` is (n, m); `dtype` the natural one (None: that of the weights).
    """

    shape: tuple[int, int]
    dtype: np.dtype[Any] | None

    def __init__(self) -> None:
        self._handles: dict[np.dtype[Any], object] = {}

    def _create(self, dtype: np.dtype[Any]) -> object:
        raise NotImplementedError

    def _handle(self, dtype: np.dtype[Any]) -> object:
        """The C geometry of that dtype, made once."""
        handle = self._handles.get(dtype)
        if handle is None:
            handle = self._handles[dtype] = self._create(dtype)
        return handle

    def cost_matrix(self, dtype: DTypeLike | None = None) -> NDArray[Any]:
        """The cost matrix written out, (n, m), in `dtype` (None: the geometry's own).

        Raises MemoryError where it does not fit.
        """
        wanted = chosen(dtype) or self.dtype or F64
        out = np.empty(self.shape, wanted)
        _raw.fen_geometry_cost(self._handle(wanted), out)
        return out


class PointCloud(Geometry):
    """Points and a ground cost computed on the fly: memory O((n + m) d), never n x m.

    Parameters
    ----------
    x : (n, d) array, or (n,) for d = 1. Copied. float32 and float64 are kept (the wider of both if they differ).
    y : (m, d) array, or None for y = x.
    cost : name from fenchel.COSTS: "sqeuclidean", "euclidean", "l1", "cosine".

    Raises
    ------
    ShapeError, EmptyError, NotFiniteError, DtypeError, NameLookupError
    """

    def __init__(self, x: ArrayLike, y: ArrayLike | None = None, cost: str = "sqeuclidean") -> None:
        super().__init__()
        (points_x, points_y), dtype = common(None, x=x, y=y)
        assert points_x is not None
        self.dtype = dtype
        self.cost = cost
        self._x = _frozen(points_x)
        self._y = None if points_y is None else _frozen(points_y)
        self._handle(dtype)  # refuses bad input here, where it was given
        self.shape = (self._x.shape[0], self.y.shape[0])

    @property
    def x(self) -> NDArray[Any]:
        """The row points, (n, d), read-only."""
        return self._x

    @property
    def y(self) -> NDArray[Any]:
        """The column points, (m, d), read-only."""
        return self._x if self._y is None else self._y

    def _create(self, dtype: np.dtype[Any]) -> object:
        y = None if self._y is None else self._y.astype(dtype, copy=False)
        return _raw.fen_point_cloud_create(self._x.astype(dtype, copy=False), y, self.cost)

    def __reduce__(self) -> tuple[Any, ...]:
        return PointCloud, (self._x, self._y, self.cost)

    def __repr__(self) -> str:
        same = ", y = x" if self._y is None else ""
        n, m = self.shape
        return f"<fenchel.PointCloud {n} x {m}, d = {self.x.shape[1]}, {self.x.dtype}, cost {self.cost!r}{same}>"


class Grid(Geometry):
    """A regular grid of shape[0] x ... x shape[-1] points; rows and columns are its points in row-major order.

    Parameters
    ----------
    shape : 1 to 3 positive ints (or one int). n = m = their product.
    spacing : distance between neighbours per axis, > 0; None is 1 / shape[k].
    cost : "sqeuclidean" or "l1", which split by axis: a sweep costs O(n sum shape), or O(n ndim) for "l1".
    dtype : float32 or float64; None is that of the weights, else float64.

    Raises
    ------
    ShapeError, RangeError, NameLookupError, UnsupportedError
    """

    def __init__(
        self,
        shape: int | Sequence[int],
        spacing: float | Sequence[float] | None = None,
        cost: str = "sqeuclidean",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        self.grid_shape = (shape,) if isinstance(shape, int) else tuple(int(s) for s in shape)
        if isinstance(spacing, (int, float)):
            spacing = (float(spacing),) * len(self.grid_shape)
        self.spacing = None if spacing is None else tuple(float(s) for s in spacing)
        self.cost = cost
        self.dtype = chosen(dtype)
        self._handle(self.dtype or F64)
        size = int(np.prod(self.grid_shape, dtype=np.int64))
        self.shape = (size, size)

    def _create(self, dtype: np.dtype[Any]) -> object:
        return _raw.fen_grid_create(self.grid_shape, self.spacing, self.cost, _CODE[dtype])

    def __reduce__(self) -> tuple[Any, ...]:
        return Grid, (self.grid_shape, self.spacing, self.cost, self.dtype)

    def __repr__(self) -> str:
        size = " x ".join(map(str, self.grid_shape))
        return f"<fenchel.Grid {size}, cost {self.cost!r}>"


def _frozen(points: NDArray[Any]) -> NDArray[Any]:
    """A read-only C-contiguous copy, (n, d)."""
    copy = np.array(points, order="C")
    if copy.ndim == 1:
        copy = copy.reshape(-1, 1)
    copy.flags.writeable = False
    return copy
