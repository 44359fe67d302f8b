"""tune: the weights of a penalty, or of samples, from a criterion, by derivatives of solutions instead of a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, Sequence

import numpy as np

from . import _raw
from ._declared import Termination, TuneFields, unpack_tune_result
from .arrays import floating
from .composite import model_only, watch
from .differentiable import Smooth
from .errors import DtypeError, RangeError, ShapeError
from .options import tune_options
from .term import CODE

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray

    from .composite import Callback


SAMPLES = "f.weights"
SMOOTH = "smoothed_tv"


class TuneResult(TuneFields):
    """The best weights found, and the solutions there.

    Attributes besides the numbers (criterion, first_criterion, iterations, solves, derivative, bound, residual, degrees,
    termination, derivative_status, seconds ...):

    values : dict from parameter to number or array; fixed : those that stayed as they were.
    x : (folds, n) the solution of each fold at the best weights.
    """

    __slots__ = ("values", "x", "penalty", "fixed", "_stats")

    def __init__(self, penalty: str, fixed: dict[str, Any], values: dict[str, Any], x: NDArray[Any], stats: bytes) -> None:
        self.penalty = penalty
        self.fixed = fixed
        self.values = values
        self.x = x
        self._stats = unpack_tune_result(stats)

    @property
    def converged(self) -> bool:
        """True if the estimated gain left is at most tol of the criterion."""
        return self.termination is Termination.CONVERGED

    def term(self) -> Any:
        """The penalty with the best weights, for fenchel.minimize on all the data; a smooth one goes into fenchel.smooth.sum."""
        from . import prox, smooth

        own = {name: value for name, value in self.values.items() if name != SAMPLES}
        return getattr(smooth if self.penalty == SMOOTH else prox, self.penalty)(**self.fixed, **own)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name} = {value:.6g}" if np.ndim(value) == 0 else f"{name}: {len(value)} values"
                          for name, value in self.values.items())
        return (f"<fenchel.TuneResult {self.termination.name.lower()}, {self.iterations} evaluations: {shown}\n"
                f" criterion = {self.criterion:.8g} (was {self.first_criterion:.8g})>")


def tune(
    f: Smooth | Sequence[Smooth],
    penalty: str,
    start: Mapping[str, ArrayLike],
    criterion: Smooth | Sequence[Smooth] | str | None = None,
    *,
    cv: int | ArrayLike = 5,
    fixed: Mapping[str, Any] | None = None,
    callback: Callback | None = None,
    tol: float | None = None,
    max_iter: int | None = None,
    num_threads: int = 1,
    dtype: DTypeLike | None = None,
    seed: int = 0,
    sigma: float | None = None,
    time_limit: float | None = None,
    monitor_interval: float | None = None,
    inner_tol: float | None = None,
    reach: float | None = None,
    linear_solver: str | None = None,
    require_certified: bool = False,
) -> TuneResult:
    """Choose the weights of a penalty so that solutions do well on data that they have not seen.

    Minimises 1/K sum_k C_k(x_k) over theta > 0, x_k = argmin of f_k(x) + g(x; theta): each evaluation costs one warm-started
    solve and one linear system a fold, however many weights there are.

    Parameters
    ----------
    f : the smooth term of the training data, or one a fold.
    penalty : "l1", "positive_l1", "squared_l2", "elastic_net", "group_l2", "box", or "scaled": any term, fixed={"term": term}.
        Or the smooth "smoothed_tv", fixed={"shape": shape}: denoising, with f least_squares of the identity and a fold a picture.
    start : parameter -> start > 0: numbers ("lam", "l1", "l2", "eps", "factor" of "scaled", "upper" of "box") or an array ("weights", one a coordinate or group); "f.weights":
        one a sample, between 0 and 1, that multiplies its weight in f: samples that harm the criterion are weighed down.
    criterion : the smooth term of held-out data, or one a fold. None: cross-validation of f, which must then be a linear model.
        Or the name of a risk estimated from the training data of least squares alone: "sure" (Stein's, noise sigma), "gcv",
        "leave_one_out", all three in closed form with "squared_l2"; "sure_monte_carlo", with any penalty.
    cv : without criterion: number of folds, or (samples,) the fold of each sample.
    fixed : parameters of the penalty that stay as they are.
    callback : called with a Progress (iteration = evaluations, residual = the criterion); true ends with the best so far.
    tol : share of the criterion that may be left to gain; None is 1e-5. max_iter : evaluations; None is 100.
    num_threads : folds solved at once, 0 for all CPUs; the result does not depend on it.
    sigma : standard deviation of the noise of a sample of weight 1, for "sure" and "sure_monte_carlo".
    dtype : of x, as in minimize. seed : of the folds, of the direction of "sure_monte_carlo". time_limit, monitor_interval : seconds.
    inner_tol : tolerance of the solves. reach : values stay within this factor of the start; None is 1e6.
    linear_solver, require_certified : as in solution_vjp.

    Returns
    -------
    TuneResult. One weight: the derivative's sign is bracketed, then the neighbourhood probed; a criterion over nonsmooth
    solutions may have several valleys, and the best one found is returned. Several: projected L-BFGS over logarithms, of
    f.weights over log(w / (1 - w)).

    Raises
    ------
    UnsupportedError naming what can be tuned; RangeError, ShapeError, NotFiniteError, SingularError, UncertifiedError.
    Pedregosa (2016), Hyperparameter Optimization with Approximate Gradient; Franceschi et al. (2017), Forward and Reverse
    Gradient-Based Hyperparameter Optimization (sample weights); Bertrand et al. (2022).
    """
    lower = [f] if isinstance(f, Smooth) else list(f)
    if criterion is None:
        if len(lower) != 1:
            raise ShapeError(f"f has {len(lower)} terms and criterion is None; legal: one criterion a fold")
        lower, upper = _folds(lower[0], cv, seed)
    else:
        upper = [] if isinstance(criterion, str) else [criterion] if isinstance(criterion, Smooth) else list(criterion)
    risk = criterion if isinstance(criterion, str) else None
    if risk is None and len(lower) != len(upper):
        raise ShapeError(f"f has {len(lower)} terms and criterion {len(upper)}; legal: the same number")
    for term in [*lower, *upper]:
        model_only(term, "tune")
    kind = np.dtype(dtype) if dtype is not None else lower[0].dtype or np.dtype(np.float64)
    theta = np.concatenate([np.atleast_1d(np.asarray(value, np.float64)).ravel() for value in start.values()])
    parts = int(np.asarray(cv).item()) if risk == "cross_validation" else len(lower)
    x = np.empty((parts, lower[0].size), kind)
    options = tune_options({"tol": tol, "max_iter": max_iter, "num_threads": num_threads, "time_limit": time_limit,
                            "monitor_interval": monitor_interval, "inner_tol": inner_tol, "reach": reach,
                            "linear_solver": linear_solver, "require_certified": require_certified,
                            "risk": risk, "sigma": sigma, "seed": None if risk is None else seed,
                            "cv": parts if risk == "cross_validation" else None})
    monitor = None if callback is None else watch(callback)
    kept = [(name, np.asarray(value) if isinstance(value, (list, tuple)) else getattr(value, "_capsule", value))
            for name, value in (fixed or {}).items()]
    stats = _raw.fen_tune(CODE[kind], [t._capsule for t in lower], None if risk else [t._capsule for t in upper], penalty,
                          kept, list(start), theta, x, options, monitor)
    return TuneResult(penalty, dict(fixed or {}), _values(start, theta), x, stats)


def _values(start: Mapping[str, ArrayLike], theta: NDArray[np.float64]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    first = 0
    for name, value in start.items():
        size = int(np.size(np.asarray(value)))
        out[name] = float(theta[first]) if np.ndim(value) == 0 else theta[first:first + size].copy()
        first += size
    return out


def _folds(f: Smooth, cv: int | ArrayLike, seed: int) -> tuple[list[Smooth], list[Smooth]]:
    """K training terms and K held-out ones of a linear model: the same data, other sample weights."""
    given = f.parameters
    if "A" not in given:
        raise DtypeError(f"f is {f.name}; cross-validation needs a linear model")
    samples = given["A"].shape[0]
    if isinstance(cv, (int, np.integer)):
        if not 2 <= cv <= samples:
            raise RangeError(f"cv is {cv}; legal: 2 .. {samples}")
        fold = np.random.default_rng(seed).permutation(samples) % cv
    else:
        fold = np.asarray(cv)
        if fold.shape != (samples,):
            raise ShapeError(f"cv has shape {fold.shape}; legal: ({samples},)")
    held = given.get("weights")
    weights = np.ones(samples) if held is None else floating(held, "weights").astype(np.float64)
    parts = np.unique(fold)

    def masked(keep: NDArray[np.bool_], scale: float) -> Smooth:
        return Smooth(f.name, list({**given, "weights": np.where(keep, weights * scale, 0.0)}.items()))

    total = float(weights.sum())
    lower = [masked(fold != k, total / float(weights[fold != k].sum())) for k in parts]
    upper = [masked(fold == k, 1.0 / float(weights[fold == k].sum())) for k in parts]
    return lower, upper
