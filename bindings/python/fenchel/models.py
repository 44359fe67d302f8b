"""One call for a model: lasso, elastic_net, logistic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import prox, smooth
from .composite import minimize

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .composite_result import MinimizeResult


def lasso(
    X: Any,
    y: ArrayLike,
    lam: float,
    *,
    intercept: bool = True,
    sample_weight: ArrayLike | None = None,
    mean: bool = False,
    weights: ArrayLike | None = None,
    positive: bool = False,
    **keywords: Any,
) -> MinimizeResult:
    """Minimise 1/2 sum_i s_i (y_i - x_i^T w - b)^2 + lam sum_j weights_j |w_j|.

    Parameters
    ----------
    X : (samples, features) array, SciPy sparse matrix, data frame or operator; float32 stays float32. Read in place.
    y : (samples,) targets.
    lam : >= 0. The sum is not divided by the number of samples unless `mean`.
    intercept : whether there is a free, unpenalised b.
    sample_weight : (samples,) >= 0, s. mean : divide s by its sum, as scikit-learn does.
    weights : (features,) >= 0; 0 leaves a coefficient free, inf removes it. positive : demand w >= 0.
    **keywords : of minimize: method, tol, max_iter, x0, callback, trace ...

    Returns
    -------
    MinimizeResult: coef (features,), intercept, gap, ... A ConvergenceWarning where the tolerance was missed.

    Raises
    ------
    ShapeError, RangeError, NotFiniteError, DtypeError. Tibshirani (1996).
    """
    f = smooth.least_squares(X, y, weights=sample_weight, intercept=intercept, mean=mean)
    g = prox.positive_l1(lam, weights) if positive else prox.l1(lam, weights)
    return minimize(f, g, **keywords)


def elastic_net(
    X: Any,
    y: ArrayLike,
    l1: float,
    l2: float,
    *,
    intercept: bool = True,
    sample_weight: ArrayLike | None = None,
    mean: bool = False,
    **keywords: Any,
) -> MinimizeResult:
    """Minimise 1/2 sum_i s_i (y_i - x_i^T w - b)^2 + l1 ||w||_1 + l2/2 ||w||^2.

    X : (samples, features). y : (samples,). l1, l2 : >= 0. intercept, sample_weight (samples,), mean, **keywords : as in
    lasso. Returns a MinimizeResult. Raises as lasso. Zou and Hastie (2005).
    """
    f = smooth.least_squares(X, y, weights=sample_weight, intercept=intercept, mean=mean)
    return minimize(f, prox.elastic_net(l1, l2), **keywords)


def logistic(
    X: Any,
    y: ArrayLike,
    lam: float,
    *,
    l2: float = 0.0,
    intercept: bool = True,
    sample_weight: ArrayLike | None = None,
    mean: bool = False,
    **keywords: Any,
) -> MinimizeResult:
    """Minimise sum_i s_i log(1 + exp(-y_i (x_i^T w + b))) + lam ||w||_1 + l2/2 ||w||^2.

    X : (samples, features). y : (samples,) labels -1 and 1. lam, l2 : >= 0. intercept, sample_weight (samples,), mean,
    **keywords : as in lasso. Returns a MinimizeResult. Raises as lasso.
    """
    f = smooth.logistic(X, y, weights=sample_weight, intercept=intercept, mean=mean)
    return minimize(f, prox.l1(lam) if l2 == 0 else prox.elastic_net(lam, l2), **keywords)
