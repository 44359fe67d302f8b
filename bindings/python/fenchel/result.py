"""Result: what a transport solve returns, and every question that can be asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, Sequence

import numpy as np

from . import _raw
from ._declared import Progress, ResultFields, Termination, unpack_result
from .arrays import common, floating
from .errors import ConvergenceWarning, NameLookupError, ShapeError
from .geometry import Geometry, PointCloud

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_CONVERGED = Termination.CONVERGED.value
_SAMPLING = {
    "per_row": _raw.FEN_SAMPLE_PER_ROW,
    "joint": _raw.FEN_SAMPLE_JOINT,
    "without_replacement": _raw.FEN_SAMPLE_WITHOUT_REPLACEMENT,
}


class Result(ResultFields):
    """A solved transport problem between n and m points. Made by sinkhorn; picklable (an unpickled one
    answers from the stored potentials, equal to rounding).

    Attributes besides the numbers of the solve (cost, primal, dual, gap, error_a, error_b, mass, passes, iterations,
    sweeps, newton_steps, termination, seconds ...):

    phi : (n,) array, psi : (m,) array -- the potentials, in units of the cost.
    trace : list of Progress, or None if it was not asked for.

    Every method computes from the potentials; none forms an n x m array unless it returns one. A Result belongs to
    one thread at a time.
    """

    __slots__ = ("phi", "psi", "trace", "_stats", "_inputs", "_solver")

    def __init__(
        self,
        phi: NDArray[Any],
        psi: NDArray[Any],
        inputs: tuple[Any, ...],
        solver: object,
        stats: bytes,
        trace: list[Progress] | None,
    ) -> None:
        self.phi = phi
        self.psi = psi
        self.trace = trace
        self._inputs = inputs
        self._solver = solver
        self._stats = unpack_result(stats)

    # ---- what happened ----------------------------------------------------------------------------------------------

    @property
    def converged(self) -> bool:
        """True if a fresh residual of the returned potentials meets the tolerance."""
        return bool(self._stats[2] == _CONVERGED)

    @property
    def shape(self) -> tuple[int, int]:
        """(n, m)"""
        return len(self.phi), len(self.psi)

    @property
    def method(self) -> str:
        """The method's name."""
        return str(self._inputs[4])

    def __repr__(self) -> str:
        from .describe import describe

        return describe(self)

    def _warn(self, stacklevel: int) -> None:
        if self.termination is Termination.CANCELLED:
            return
        import warnings

        from .describe import ending

        warnings.warn(f"sinkhorn: {ending(self)}", ConvergenceWarning, stacklevel=stacklevel)

    # ---- the plan ---------------------------------------------------------------------------------------------------

    def plan(self) -> NDArray[Any]:
        """The transport plan P, (n, m), of the problem's dtype.

        Raises MemoryError where it does not fit.
        """
        out = np.empty(self.shape, self.phi.dtype)
        _raw.fen_transport_plan(self._live(), out)
        return out

    def plan_sparse(self, threshold: float = 0.0) -> Any:
        """The entries of P above `threshold` >= 0, as a scipy.sparse.csr_array of shape (n, m).

        Without SciPy: the triple (indptr (n + 1,), indices (nnz,), values (nnz,)). Raises RangeError, and
        MemoryError where it does not fit.
        """
        solver = self._live()
        count = _raw.fen_transport_plan_csr(solver, threshold, 0, None, None, None)
        index = np.int32 if max(count, *self.shape) < 2**31 else np.int64
        indptr = np.empty(len(self.phi) + 1, np.int64)
        indices, values = np.empty(count, index), np.empty(count, self.phi.dtype)
        _raw.fen_transport_plan_csr(solver, threshold, count, indptr, indices, values)
        try:
            from scipy.sparse import csr_array
        except ImportError:
            return indptr, indices, values
        return csr_array((values, indices, indptr.astype(index)), shape=self.shape)

    def apply(self, v: ArrayLike, transpose: bool = False, normalize: bool = False) -> NDArray[Any]:
        """P v, or P^T v, without forming P.

        v : (m,) or (m, k); with transpose (n,) or (n, k). Returns (n,) or (n, k); with transpose (m,) or (m, k).
        normalize : divide each row by its mass: the barycentric projection. Rows without mass are 0.
        Raises ShapeError, DtypeError, NotFiniteError.
        """
        vector = floating(v, "v").astype(self.phi.dtype, copy=False)
        rows = len(self.psi) if transpose else len(self.phi)
        out = np.empty((rows, *vector.shape[1:]), self.phi.dtype)
        flags = (_raw.FEN_APPLY_TRANSPOSE if transpose else 0) | (_raw.FEN_APPLY_NORMALIZE if normalize else 0)
        _raw.fen_transport_apply(self._live(), flags, vector, out)
        return out

    def sample(
        self, count: int | None = None, mode: str = "per_row", seed: int = 0
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pairs (i, j) drawn from the plan: (rows, cols), each (count,) int64.

        mode : "per_row", a column for each of the n rows (-1 for a row without mass), count None or n;
            "joint", independent pairs; "without_replacement", distinct pairs. count None is n.
        seed : 0 <= seed < 2**64. The result depends on plan, mode and seed only.
        Raises NameLookupError, ShapeError, RangeError.
        """
        if mode not in _SAMPLING:
            raise NameLookupError(f"mode is {mode!r}; legal: {', '.join(map(repr, _SAMPLING))}")
        size = len(self.phi) if count is None else count
        if size < 0:
            raise ShapeError(f"count is {size}; it must not be negative")
        rows, cols = np.empty(size, np.int64), np.empty(size, np.int64)
        _raw.fen_transport_sample(self._live(), _SAMPLING[mode], seed, rows, cols)
        return rows, cols

    # ---- derivatives ------------------------------------------------------------------------------------------------

    def gradient(self, name: str) -> NDArray[Any]:
        """Gradient of the optimal value by the envelope theorem.

        name : "a" -> (n,), "b" -> (m,) (balanced: centred to zero mean over the support), "cost" -> (n, m), the plan;
            for a point cloud "x" -> (n, d), "y" -> (m, d).
        Raises NameLookupError, UnsupportedError.
        """
        out = self._like(name)
        _raw.fen_transport_gradient(self._live(), name, out)
        return out

    def vjp(
        self,
        phi: ArrayLike | None = None,
        psi: ArrayLike | None = None,
        plan: ArrayLike | None = None,
        *,
        wrt: Sequence[str] | None = None,
        tol: float = 0.0,
    ) -> dict[str, NDArray[Any]]:
        """Cotangents of the solution pulled back to the inputs, by implicit differentiation.

        phi, psi, plan : cotangents, (n,), (m,), (n, m); None is zero.
        wrt : names of inputs; None is ("a", "b", "cost"), or ("a", "b", "x", "y") for a point cloud.
        tol : relative tolerance of the linear solve; 0 is 1e-10 (float64) or 1e-5 (float32).
        Returns a dict from name to array, in the input's shape. Balanced potentials are gauged to
        sum a phi = sum b psi. Raises SingularError, UnsupportedError (symmetric problems), ShapeError.
        """
        inputs = self._cast(phi=phi, psi=psi, plan=plan)
        outputs = {name: self._like(name) for name in (self._names() if wrt is None else wrt)}
        _raw.fen_transport_vjp(self._live(), tol, {**inputs, **outputs})
        return outputs

    def jvp(
        self,
        a: ArrayLike | None = None,
        b: ArrayLike | None = None,
        cost: ArrayLike | None = None,
        x: ArrayLike | None = None,
        y: ArrayLike | None = None,
        *,
        of: Iterable[str] = ("phi", "psi"),
        tol: float = 0.0,
    ) -> dict[str, NDArray[Any]]:
        """Tangents of the inputs pushed forward to the solution.

        a, b, cost, x, y : tangents in the inputs' shapes; None is zero. Balanced weights move within equal masses.
        of : any of "phi", "psi", "plan". Returns a dict from name to (n,), (m,), (n, m) array.
        tol, errors: as in vjp.
        """
        inputs = self._cast(a=a, b=b, cost=cost, x=x, y=y)
        n, m = self.shape
        shapes: dict[str, tuple[int, ...]] = {"phi": (n,), "psi": (m,), "plan": (n, m)}
        unknown = [name for name in of if name not in shapes]
        if unknown:
            raise NameLookupError(f"of holds {unknown[0]!r}; legal: 'phi', 'psi', 'plan'")
        outputs = {name: np.empty(shapes[name], self.phi.dtype) for name in of}
        _raw.fen_transport_jvp(self._live(), tol, {**inputs, **outputs})
        return outputs

    def plot(self, figure: Any = None) -> Any:
        """Draw plan and convergence with matplotlib; returns the figure (a given one is drawn into).

        The convergence panel needs trace=True in sinkhorn. Raises ImportError without matplotlib.
        """
        from .plotting import plot_result

        return plot_result(self, figure)

    # ---- inside -----------------------------------------------------------------------------------------------------

    def _names(self) -> tuple[str, ...]:
        return ("a", "b", "x", "y") if isinstance(self._inputs[2], PointCloud) else ("a", "b", "cost")

    def _like(self, name: str) -> NDArray[Any]:
        """An empty array of the named input's shape."""
        n, m = self.shape
        shapes: dict[str, tuple[int, ...]] = {"a": (n,), "b": (m,), "cost": (n, m)}
        cost = self._inputs[2]
        if isinstance(cost, PointCloud):
            shapes.update(x=cost.x.shape, y=cost.y.shape)
        if name not in shapes:
            raise NameLookupError(f"{name!r} is no input of this problem; legal: {', '.join(map(repr, shapes))}")
        return np.empty(shapes[name], self.phi.dtype)

    def _cast(self, **named: ArrayLike | None) -> dict[str, NDArray[Any] | None]:
        return dict(zip(named, common(self.phi.dtype, **named)[0]))

    def _live(self) -> object:
        """The C solver. After unpickling it is made again: a solve cancelled before its start evaluates the potentials
        it was given and returns them."""
        if self._solver is None:
            a, b, cost, spec, _, _ = self._inputs
            geometry = cost._handle(self.phi.dtype) if isinstance(cost, Geometry) else _raw.fen_matrix_create(cost)
            problem = _raw.fen_transport_create(geometry, a, b, spec)
            self._solver = _raw.fen_sinkhorn_create(problem, "sinkhorn", None)
            _raw.fen_solver_warm_start(self._solver, self.phi, self.psi)
            _raw.fen_cancel(self._solver)
            _raw.fen_solver_solve(self._solver)
        return self._solver

    def __getstate__(self) -> tuple[Any, ...]:
        return self.phi, self.psi, self.trace, self._stats, self._inputs

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.phi, self.psi, self.trace, self._stats, self._inputs = state
        self._solver = None
