"""POT's names for what fenchel solves: `import fenchel.compat.pot as ot` is the whole change.

sinkhorn, sinkhorn2, sinkhorn_unbalanced, sinkhorn_unbalanced2, dist, empirical_sinkhorn, empirical_sinkhorn2 and
empirical_sinkhorn_divergence, also under `bregman`, `unbalanced` and `utils` as POT has them. Any other name comes from
POT itself, if it is installed. NumPy arrays only. README.md of this folder lists what differs.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .pot_balanced import sinkhorn, sinkhorn2
from .pot_distances import dist
from .pot_empirical import empirical_sinkhorn, empirical_sinkhorn2, empirical_sinkhorn_divergence
from .pot_unbalanced import sinkhorn_unbalanced, sinkhorn_unbalanced2


def _original(module: str, name: str) -> Any:
    """The name from POT."""
    from importlib import import_module

    try:
        return getattr(import_module(module), name)
    except ImportError:
        raise AttributeError(f"fenchel.compat.pot has no {name!r}, and POT is not installed to provide it") from None


class _Part(ModuleType):
    """A submodule of POT with some functions replaced."""

    def __init__(self, name: str, **functions: Any) -> None:
        super().__init__(f"{__name__}.{name}")
        self._original = f"ot.{name}"
        self.__dict__.update(functions)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _original(self._original, name)


bregman = _Part(
    "bregman",
    sinkhorn=sinkhorn,
    sinkhorn2=sinkhorn2,
    empirical_sinkhorn=empirical_sinkhorn,
    empirical_sinkhorn2=empirical_sinkhorn2,
    empirical_sinkhorn_divergence=empirical_sinkhorn_divergence,
)
unbalanced = _Part("unbalanced", sinkhorn_unbalanced=sinkhorn_unbalanced, sinkhorn_unbalanced2=sinkhorn_unbalanced2)
utils = _Part("utils", dist=dist)


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return _original("ot", name)


__all__ = [
    "dist",
    "empirical_sinkhorn",
    "empirical_sinkhorn2",
    "empirical_sinkhorn_divergence",
    "sinkhorn",
    "sinkhorn2",
    "sinkhorn_unbalanced",
    "sinkhorn_unbalanced2",
]
