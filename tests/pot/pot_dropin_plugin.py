"""A pytest plugin: POT's tests with POT's entropic solvers replaced by fenchel.compat.pot, on the NumPy backend.

Every test function must be in the list of expectations: "pass" runs and must pass, "fail" runs and must not (a pass is
reported, so that the list is kept true), "inapplicable" is not run. A test that is said to pass and never calls the drop-in
proves nothing and counts as failed.
"""

from __future__ import annotations

import functools
from collections import Counter
from typing import Any, Callable, Iterator

import ot
import ot.backend
import pytest

import fenchel.compat.pot as dropin

REPLACED = {
    ot: ("dist", "sinkhorn", "sinkhorn2", "sinkhorn_unbalanced", "sinkhorn_unbalanced2"),
    ot.utils: ("dist",),
    ot.bregman: ("sinkhorn", "sinkhorn2", "empirical_sinkhorn", "empirical_sinkhorn2", "empirical_sinkhorn_divergence"),
    ot.unbalanced: ("sinkhorn_unbalanced", "sinkhorn_unbalanced2"),
}

calls: Counter[str] = Counter()
outcomes: dict[str, list[tuple[str, str]]] = {}
expected: dict[str, tuple[str, str]] = {}


def _counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if name != "dist":
            calls[name] += 1
        return function(*args, **kwargs)

    return call


def _unchanged(*args: Any, **kwargs: Any) -> Callable[[Any], Any]:
    """POT's conftest has decorators that skip a backend; here there is one backend."""
    return lambda test: test


for module, names in REPLACED.items():
    for name in names:
        setattr(module, name, _counted(name, getattr(dropin, name)))
pytest.skip_backend = _unchanged  # type: ignore[attr-defined]
pytest.skip_arg = _unchanged  # type: ignore[attr-defined]


@pytest.fixture
def nx() -> Any:
    return ot.backend.NumpyBackend()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pot-expectations", required=True, help="what every test is expected to do, and why")


def pytest_configure(config: pytest.Config) -> None:
    with open(config.getoption("--pot-expectations"), encoding="ascii") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                test, verdict, reason = line.strip().split(None, 2)
                expected[test] = (verdict, reason)


def _key(item: pytest.Item) -> str:
    return f"{item.path.name}::{item.originalname}"  # type: ignore[attr-defined]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    run = [item for item in items if expected.get(_key(item), ("", ""))[0] != "inapplicable"]
    config.hook.pytest_deselected(items=[item for item in items if item not in run])
    items[:] = run


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    report = yield
    if report.when == "setup":
        calls.clear()
    if report.when == "call":
        verdict = _verdict(report)
        outcomes.setdefault(_key(item), []).append(verdict)
    return report


def _verdict(report: pytest.TestReport) -> tuple[str, str]:
    if report.failed:
        return "fail", str(report.longrepr).strip().splitlines()[-1]
    if report.skipped:
        return "fail", "skipped itself"
    if not calls:
        return "fail", "passed without calling the drop-in"
    return "pass", ""


def pytest_terminal_summary(terminalreporter: Any) -> None:
    write = terminalreporter.write_line
    terminalreporter.section("POT's tests against fenchel.compat.pot")
    tally: Counter[str] = Counter()
    for test in sorted(set(expected) | set(outcomes)):
        verdict, reason = expected.get(test, ("unlisted", "add it to expectations.txt"))
        results = outcomes.get(test, [])
        passed = sum(result == "pass" for result, _ in results)
        state = _state(verdict, passed, len(results))
        tally[state] += 1
        write(f"{state:22s} {test} ({passed}/{len(results)}): {reason}" if results else f"{state:22s} {test}: {reason}")
        for result, why in results:
            if result == "fail" and verdict != "fail":
                write(f"{'':22s}   {why}")
    write(", ".join(f"{count} {state}" for state, count in sorted(tally.items())))


def _state(verdict: str, passed: int, total: int) -> str:
    if verdict == "inapplicable":
        return "inapplicable"
    if total == 0:
        return "MISSING"
    if verdict == "pass":
        return "passes" if passed == total else "UNEXPECTED FAILURE"
    if verdict == "fail":
        return "fails as expected" if passed < total else "UNEXPECTED PASS"
    return "UNLISTED"


def pytest_sessionfinish(session: pytest.Session) -> None:
    states = []
    for test in set(expected) | set(outcomes):
        results = outcomes.get(test, [])
        passed = sum(result == "pass" for result, _ in results)
        states.append(_state(expected.get(test, ("unlisted", ""))[0], passed, len(results)))
    bad = any(state.isupper() for state in states)
    session.exitstatus = 1 if bad or not outcomes else 0
