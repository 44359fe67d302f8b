"""Entropic transport as primitives: value, potentials, plan, the plan's action, divergence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Mapping, Sequence

import numpy as np

from ..divergence import sinkhorn_divergence
from ..errors import UnsupportedError
from ..geometry import Geometry, PointCloud
from ..result import Result
from ..settings import spec
from ..transport import sinkhorn
from .primitive import Primitive

if TYPE_CHECKING:
    from .primitive import Array, Arrays, Shapes

_RANKS = {"a": 1, "b": 1, "cost": 2, "x": 2, "y": 2, "eps": 0}
_DEGREES = {"sqeuclidean": 2.0, "euclidean": 1.0, "l1": 1.0}  # of the cost as a function of the points


@dataclass(frozen=True, eq=False)
class Transport(Primitive):
    """A transport problem whose inputs are some of a, b, eps and either cost or the points x and y.

    eps : where it is no input. cost : name of the ground cost of points. geometry : a constant one.
    settings : keywords of sinkhorn. vjp_tol : of the linear systems of implicit derivatives.
    """

    eps: float | None
    cost: str | None
    geometry: Geometry | None
    settings: Mapping[str, Any]
    vjp_tol: float = 0.0

    ranks = _RANKS

    def key(self) -> Any:
        return self.eps, self.cost, self.geometry, self.settings, self.vjp_tol

    def solve(self, inputs: Arrays, wanted: Sequence[str]) -> tuple[list[Any], list[Any]]:
        a, b, given, eps = self._problem(inputs)
        if "eps" in wanted:
            self._check_eps()
        result = sinkhorn(a, b, given, eps, dtype=_dtype(inputs), **self.settings)
        return self._outputs(result, inputs), [result.phi.copy(), result.psi.copy(), *self._extra(result, wanted)]

    def shapes(self, inputs: Shapes, wanted: Sequence[str]) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
        n, m = self._size(inputs)
        return self._output_shapes(n, m, inputs), [(n,), (m,), *self._extra_shapes(wanted)]

    def pull(
        self, inputs: Arrays, saved: Sequence[Array], cotangents: Sequence[Array | None], wanted: Sequence[str]
    ) -> dict[str, Any]:
        result = self._again(inputs, saved[0], saved[1])
        seeds, own = self._seeds(result, inputs, cotangents, wanted)
        names = [name for name in wanted if name in ("a", "b", "cost", "x", "y")]
        if "eps" in wanted:
            names += [name for name in ("cost", "x", "y") if name in inputs and name not in names]
        found: dict[str, Any] = result.vjp(**seeds, wrt=names, tol=self.vjp_tol) if names else {}
        if "eps" in wanted:
            found["eps"] = self._pull_eps(inputs, found, saved, seeds)
        return {name: found[name] for name in wanted if name in found} | own

    # ---- what the functions of a solution add -----------------------------------------------------------------------

    def _outputs(self, result: Result, inputs: Arrays) -> list[Any]:
        raise NotImplementedError

    def _output_shapes(self, n: int, m: int, inputs: Shapes) -> list[tuple[int, ...]]:
        raise NotImplementedError

    def _seeds(
        self, result: Result, inputs: Arrays, cotangents: Sequence[Array | None], wanted: Sequence[str]
    ) -> tuple[dict[str, Array], dict[str, Any]]:
        """(cotangents of phi, psi and plan, cotangents of inputs that need no linear system)."""
        raise NotImplementedError

    def _extra(self, result: Result, wanted: Sequence[str]) -> list[Any]:
        return []

    def _extra_shapes(self, wanted: Sequence[str]) -> list[tuple[int, ...]]:
        return []

    def _check_eps(self) -> None:
        """Potentials are homogeneous of degree 1 in (cost, eps), the plan of degree 0: Euler's formula gives eps."""
        if self.settings.get("rho_a") is not None or self.settings.get("rho_b") is not None:
            raise UnsupportedError("the derivative by eps of an unbalanced solution is not offered: that of the value is")
        if self.geometry is not None or (self.cost is not None and self.cost not in _DEGREES):
            raise UnsupportedError("the derivative by eps needs a matrix, or points and the cost sqeuclidean, euclidean or l1")

    def _pull_eps(
        self, inputs: Arrays, found: Mapping[str, Array], saved: Sequence[Array], seeds: Mapping[str, Array]
    ) -> float:
        _, _, _, eps = self._problem(inputs)
        if "cost" in inputs:
            along = _dot(found["cost"], inputs["cost"])
        else:
            along = sum(_dot(found[name], inputs[name]) for name in ("x", "y")) / _DEGREES[str(self.cost)]
        own = sum(_dot(seeds[name], potential) for name, potential in zip(("phi", "psi"), saved) if name in seeds)
        return float((own - along) / eps)

    # ---- the problem ------------------------------------------------------------------------------------------------

    def _problem(self, inputs: Arrays) -> tuple[Any, Any, Any, float]:
        if self.geometry is not None:
            given: Any = self.geometry
        elif self.cost is not None:
            given = PointCloud(inputs["x"], inputs["y"], self.cost)
        else:
            given = inputs["cost"]
        return inputs.get("a"), inputs.get("b"), given, float(inputs["eps"] if self.eps is None else self.eps)

    def _size(self, inputs: Shapes) -> tuple[int, int]:
        if self.geometry is not None:
            return self.geometry.shape
        if self.cost is not None:
            return inputs["x"][0], inputs["y"][0]
        n, m = inputs["cost"]
        return n, m

    def _again(self, inputs: Arrays, phi: Array, psi: Array) -> Result:
        """The solution as a Result that answers from given potentials, without a solve."""
        a, b, given, eps = self._problem(inputs)
        settings = self.settings
        packed = spec(eps, settings.get("rho_a"), settings.get("rho_b"), settings.get("reg_type", "kl"),
                      settings.get("symmetric", 0))
        problem = a, b, given, packed, "", None
        result = Result.__new__(Result)
        result.__setstate__((np.ascontiguousarray(phi), np.ascontiguousarray(psi), None, (), problem))
        return result


