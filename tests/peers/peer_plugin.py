"""A pytest plugin: a peer's own tests, unchanged, with the peer's solvers replaced by fenchel's.

--peer NAME imports NAME_adapter, whose `replaced()` puts the adapters into the peer's modules before its tests are imported, and
reads NAME_expectations.txt: TEST VERDICT REASON, where TEST is FILE::FUNCTION or FILE::FUNCTION[FRAGMENT] for the cases whose
identifier contains FRAGMENT (the longest fragment counts). "pass" runs and must pass, "fail" runs and must not (a pass is
reported, so that the list is kept true), "either" runs and hangs on last digits, "inapplicable" is not run. A case that is said to pass and never calls fenchel proves
nothing and counts as failed.
"""

from __future__ import annotations

import importlib
import warnings
from collections import Counter
from pathlib import Path
from typing import Any, Iterator

import peer_calls
import pytest

expected: dict[str, tuple[str, str]] = {}
cases: dict[str, list[tuple[str, str, str]]] = {}
skipped: Counter[str] = Counter()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--peer", required=True, choices=("sklearn", "celer", "skglm"), help="whose tests these are")


def pytest_configure(config: pytest.Config) -> None:
    peer = config.getoption("--peer")
    # pytest collects within catch_warnings; what the peer's modules warn of at import is not ours
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module(f"{peer}_adapter").replaced()
    listed = Path(__file__).with_name(f"{peer}_expectations.txt")
    for line in listed.read_text(encoding="ascii").splitlines():
        if line.strip() and not line.startswith("#"):
            test, verdict, reason = line.split(None, 2)
            if verdict not in ("pass", "fail", "either", "inapplicable") or test in expected:
                raise pytest.UsageError(f"{listed.name}: {line}")
            expected[test] = (verdict, reason)


def _key(item: pytest.Item) -> str:
    """The line of the list that speaks of this case."""
    name = f"{item.path.name}::{item.originalname}"  # type: ignore[attr-defined]
    identifier = item.name[len(item.originalname):]  # type: ignore[attr-defined]
    fragments = [line[len(name) + 1:-1] for line in expected if line.startswith(name + "[")]
    found = [fragment for fragment in fragments if fragment in identifier]
    return f"{name}[{max(found, key=len)}]" if found else name


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    run = []
    for item in items:
        if expected.get(_key(item), ("", ""))[0] == "inapplicable":
            skipped[_key(item)] += 1
        else:
            run.append(item)
    config.hook.pytest_deselected(items=[item for item in items if item not in run])
    items[:] = run


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[Any]:
    report = yield
    if report.when == "setup":
        peer_calls.forget()
    if report.when == "call" or (report.when == "setup" and not report.passed):
        cases.setdefault(_key(item), []).append((*_outcome(report), item.name))
    return report


def _outcome(report: pytest.TestReport) -> tuple[str, str]:
    if report.failed:
        return "fail", _reason(report)
    if report.skipped:
        return "fail", "skipped itself"
    if not peer_calls.happened():
        return "fail", "passed without calling fenchel"
    return "pass", ""


def _reason(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(report.longrepr) if crash is None else crash.message
    return " ".join(text.split())[:160]


def _state(line: str) -> str:
    verdict = expected.get(line, ("unlisted", ""))[0]
    if verdict == "inapplicable":
        return "inapplicable" if skipped[line] else "MISSING"
    found = [outcome for outcome, _, _ in cases.get(line, [])]
    if not found:
        return "MISSING"
    if verdict == "pass":
        return "passes" if all(outcome == "pass" for outcome in found) else "UNEXPECTED FAILURE"
    if verdict == "either":
        return "within rounding"
    if verdict == "fail":
        return "fails as expected" if all(outcome == "fail" for outcome in found) else "UNEXPECTED PASS"
    return "UNLISTED"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    write = terminalreporter.write_line
    peer = terminalreporter.config.getoption("--peer")
    terminalreporter.section(f"the tests of {peer} against fenchel")
    lines: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for line in sorted(set(expected) | set(cases)):
        state, found = _state(line), cases.get(line, [])
        count = skipped[line] if state == "inapplicable" else len(found)
        lines[state] += 1
        counts[state] += count
        write(f"{state:18s} {line} ({count}): {expected.get(line, ('', 'add it to the list'))[1]}")
        for outcome, why, name in found:
            if state.isupper() and (outcome == "fail") == (state != "UNEXPECTED PASS"):
                write(f"{'':18s}   {name}: {why}")
    write(f"{peer}: " + ", ".join(f"{lines[state]} {state} ({counts[state]} cases)" for state in sorted(lines)))


def pytest_sessionfinish(session: pytest.Session) -> None:
    states = [_state(line) for line in set(expected) | set(cases)]
    session.exitstatus = 1 if not cases or any(state.isupper() for state in states) else 0
