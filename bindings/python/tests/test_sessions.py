"""BilevelSession: the same bits as functions, every answer that is wrong, abandoned anywhere, two at once, other processes."""

import gc
import os
import pickle
import sys
import threading
import time

import numpy as np
import pytest

import fenchel
from fenchel import errors

N, M = 4, 2
A = np.array([1.0, 2.0, 4.0, 1.5])
B = np.array([1.0, -1.0, 0.5, 0.0])
PRODUCTS = ("hvp", "cross_t", "cross", "precondition", "constants")
ORACLES = {"none": (), "hvp": ("hvp",), "all": PRODUCTS, "prox": ("hvp", "cross_t", "prox", "prox_vjp")}
MODES = ("implicit", "implicit_forward", "unrolled_reverse", "unrolled_forward", "truncated", "one_step")
START = np.array([0.5, -0.25]), np.array([0.0, 0.1, 0.2, 0.3])


class Levels:
    """h = sum a x^2 / 2 + e^t1 |x|^4 / 4 - x_0 t_0 - x_1; with a prox: g = e^t1 |x|_1 in place of the quartic."""

    def __init__(self, quartic=True):
        self.quartic, self.calls, self.at, self.instead = quartic, 0, 0, None

    def counted(self, answer):
        self.calls += 1
        return self.instead(answer) if self.calls == self.at else answer

    def lower(self, x, t):
        s, w = x @ x, np.exp(t[1]) * self.quartic
        dx = A * x + w * s * x - [t[0], 1, 0, 0]
        value = (A * x * x).sum() / 2 + w * s * s / 4 - x[0] * t[0] - x[1]
        return self.counted((value, dx, np.array([-x[0], w * s * s / 4])))

    def upper(self, x, t):
        return self.counted((((x - B) ** 2).sum() / 2 + t[1] ** 2 / 20, x - B, np.array([0.0, t[1] / 10])))

    def hvp(self, x, t, v):
        w = np.exp(t[1]) * self.quartic
        return self.counted((A + w * (x @ x)) * v + 2 * w * (x @ v) * x)

    def cross_t(self, x, t, v):
        w = np.exp(t[1]) * self.quartic
        return self.counted(np.array([-v[0], w * (x @ x) * (x @ v)]))

    def cross(self, x, t, d):
        w = np.exp(t[1]) * self.quartic
        return self.counted(w * (x @ x) * x * d[1] - np.array([d[0], 0, 0, 0]))

    def precondition(self, x, t, r):
        return self.counted(r / A)

    def constants(self, t):
        return self.counted({"mu": 1.0, "cross_norm": 10.0})

    def prox(self, v, t, step):
        u = np.sign(v) * np.maximum(np.abs(v) - step * np.exp(t[1]), 0)
        return self.counted((u, np.exp(t[1]) * np.abs(u).sum()))

    def prox_vjp(self, v, t, step, c):
        on = np.abs(v) > step * np.exp(t[1])
        return self.counted((on * c, np.array([0.0, -(step * np.exp(t[1]) * np.sign(v) * on * c).sum()])))

    def problem(self, oracles):
        return fenchel.BilevelProblem(self.lower, self.upper, **{name: getattr(self, name) for name in oracles})


def by_functions(levels, oracles, method, **keywords):
    if method is None:
        return fenchel.hypergradient(levels.problem(oracles), *START, **keywords)
    return fenchel.bilevel(levels.problem(oracles), *START, method=method, **keywords)


def by_session(levels, oracles, method, **keywords):
    problem = levels.problem(oracles)
    with fenchel.BilevelSession(*START, oracles, method=method, **keywords) as session:
        for request in session:
            session.tell(problem.answer(request))
        return session.result()


def outcome(solve, levels, oracles, method, **keywords):
    """Everything that two runs have to share: numbers to the last bit, or how they ended."""
    try:
        r = solve(levels, oracles, method, **keywords)
    except errors.FenchelError as error:
        return type(error), str(error), levels.calls
    numbers = {name: getattr(r, name) for name in dir(type(r)) if name[0] != "_" and name not in ("seconds", "gradient")}
    numbers = {name: value for name, value in numbers.items() if isinstance(value, (int, float))}
    assert {"value", "bound", "lower_gradients", "linear_iterations"} <= set(numbers)
    slope = None if r.gradient is None else r.gradient.tobytes()
    return repr(numbers), r.theta.tobytes(), r.x.tobytes(), slope, levels.calls


