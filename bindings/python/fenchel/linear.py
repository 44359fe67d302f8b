"""Operator: linear maps, and what users may give instead of one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _raw
from .arrays import floating
from .term import Term, indices, real

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class Operator(Term):
    """A linear map A, (m, n): A @ x, A.T @ y, A.norm(), A.shape.

    `capabilities` may hold stored, norm, diagonal, symmetric, tight. A @ B of two operators is their composition.
    """

    _kind = "operator"
    __slots__ = ()
    __array_ufunc__ = None  # x @ A is refused rather than looped over

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n)"""
        return _raw.fen_term_rows(self._capsule), _raw.fen_term_cols(self._capsule)

    @property
    def T(self) -> Operator:
        """The adjoint, (n, m), as an operator: A.T @ y."""
        return Operator("transpose", [("A", self)])

    def apply(self, x: ArrayLike) -> NDArray[Any]:
        """A x: x (n,) -> (m,), or row by row (k, n) -> (k, m). Raises ShapeError, DtypeError, NotFiniteError."""
        return self._map(x, 0, self.shape[0])

    def adjoint(self, y: ArrayLike) -> NDArray[Any]:
        """A^T y: y (m,) -> (n,), or row by row (k, m) -> (k, n). Raises ShapeError, DtypeError, NotFiniteError."""
        return self._map(y, _raw.FEN_APPLY_TRANSPOSE, self.shape[1])

    def norm(self) -> float:
        """An upper bound of the spectral norm, at most 2 % above it; may take some products."""
        return _raw.fen_operator_norm(self._capsule)

    def toarray(self, dtype: Any = np.float64) -> NDArray[Any]:
        """The matrix written out, (m, n): n products."""
        return self.apply(np.eye(self.shape[1], dtype=dtype)).T

    def _map(self, x: ArrayLike, flags: int, size: int) -> NDArray[Any]:
        vector = self._vector(x, "x")
        out = np.empty((*vector.shape[:-1], size), vector.dtype)
        _raw.fen_operator_apply(self._capsule, flags, vector, out)
        return out

    def __matmul__(self, other: Any) -> Any:
        if isinstance(other, Operator):
            from .calculus import composed

            return composed(self, other)
        return self.apply(other)

    def __mul__(self, factor: float) -> Operator:
        """factor A"""
        return Operator("scaled", [("A", self), ("factor", real(factor, "factor"))])

    __rmul__ = __mul__

    def __neg__(self) -> Operator:
        return self * -1.0


def as_operator(value: Any, name: str = "A") -> Operator:
    """An operator as it is; a SciPy sparse matrix or array as CSC or CSR; else a dense matrix: anything NumPy reads.

    Neither is copied where its dtype is float32 or float64 (and indices are sorted). Other sparse formats become CSR.
    Raises ShapeError, DtypeError, NotFiniteError.
    """
    if isinstance(value, Operator):
        return value
    scipy_sparse = sys.modules.get("scipy.sparse")
    if scipy_sparse is not None and scipy_sparse.issparse(value):
        return _sparse(value, name)
    if hasattr(value, "to_numpy"):  # pandas
        value = value.to_numpy()
    return Operator("dense", [("matrix", floating(value, name))])


def _sparse(value: Any, name: str) -> Operator:
    matrix = value if value.format in ("csc", "csr") else value.tocsr()
    if not matrix.has_canonical_format:
        matrix = matrix.copy()
        matrix.sum_duplicates()  # also sorts
    rows, cols = matrix.shape
    across = ("rows", rows) if matrix.format == "csc" else ("cols", cols)
    pairs = [("indptr", indices(matrix.indptr, name)), across]
    if matrix.nnz:
        pairs += [("indices", indices(matrix.indices, name)), ("values", floating(matrix.data, name))]
    return Operator(matrix.format, pairs)


def operand(value: Any, name: str) -> Operator | None:
    """as_operator for a parameter that may be absent."""
    return None if value is None else as_operator(value, name)


def operands(values: Any, name: str) -> list[Operator] | None:
    """as_operator for a parameter that takes several."""
    if values is None:
        return None
    if isinstance(values, Operator):
        return [values]
    return [as_operator(value, name) for value in values]
