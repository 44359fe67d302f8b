"""The Sinkhorn divergence between weighted point clouds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Sequence

import numpy as np

from . import _raw
from ._declared import ResultFields, Termination, unpack_result
from .arrays import common
from .errors import ConvergenceWarning, NameLookupError
from .settings import options, spec

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray
    from typing_extensions import Unpack

    from ._declared import Settings

_NAMES = ("x", "y", "a", "b")


class PartResult(ResultFields):
    """The numbers of one of the three solves, as in Result."""

    __slots__ = ("_stats",)

    def __init__(self, stats: bytes) -> None:
        self._stats = unpack_result(stats)

    @property
    def converged(self) -> bool:
        """True if the solve met its tolerance."""
        return self.termination is Termination.CONVERGED


class DivergenceResult:
    """What sinkhorn_divergence returns; float(result) is its value. Picklable.

    Attributes
    ----------
    value : float, the divergence, in units of the cost.
    gradients : dict from "x", "y", "a", "b" to arrays of their shapes, as asked for.
    ab, aa, bb : the three solves' numbers (cost, primal, dual, passes, termination ...).
    converged : True if all three did.
    """

    def __init__(self, value: float, gradients: dict[str, NDArray[Any]], stats: bytes) -> None:
        size = len(stats) // 3
        self.value = value
        self.gradients = gradients
        self.ab, self.aa, self.bb = (PartResult(stats[k * size : (k + 1) * size]) for k in range(3))

    @property
    def converged(self) -> bool:
        """True if all three solves met their tolerance."""
        return self.ab.converged and self.aa.converged and self.bb.converged

    def __float__(self) -> float:
        return self.value

    def __repr__(self) -> str:
        parts = ", ".join(f"{k} {p.termination.name.lower()}" for k, p in zip(("ab", "aa", "bb"), self._parts()))
        return f"<fenchel.DivergenceResult {self.value:.10g}, eps {self.ab.eps:.6g}: {parts}>"

    def _parts(self) -> tuple[PartResult, PartResult, PartResult]:
        return self.ab, self.aa, self.bb


def sinkhorn_divergence(
    x: ArrayLike,
    y: ArrayLike,
    eps: float,
    *,
    a: ArrayLike | None = None,
    b: ArrayLike | None = None,
    cost: str = "sqeuclidean",
    gradients: Sequence[str] = (),
    method: str = "auto",
    tol: float | None = None,
    max_iter: int | None = None,
    rho_a: float | None = None,
    rho_b: float | None = None,
    num_threads: int = 1,
    dtype: DTypeLike | None = None,
    **settings: Unpack[Settings],
) -> DivergenceResult:
    """S(a, b) = OT(a, b) - OT(a, a)/2 - OT(b, b)/2 + eps/2 (sum a - sum b)^2, with OT regularised by eps KL(P | a b^T).

    It is >= 0, and 0 only for equal measures; memory is O((n + m) d).

    Parameters
    ----------
    x : (n, d) points, y : (m, d) points. 1-D arrays count as d = 1.
    eps : regularisation in units of the cost, > 0.
    a : (n,) weights or None for uniform, b : (m,) weights or None.
    cost : name from fenchel.COSTS.
    gradients : any of "x", "y", "a", "b": gradients of the value to compute too (envelope theorem).
    method, tol, max_iter, rho_a, rho_b, num_threads, **settings : as in sinkhorn.
    dtype : float32 or float64; None is the wider of x, y, a, b.

    Returns
    -------
    DivergenceResult

    Raises
    ------
    As sinkhorn. A ConvergenceWarning is issued where one of the three solves did not converge. Ctrl-C takes effect
    after the call.

    Notes
    -----
    Feydy et al. (2019), Interpolating between Optimal Transport and MMD; Sejourne et al. (2019), eq. 12.
    """
    unknown = [name for name in gradients if name not in _NAMES]
    if unknown:
        raise NameLookupError(f"gradients holds {unknown[0]!r}; legal: {', '.join(map(repr, _NAMES))}")
    (px, py, wa, wb), kind = common(dtype, x=x, y=y, a=a, b=b)
    assert px is not None and py is not None
    px, py = _points(px), _points(py)
    sizes = {"x": px.shape, "y": py.shape, "a": px.shape[:1], "b": py.shape[:1]}
    outputs = {name: np.empty(sizes[name], kind) for name in gradients}
    packed_spec = spec(eps, rho_a, rho_b, "kl", settings.pop("symmetric", 0))
    value, stats = _raw.fen_sinkhorn_divergence(
        px, py, wa, wb, cost, packed_spec, method, options(tol, max_iter, num_threads, settings),
        *(outputs.get(name) for name in _NAMES),
    )
    result = DivergenceResult(value, outputs, stats)
    if not result.converged:
        import warnings

        warnings.warn(f"sinkhorn_divergence: {result!r}", ConvergenceWarning, stacklevel=2)
    return result


def _points(array: NDArray[Any]) -> NDArray[Any]:
    return array.reshape(-1, 1) if array.ndim == 1 else array
