"""The cases of kind "composite", as composite_cases.c solves and asks them."""
import numpy as np

import fenchel

COUNTS = ("termination", "certificate", "method", "iterations", "gradients", "values", "proxes", "products",
          "coordinate_updates", "outer_iterations", "newton_steps", "cg_iterations", "backtracks", "restarts", "support", "screened")
NUMBERS = ("tol", "residual", "objective", "smooth", "dual", "gap", "scale", "step")
ROWS, STEPS, FOLDS = 3, 4, 3


def doubles(case, *shape: int):
    """Uniform numbers before they are rounded to the case's dtype."""
    return np.array([case.uniform() for _ in range(int(np.prod(shape)))]).reshape(shape)


def minimized(case, prefix: str, result) -> None:
    values = [getattr(result, name) for name in COUNTS]
    values[2] = fenchel.MINIMIZE_METHODS.index(values[2])
    case.counts(prefix, values)
    case.array(prefix + "numbers", np.array([getattr(result, name) for name in NUMBERS]))


def matrix_of(case):
    values = (doubles(case, case.integer("m"), case.integer("n")) - 0.5).astype(case.dtype)
    return np.asfortranarray(values) if case.keys["layout"] == "f" else values


def targets_of(case):
    loss, y = case.keys["loss"], doubles(case, case.integer("m"))
    if loss in ("logistic", "squared_hinge"):
        y = np.where(y < 0.5, -1.0, 1.0)
    if loss == "poisson":
        y = np.floor(4 * y)
    return y.astype(case.dtype)


def named(module, name: str):
    """The function of a term; an unknown name goes to the library, which refuses it."""
    try:
        return getattr(module, name)
    except AttributeError:
        raise fenchel.errors.NameLookupError(name) from None


def compose(case):
    matrix, y = matrix_of(case), targets_of(case)
    f = named(fenchel.smooth, case.keys["loss"])(matrix, y, intercept=case.integer("intercept"))
    name = case.keys["parameter"]
    g = named(fenchel.prox, case.keys["prox"])(**({} if name == "-" else {name: case.number("lam")}))
    return f, g


def ask_terms(case, f, g, size: int) -> None:
    if case.asks("prox"):
        v = (4 * doubles(case, ROWS, case.integer("n")) - 2).astype(case.dtype)
        out, values = g.prox(v, 0.75, with_value=True)
        case.array("prox", out)
        case.array("prox_values", values)
    if case.asks("gradient"):
        value, gradient = f.value_and_gradient(doubles(case, size).astype(case.dtype))
        case.array("smooth_value", np.array([value]))
        case.array("smooth_gradient", gradient)


def ask_path(case, f, g, keywords: dict) -> None:
    most = fenchel.lambda_max(f, g)
    case.array("lambda_max", np.array([most]))
    factors = np.array([most / 2, most / 4, most / 8])
    path = fenchel.path(f, g, factors, **keywords)
    case.array("path", path.x)
    for k in range(ROWS):
        minimized(case, f"path{k}_", path[k])
    folds = np.arange(case.integer("m")) % FOLDS
    case.array("losses", fenchel.cross_validate(f, g, factors, folds, **keywords).losses)


def ask_unfolded(case, f, g, size: int) -> None:
    steps, levels = 0.0625 * np.arange(1, STEPS + 1), 0.25 * np.arange(1, STEPS + 1)
    x0, cotangent = (doubles(case, size).astype(case.dtype) for _ in range(2))
    x, objectives = fenchel.unfold(f, g, steps, levels, x0, objectives=True)
    case.array("unfold", x)
    case.array("unfold_objectives", objectives)
    back = fenchel.unfold_vjp(f, g, steps, cotangent, levels, x0)
    case.array("unfold_steps", back["steps"])
    case.array("unfold_thresholds", back["thresholds"])
    case.array("unfold_start", back["x0"])


def composite(case) -> None:
    f, g = compose(case)
    keywords = {"tol": case.number("tol"), "max_iter": case.integer("max_iter"), "num_threads": case.integer("num_threads")}
    dual = case.asks("dual")
    result = fenchel.minimize(f, g, method=case.keys["method"], dual=dual, **keywords)
    minimized(case, "", result)
    case.array("x", result.x)
    if dual:
        case.array("dual", result.dual_points[0])
    ask_terms(case, f, g, result.x.size)
    if case.asks("path"):
        ask_path(case, f, g, keywords)
    if case.asks("unfold"):
        ask_unfolded(case, f, g, result.x.size)
