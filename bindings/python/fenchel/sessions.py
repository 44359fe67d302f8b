"""Bilevel problems request by request: the caller is asked instead of called back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, Iterator

import numpy as np

from . import _raw
from .errors import BusyError, NameLookupError, StateError
from .options import bilevel_options
from .oracles import (
    NAMES, BilevelResult, answer_vector, bound, constant_numbers, level_answer, point, prox_answer,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .oracles import Vector

_WANT_DX, _WANT_DTHETA, _WANT_VALUE = 1, 2, 4
_REQUIRED = ("lower", "upper")
_DONE, _OUTSIDE, _FAILED = 0, 1, -1


class BilevelRequest:
    """An oracle and its arguments. Plain NumPy memory of its own: it can be kept, or pickled and answered elsewhere.

    oracle : "lower", "upper", "hvp", "cross_t", "cross", "prox", "prox_vjp", "precondition" or "constants", with the meaning and
        the answers of BilevelProblem's functions.
    x (n,), theta (m,) : where; None if not an argument. The same object as in the last request unless x_fresh, theta_fresh.
    v : (count, n) of hvp and cross_t, (count, m) of cross: rows to be multiplied; (n,) of prox, prox_vjp and precondition.
    c : (n,) the cotangent of prox_vjp. step : of prox and prox_vjp. count : of rows.
    wants_value, wants_dx, wants_dtheta : of lower, upper, prox and prox_vjp: what is looked at of the answer.
    """

    __slots__ = ("oracle", "x", "theta", "v", "c", "step", "count", "x_fresh", "theta_fresh", "wants_value", "wants_dx",
                 "wants_dtheta")

    oracle: str
    x: Vector | None
    theta: Vector | None
    v: Vector | None
    c: Vector | None
    step: float
    count: int
    x_fresh: bool
    theta_fresh: bool
    wants_value: bool
    wants_dx: bool
    wants_dtheta: bool

    def __repr__(self) -> str:
        rows = f", {self.count} rows" if self.count > 1 else ""
        return f"<fenchel.BilevelRequest {self.oracle}{rows}>"


class BilevelSession:
    """fenchel.bilevel or hypergradient turned inside out: ask for the next request, tell its answer, until there is none.

    Parameters
    ----------
    theta : (m,), x : (n,) the start.
    oracles : what the caller answers besides "lower" and "upper": names of BilevelProblem's other functions.
    method : as for fenchel.bilevel; None: one hypergradient at theta, as fenchel.hypergradient gives it.
    low, high : bounds of theta, numbers or (m,), for a method.
    mode : of the hypergradient. settings : see fenchel.bilevel_settings_help().

    For numbers that come from elsewhere: another process, a queue, a scheduler, a simulation. Answers and results are those of
    the functions to the last bit.

        with fenchel.BilevelSession(theta, x, oracles=("hvp", "cross_t")) as session:
            for request in session:
                session.tell(problem.answer(request))       # or anything else that computes request.oracle at request.x ...
            best = session.result()

    The solver has a thread of its own, which sleeps while the caller computes; it is ended where the session is closed, left by
    `with`, or forgotten. A session belongs to one thread at a time (cancel excepted), and to the process that made it.
    An exchange costs about 10 us of processor time.

    Raises
    ------
    NameLookupError for an unknown oracle or method, and as fenchel.bilevel. Salehi et al. (2024); Kwon et al. (2023).
    """

    __slots__ = ("_handle", "_n", "_m", "_one", "_kept", "_open", "_told", "_state")

    def __init__(
        self,
        theta: ArrayLike,
        x: ArrayLike,
        oracles: Iterable[str] = (),
        *,
        method: str | None = "implicit",
        low: ArrayLike | None = None,
        high: ArrayLike | None = None,
        mode: str | None = None,
        **settings: Any,
    ) -> None:
        self._handle: object = None
        outer, start = point(theta, "theta"), point(x, "x")
        self._n, self._m, self._one = start.size, outer.size, method is None
        options = bilevel_options({"hypergradient_mode": mode, **settings})
        self._handle = _raw.fen_bilevel_session_create(
            _bits(oracles), self._n, self._m, method, outer, start, bound(low, self._m, "low"), bound(high, self._m, "high"), options)
        self._kept: list[Vector | None] = [None, None]
        self._open: BilevelRequest | None = None
        self._told: tuple[int, tuple[Any, ...] | None] | None = None
        self._state = "running"

    def ask(self) -> BilevelRequest | None:
        """The next request; None when there is nothing left to ask. Until it is answered, the same one again.

        Raises StateError after close() and where the solve has failed before; what ended the solve (SingularError, RangeError,
        UncertifiedError, UnsupportedError, CallbackError after fail()); BusyError if another thread is in here.
        """
        if self._state == "over":
            return None
        if self._state != "running":
            raise StateError("the session is closed" if self._state == "closed" else "the solve failed: the session is over")
        if self._open is not None and self._told is None:
            return self._open
        answer, numbers = self._told if self._told is not None else (0, None)
        try:
            found = _raw.fen_bilevel_session_next(self._handle, answer, numbers)
        except BusyError:
            raise
        except Exception:
            self._state, self._open, self._told = "failed", None, None
            raise
        self._open = self._told = None
        if found[0] == _DONE:
            self._state = "over"
            return None
        self._open = self._request(*found)
        return self._open

    def tell(self, answer: Any) -> None:
        """Answers the open request.

        answer : what the function of a BilevelProblem with the name request.oracle returns: (value, dx) or (value, dx, dtheta) of
        lower and upper, rows (count, n) or (count, m) of products, a vector or (vector, value) of prox, (dv, dtheta) of prox_vjp,
        (n,) of precondition, a dict of constants. A number that is not finite means: outside the domain.

        Raises ShapeError for the wrong form or size, NameLookupError for an unknown constant: the request stays open, and can be
        answered again. StateError where no request is open.
        """
        self._told = (0, self._numbers(self._unanswered(), answer))

    def outside(self) -> None:
        """Answers that (x, theta) is outside the domain: a shorter step is tried. Raises StateError where no request is open."""
        self._unanswered()
        self._told = (_OUTSIDE, None)

    def fail(self) -> None:
        """Answers that there is no answer: the next ask raises CallbackError. Raises StateError where no request is open."""
        self._unanswered()
        self._told = (_FAILED, None)

    def cancel(self) -> None:
        """A method then ends soon, with the best found so far. From any thread. Raises StateError after close()."""
        if self._handle is None:
            raise StateError("the session is closed")
        _raw.fen_bilevel_session_cancel(self._handle)

    def result(self) -> BilevelResult:
        """What was found. Raises StateError before the end, and where the solve failed."""
        if self._handle is None:
            raise StateError("the session is closed")
        theta, x = np.empty(self._m), np.empty(self._n)
        gradient = np.empty(self._m) if self._one else None
        stats = _raw.fen_bilevel_session_result(self._handle, theta, x, gradient)
        return BilevelResult(theta, x, gradient, stats)

    def close(self) -> None:
        """Ends the solve where it is. Raises BusyError while another thread is in ask()."""
        _raw.fen_bilevel_session_destroy(self._handle)
        self._handle = self._open = self._told = None
        self._state = "closed"

    def __enter__(self) -> BilevelSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[BilevelRequest]:
        return self

    def __next__(self) -> BilevelRequest:
        if self._open is not None and self._told is None:
            raise StateError(f"the last request, {self._open.oracle}, has no answer: tell it before the next")
        request = self.ask()
        if request is None:
            raise StopIteration
        return request

    def __repr__(self) -> str:
        asks = f", asks for {self._open.oracle}" if self._open is not None else ""
        return f"<fenchel.BilevelSession {self._state}{asks}>"

    def _unanswered(self) -> BilevelRequest:
        if self._open is None or self._told is not None:
            raise StateError("no request is open: ask for the next one")
        return self._open

    def _request(self, oracle: int, fresh: int, count: int, step: float, wanted: int, *vectors: bytes | None) -> BilevelRequest:
        x, theta, v, c = (None if data is None else np.frombuffer(data) for data in vectors)
        r = BilevelRequest()
        r.oracle = NAMES[oracle - 1]
        r.x_fresh, r.theta_fresh = x is not None, theta is not None
        if r.oracle in ("prox", "prox_vjp", "constants"):  # of theta only, whole
            r.x, r.theta = None, theta
        else:
            self._kept = [old if new is None else new for old, new in zip(self._kept, (x, theta))]
            r.x, r.theta = self._kept
        r.count, r.step = count, step
        r.v = v.reshape(count, -1) if v is not None and r.oracle in ("hvp", "cross_t", "cross") else v
        r.c = c
        r.wants_dx, r.wants_dtheta = bool(wanted & _WANT_DX), bool(wanted & _WANT_DTHETA)
        r.wants_value = bool(wanted & _WANT_VALUE)
        return r

    def _numbers(self, r: BilevelRequest, answer: Any) -> tuple[Any, ...]:
        """(value, dx, dtheta, out), as C takes them."""
        name, n, m = r.oracle, self._n, self._m
        if name in _REQUIRED:
            return (*level_answer(name, answer, _WANT_DX * r.wants_dx + _WANT_DTHETA * r.wants_dtheta, n, m), None)
        if name == "prox":
            at, value = prox_answer(answer, n)
            return value, None, None, at
        if name == "prox_vjp":
            return None, answer_vector(answer[0], n, name), answer_vector(answer[1], m, name), None
        if name == "constants":
            return None, None, None, np.array(answer if isinstance(answer, tuple) else constant_numbers(answer))
        return None, None, None, answer_vector(answer, max(1, r.count) * (m if name == "cross_t" else n), name)


def _bits(oracles: Iterable[str]) -> int:
    """1 << fen_bilevel_oracle for each; those of C count from 1."""
    bits = 0
    for name in (*_REQUIRED, *((oracles,) if isinstance(oracles, str) else oracles)):
        if name not in NAMES:
            raise NameLookupError(f"{name!r} is no oracle of a bilevel problem; known: {', '.join(NAMES)}")
        bits |= 2 << NAMES.index(name)
    return bits
