"""Every problem of the list, default settings, f64: an L1 error of at most 1e-9 in at most 150 passes."""
from bench_case import Table, seconds

PEERS = ["sinkhorn_log", "sinkhorn_stabilized", "sinkhorn_epsilon_scaling"]


def instances(quick):
    for n in (300,) if quick else (300, 1500):
        for weights in ("random", "decades"):
            for power in range(1, 6):
                yield f"clouds n={n}, {weights} weights, eps 1e-{power}", "cloud", {
                    "n": n, "eps": 10.0 ** -power, "weights": weights}
    yield "random assignment n=500, eta 1200", "assignment", {}
    yield "28x28 images, squared L2, eta 1200", "images", {"kind": "l2"}
    yield "28x28 images, L1, eta 1200", "images", {"kind": "l1"}


def run(context):
    table = Table("Reliability: default settings, f64", ["problem", "L1 error", "passes", "Newton", "CG", "time", "ended",
                                                         *(f"POT {m} error" for m in PEERS)])
    worst_error, worst_passes, misses = 0.0, 0, []
    for name, problem, arguments in instances(context.quick):
        ours = context.ours("solve", problem=problem, arguments=arguments)
        small = arguments.get("n", 500) <= 500 and arguments.get("weights") != "decades"
        peers = [context.peer("pot_error", problem=problem, method=m, timeout=300, **arguments) if small else {}
                 for m in PEERS]
        errors = [f"{p['error']:.0e}" if "error" in p else p.get("failed", "") for p in peers]
        if "failed" in ours:
            table.row(name, ours["failed"], "", "", "", "", "", *errors)
            misses.append(name)
            continue
        table.row(name, f"{ours['error']:.1e}", ours["passes"], ours["newton"], ours["cg"], seconds(ours),
                  ours["termination"].lower(), *errors)
        worst_error, worst_passes = max(worst_error, ours["error"]), max(worst_passes, ours["passes"])
        if not (ours["error"] <= 1e-9 and ours["passes"] <= 150):
            misses.append(name)
    table.verdict("reliability, every problem", "L1 error <= 1e-9, <= 150 passes",
                  f"{worst_error:.1e}, {worst_passes} passes" + (f"; missed: {'; '.join(misses)}" if misses else ""),
                  not misses)
    return table
