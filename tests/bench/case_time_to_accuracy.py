"""Time to an L1 error of 1e-6 at eps = 1e-3 of the range, n = 2000, against the best converging method of each peer."""
from bench_case import Table, ratio, seconds, usable

import bench_peers

TARGET = 1e-6
LIMIT = 60  # seconds a job may take, calibration of its tolerance included


def contestants(quick):
    for method in bench_peers.POT_METHODS[:1] if quick else bench_peers.POT_METHODS:
        yield "POT", "pot_race", method
    for method in ["lse, momentum 1.5"] if quick else bench_peers.OTT_METHODS:
        yield "OTT-JAX", "ott_race", method
    for method in ["sinkhorn_ssns"] if quick else bench_peers.REGOT_METHODS:
        yield "RegOT", "regot_race", method


def run(context):
    n = 300 if context.quick else 2000
    table = Table(f"Time to an L1 error of {TARGET:.0e}, clouds n={n}, eps 1e-3 of the range, f64",
                  ["threads", "contestant", "method", "time", "L1 error", "iterations or passes", "times fenchel auto"])
    alone = {}
    for threads in (1, 2):
        ours = context.ours("race", n=n, eps=1e-3, target=TARGET, threads=threads)
        table.row(threads, "fenchel", "auto", seconds(ours), f"{ours.get('error', 1):.1e}", ours.get("passes", ""), "1")
        for method in ("sinkhorn_anderson", "sinkhorn_scaled", "sinkhorn"):
            other = context.ours("race", n=n, eps=1e-3, target=TARGET, threads=threads, method=method)
            table.row(threads, "fenchel", method, seconds(other), f"{other.get('error', 1):.1e}", other.get("passes", ""),
                      ratio(other, ours))
        best = {}
        for peer, function, method in contestants(context.quick):
            job = {"n": n, "eps": 1e-3, "target": TARGET, "method": method, "timeout": LIMIT}
            if threads == 2 and alone.get((peer, method), LIMIT) > 2 * min(v for k, v in alone.items() if k[0] == peer):
                continue  # with two threads only what was near the peer's best with one
            figures = context.peer(function, threads=threads, **job)
            table.row(threads, peer, method, seconds(figures), f"{figures['error']:.1e}" if "error" in figures else "",
                      figures.get("iterations", ""), ratio(figures, ours))
            if usable(figures):
                alone.setdefault((peer, method), figures["seconds"])
                if figures["seconds"] < best.get(peer, {"seconds": LIMIT})["seconds"]:
                    best[peer] = dict(figures, method=method)
        for peer, figures in best.items():
            times = figures["seconds"] / ours["seconds"] if "seconds" in ours else 0.0
            table.verdict(f"time to 1e-6, {threads} thread(s), {peer} ({figures['method']})", ">= 10x", f"{times:.1f}x",
                          times >= 10)
    return table