@pytest.mark.parametrize("oracles", ORACLES.values(), ids=ORACLES)
@pytest.mark.parametrize("method", [None, *fenchel.BILEVEL_METHODS])
def test_answers_are_those_of_functions_to_the_last_bit(method, oracles):
    solved = 0
    for mode in MODES if method is None else ("implicit",):
        keywords = dict(mode=mode, max_iter=5, unroll_iter=7, kept_iter=3, inner_iter=5)
        quartic = "prox" not in oracles
        found = outcome(by_session, Levels(quartic), oracles, method, **keywords)
        assert found == outcome(by_functions, Levels(quartic), oracles, method, **keywords)
        solved += len(found) == 5
    assert solved > 0 or (method in ("f2sa", "bome", "sl_bamm") and "prox" in oracles)


WRONG = {"nan": lambda answer: spoilt(answer, np.nan), "infinite": lambda answer: spoilt(answer, np.inf)}


def spoilt(answer, number):
    if isinstance(answer, dict):
        return {"mu": number}
    if isinstance(answer, tuple):
        return (number, *answer[1:]) if np.ndim(answer[0]) == 0 else (answer[0] * number, *answer[1:])
    return answer * number


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("method", ["implicit", "maid", "f2sa"])
@pytest.mark.parametrize("wrong", WRONG)
def test_numbers_that_are_none_at_every_request(wrong, method):
    """Each answer in turn is not finite: what becomes of it is what becomes of a function's."""
    k = ended = 0
    while True:
        k += 1
        outcomes = []
        for solve in (by_session, by_functions):
            levels = Levels()
            levels.at, levels.instead = k, WRONG[wrong]
            outcomes.append(outcome(solve, levels, PRODUCTS, method, max_iter=1 if method == "f2sa" else 2, inner_iter=1))
        assert outcomes[0] == outcomes[1]
        ended += len(outcomes[0]) == 3
        if outcomes[0][-1] < k:
            assert k > 15 and ended > 0
            return


@pytest.mark.parametrize("refuse", ["fail", "outside"])
@pytest.mark.parametrize("method", [None, "implicit", "f2sa"])
def test_every_request_may_be_refused(method, refuse):
    """fail() ends the solve; outside() shortens a step, and where none can be, as at the start, it ends the solve, too."""
    k, asked, solved = 0, 1, 0
    while k <= asked:
        k, asked = k + 1, 0
        problem = Levels().problem(PRODUCTS)
        session = fenchel.BilevelSession(*START, PRODUCTS, method=method, max_iter=1 if method == "f2sa" else 2, inner_iter=1)
        try:
            for request in session:
                asked += 1
                session.tell(problem.answer(request)) if asked != k else getattr(session, refuse)()
        except errors.CallbackError as error:
            assert asked == k and ("domain" in str(error)) == (refuse == "outside")
            with pytest.raises(errors.StateError, match="failed"):
                session.ask()
            with pytest.raises(errors.StateError):
                session.result()
        else:
            solved += 1
            assert np.isfinite(session.result().value)
    assert asked == k - 1 > 10 and (solved > 1 if refuse == "outside" else solved == 1)


def test_a_wrong_answer_is_refused_and_can_be_mended():
    """Of every oracle; the session goes on as if nothing had happened."""
    wrong = {
        "lower": [None, 1.0, (1.0,), ("x", np.zeros(N), np.zeros(M)), [1.0, np.zeros(N), np.zeros(M)]],
        "upper": [(), (None, np.zeros(N))],
        "hvp": [np.zeros(N + 1), np.zeros((2, N)), 0.0, "text", np.array([object()] * N)],
        "precondition": [np.zeros(1)],
        "constants": [{"muu": 1.0}, {"mu": "x"}],
        "prox": [np.zeros(N - 1), (np.zeros(N), "x")],
        "prox_vjp": [np.zeros(N), (np.zeros(N - 1), np.zeros(M)), (np.zeros(N), np.zeros(M + 1))],
    }
    seen = set()
    for oracles in (("hvp", "precondition", "constants"), ("hvp", "cross_t", "prox", "prox_vjp")):
        levels = Levels("prox" not in oracles)
        problem = levels.problem(oracles)
        session = fenchel.BilevelSession(*START, oracles, method=None)
        for request in session:
            seen.add(request.oracle)
            given = list(wrong.get(request.oracle, []))
            if request.wants_dx and request.oracle in ("lower", "upper"):
                given.append((1.0, np.zeros(N - 1), np.zeros(M)))
            if request.wants_dtheta and request.oracle in ("lower", "upper"):
                given.append((1.0, np.zeros(N), np.zeros(M + 1)))
            for answer in given:
                with pytest.raises((errors.FenchelError, TypeError, ValueError)):
                    session.tell(answer)
            assert session.ask() is request
            session.tell(problem.answer(request))
        expected = by_functions(Levels("prox" not in oracles), oracles, None)
        assert session.result().gradient.tobytes() == expected.gradient.tobytes()
    assert set(wrong) <= seen


