"""What is done about a derivative that comes without a proof."""

from __future__ import annotations

import sys
import warnings

from .._declared import DerivativeStatus
from ..derivatives import Derivative
from ..errors import FenchelWarning, NameLookupError, UncertifiedError

LEGAL = ("ignore", "doubtful", "warn", "error")


class DerivativeWarning(FenchelWarning):
    """A derivative comes without a proved error bound, or sits at a kink, or its solve missed the tolerance."""


def check_choice(on_uncertified: str) -> str:
    """Raises NameLookupError for what is no choice."""
    if on_uncertified not in LEGAL:
        raise NameLookupError(f"on_uncertified is {on_uncertified!r}; legal: {', '.join(map(repr, LEGAL))}")
    return on_uncertified


def judge(found: Derivative, on_uncertified: str, what: str) -> None:
    """Warn, raise or pass by status. "doubtful" warns at a kink and at missed tolerances, not where only a proof lacks."""
    status = found.derivative_status
    if status is DerivativeStatus.CERTIFIED or on_uncertified == "ignore":
        return
    if on_uncertified == "doubtful" and status is DerivativeStatus.UNCERTIFIED:
        return
    words = f"{what}: the derivative is {status.name.lower().replace('_', ' ')}: {found!r}"
    if status is DerivativeStatus.AMBIGUOUS:
        words += f"; {found.ambiguous} coordinates may sit at a kink"
    if on_uncertified == "error":
        raise UncertifiedError(words)
    warn(words, DerivativeWarning)


def warn(words: str, category: type[Warning]) -> None:
    """A warning at the line outside this package that led to it."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("fenchel."):
        level, frame = level + 1, frame.f_back
    warnings.warn(words, category, stacklevel=level)
