"""What operators, smooth terms and simple terms have in common, and how users' values become C's parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, Mapping, Sequence, TypeVar

import numpy as np

from . import _raw
from .arrays import F32, F64, floating
from .errors import DtypeError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Pairs = Sequence[tuple[str, Any]]

CODE: dict[Any, int] = {F32: _raw.FEN_F32, F64: _raw.FEN_F64}
OF_CODE: dict[int, Any] = {_raw.FEN_F32: F32, _raw.FEN_F64: F64}
T = TypeVar("T", bound="Term")


class Term:
    """A term of the catalogue: immutable, shareable between threads, picklable (unless made from functions).

    Made by the functions of fenchel.operators, fenchel.smooth and fenchel.prox. Matrices are borrowed, not copied: leave
    them unchanged as long as the term, or anything made from it, is used.
    """

    _kind = ""
    __slots__ = ("_name", "_pairs", "_capsule", "_caps", "_dtype")

    def __init__(self, name: str, pairs: Pairs) -> None:
        self._name = name
        self._pairs = tuple(pair for pair in pairs if pair[1] is not None)
        self._dtype: np.dtype[Any] | None = None
        given = [(key, value._capsule if isinstance(value, Term) else value) for key, value in self._pairs]
        self._adopt(_raw.fen_term_create(self._kind, name, given))

    def _adopt(self, capsule: object) -> None:
        self._capsule = capsule
        self._caps: frozenset[str] | None = None

    @property
    def name(self) -> str:
        """Its name in the catalogue."""
        return self._name

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What it was made from, by name; a parameter that was given several times is a tuple. Do not change arrays."""
        out: dict[str, Any] = {}
        for key, value in self._pairs:
            if key in out:
                out[key] = (*out[key], value) if isinstance(out[key], tuple) else (out[key], value)
            else:
                out[key] = value
        return out

    @property
    def capabilities(self) -> frozenset[str]:
        """What it can do: names such as "convex", "separable", "hvp", "stored"."""
        if self._caps is None:
            self._caps = frozenset(_raw.fen_term_capabilities(self._capsule).split())
        return self._caps

    @property
    def dtype(self) -> np.dtype[Any] | None:
        """float32 if all matrices inside are, float64 if one is, None without matrices."""
        if self._dtype is None:
            found: set[Any] = set()
            for key, value in self._pairs:
                if isinstance(value, Term):
                    found.add(value.dtype)
                elif key in ("matrix", "values") and isinstance(value, np.ndarray):
                    found.add(value.dtype)
            found.discard(None)
            self._dtype = None if not found else F32 if found == {F32} else F64
        return self._dtype

    def __reduce__(self) -> Any:
        return _rebuild, (type(self), self._name, self._pairs)

    def __repr__(self) -> str:
        words = [f"{key}={_brief(value)}" for key, value in self._pairs]
        return f"fenchel.{_MODULES[self._kind]}.{self._name}({', '.join(words)})"

    def _vector(self, value: ArrayLike, name: str, like: NDArray[Any] | None = None) -> NDArray[Any]:
        array = floating(value, name)
        return array if like is None else array.astype(like.dtype, copy=False)


_MODULES = {"operator": "operators", "smooth": "smooth", "prox": "prox"}


def _rebuild(cls: type[Term], name: str, pairs: Pairs) -> Term:
    made = cls.__new__(cls)
    Term.__init__(made, name, pairs)
    return made


def _brief(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"<{' x '.join(map(str, value.shape))} {value.dtype}>"
    return f"{value:g}" if isinstance(value, float) else repr(value)


# ---- users' values --------------------------------------------------------------------------------------------------


def real(value: float | None, name: str, default: float | None = None) -> float | None:
    """A number as float; None for the default, which C knows."""
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise DtypeError(f"{name} is {value!r}; a number is needed") from None
    return None if number == default else number


def integer(value: int | bool | None, name: str, default: int | None = None) -> int | None:
    """An integer, or a flag; None for the default, which C knows."""
    if value is None:
        return None
    if not hasattr(value, "__index__") and not isinstance(value, np.bool_):
        raise DtypeError(f"{name} is {value!r}; an integer is needed")
    return None if int(value) == default else int(value)


def array(value: ArrayLike | None, name: str) -> NDArray[Any] | None:
    """float32 or float64, of any strides, without a copy where possible."""
    return None if value is None else floating(value, name)


def indices(value: ArrayLike | None, name: str) -> NDArray[Any] | None:
    """int32 or int64."""
    if value is None:
        return None
    found = np.atleast_1d(np.asarray(value))
    if found.dtype == np.int32 or found.dtype == np.int64:
        return found
    if found.dtype.kind not in "iub" and not (found.size == 0 and found.dtype.kind == "f"):
        raise DtypeError(f"{name} has dtype {found.dtype}; integers are needed")
    return found.astype(np.int64)


def term(value: T | None, name: str, kind: type[T]) -> T | None:
    """A term of the right kind."""
    if value is not None and not isinstance(value, kind):
        raise DtypeError(f"{name} is a {type(value).__name__}; a fenchel.{_MODULES[kind._kind]} term is needed")
    return value


def each(name: str, values: Any, kind: type[Term]) -> list[tuple[str, Term]]:
    """A parameter that may be given several times, as pairs; one term stands for a list of one."""
    if values is None:
        return []
    items: Iterable[Any] = (values,) if isinstance(values, Term) else values
    out = []
    for value in items:
        found = term(value, name, kind)
        assert found is not None
        out.append((name, found))
    return out
