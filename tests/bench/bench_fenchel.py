"""How fenchel is run in the races: the same data, the same clocks, its default method unless a case says otherwise."""
import resource
import statistics
import time
import warnings

import numpy as np

import bench_problems as problems
from bench_worker import clock, median_time, wait_until_idle


def _fenchel():
    import fenchel

    warnings.simplefilter("ignore", fenchel.ConvergenceWarning)
    return fenchel


def solve(problem, arguments, method="auto", threads=1, repeats=3, **keywords):
    """Default settings on a named problem; the error is measured afresh on the returned plan."""
    fenchel = _fenchel()
    cost, a, b, eps = getattr(problems, problem)(**arguments)
    result = fenchel.sinkhorn(a, b, cost, eps, method=method, num_threads=threads, **keywords)
    return {
        "error": problems.l1_error(result.plan(), a, b), "reported": result.error_a + result.error_b,
        "passes": result.passes, "newton": result.newton_steps, "cg": result.cg_iterations,
        "iterations": result.iterations, "termination": result.termination.name, "target": fenchel.target(),
        "seconds": median_time(lambda: fenchel.sinkhorn(a, b, cost, eps, method=method, num_threads=threads, **keywords),
                               repeats),
    }


def iteration(n, dtype, threads=1, eps=1e-3, repeats=7):
    """Seconds of one full log-domain sweep: the slope between 2 and 22 iterations of method "sinkhorn"."""
    fenchel = _fenchel()
    cost, a, b, eps = problems.cloud(n, eps)
    cost, a, b = (v.astype(dtype) for v in (cost, a, b))

    def run(iterations):
        return fenchel.sinkhorn(a, b, cost, eps, method="sinkhorn", tol=1e-300, max_iter=iterations)

    slopes = []
    for _ in range(repeats):
        start = clock()
        few = run(2)
        middle = clock()
        many = run(22)
        slopes.append((clock() - middle - (middle - start)) / (many.sweeps - few.sweeps))
    return {"seconds": statistics.median(slopes), "sweeps": many.sweeps, "target": fenchel.target()}


def race(n, eps, target, threads=1, repeats=5, method="auto", dtype="float64"):
    """Time to an L1 error below `target`, from arrays to potentials, with the default method."""
    fenchel = _fenchel()
    cost, a, b, eps = problems.cloud(n, eps)
    cost, a, b = (v.astype(dtype) for v in (cost, a, b))
    tol = target
    for _ in range(4):
        result = fenchel.sinkhorn(a, b, cost, eps, method=method, tol=tol, num_threads=threads)
        error = problems.l1_error(result.plan(), a, b)
        if error <= target:
            break
        tol *= 0.5
    seconds = median_time(
        lambda: fenchel.sinkhorn(a, b, cost, eps, method=method, tol=tol, num_threads=threads), repeats)
    return {"seconds": seconds, "error": error, "passes": result.passes, "newton": result.newton_steps,
            "cg": result.cg_iterations, "target": fenchel.target()}


def scaling(n, eps, method, threads=2, repeats=20):
    """Wall-clock seconds with one thread and with `threads`, and whether all potentials agree bit for bit. Interleaved, and
    the best of many: what else runs on the machine only adds, and adds more where both cores are needed."""
    fenchel = _fenchel()
    cost, a, b, eps = problems.cloud(n, eps)
    limit = {"max_iter": 50, "tol": 1e-300} if method == "sinkhorn" else {}
    times, bits = {1: [], threads: []}, set()
    deadline = time.monotonic() + 90.0
    for _ in range(repeats):
        wait_until_idle(deadline)
        for count in times:
            start = time.perf_counter()
            result = fenchel.sinkhorn(a, b, cost, eps, method=method, num_threads=count, **limit)
            times[count].append(time.perf_counter() - start)
            bits.add(result.phi.tobytes() + result.psi.tobytes())
    one, two = (min(times[count]) for count in (1, threads))
    return {"one": one, "two": two, "same_bits": len(bits) == 1, "passes": result.passes}


def point_cloud(n, target, threads=1, method="auto", repeats=3):
    """The clouds of GeomLoss's race. Our cost is ||x - y||^2: eps and potentials are twice GeomLoss's."""
    fenchel = _fenchel()
    x, y, a, b, eps = problems.space_cloud(n)
    start = clock()
    fenchel.sinkhorn(a[:64] * (n / 64), b[:64] * (n / 64), fenchel.PointCloud(x[:64], y[:64]), 2 * eps, tol=target)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    times, tol = [], target
    while True:
        start = clock()
        result = fenchel.sinkhorn(a, b, fenchel.PointCloud(x, y), 2 * eps, method=method, tol=tol, num_threads=threads)
        times.append(clock() - start)
        if len(times) == 1:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            error = problems.cloud_l1_error(x, y, a, b, 0.5 * result.phi, 0.5 * result.psi, eps)
            if error > target and tol > target / 16:
                times, tol = [], tol / 2
                continue
        if len(times) == repeats:
            break
    return {"seconds": statistics.median(times), "error": error, "passes": result.passes, "newton": result.newton_steps,
            "cg": result.cg_iterations, "peak_mb": peak, "growth_mb": peak - before, "method": method}


def batch(count, target, threads=1, repeats=7, method="auto"):
    """All problems in one call, with plans, to the same L1 error of every one."""
    fenchel = _fenchel()
    cost, a, b, eps = problems.small_batch(count)
    tol = target
    for _ in range(4):
        result = fenchel.sinkhorn_batch(a, b, cost, eps, plans=True, tol=tol, num_threads=threads, method=method)
        error = max(problems.l1_error(result.plans[k], a[k], b[k]) for k in range(count))
        if error <= target:
            break
        tol *= 0.5
    times = []
    deadline = time.monotonic() + 30.0
    for _ in range(repeats):
        if threads > 1:
            wait_until_idle(deadline)
        start = clock()
        fenchel.sinkhorn_batch(a, b, cost, eps, plans=True, tol=tol, num_threads=threads, method=method)
        times.append(clock() - start)
    return {"seconds": min(times), "error": error, "passes": float(np.mean(result.passes)),
            "refused": result.failed}


def cold(threads=1):
    """Seconds of `import fenchel` and its first 100 x 100 solve, in a fresh process with NumPy loaded already."""
    rng = np.random.RandomState(0)
    cost, a = rng.rand(100, 100), np.full(100, 0.01)
    start = time.perf_counter()
    import fenchel

    middle = time.perf_counter()
    fenchel.sinkhorn(a, a, cost, 0.1)
    end = time.perf_counter()
    return {"seconds": end - start, "import": middle - start, "solve": end - middle}


def overhead(calls, threads=1):
    """Microseconds of a 10 x 10 call beyond the solve it reports: the best of seven rounds, for the rest is interference."""
    fenchel = _fenchel()
    rng = np.random.RandomState(0)
    cost, a = rng.rand(10, 10), np.full(10, 0.1)
    rounds = []
    for _ in range(7):
        inside = 0.0
        start = time.perf_counter()
        for _ in range(calls):
            inside += fenchel.sinkhorn(a, a, cost, 0.1).seconds
        rounds.append((1e6 * (time.perf_counter() - start - inside) / calls, 1e6 * inside / calls))
    beyond, solving = zip(*rounds)
    return {"overhead_us": min(beyond), "solve_us": min(solving)}
