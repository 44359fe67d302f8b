"""Makes the peers of bilevel_race importable: names that NumPy, SciPy and scikit-learn have dropped, and modules not needed.

sparse_ho imports hyperopt for a search that is not raced, and uses numpy.float; HOAG imports SciPy's L-BFGS-B by an old path
and has tostring of arrays. Nothing of theirs is changed or copied.
"""
import importlib.util
import os
import sys
import types

import numpy as np


def sparse_ho():
    """The package sparse_ho."""
    np.float = float
    stub = types.ModuleType("hyperopt")
    stub.hp = stub.fmin = stub.rand = None
    stub.tpe = types.SimpleNamespace(suggest=None)
    sys.modules.setdefault("hyperopt", stub)
    import sparse_ho

    return sparse_ho


def hoag():
    """HOAG's function hoag_lbfgs from the checkout that the variable HOAG names; None without it."""
    folder = os.environ.get("HOAG")
    if not folder:
        return None
    from scipy.optimize import _lbfgsb

    old = types.ModuleType("scipy.optimize.lbfgsb")
    old._lbfgsb = _lbfgsb
    sys.modules["scipy.optimize.lbfgsb"] = old
    spec = importlib.util.spec_from_file_location("hoag_hoag", os.path.join(folder, "hoag", "hoag.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.hoag_lbfgs
