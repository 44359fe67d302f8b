"""Terms at other values of their parameters, and how their parameters are called as parameters of a solution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Mapping

import numpy as np

from ..calculus import scaled
from ..differentiable import Smooth
from ..errors import NameLookupError, UnsupportedError
from ..linear import as_operator
from ..simple import Prox

if TYPE_CHECKING:
    from .primitive import Array

MODELS = ("least_squares", "logistic", "huber", "poisson", "squared_hinge", "multinomial")
MATRIX = "f.A"
# (term, its parameter) -> the parameter of the solution.
PENALTY = {
    ("l1", "lam"): "g.l1",
    ("l1", "weights"): "g.weights",
    ("positive_l1", "lam"): "g.l1",
    ("positive_l1", "weights"): "g.weights",
    ("squared_l2", "lam"): "g.l2",
    ("squared_l2", "weights"): "g.weights",
    ("elastic_net", "l1"): "g.l1",
    ("elastic_net", "l2"): "g.l2",
    ("elastic_net", "weights"): "g.weights",
    ("group_l2", "lam"): "g.lam",
    ("group_l2", "l1"): "g.l1",
    ("group_l2", "weights"): "g.weights",
}
# Terms of which lam multiplies all.
_FACTORS = frozenset((
    "cubic", "entropy", "eps_insensitive", "hinge", "huber", "kl", "l0", "l1", "l2", "linf", "log_det", "log_sum", "logistic",
    "lq", "max", "neg_log", "nuclear", "pinball", "positive_l1", "sorted_l1", "squared_hinge", "squared_l2", "sum_k_largest",
    "tree_groups", "tv1d",
))


def is_factor(term: str, parameter: str) -> bool:
    """Whether the parameter multiplies all of the term, so that its derivative is that of the step."""
    return parameter == "lam" and term in _FACTORS


def rebuilt(make: Callable[..., Prox], constants: Mapping[str, Any], given: Mapping[str, Array]) -> Prox:
    """A term of the catalogue from constants and arrays; those of no axes are numbers."""
    return make(**constants, **{name: float(value) if value.ndim == 0 else value for name, value in given.items()})


def f_at(f: Smooth, given: Mapping[str, Array]) -> Smooth:
    """f with the parameters "f.y", "f.weights", "f.offset", "f.linear", "f.A" among `given` replaced."""
    new = {name[2:]: as_operator(value) if name == MATRIX else value for name, value in given.items() if name[0] == "f"}
    if not new:
        return f
    if "linear" in new and f.name == "quadratic":
        new["c"] = new.pop("linear")
    return Smooth(f.name, _replaced(f, new))


def g_at(g: Prox | None, given: Mapping[str, Array]) -> Prox | None:
    """g with the parameters "g.l1", "g.l2", "g.lam", "g.weights" among `given` replaced, times "g.scale"."""
    if g is None:
        return None
    names = {of: parameter for (term, parameter), of in PENALTY.items() if term == g.name}
    new = {names[name]: value if name == "g.weights" else float(value)
           for name, value in given.items() if name[0] == "g" and name != "g.scale"}
    term = Prox(g.name, _replaced(g, new)) if new else g
    return scaled(term, float(given["g.scale"])) if "g.scale" in given else term


def check(f: Any, g: Any, names: Any) -> None:
    """Raises for parameters that these terms do not have."""
    for name in names:
        if name.startswith("f."):
            _check_smooth(f, name)
        elif g is None or not isinstance(g, Prox):
            raise UnsupportedError(f"{name} needs g to be one simple term")
        elif name != "g.scale" and name not in [of for (term, _), of in PENALTY.items() if term == g.name]:
            known = [of for (term, _), of in PENALTY.items() if term == g.name]
            raise UnsupportedError(f"{name} is no parameter of {g.name}; known: {', '.join([*known, 'g.scale'])}")


def _check_smooth(f: Any, name: str) -> None:
    if not isinstance(f, Smooth):
        raise UnsupportedError(f"{name} needs f to be one smooth term")
    if f.name not in MODELS and not (name == "f.linear" and f.name == "quadratic"):
        raise UnsupportedError(f"{name} is no parameter that {f.name} can be differentiated by here")
    if name == "f.weights" and f.parameters.get("mean", 0):
        raise UnsupportedError("f.weights with mean=True is not offered: divide the weights by their sum yourself")


def ranks(f: Any, names: Any) -> dict[str, int]:
    """How many axes each parameter has. Raises NameLookupError for other names."""
    many = 2 if isinstance(f, Smooth) and f.name == "multinomial" else 1
    known = {"f.y": 1, "f.weights": 1, "f.offset": many, "f.linear": many, MATRIX: 2, "g.l1": 0, "g.l2": 0, "g.lam": 0,
             "g.weights": 1, "g.scale": 0}
    for name in names:
        if name not in known:
            raise NameLookupError(f"{name!r} is no parameter of a solution; known: {', '.join(known)}")
    return {name: known[name] for name in names}


def _replaced(term: Any, new: Mapping[str, Any]) -> list[tuple[str, Any]]:
    kept = [(key, value) for key, value in term._pairs if key not in new]
    return kept + [(key, value if not isinstance(value, np.ndarray) else np.ascontiguousarray(value))
                   for key, value in new.items()]
