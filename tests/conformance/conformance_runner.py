"""Solves the problems of a plain-text case file and prints the answers bit for bit, through the public Python package; the
C runner is the model, and README.md describes both forms.

usage: conformance_runner.py CASES
"""
import struct
import sys
import warnings

import numpy as np

import fenchel
from bilevel_cases import bilevel
from composite_cases import composite

MASK = (1 << 64) - 1
COUNTS = ("termination", "certificate", "iterations", "passes", "sweeps", "newton_steps", "cg_iterations", "stages")
NUMBERS = ("eps", "tol", "error_a", "error_b", "mass", "cost", "primal", "dual", "gap")


class Case:
    def __init__(self, line: str):
        self.keys = dict(word.split("=", 1) for word in line.split())
        self.name, self.kind = self.keys["name"], self.keys["kind"]
        self.dtype = np.float32 if self.keys["dtype"] == "f32" else np.float64
        self.state = int(self.keys["seed"])

    def integer(self, key: str) -> int:
        return int(self.keys[key])

    def number(self, key: str) -> float:
        return struct.unpack(">d", bytes.fromhex(self.keys[key]))[0]

    def asks(self, what: str) -> bool:
        return what in self.keys["ask"].split(",")

    def uniform(self) -> float:
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & MASK
        return (self.state >> 11) / 9007199254740992.0

    def uniforms(self, *shape: int):
        values = [self.uniform() for _ in range(int(np.prod(shape)))]
        return np.array(values, np.float64).astype(self.dtype).reshape(shape)

    def weights(self, kind: str, mass: float, count: int):
        out, total = [], 0.0
        for k in range(count):
            u = self.uniform()
            if kind == "zeros":
                weight = 0.0 if k > 0 and u < 0.25 else u
            elif kind == "decades":
                weight = 1.0 + self.uniform()
                for _ in range(int(u * 41)):
                    weight *= 0.5
            else:
                weight = 0.1 + u
            total += weight
            out.append(weight)
        return np.array([w / total * mass for w in out], np.float64).astype(self.dtype)

    def side(self, side: str, count: int):
        kind = self.keys[side]
        mass = self.number("mass_b") if side == "weights_b" else 1.0
        return None if kind == "uniform" else self.weights(kind, mass, count)

    def keywords(self) -> dict:
        names = ("rho_a", "rho_b", "tol")
        return {"method": self.keys["method"], "max_iter": self.integer("max_iter"),
                "num_threads": self.integer("num_threads"), **{name: self.number(name) for name in names}}

    def say(self, field: str, *words) -> None:
        print(" ".join([self.name, field, *map(str, words)]))

    def array(self, field: str, values) -> None:
        values = np.asarray(values)
        if values.dtype.kind == "i":
            self.say(field, *values.ravel().tolist())
        else:
            width, kind = (8, np.uint32) if values.dtype == np.float32 else (16, np.uint64)
            bits = np.ascontiguousarray(values).reshape(-1).view(kind)
            self.say(field, *(f"{word:0{width}x}" for word in bits.tolist()))

    def result(self, prefix: str, result) -> None:
        self.counts(prefix, [getattr(result, name) for name in COUNTS])
        self.array(prefix + "numbers", np.array([getattr(result, name) for name in NUMBERS]))

    def counts(self, prefix: str, values) -> None:
        self.say(prefix + "counts", *(int(getattr(value, "value", value)) for value in values))


def csr_of(result, threshold: float):
    """The rows, columns and values of the sparse plan, with SciPy or without it."""
    sparse = result.plan_sparse(threshold)
    if isinstance(sparse, tuple):
        indptr, indices, values = sparse[:3]
    else:
        indptr, indices, values = sparse.indptr, sparse.indices, sparse.data
    return np.asarray(indptr, np.int64), np.asarray(indices, np.int64), values


def ask_plans(case: Case, result) -> None:
    n, m = result.shape
    if case.asks("plan"):
        case.array("plan", result.plan())
    if case.asks("csr"):
        for field, values in zip(("csr_indptr", "csr_indices", "csr_values"), csr_of(result, 1e-6)):
            case.array(field, values)
    if case.asks("apply"):
        v, w = case.uniforms(m, 2), case.uniforms(n, 2)
        case.array("apply", result.apply(v))
        case.array("project_back", result.apply(w, transpose=True, normalize=True))
    if case.asks("sample"):
        for prefix, mode, seed in (("sample", "joint", 7), ("distinct", "without_replacement", 8)):
            rows, cols = result.sample(16, mode, seed)
            case.array(prefix + "_rows", rows)
            case.array(prefix + "_cols", cols)
        case.array("per_row", result.sample(seed=9)[1])
    for name in ("a", "b", "cost", "x", "y"):
        if case.asks("gradient_" + name):
            case.array("gradient_" + name, result.gradient(name))


