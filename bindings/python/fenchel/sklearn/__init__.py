"""Estimators for scikit-learn over fenchel's solvers; needs scikit-learn, which `import fenchel` does not.

    from fenchel.sklearn import Lasso, LogisticRegression
    Lasso(alpha=0.1).fit(X, y).coef_

Regressors minimise scikit-learn's objectives, 1/(2 n) ||y - X w - b||^2 + penalty, classifiers C sum loss + penalty. Dense and
CSR/CSC data and data frames are read in place, float32 stays float32; every fit that is convex stores its duality gap.
"""

from __future__ import annotations

from .classifiers import LogisticRegression
from .regressors import ElasticNet, GroupLasso, Lasso, MCPRegression
from .selection import enet_path, lasso_path
from .support_vectors import SparseSVC
from .validation import ElasticNetCV, LassoCV

__all__ = [
    "ElasticNet",
    "ElasticNetCV",
    "GroupLasso",
    "Lasso",
    "LassoCV",
    "LogisticRegression",
    "MCPRegression",
    "SparseSVC",
    "enet_path",
    "lasso_path",
]
