"""Terms made from terms by arithmetic: factor * g, A @ B."""

from __future__ import annotations

from typing import Any

from .linear import Operator
from .simple import Prox
from .term import real


def scaled(g: Prox, factor: Any) -> Prox:
    """factor g, factor > 0."""
    return Prox("scaled", [("term", g), ("factor", real(factor, "factor"))])


def composed(A: Operator, B: Operator) -> Operator:
    """x -> A (B x)."""
    return Operator("compose", [("A", A), ("A", B)])
