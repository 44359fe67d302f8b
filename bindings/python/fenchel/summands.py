"""Summands: f(x) + sum_i g_i(A_i x), written with + and @."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterator

from .differentiable import Smooth
from .errors import DtypeError
from .linear import Operator, as_operator
from .simple import Prox

if TYPE_CHECKING:
    Parts = tuple[tuple[Prox, Operator | None], ...]


class Summands:
    """f(x) + sum_i g_i(A_i x), for fenchel.minimize. `f` is a Smooth or None, `parts` are pairs (g_i, A_i or None)."""

    __slots__ = ("f", "parts")

    def __init__(self, f: Smooth | None, parts: Parts) -> None:
        self.f = f
        self.parts = parts

    def value(self, x: Any) -> float:
        """The sum at x, (n,). A free intercept of f is the tail of x, on which no g_i acts. Raises ShapeError."""
        tail = 0 if self.f is None else self.f.intercepts
        head = x[: len(x) - tail] if tail else x
        total = 0.0 if self.f is None else self.f.value(x)
        return total + sum(g.value(head if A is None else A.apply(head)) for g, A in self.parts)

    def __add__(self, other: Any) -> Any:
        return add(self, other)

    __radd__ = __add__

    def __repr__(self) -> str:
        words = [] if self.f is None else [repr(self.f)]
        words += [repr(g) if A is None else f"{g!r} @ {A!r}" for g, A in self.parts]
        return " + ".join(words) or "<nothing>"


def add(a: Any, b: Any) -> Any:
    """The sum of two terms or sums."""
    left, right = _summands(a), _summands(b)
    if left is None or right is None:
        return NotImplemented
    if left.f is not None and right.f is not None:
        raise DtypeError("a sum holds one smooth term; stack the data instead")
    return Summands(left.f or right.f, left.parts + right.parts)


def _summands(value: Any) -> Summands | None:
    if isinstance(value, Summands):
        return value
    if isinstance(value, Smooth):
        return Summands(value, ())
    if isinstance(value, Prox):
        return Summands(None, ((value, None),))
    return Summands(None, ()) if type(value) is int and value == 0 else None  # so that sum() works


def collect(f: Any, g: Any) -> Summands:
    """What minimize was given, as one sum. g: None, a term, a sum, or a list of terms and (term, operator) pairs."""
    total: Any = Summands(None, ()) if f is None else _summands(f)
    if total is None:
        raise DtypeError(f"f is a {type(f).__name__}; a smooth term, or a sum of terms, is needed")
    for item in _items(g):
        if isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], Prox):
            found: Summands | None = Summands(None, ((item[0], None if item[1] is None else as_operator(item[1])),))
        else:
            found = _summands(item)
        if found is None:
            raise DtypeError(f"g holds a {type(item).__name__}; simple terms, or pairs (term, operator), are needed")
        total = add(total, found)
    assert isinstance(total, Summands)
    return total


def _items(g: Any) -> Iterator[Any]:
    if g is None:
        return iter(())
    if isinstance(g, (Prox, Summands, Smooth)) or (isinstance(g, tuple) and len(g) == 2 and isinstance(g[0], Prox)
                                                   and not isinstance(g[1], (Prox, Summands, tuple))):
        return iter((g,))
    try:
        return iter(g)
    except TypeError:
        raise DtypeError(f"g is a {type(g).__name__}; a simple term, or a list of them, is needed") from None
