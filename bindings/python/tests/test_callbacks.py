"""Callbacks, cancelling, Ctrl-C, the GIL."""
import os
import signal
import subprocess
import sys
import threading
import time
import traceback

import fenchel
import numpy as np
import pytest

METHODS = [m for m in fenchel.METHODS]


class Boom(Exception):
    pass


def raise_boom():
    raise Boom("at the bottom")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("k", [1, 2, 3])
def test_exception_at_call_k_keeps_its_traceback(problem, method, k):
    calls = []

    def callback(progress):
        calls.append(progress)
        if len(calls) == k:
            raise_boom()

    with pytest.raises(Boom) as caught:
        fenchel.sinkhorn(problem.a, problem.b, problem.cost, 1e-4, method=method, callback=callback,
                         monitor_interval=0.0)
    assert len(calls) == k
    names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert names[-2:] == ["callback", "raise_boom"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("k", [1, 2, 4])
@pytest.mark.parametrize("answer", [True, 7])
def test_cancel_returns_the_best_iterate(problem, method, k, answer):
    seen = []

    def callback(progress):
        seen.append(progress)
        return answer if len(seen) == k else None

    r = fenchel.sinkhorn(problem.a, problem.b, problem.cost, 1e-4, method=method, callback=callback,
                         monitor_interval=0.0)
    assert r.termination is fenchel.Termination.CANCELLED and not r.converged and len(seen) == k
    assert np.isfinite(r.phi).all() and np.isfinite(r.plan()).all()
    if k > 1:
        assert np.isfinite(r.error_a) and np.isfinite(r.error_b)


def test_negative_answer_fails_with_its_value(problem):
    with pytest.raises(fenchel.errors.CallbackError) as caught:
        fenchel.sinkhorn(problem.a, problem.b, problem.cost, 0.01, callback=lambda p: -42, monitor_interval=0.0)
    assert caught.value.detail == -42


def test_falsy_answers_go_on(problem):
    for answer in (None, False, 0, np.bool_(False)):
        assert fenchel.sinkhorn(problem.a, problem.b, problem.cost, 0.01, callback=lambda p: answer,
                                monitor_interval=0.0).converged
    assert not fenchel.sinkhorn(problem.a, problem.b, problem.cost, 0.01, callback=lambda p: np.bool_(True),
                                monitor_interval=0.0).converged


def test_progress_grows(problem):
    r = fenchel.sinkhorn(problem.a, problem.b, problem.cost, 1e-3, trace=True)
    assert [p.passes for p in r.trace] == sorted(p.passes for p in r.trace)
    assert [p.seconds for p in r.trace] == sorted(p.seconds for p in r.trace)
    assert all(p.tol == r.tol for p in r.trace)


def test_monitor_interval_is_kept(slow_problem):
    calls = []
    keywords = {**slow_problem.keywords, "time_limit": 0.6}
    with pytest.warns(fenchel.ConvergenceWarning, match="time limit"):
        fenchel.sinkhorn(None, None, slow_problem.cost, callback=calls.append, monitor_interval=0.2, **keywords)
    assert 2 <= len(calls) <= 5
    assert min(np.diff([p.seconds for p in calls])) >= 0.2


def test_reentry_is_refused(problem):
    results = []

    def callback(progress):
        # A nested solve is another solver, and fine.
        results.append(fenchel.sinkhorn(None, None, problem.cost, 0.1))

    fenchel.sinkhorn(problem.a, problem.b, problem.cost, 0.01, callback=callback, monitor_interval=0.0)
    assert results and all(r.converged for r in results)


def test_other_threads_run_during_a_solve(slow_problem):
    ticks, done = [], threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.005)

    thread = threading.Thread(target=tick)
    thread.start()
    start = time.perf_counter()
    try:
        with pytest.warns(fenchel.ConvergenceWarning):
            fenchel.sinkhorn(None, None, slow_problem.cost, **{**slow_problem.keywords, "time_limit": 0.5})
    finally:
        end = time.perf_counter()
        done.set()
        thread.join()
    during = [t for t in ticks if start < t < end]
    assert end - start > 0.4 and len(during) > 20


def test_solves_in_many_threads(problem):
    expected = fenchel.sinkhorn(problem.a, problem.b, problem.cost, 0.01).phi
    cloud = fenchel.PointCloud(problem.cost)  # one geometry shared by all
    shared = fenchel.sinkhorn(None, None, cloud, 0.1).phi
    wrong = []

    def work():
        for _ in range(50):
            if not np.array_equal(fenchel.sinkhorn(problem.a, problem.b, problem.cost, 0.01).phi, expected):
                wrong.append("matrix")
            if not np.array_equal(fenchel.sinkhorn(None, None, cloud, 0.1).phi, shared):
                wrong.append("cloud")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not wrong


SCRIPT = """
import os, signal, sys, threading, time
import numpy as np, fenchel
x = np.random.default_rng(1).random((2, 1000))
cost = (x[0][:, None] - x[1]) ** 2
cloud = fenchel.PointCloud(np.random.default_rng(1).random((6000, 3)))
stack = np.random.default_rng(1).random((20000, 30, 30))
sent = []
def interrupt():
    time.sleep(0.4)
    sent.append(time.perf_counter())
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt, daemon=True).start()
handler = signal.getsignal(signal.SIGINT)
try:
    {call}
    print("finished")
except KeyboardInterrupt:
    assert signal.getsignal(signal.SIGINT) is handler
    print(time.perf_counter() - sent[0])
"""
CALLS = {
    "sinkhorn": 'fenchel.sinkhorn(None, None, cost, 1e-4, method="sinkhorn", max_iter=10**9, tol=1e-12, time_limit=20)',
    "auto": 'fenchel.sinkhorn(None, None, cloud, 1e-5)',
    "callback": 'fenchel.sinkhorn(None, None, cost, 1e-4, method="sinkhorn", max_iter=10**9, tol=1e-12, time_limit=20,'
                ' callback=lambda p: None, monitor_interval=100)',
    "batch": 'fenchel.sinkhorn_batch(None, None, stack, 1e-3, method="sinkhorn", tol=1e-12)',
}


@pytest.mark.parametrize("call", list(CALLS))
def test_ctrl_c(call):
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", SCRIPT.format(call=CALLS[call])], capture_output=True,
                          text=True, timeout=100)
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert done.stdout.strip() != "finished", "the solve ended before the signal: make it longer"
    latency = float(done.stdout)
    print(f"Ctrl-C during {call}: {latency * 1e3:.0f} ms")
    crowded = os.getloadavg()[0] > (os.cpu_count() or 1)
    assert latency < (0.5 if crowded else 0.1)  # 0.1 s is promised; with more processes than CPUs, turns are waited for


def test_signal_handlers_are_left_alone(problem):
    before = {s: signal.getsignal(s) for s in signal.valid_signals()}
    fenchel.sinkhorn(problem.a, problem.b, problem.cost, 0.01)
    assert before == {s: signal.getsignal(s) for s in signal.valid_signals()}


def test_a_result_shared_by_threads_answers_or_is_busy():
    rng = np.random.default_rng(0)
    r = fenchel.sinkhorn(None, None, fenchel.PointCloud(rng.random((1000, 3))), 0.05)
    plan, outcomes = r.plan(), []

    def ask():
        for _ in range(5):
            try:
                outcomes.append(np.array_equal(r.plan(), plan))
            except fenchel.errors.BusyError:
                outcomes.append(True)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(outcomes) == 20 and all(outcomes)
