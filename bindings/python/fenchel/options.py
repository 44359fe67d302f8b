"""Keywords become C structs of options, with errors that name the keyword."""

from __future__ import annotations

from struct import error as StructError
from typing import Any, Callable, Mapping

from ._declared import (
    BILEVEL_SETTINGS,
    DERIVATIVE_SETTINGS,
    MINIMIZE_SETTINGS,
    TUNE_SETTINGS,
    pack_bilevel,
    pack_derivative,
    pack_minimize,
    pack_tune,
)
from .errors import DtypeError, FenchelError, RangeError

POLL = 0.05  # seconds between two looks at signals


def minimize_options(
    tol: float | None, max_iter: int | None, num_threads: int, settings: Mapping[str, Any]
) -> bytes:
    """fen_minimize_options; None means the default."""
    values = {key: value for key, value in settings.items() if value is not None}
    if tol is not None:
        values["tol"] = tol
    if max_iter is not None:
        values["max_iter"] = max_iter
    values["num_threads"] = num_threads
    for flag in ("newton", "screening"):
        if flag in values:
            values[flag] = int(values[flag])
    return _packed(pack_minimize, MINIMIZE_SETTINGS, values)


def derivative_options(settings: Mapping[str, Any]) -> bytes:
    """fen_derivative_options; None means the default."""
    values = {key: value for key, value in settings.items() if value is not None}
    for name in ("require_certified", "estimate"):
        if name in values:
            values[name] = int(values[name])
    return _packed(pack_derivative, DERIVATIVE_SETTINGS, values)


def tune_options(settings: Mapping[str, Any]) -> bytes:
    """fen_tune_options; None means the default."""
    values = {key: value for key, value in settings.items() if value is not None}
    values["require_certified"] = int(values["require_certified"])
    return _packed(pack_tune, TUNE_SETTINGS, values)


def bilevel_options(settings: Mapping[str, Any]) -> bytes:
    """fen_bilevel_options; None means the default."""
    values = {key: value for key, value in settings.items() if value is not None}
    for flag in ("require_certified", "log_theta", "adaptive", "accelerate"):
        if flag in values:
            values[flag] = int(values[flag])
    return _packed(pack_bilevel, BILEVEL_SETTINGS, values)


def _packed(pack: Callable[..., bytes], rows: tuple[Any, ...], values: Mapping[str, Any]) -> bytes:
    try:
        return pack(**values)
    except (StructError, TypeError, OverflowError):
        raise _refusal(rows, values) from None


def _refusal(rows: tuple[Any, ...], values: Mapping[str, Any]) -> FenchelError | TypeError:
    """Which keyword could not be packed, and why."""
    known = sorted(row[0] for row in rows)
    for name in values:
        if name not in known:
            from difflib import get_close_matches

            near = get_close_matches(name, known, 3, 0.5) or known
            return TypeError(f"unknown keyword {name!r}; nearest: {', '.join(near)}")
    for name, kind, _, lower, upper, _ in rows:
        if name not in values:
            continue
        value = values[name]
        try:
            number = float(value)
            if kind == "int" and not hasattr(value, "__index__"):
                return DtypeError(f"{name} is {value!r}; an integer is needed")
        except (TypeError, ValueError):
            return DtypeError(f"{name} is {value!r}; a number is needed")
        except OverflowError:
            number = float("inf")
        if not lower <= number <= upper:
            return RangeError(f"{name} is {value!r}; legal: {lower} .. {upper}")
    return DtypeError(f"these settings could not be read: {dict(values)!r}")


def minimize_settings_help() -> str:
    """A table of every setting of minimize, path and cross_validate: name, type, default, legal range, meaning."""
    return _help(MINIMIZE_SETTINGS)


def bilevel_settings_help() -> str:
    """A table of every setting of bilevel and hypergradient: name, type, default, legal range, meaning."""
    return _help(BILEVEL_SETTINGS)


def _help(settings: tuple[Any, ...]) -> str:
    rows = []
    for name, kind, default, lower, upper, doc in settings:
        rows.append(f"{name:<17} {kind:<6} default {default:<8g} legal {lower:g} .. {upper:g}\n    {doc}")
    return "\n".join(rows)