class Value(Transport):
    """The optimal value, from the dual; gradients by the envelope theorem."""

    def _outputs(self, result: Result, inputs: Arrays) -> list[Any]:
        return [result.dual]

    def _output_shapes(self, n: int, m: int, inputs: Shapes) -> list[tuple[int, ...]]:
        return [()]

    def pull(
        self, inputs: Arrays, saved: Sequence[Array], cotangents: Sequence[Array | None], wanted: Sequence[str]
    ) -> dict[str, Any]:
        seed = 0.0 if cotangents[0] is None else cotangents[0]
        result = self._again(inputs, saved[0], saved[1])
        found: dict[str, Any] = {name: seed * result.gradient(name) for name in wanted if name != "eps"}
        if "eps" in wanted:
            found["eps"] = seed * saved[2]
        return found

    def _check_eps(self) -> None:
        """The envelope theorem needs nothing but the regulariser."""

    def _extra(self, result: Result, wanted: Sequence[str]) -> list[Any]:
        """R(P) / eps, the derivative by eps: log(P / reference) = (phi + psi - C) / eps."""
        if "eps" not in wanted:
            return []
        rows = result.apply(np.ones_like(result.psi))
        cols = result.apply(np.ones_like(result.phi), transpose=True)
        logs = (_masked(result.phi, rows) + _masked(result.psi, cols) - result.cost) / result.eps - result.mass
        if result.reg_type == "kl":
            a, b, _, _, _, _ = result._inputs
            logs += (1.0 if a is None else _total(a)) * (1.0 if b is None else _total(b))
        return [logs]

    def _extra_shapes(self, wanted: Sequence[str]) -> list[tuple[int, ...]]:
        return [()] if "eps" in wanted else []


class Potentials(Transport):
    """(phi, psi)."""

    def _outputs(self, result: Result, inputs: Arrays) -> list[Any]:
        return [result.phi, result.psi]

    def _output_shapes(self, n: int, m: int, inputs: Shapes) -> list[tuple[int, ...]]:
        return [(n,), (m,)]

    def _seeds(
        self, result: Result, inputs: Arrays, cotangents: Sequence[Array | None], wanted: Sequence[str]
    ) -> tuple[dict[str, Array], dict[str, Any]]:
        return {name: seed for name, seed in zip(("phi", "psi"), cotangents) if seed is not None}, {}


