"""One full log-domain Sinkhorn iteration against POT's sinkhorn_log, one thread."""
from bench_case import Table, ratio, seconds

REQUIRED = {"avx512": 12, "avx2": 6}


def run(context):
    table = Table("One full log-domain iteration, one thread (CPU time)",
                  ["n", "dtype", "instruction set", "fenchel", "ns per entry", "POT sinkhorn_log", "ratio"])
    for n in (1000,) if context.quick else (1000, 2000):
        for dtype in ("float64", "float32"):
            peer = context.peer("pot_iteration", n=n, dtype=dtype)
            for target in ("avx512", "avx2", "baseline"):
                ours = context.ours("iteration", n=n, dtype=dtype, extra={"FENCHEL_TARGET": target})
                if ours.get("target") != target:
                    continue
                table.row(n, dtype, target, seconds(ours), f"{1e9 * ours['seconds'] / n / n:.2f}", seconds(peer),
                          ratio(peer, ours))
                if target in REQUIRED:
                    times = peer["seconds"] / ours["seconds"]
                    table.verdict(f"iteration n={n} {dtype} {target}", f">= {REQUIRED[target]}x", f"{times:.1f}x",
                                  times >= REQUIRED[target])
    return table
