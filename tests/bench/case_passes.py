"""Passes over the cost matrix on the three problems of the Sinkhorn-Newton-Sparse paper, against plain Sinkhorn and `sns`."""
from bench_case import Table, seconds

PROBLEMS = [("random assignment n=500", "assignment", {}, 40), ("28x28 images, squared L2", "images", {"kind": "l2"}, 45),
            ("28x28 images, L1", "images", {"kind": "l1"}, 80)]


def run(context):
    table = Table("Passes to an L1 error of 1e-9, eta 1200", ["problem", "method", "passes", "L1 error", "time", "ended"])
    for name, problem, arguments, most in PROBLEMS:
        for method in ("auto", "sns", "sinkhorn_anderson") + (() if context.quick else ("sinkhorn",)):
            ours = context.ours("solve", problem=problem, arguments=arguments, method=method, repeats=1,
                                max_iter=100000, timeout=600)
            if "failed" in ours:
                table.row(name, method, "", "", ours["failed"], "")
            else:
                table.row(name, method, ours["passes"], f"{ours['error']:.1e}", seconds(ours),
                          ours["termination"].lower())
            if method == "auto":
                met = "failed" not in ours and ours["passes"] <= most and ours["error"] <= 1e-9
                table.verdict(f"passes: {name}", f"<= {most}", str(ours.get("passes", ours.get("failed"))), met)
    return table
