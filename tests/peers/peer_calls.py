"""Counts the calls of adapters, so that a test that passes without fenchel is not counted as passed."""

from __future__ import annotations

import functools
from typing import Any, Callable

_calls = 0


def counted(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, each call of which is counted."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        global _calls
        _calls += 1
        return function(*args, **kwargs)

    return call


def forget() -> None:
    global _calls
    _calls = 0


def happened() -> bool:
    return _calls > 0


def put(module: Any, replacements: dict[str, Any]) -> None:
    """Sets names of a module that are there already: a peer that renames them must be noticed."""
    for name, replacement in replacements.items():
        if not hasattr(module, name):
            raise AttributeError(f"{module.__name__} has no {name}; is this the release the adapter was written for?")
        setattr(module, name, replacement)
