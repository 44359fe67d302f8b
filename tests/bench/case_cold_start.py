"""From a fresh interpreter with NumPy loaded: import and first 100 x 100 solve."""
import statistics

from bench_case import Table, seconds


def run(context):
    table = Table("Cold start: import and first 100 x 100 solve, NumPy already imported (wall-clock, median of 9)",
                  ["contestant", "in all", "of it import", "of it solve"])
    runs = [context.ours("cold") for _ in range(9)]
    if any("failed" in r for r in runs):
        table.row("fenchel", next(r["failed"] for r in runs if "failed" in r), "", "")
        table.verdict("cold start", "< 0.15 s", "failed", False)
    else:
        middle = {key: statistics.median(r[key] for r in runs) for key in ("seconds", "import", "solve")}
        table.row("fenchel", seconds(middle["seconds"]), seconds(middle["import"]), seconds(middle["solve"]))
        table.verdict("cold start", "< 0.15 s", seconds(middle["seconds"]), middle["seconds"] < 0.15)
    for name, function in (("POT", "pot_cold"), ("OTT-JAX", "ott_cold")):
        context.peer(function)  # the first one fills the file cache
        table.row(name, seconds(context.peer(function)), "", "")
    return table
