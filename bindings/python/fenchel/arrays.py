"""What users pass becomes native float32 or float64 arrays, copied only where dtype or alignment demand it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import DtypeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray

    Array = NDArray[Any]

F32 = np.dtype(np.float32)
F64 = np.dtype(np.float64)
ndarray = np.ndarray


def floating(value: ArrayLike, name: str) -> Array:
    """`value` as float32 or float64 of any strides: float16 becomes float32, integers become float64.

    Raises DtypeError (a TypeError) for what is not real numbers.
    """
    array = np.asarray(value)
    if array.dtype == F64 or array.dtype == F32:
        return array if array.flags.aligned else array.copy()
    kind = array.dtype.kind
    if kind == "f":
        return array.astype(F32 if array.dtype.itemsize <= 4 else F64)
    if kind in "iub":
        return array.astype(F64)
    if kind == "O":
        try:
            return array.astype(F64)
        except (TypeError, ValueError) as error:
            raise DtypeError(f"{name} holds objects that are not numbers: {error}") from None
    raise DtypeError(f"{name} has dtype {array.dtype}; real numbers are needed (float32 or float64)")


def chosen(dtype: DTypeLike | None) -> np.dtype[Any] | None:
    """A caller's dtype= argument: None, float32 or float64."""
    if dtype is None:
        return None
    wanted = np.dtype(dtype)
    if wanted != F32 and wanted != F64:
        raise DtypeError(f"dtype is {wanted}; legal: float32, float64")
    return wanted


def widest(dtype: np.dtype[Any] | None, *arrays: Array | None) -> np.dtype[Any]:
    """The dtype asked for, else the wider one of the arrays', else float64."""
    if dtype is not None:
        return dtype
    found = [array.dtype for array in arrays if array is not None]
    return F32 if found and all(d == F32 for d in found) else F64


def common(dtype: DTypeLike | None, **named: ArrayLike | None) -> tuple[list[Array | None], np.dtype[Any]]:
    """The named arrays in one dtype, the wider of theirs unless `dtype` is given; None stays None."""
    arrays = [None if value is None else floating(value, name) for name, value in named.items()]
    wanted = widest(chosen(dtype), *arrays)
    return [None if a is None else a.astype(wanted, copy=False) for a in arrays], wanted


def is_plain(array: object) -> bool:
    """True for what needs no conversion at all: the test that keeps small solves fast."""
    return type(array) is ndarray and array.dtype is F64 and array.flags.aligned
