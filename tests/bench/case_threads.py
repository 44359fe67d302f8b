"""What a second thread gives on n = 2000, and that the bits stay the same."""
from bench_case import Table, seconds


def run(context):
    n = 500 if context.quick else 2000
    table = Table(f"A second thread, n={n}, f64 (wall-clock, best of 20, interleaved)", ["method", "one thread", "two threads", "ratio", "same bits"])
    for method in ("sinkhorn", "auto"):
        ours = context.ours("scaling", n=n, eps=1e-3, method=method, threads=2)
        if "failed" in ours:
            table.row(method, ours["failed"], "", "", "")
            continue
        times = ours["one"] / ours["two"]
        table.row(method, seconds(ours["one"]), seconds(ours["two"]), f"{times:.2f}x", "yes" if ours["same_bits"] else "NO")
        table.verdict(f"second thread, {method}", ">= 1.7x, same bits", f"{times:.2f}x, "
                      f"{'same' if ours['same_bits'] else 'other'} bits", times >= 1.7 and ours["same_bits"])
    return table