def ask_derivatives(case: Case, result) -> None:
    (n, m), d, points = result.shape, case.integer("d"), case.kind == "points"
    if case.asks("vjp"):
        sides = ("a", "b", "x", "y") if points else ("a", "b", "cost")
        back = result.vjp(phi=case.uniforms(n), psi=case.uniforms(m), plan=case.uniforms(n, m), wrt=sides)
        for name in sides:
            case.array("vjp_" + name, back[name])
    if case.asks("jvp"):
        if points:
            tangent = {"x": case.uniforms(n, d), "y": case.uniforms(m, d)}
        else:
            tangent = {"cost": case.uniforms(n, m)}
        for name, values in result.jvp(**tangent, of=("phi", "psi", "plan")).items():
            case.array("jvp_" + name, values)


def transport(case: Case) -> None:
    n, m, d = (case.integer(key) for key in ("n", "m", "d"))
    if case.kind == "points":
        cost = fenchel.PointCloud(case.uniforms(n, d), case.uniforms(m, d), cost=case.keys["cost"])
    elif case.kind == "grid":
        shape = tuple(map(int, case.keys["shape"].split(",")))
        n = m = int(np.prod(shape))
        cost = fenchel.Grid(shape, cost=case.keys["cost"])
    else:
        cost = case.uniforms(n, m)
    a, b = case.side("weights_a", n), case.side("weights_b", m)
    result = fenchel.sinkhorn(a, b, cost, case.number("eps"), reg_type=case.keys["reg_type"], dtype=case.dtype, **case.keywords())
    case.result("", result)
    case.array("phi", result.phi)
    case.array("psi", result.psi)
    ask_plans(case, result)
    ask_derivatives(case, result)


def divergence(case: Case) -> None:
    n, m, d = (case.integer(key) for key in ("n", "m", "d"))
    x, y = case.uniforms(n, d), case.uniforms(m, d)
    a, b = case.side("weights_a", n), case.side("weights_b", m)
    names = ("x", "y", "a", "b")
    result = fenchel.sinkhorn_divergence(x, y, case.number("eps"), a=a, b=b, cost=case.keys["cost"], gradients=names,
                                         **case.keywords())
    case.array("value", np.array([result.value]))
    for name in names:
        case.array("gradient_" + name, result.gradients[name])


def batch(case: Case) -> None:
    count, n, m = (case.integer(key) for key in ("count", "n", "m"))
    sized = case.integer("sized") == 1
    costs = case.uniforms(count, n, m)
    matrices, a, b = [], [], []
    for k in range(count):
        rows = 1 + int(case.uniform() * n) if sized else n
        cols = 1 + int(case.uniform() * m) if sized else m
        matrices.append(costs[k, :rows, :cols])
        a.append(case.weights(case.keys["weights_a"], 1.0, rows))
        b.append(case.weights(case.keys["weights_b"], 1.0, cols))
    if sized:
        solved = fenchel.sinkhorn_batch(a, b, matrices, case.number("eps"), **case.keywords())
    else:
        solved = fenchel.sinkhorn_batch(np.array(a), np.array(b), costs, case.number("eps"), **case.keywords())
    for k in range(count):
        prefix = f"item{k}_"
        case.say(prefix + "status", int(solved.statuses[k]))
        case.counts(prefix, [getattr(solved, name)[k] for name in COUNTS])
        case.array(prefix + "numbers", np.array([getattr(solved, name)[k] for name in NUMBERS]))
        case.array(prefix + "phi", solved.phi[k][: len(a[k])])
        case.array(prefix + "psi", solved.psi[k][: len(b[k])])


def main() -> None:
    warnings.simplefilter("ignore")  # a limit of iterations is one of the cases
    with open(sys.argv[1]) as file:
        for line in file:
            case = Case(line)
            try:
                {"divergence": divergence, "batch": batch, "composite": composite, "bilevel": bilevel}.get(case.kind, transport)(case)
            except fenchel.FenchelError as error:
                case.say("status", error.code)


if __name__ == "__main__":
    main()
