"""Estimators for scikit-learn over fenchel's solvers; needs scikit-learn, which `import fenchel` does not.

    from fenchel.sklearn import Lasso, LogisticRegression
    Lasso(alpha=0.1).fit(X, y).coef_

Regressors minimise scikit-learn's objectives, 1/(2 n) ||y - X w - b||^2 + penalty, classifiers C sum loss + penalty. Dense and
CSR/CSC data and data frames are read in place, float32 stays float32; every fit that is convex stores its duality gap. Those named ...CV choose the weights of their penalty by
cross-validation, over a grid or by the derivative of the held-out error (method="hypergradient"), thousands of them too:

    RidgeCV(per_feature=True).fit(X, y).penalties_
"""

from __future__ import annotations

from .classifiers import LogisticRegression
from .hypergradient import UncertifiedWarning
from .regressors import ElasticNet, GroupLasso, Lasso, MCPRegression
from .selection import enet_path, lasso_path
from .support_vectors import SparseSVC
from .tuned_classifiers import LogisticRegressionCV
from .tuned_regressors import GroupLassoCV, Ridge, RidgeCV
from .validation import ElasticNetCV, LassoCV

__all__ = [
    "ElasticNet",
    "ElasticNetCV",
    "GroupLasso",
    "GroupLassoCV",
    "Lasso",
    "LassoCV",
    "LogisticRegression",
    "LogisticRegressionCV",
    "MCPRegression",
    "Ridge",
    "RidgeCV",
    "SparseSVC",
    "UncertifiedWarning",
    "enet_path",
    "lasso_path",
]
