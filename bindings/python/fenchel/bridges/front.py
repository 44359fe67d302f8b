"""Front: the users' functions, once for all frameworks."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Sequence

from ..errors import DtypeError, NameLookupError, ShapeError
from ..geometry import Geometry
from ..simple import Prox
from .argmin_primitive import Argmin
from .primitive import Primitive
from .prox_primitive import Proximal
from .transport_primitives import Applied, Divergence, Plan, Potentials, Transport, Value

_NOT_TAKEN = ("callback", "trace", "dtype")


class PointCloud(NamedTuple):
    """Points x (..., n, d) and y (..., m, d) and a ground cost, in the place of a cost matrix; y None is x.

    cost : name from fenchel.COSTS.
    """

    x: Any
    y: Any = None
    cost: str = "sqeuclidean"


class Framework:
    """What a framework has to offer."""

    def is_tensor(self, value: Any) -> bool:
        """Whether the value is of this framework: then it may be differentiated by."""
        raise NotImplementedError

    def call(self, primitive: Primitive, inputs: Mapping[str, Any]) -> tuple[Any, ...]:
        """The primitive's outputs, differentiable in the inputs: arrays of any kind, which become of one dtype and batch."""
        raise NotImplementedError


class Front:
    """The functions of fenchel.torch and fenchel.jax.

    Tensors may have leading axes: a batch, broadcast against each other. float32 stays float32 where all tensors are.
    """

    def __init__(self, framework: Framework) -> None:
        self._framework = framework

    def sinkhorn_value(self, a: Any, b: Any, cost: Any, eps: Any, **settings: Any) -> Any:
        """The optimal value of entropic transport, (...,): differentiable in a, b, cost (or points) and eps.

        Parameters
        ----------
        a, b : (..., n) and (..., m) weights, None for uniform.
        cost : (..., n, m) matrix, a PointCloud of this module, or a constant fenchel.PointCloud or fenchel.Grid.
        eps : number, or a tensor (...,) to differentiate by.
        **settings : keywords of fenchel.sinkhorn: method, reg_type, tol, max_iter, rho_a, rho_b, num_threads, warm_start ...

        Derivatives are those of the envelope theorem, exact at the optimum: solve to a small tol. In a balanced problem
        the derivative by a (and b) is centred, because a change of mass alone has no solution.

        Raises
        ------
        As fenchel.sinkhorn; DtypeError for what is no floating tensor on the CPU.
        """
        return self._transport(Value, a, b, cost, eps, settings)[0]

    def sinkhorn_potentials(self, a: Any, b: Any, cost: Any, eps: Any, *, vjp_tol: float = 0.0, **settings: Any) -> Any:
        """(phi, psi), (..., n) and (..., m), by implicit differentiation; gauged to sum a phi = sum b psi where balanced.

        a, b, cost, eps, **settings : as in sinkhorn_value; eps needs a balanced problem.
        vjp_tol : relative tolerance of the linear system; 0 is 1e-10 (float64) or 1e-5 (float32).
        Raises as sinkhorn_value; SingularError in the backward pass where the linear system missed its tolerance.
        """
        return self._transport(Potentials, a, b, cost, eps, settings, vjp_tol)

    def sinkhorn_plan(self, a: Any, b: Any, cost: Any, eps: Any, *, vjp_tol: float = 0.0, **settings: Any) -> Any:
        """The transport plan, (..., n, m), by implicit differentiation.

        a, b, cost, eps, vjp_tol, **settings : as in sinkhorn_potentials, as are the errors raised.
        """
        return self._transport(Plan, a, b, cost, eps, settings, vjp_tol)[0]

    def sinkhorn_apply(
        self, a: Any, b: Any, cost: Any, eps: Any, v: Any, *, transpose: bool = False, columns: bool = False,
        vjp_tol: float = 0.0, **settings: Any
    ) -> Any:
        """P v, or P^T v, differentiable in v too; the forward pass does not form P.

        v : (..., m), with transpose (..., n); with columns (..., m, k) and (..., n, k).
        a, b, cost, eps, vjp_tol, **settings : as in sinkhorn_potentials, as are the errors raised.
        The backward pass by the problem's own data forms one n x m array.
        """
        how = {"transpose": transpose, "columns": columns}
        return self._transport(Applied, a, b, cost, eps, settings, vjp_tol, {"v": v}, **how)[0]

    def sinkhorn_divergence(
        self, x: Any, y: Any, eps: Any, *, a: Any = None, b: Any = None, cost: str = "sqeuclidean", **settings: Any
    ) -> Any:
        """The Sinkhorn divergence, (...,), differentiable in the points x (..., n, d), y (..., m, d), in a, b and eps.

        x, y, eps, a, b, cost, **settings : as in fenchel.sinkhorn_divergence, as are the errors raised; eps needs a
        balanced problem.
        """
        given = {"x": x, "y": y, "a": a, "b": b}
        fixed = self._number(eps, "eps", given)
        primitive = Divergence(fixed, cost, _settings(settings, ("gradients",)))
        return self._framework.call(primitive, _present(given))[0]

    def prox(self, g: Prox | str, v: Any, step: Any = 1.0, **parameters: Any) -> Any:
        """The proximal map argmin over x of g(x) + |x - v|^2 / (2 step), (..., n), a row a problem.

        Parameters
        ----------
        g : a fenchel.prox term, or the name of one; then **parameters are its parameters.
        v : (..., n). step : number > 0, or a tensor (...,). Both may be differentiated by, as may parameters that are
            tensors: weights of sparse terms (lam, l1, l2, weights), and lam where it multiplies the whole term.

        Raises
        ------
        As fenchel.Prox.prox; UnsupportedError where prox has no derivative. The derivative is an element of the generalised
        Jacobian: at a kink, that of one side.
        """
        tensors = {name: value for name, value in parameters.items() if self._framework.is_tensor(value)}
        constants = {name: value for name, value in parameters.items() if name not in tensors}
        given = {"v": v}
        fixed = self._number(step, "step", given)
        primitive = Proximal(g, fixed, constants, tuple(tensors))
        clash = set(given) & set(tensors)
        if clash:
            raise NameLookupError(f"{', '.join(sorted(clash))} is no parameter of a term")
        return self._framework.call(primitive, {**given, **tensors})[0]

    def argmin(
        self, f: Any, g: Any, parameters: Mapping[str, Any], *, derivative: Mapping[str, Any] | None = None,
        on_uncertified: str = "doubtful", **settings: Any
    ) -> Any:
        """x*(theta) = argmin over x of f(x; theta) + g(x; theta), (..., n), as a layer.

        Parameters
        ----------
        f, g : terms of fenchel.smooth and fenchel.prox (or g None): the problem, but for `parameters`.
        parameters : name -> tensor that takes the place of what f and g have: "f.y", "f.weights", "f.offset", "f.linear",
            "f.A" (the design matrix, dense), "g.l1", "g.l2", "g.lam" (...,), "g.weights" (..., n) or (..., groups),
            "g.scale" (...,), a factor of all of g.
        derivative : keywords of fenchel.solution_vjp: tol, linear_solver, mu, max_iter, require_certified.
        on_uncertified : "doubtful" warns (DerivativeWarning) where the derivative sits at a kink or a tolerance was missed;
            "warn" also where only the proof of an error bound lacks, as for every Lasso; "error" raises UncertifiedError
            instead; "ignore" does nothing.
        **settings : keywords of fenchel.minimize: method, tol, max_iter, num_threads, x0 (a constant) ... Solve to a small tol:
            the derivative is that of a solution.

        Raises
        ------
        As fenchel.minimize; in the backward pass SingularError where the Hessian on the active set is singular, and
        UncertifiedError.
        """
        given = _present(dict(parameters))
        if not given:
            raise ShapeError("parameters is empty: nothing to differentiate by; fenchel.minimize solves the problem")
        primitive = Argmin(f, g, tuple(given), _settings(settings, ("dual",)), derivative or {}, on_uncertified)
        return self._framework.call(primitive, given)[0]

    # ---- inside -----------------------------------------------------------------------------------------------------

    def _transport(
        self, kind: type[Transport], a: Any, b: Any, cost: Any, eps: Any, settings: dict[str, Any], vjp_tol: float = 0.0,
        more: Mapping[str, Any] | None = None, **own: Any
    ) -> tuple[Any, ...]:
        given = {"a": a, "b": b, **(more or {})}
        ground = geometry = None
        if isinstance(cost, PointCloud):
            given.update(x=cost.x, y=cost.x if cost.y is None else cost.y)
            ground = cost.cost
        elif isinstance(cost, Geometry):
            geometry = cost
        else:
            given["cost"] = cost
        fixed = self._number(eps, "eps", given)
        primitive = kind(fixed, ground, geometry, _settings(settings), vjp_tol, **own)
        inputs = _present(given)
        if not inputs:
            raise ShapeError("a, b and eps are constant and cost is a geometry: nothing to differentiate by")
        return self._framework.call(primitive, inputs)

    def _number(self, value: Any, name: str, given: dict[str, Any]) -> float | None:
        """A number stays one; a tensor becomes an input."""
        if self._framework.is_tensor(value):
            given[name] = value
            return None
        try:
            return float(value)
        except (TypeError, ValueError):
            raise DtypeError(f"{name} is {value!r}; a number or a tensor is needed") from None


def _present(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def _settings(settings: dict[str, Any], more: Sequence[str] = ()) -> dict[str, Any]:
    for name in (*_NOT_TAKEN, *more):
        if name in settings:
            raise TypeError(f"{name!r} is not taken here: dtype and gradients follow from the tensors")
    return settings
