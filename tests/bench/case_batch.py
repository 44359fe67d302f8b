"""Ten thousand couplings of 32 x 32 in one call, against a Python loop over POT and against ot.batch."""
from bench_case import Table, ratio, seconds

TARGET = 1e-6


def run(context):
    count = 500 if context.quick else 10000
    table = Table(f"{count} problems of 32 x 32, eps 0.05 of the range, every L1 error <= {TARGET:.0e} (one thread: CPU time, two: wall-clock)",
                  ["contestant", "threads", "time", "per problem", "worst L1 error", "ratio to fenchel, same threads"])
    for threads in (1, 2):
        ours = context.ours("batch", count=count, target=TARGET, threads=threads)
        table.row("fenchel", threads, seconds(ours), seconds(ours["seconds"] / count) if "seconds" in ours else "",
                  f"{ours.get('error', 1):.1e}", "1")
        for name, function, required in (("Python loop over ot.sinkhorn", "pot_loop", 50), ("ot.batch", "pot_batch", 5)):
            peer = context.peer(function, count=count, target=TARGET, threads=threads, timeout=1200)
            table.row(name, threads, seconds(peer), seconds(peer["seconds"] / count) if "seconds" in peer else "",
                      f"{peer.get('error', 1):.1e}", ratio(peer, ours))
            if "seconds" in peer and "seconds" in ours:
                times = peer["seconds"] / ours["seconds"]
                table.verdict(f"batch against {name}, {threads} thread(s)", f">= {required}x", f"{times:.1f}x",
                              times >= required)
    return table
