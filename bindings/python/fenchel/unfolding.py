"""Unfolded proximal gradient: a fixed number of steps with parameters of their own, and the way back through them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import _raw
from .arrays import F64, floating
from .composite import Composite, vector
from .errors import NameLookupError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray

    from .differentiable import Smooth
    from .simple import Prox


def unfold(
    f: Smooth,
    g: Prox,
    steps: ArrayLike,
    thresholds: ArrayLike | None = None,
    x0: ArrayLike | None = None,
    *,
    objectives: bool = False,
    dtype: DTypeLike | None = None,
) -> Any:
    """T proximal gradient steps: x <- prox of (thresholds[t] g) with step steps[t] at x - steps[t] grad f(x).

    Parameters
    ----------
    f : smooth term. g : simple term.
    steps : (T,) > 0. thresholds : (T,) >= 0, None is ones. x0 : (n,), None is zero.
    objectives : also return (T,) values of f + g after each step.
    dtype : of x, as in minimize.

    Returns
    -------
    x (n,), or (x, objectives).

    Raises
    ------
    ShapeError, RangeError, DtypeError, NotFiniteError. Gregor and LeCun (2010), Learning Fast Approximations of Sparse
    Coding.
    """
    problem, schedule, shrink, start = _inputs(f, g, steps, thresholds, x0, dtype)
    x = np.empty(problem.n, problem.dtype)
    values = np.empty(schedule.size) if objectives else None
    _raw.fen_unfold(problem.handle, schedule, shrink, start, x, values)
    return x if values is None else (x, values)


def unfold_vjp(
    f: Smooth,
    g: Prox,
    steps: ArrayLike,
    cotangent: ArrayLike,
    thresholds: ArrayLike | None = None,
    x0: ArrayLike | None = None,
    *,
    wrt: tuple[str, ...] = ("steps", "thresholds", "x0"),
    dtype: DTypeLike | None = None,
) -> dict[str, NDArray[Any]]:
    """A cotangent of unfold's x pulled back through the loop, reverse mode; memory T n.

    Parameters
    ----------
    f, g, steps, thresholds, x0, dtype : as in unfold. cotangent : (n,).
    wrt : any of "steps", "thresholds", "x0".

    Returns
    -------
    dict from name to array: (T,), (T,), (n,).

    Raises
    ------
    UnsupportedError without f's capability hvp or g's vjp; ShapeError, RangeError, DtypeError, NameLookupError.
    """
    problem, schedule, shrink, start = _inputs(f, g, steps, thresholds, x0, dtype)
    shapes = {"steps": (schedule.size, F64), "thresholds": (schedule.size, F64), "x0": (problem.n, problem.dtype)}
    for name in wrt:
        if name not in shapes:
            raise NameLookupError(f"wrt holds {name!r}; legal: 'steps', 'thresholds', 'x0'")
    out = {name: np.empty(*shapes[name]) for name in wrt}
    given = floating(cotangent, "cotangent").astype(problem.dtype, copy=False)
    _raw.fen_unfold_vjp(problem.handle, schedule, shrink, start, given, out.get("steps"), out.get("thresholds"),
                        out.get("x0"))
    return out


def _inputs(
    f: Any, g: Any, steps: ArrayLike, thresholds: ArrayLike | None, x0: ArrayLike | None, dtype: DTypeLike | None
) -> tuple[Composite, NDArray[Any], NDArray[Any] | None, NDArray[Any] | None]:
    start = None if x0 is None else floating(x0, "x0")
    problem = Composite(f, g, dtype, start, None)
    schedule = vector(steps, "steps")
    shrink = None if thresholds is None else vector(thresholds, "thresholds", schedule.size)
    return problem, schedule, shrink, None if start is None else start.astype(problem.dtype, copy=False)