class Plan(Transport):
    """P, (n, m)."""

    def _outputs(self, result: Result, inputs: Arrays) -> list[Any]:
        return [result.plan()]

    def _output_shapes(self, n: int, m: int, inputs: Shapes) -> list[tuple[int, ...]]:
        return [(n, m)]

    def _seeds(
        self, result: Result, inputs: Arrays, cotangents: Sequence[Array | None], wanted: Sequence[str]
    ) -> tuple[dict[str, Array], dict[str, Any]]:
        return {} if cotangents[0] is None else {"plan": cotangents[0]}, {}


@dataclass(frozen=True, eq=False)
class Applied(Transport):
    """P v or P^T v; the input v is (m,) or (n,), or (., k) columns."""

    transpose: bool = False
    columns: bool = False

    def key(self) -> Any:
        return super().key(), self.transpose, self.columns

    @property
    def ranks(self) -> Mapping[str, int]:  # type: ignore[override]
        return {**_RANKS, "v": 2 if self.columns else 1}

    def _outputs(self, result: Result, inputs: Arrays) -> list[Any]:
        return [result.apply(inputs["v"], self.transpose)]

    def _output_shapes(self, n: int, m: int, inputs: Shapes) -> list[tuple[int, ...]]:
        return [(m if self.transpose else n, *inputs["v"][1:])]

    def _seeds(
        self, result: Result, inputs: Arrays, cotangents: Sequence[Array | None], wanted: Sequence[str]
    ) -> tuple[dict[str, Array], dict[str, Any]]:
        u, v = cotangents[0], inputs["v"]
        own = {"v": np.zeros_like(v) if u is None else result.apply(u, not self.transpose)} if "v" in wanted else {}
        if u is None or not set(wanted) - {"v"}:
            return {}, own
        left, right = (v, u) if self.transpose else (u, v)
        return {"plan": left @ right.T if self.columns else np.outer(left, right)}, own


@dataclass(frozen=True, eq=False)
class Divergence(Primitive):
    """The Sinkhorn divergence of points; its gradients are made with it and saved."""

    eps: float | None
    cost: str
    settings: Mapping[str, Any]

    ranks = _RANKS

    def key(self) -> Any:
        return self.eps, self.cost, self.settings

    def shapes(self, inputs: Shapes, wanted: Sequence[str]) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
        return [()], [inputs[name] for name in wanted]

    def solve(self, inputs: Arrays, wanted: Sequence[str]) -> tuple[list[Any], list[Any]]:
        unbalanced = self.settings.get("rho_a") is not None or self.settings.get("rho_b") is not None
        if "eps" in wanted and unbalanced:
            raise UnsupportedError("the derivative by eps of an unbalanced divergence is not offered")
        eps = float(inputs["eps"] if self.eps is None else self.eps)
        found = sinkhorn_divergence(
            inputs["x"], inputs["y"], eps, a=inputs.get("a"), b=inputs.get("b"), cost=self.cost,
            gradients=[name for name in wanted if name != "eps"], dtype=_dtype(inputs), **self.settings)
        gradients: dict[str, Any] = dict(found.gradients)
        ab, aa, bb = ((part.dual - part.cost) / part.eps for part in (found.ab, found.aa, found.bb))
        gradients["eps"] = ab - (aa + bb) / 2  # balanced: value = <C, P> + eps KL
        return [found.value], [gradients[name] for name in wanted]

    def pull(
        self, inputs: Arrays, saved: Sequence[Array], cotangents: Sequence[Array | None], wanted: Sequence[str]
    ) -> dict[str, Any]:
        seed = 0.0 if cotangents[0] is None else cotangents[0]
        return {name: seed * gradient for name, gradient in zip(wanted, saved)}


def _dtype(inputs: Arrays) -> Any:
    return next(iter(inputs.values())).dtype


def _dot(a: Array, b: Array) -> float:
    return float(np.vdot(a.astype(np.float64, copy=False), b))


def _total(weights: Array) -> float:
    return float(weights.sum(dtype=np.float64))


def _masked(potential: Array, marginal: Array) -> float:
    """<potential, marginal>, where points without mass may have no finite potential."""
    return _dot(np.where(marginal > 0, potential, 0), marginal)
