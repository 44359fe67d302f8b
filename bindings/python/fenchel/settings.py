"""Keywords become the C structs fen_transport_spec and fen_sinkhorn_options, with errors that name the keyword."""

from __future__ import annotations

from struct import error as StructError
from typing import Any, Mapping

from ._declared import OPTIONS_FIELDS, REG_TYPES, SETTINGS, SPEC_FIELDS, pack_options, pack_spec
from .errors import DtypeError, FenchelError, NameLookupError, RangeError

INF = float("inf")
_KNOWN = frozenset(SPEC_FIELDS) | frozenset(OPTIONS_FIELDS)


def reg_code(reg_type: str) -> int:
    """The C code of "kl" or "entropy"."""
    try:
        return REG_TYPES[reg_type]
    except (KeyError, TypeError):
        raise NameLookupError(f"reg_type is {reg_type!r}; legal: {', '.join(map(repr, REG_TYPES))}") from None


def spec(eps: float, rho_a: float | None, rho_b: float | None, reg_type: str, symmetric: int = 0) -> bytes:
    """fen_transport_spec; None for a strength means that its marginal is a constraint."""
    values = (eps, INF if rho_a is None else rho_a, INF if rho_b is None else rho_b, reg_code(reg_type), symmetric)
    try:
        return pack_spec(*values)
    except (StructError, TypeError, OverflowError):
        raise _refusal(dict(zip(SPEC_FIELDS, values))) from None


def options(tol: float | None, max_iter: int | None, num_threads: int, settings: Mapping[str, Any]) -> bytes:
    """fen_sinkhorn_options; None means the default."""
    values = dict(settings)
    if tol is not None:
        values["tol"] = tol
    if max_iter is not None:
        values["max_iter"] = max_iter
    if num_threads != 1:
        values["num_threads"] = num_threads
    try:
        return pack_options(**values)
    except (StructError, TypeError, OverflowError):
        raise _refusal(values) from None


def check_callback(callback: object) -> None:
    """Raises DtypeError (a TypeError) for what cannot be called."""
    if callback is not None and not callable(callback):
        raise DtypeError(f"callback is {callback!r}, which cannot be called")


def _refusal(values: Mapping[str, Any]) -> FenchelError | TypeError:
    """Which keyword could not be packed, and why."""
    for name, value in values.items():
        if name not in OPTIONS_FIELDS and name not in SPEC_FIELDS:
            from difflib import get_close_matches

            near = get_close_matches(name, sorted(_KNOWN), 3, 0.5) or sorted(_KNOWN)
            return TypeError(f"unknown keyword {name!r}; nearest: {', '.join(near)}")
    for name, kind, _, lower, upper, _ in SETTINGS:
        if name not in values:
            continue
        try:
            number = float(values[name])
            if kind == "int" and not hasattr(values[name], "__index__"):
                return DtypeError(f"{name} is {values[name]!r}; an integer is needed")
        except (TypeError, ValueError):
            return DtypeError(f"{name} is {values[name]!r}; a number is needed")
        except OverflowError:
            number = INF
        if not lower <= number <= upper:
            return RangeError(f"{name} is {values[name]!r}; legal: {lower} .. {upper}")
    return DtypeError(f"these settings could not be read: {dict(values)!r}")


def settings_help() -> str:
    """A table of every setting: name, type, default, legal range, meaning."""
    rows = []
    for name, kind, default, lower, upper, doc in SETTINGS:
        rows.append(f"{name:<17} {kind:<6} default {default:<8g} legal {lower:g} .. {upper:g}\n    {doc}")
    return "\n".join(rows)