def test_ask_and_tell_keep_their_order():
    session = fenchel.BilevelSession(*START, method="implicit", max_iter=2)
    with pytest.raises(errors.StateError, match="no request"):
        session.tell((1.0, np.zeros(N), np.zeros(M)))
    with pytest.raises(errors.StateError):
        session.outside()
    with pytest.raises(errors.StateError):
        session.fail()
    with pytest.raises(errors.StateError, match="end"):
        session.result()
    request = session.ask()
    assert request.oracle in ("lower", "upper") and session.ask() is request and request.x_fresh and request.theta_fresh
    assert "lower" in repr(request) and "asks for" in repr(session)
    with pytest.raises(errors.StateError, match="no answer"):
        next(session)
    problem = Levels().problem(())
    session.tell(problem.answer(request))
    with pytest.raises(errors.StateError):
        session.tell(problem.answer(request))
    for request in session:
        session.tell(problem.answer(request))
    assert session.ask() is None and list(session) == []
    first = session.result()
    assert session.result().theta.tobytes() == first.theta.tobytes() and "over" in repr(session)
    session.cancel()
    session.close()
    session.close()
    for use in (session.ask, session.result, session.cancel, session.outside):
        with pytest.raises(errors.StateError):
            use()


def test_misuse_is_refused():
    with pytest.raises(errors.NameLookupError, match="hvvp"):
        fenchel.BilevelSession(*START, ("hvvp",))
    with pytest.raises(errors.NameLookupError):
        fenchel.BilevelSession(*START, method="implicitt")
    with pytest.raises(errors.NullError, match="prox_vjp"):
        fenchel.BilevelSession(*START, ("prox_vjp",))
    with pytest.raises(errors.NotFiniteError):
        fenchel.BilevelSession([np.nan, 0], START[1])
    with pytest.raises(errors.ShapeError):
        fenchel.BilevelSession(*START, low=np.zeros(3))
    with pytest.raises(errors.RangeError):
        fenchel.BilevelSession(*START, low=1.0, high=0.0)
    with pytest.raises(errors.RangeError, match="theta"):
        fenchel.BilevelSession(*START, low=1.0).ask()
    with pytest.raises(TypeError, match="tol"):
        fenchel.BilevelSession(*START, tool=1)
    with pytest.raises(errors.NameLookupError, match="no hvp"):
        session = fenchel.BilevelSession(*START, "hvp", method=None)
        for request in session:
            session.tell(Levels().problem(()).answer(request))
    for junk in (None, 3, object()):
        with pytest.raises(errors.NullError):
            fenchel._raw.fen_bilevel_session_next(junk, 0, None)


def test_bounds_hold_and_requests_stay_inside():
    problem = Levels().problem(PRODUCTS)
    session = fenchel.BilevelSession(*START, PRODUCTS, low=[-1.0, -0.3], high=0.6)
    for request in session:
        assert (request.theta >= [-1.0, -0.3]).all() and (request.theta <= 0.6).all()
        session.tell(problem.answer(request))
    assert session.result().theta[0] <= 0.6


def test_cancelled_it_ends_with_the_best_so_far():
    for when in (1, 25, 60):
        problem = Levels().problem(PRODUCTS)
        session = fenchel.BilevelSession(*START, PRODUCTS, method="implicit", tol=0.0)
        for k, request in enumerate(session):
            session.tell(problem.answer(request))
            if k == when:
                threading.Thread(target=session.cancel).start()
                threading.Event().wait(0.01)
        r = session.result()
        assert r.termination is fenchel.Termination.CANCELLED
        assert r.value <= r.first_value if when > 1 else np.isnan(r.value) and r.iterations == 0


def tasks():
    return len(os.listdir("/proc/self/task"))


