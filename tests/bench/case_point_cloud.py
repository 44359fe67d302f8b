"""Point clouds of 20,000 points a side in three dimensions, float32, to an L1 error of 1e-3, against GeomLoss on KeOps."""
from bench_case import Table, ratio, seconds

TARGET = 1e-3


def run(context):
    n = 2000 if context.quick else 20000
    table = Table(f"Point clouds n=m={n}, d=3, f32, to an L1 error of {TARGET:.0e}, one thread",
                  ["contestant", "method", "time", "L1 error", "passes", "peak memory", "ratio"])
    peer = context.peer("geomloss_cloud", n=n, target=TARGET, timeout=3000)
    best = None
    for method in ("auto", "sinkhorn", "sinkhorn_anderson"):
        ours = context.ours("point_cloud", n=n, target=TARGET, method=method, timeout=900)
        if "failed" in ours:
            table.row("fenchel", method, ours["failed"], "", "", "", "")
            continue
        table.row("fenchel", method, seconds(ours), f"{ours['error']:.1e}", ours["passes"],
                  f"{ours['growth_mb']:.1f} MB above imports, {ours['peak_mb']:.0f} MB process", ratio(peer, ours))
        best = best or ours
    if "failed" in peer:
        table.row("GeomLoss + KeOps", "", peer["failed"], "", "", "", "")
    else:
        table.row("GeomLoss + KeOps", f"annealed, scaling {peer['scaling']}", seconds(peer), f"{peer['error']:.1e}",
                  f"{peer['iterations']} iterations", f"{peer['peak_mb']:.0f} MB process", "1")
    if peer.get("extrapolated"):
        table.notes.append(f"GeomLoss: {peer['iterations']} iterations, found on 2000 points of the same clouds together with "
                           f"the error, times {peer['per_iteration']:.2f} s an iteration measured on all {n}.")
    if best and "seconds" in peer:
        times = peer["seconds"] / best["seconds"]
        table.verdict("point cloud, default method", ">= 20x", f"{times:.0f}x", times >= 20 and best["error"] <= TARGET)
    if best:
        table.verdict("point cloud, memory above imports", "< 50 MB", f"{best['growth_mb']:.1f} MB", best["growth_mb"] < 50)
    return table
