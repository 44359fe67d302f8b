"""What every case file gets and gives: a Context to run jobs with, and a Table."""
from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path
from typing import Any

import bench_worker


@dataclasses.dataclass
class Table:
    """One case's outcome: a table, the verdicts on the issue's requirements, and remarks."""

    title: str
    columns: list[str]
    rows: list[list[str]] = dataclasses.field(default_factory=list)
    verdicts: list[tuple[str, str, str, bool]] = dataclasses.field(default_factory=list)  # what, required, measured, met
    notes: list[str] = dataclasses.field(default_factory=list)

    def row(self, *cells: Any) -> None:
        self.rows.append([str(cell) for cell in cells])

    def verdict(self, what: str, required: str, measured: str, met: bool) -> None:
        self.verdicts.append((what, required, measured, bool(met)))


class Context:
    """Runs jobs in processes of their own. Peers' figures are kept in a file and taken from there when `cached`."""

    def __init__(self, python: str, root: Path, quick: bool, cached: bool) -> None:
        self.python, self.root, self.quick, self.cached = python, root, quick, cached
        self.build = root / "build"
        self._file = self.build / "bench-peers.json"
        self._known = json.loads(self._file.read_text()) if self._file.exists() else {}

    def ours(self, function: str, **arguments: Any) -> dict[str, Any]:
        extra = {"PYTHONPATH": str(self.build / "python"), **arguments.pop("extra", {})}
        return bench_worker.isolated(self.python, "bench_fenchel", function, extra=extra, **arguments)

    def peer(self, function: str, slow: bool = False, **arguments: Any) -> dict[str, Any]:
        """`slow` jobs (over ten minutes) are measured again only when their figure is not in the file."""
        key = json.dumps([function, {k: v for k, v in arguments.items() if k != "timeout"}], sort_keys=True)
        if key in self._known and (self.cached or slow):
            return self._known[key]["figures"]
        figures = bench_worker.isolated(self.python, "bench_peers", function, **arguments)
        self._known[key] = {"figures": figures, "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())}
        self._file.write_text(json.dumps(self._known, indent=1, sort_keys=True))
        return figures


def seconds(value: float | dict[str, Any]) -> str:
    if isinstance(value, dict):
        if "failed" in value:
            return value["failed"]
        if value.get("missed"):
            return f"not reached ({seconds(value['seconds'])}, error {value['error']:.1e})"
        value = value["seconds"]
    if value < 1e-3:
        return f"{1e6 * value:.1f} us"
    return f"{1e3 * value:.2f} ms" if value < 1 else f"{value:.2f} s"


def usable(figures: dict[str, Any]) -> bool:
    return "seconds" in figures and not figures.get("missed")


def ratio(peer: dict[str, Any], ours: dict[str, Any]) -> str:
    return f"{peer['seconds'] / ours['seconds']:.1f}x" if usable(peer) and usable(ours) else "-"