def settles(threads):
    """A thread that was joined may be listed for a moment still."""
    deadline = time.monotonic() + 10
    while tasks() > threads and time.monotonic() < deadline:
        time.sleep(0.001)
    return tasks() <= threads


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="counts threads in /proc")
@pytest.mark.parametrize("method", [None, "implicit", "maid", "f2sa"])
@pytest.mark.parametrize("leave", ["forget", "close", "raise"])
def test_abandoned_at_every_request(leave, method):
    """No thread stays, what the caller raised comes through, and answered requests stay readable."""
    before, k, over = tasks(), 0, False
    while not over:
        over, problem = True, Levels().problem(PRODUCTS)
        kept = []
        try:
            with fenchel.BilevelSession(*START, PRODUCTS, method=method, max_iter=1, inner_iter=1) as session:
                for asked, request in enumerate(session):
                    kept.append(request)
                    if asked == k:
                        over = False
                        assert tasks() > before
                        if leave == "raise":
                            raise ZeroDivisionError(str(k))
                        if leave == "close":
                            session.close()
                        break
                    session.tell(problem.answer(request))
                if leave == "forget":
                    session = None
        except ZeroDivisionError as error:
            assert str(error) == str(k)
        assert settles(before)
        assert all(np.isfinite(r.x).all() for r in kept if r.x is not None)
        k += 1
    assert k > 10


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_forgotten_without_with_nothing_stays():
    def resident():
        with open("/proc/self/statm") as f:
            return int(f.read().split()[1]) * 4096

    def leave(k):
        problem, session = Levels().problem(PRODUCTS), fenchel.BilevelSession(*START, PRODUCTS)
        for asked, request in enumerate(session):
            if asked == k % 20:
                return
            session.tell(problem.answer(request))

    for k in range(100):
        leave(k)
    before, threads = resident(), tasks()
    for k in range(600):
        leave(k)
    gc.collect()
    assert settles(threads) and resident() - before < 2 << 20


def test_requests_are_read_only_copies_and_travel():
    """Pickled there and back, answered from the copy: the same result; what is kept does not change under the caller."""
    problem, kept = Levels().problem(PRODUCTS), []
    session = fenchel.BilevelSession(*START, PRODUCTS, method="implicit", max_iter=3)
    for request in session:
        with pytest.raises(ValueError):
            request.theta[0] = 1.0
        kept.append((request, pickle.dumps(request)))
        session.tell(problem.answer(pickle.loads(kept[-1][1])))
    for request, data in kept:
        again = pickle.loads(data)
        for name in fenchel.BilevelRequest.__slots__:
            np.testing.assert_array_equal(getattr(again, name), getattr(request, name))
    assert session.result().theta.tobytes() == by_functions(Levels(), PRODUCTS, "implicit", max_iter=3).theta.tobytes()


def test_the_arguments_of_functions_are_read_only():
    def change(x, t):
        x += 1
        return Levels().lower(x, t)

    with pytest.raises(ValueError, match="read-only"):
        fenchel.hypergradient(fenchel.BilevelProblem(change, Levels().upper), *START)


def test_sessions_in_turns_are_independent():
    problems = [Levels().problem(PRODUCTS), Levels().problem(())]
    sessions = [fenchel.BilevelSession(*START, PRODUCTS, max_iter=4), fenchel.BilevelSession(*START, method=None)]
    open_ones = [0, 1]
    while open_ones:
        for k in list(open_ones):
            request = sessions[k].ask()
            if request is None:
                open_ones.remove(k)
            else:
                sessions[k].tell(problems[k].answer(request))
    assert sessions[0].result().theta.tobytes() == by_functions(Levels(), PRODUCTS, "implicit", max_iter=4).theta.tobytes()
    assert sessions[1].result().gradient.tobytes() == by_functions(Levels(), (), None).gradient.tobytes()


def test_another_thread_is_refused_while_the_solver_runs():
    """A Cholesky factor of 1500 unknowns takes long enough to be met in it."""
    n, busy, stop = 1500, [], threading.Event()
    session = fenchel.BilevelSession([1.0], np.zeros(n), ("hvp", "cross_t"), method=None, linear_solver="direct")

    def intrude():
        while not stop.is_set():
            try:
                session.result()
            except errors.BusyError:
                busy.append(True)
            except errors.StateError:
                pass

    thread = threading.Thread(target=intrude)
    thread.start()
    ones = np.ones(n)
    for request in session:
        x, t, v = request.x, request.theta, request.v
        if request.oracle == "lower":
            session.tell((((x - t) ** 2).sum() / 2, x - t, np.array([(t - x).sum()])))
        elif request.oracle == "upper":
            session.tell(((x ** 2).sum() / 2, x))
        else:
            session.tell(v if request.oracle == "hvp" else -(v @ ones))
    stop.set()
    thread.join()
    assert busy
    np.testing.assert_allclose(session.result().gradient, [n], rtol=1e-9)  # x = t, F = n t^2 / 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_is_refused_and_does_not_hang():
    problem, session = Levels().problem(()), fenchel.BilevelSession(*START)
    session.tell(problem.answer(session.ask()))
    session.ask()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            session.tell(problem.answer(session.ask()))
            session.ask()
        except errors.StateError:
            del session
            gc.collect()
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    session.tell(problem.answer(session.ask()))
    for request in session:
        session.tell(problem.answer(request))
    assert session.result().theta.tobytes() == by_functions(Levels(), (), "implicit").theta.tobytes()
