"""Runs one job in a process of its own: bench_worker.py MODULE FUNCTION JSON -> a line of JSON.

isolated() is the caller's side: it fixes the number of threads by the environment, which must happen before NumPy,
JAX or torch are loaded, and by CPU affinity, which none of them can ignore.
"""
import json
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def clock():
    """CPU time where one thread runs, so that a busy machine does not count; wall-clock time for more threads."""
    return time.process_time() if os.environ.get("OMP_NUM_THREADS") == "1" else time.perf_counter()


def wait_until_idle(deadline, window=0.2, share=0.93):
    """Returns when the machine was idle for a moment, or at time.monotonic() = deadline: two threads cannot be timed while
    something else holds a core."""
    def sample():
        with open("/proc/stat", encoding="ascii") as stat:
            ticks = [int(word) for word in stat.readline().split()[1:9]]
        return ticks[3] + ticks[4], sum(ticks)

    while os.path.exists("/proc/stat") and time.monotonic() < deadline:
        idle, total = sample()
        time.sleep(window)
        idle_now, total_now = sample()
        if idle_now - idle >= share * max(total_now - total, 1):
            return


def median_time(function, repeats):
    import statistics

    times = []
    for _ in range(repeats):
        start = clock()
        function()
        times.append(clock() - start)
    return statistics.median(times)


def environment(threads, extra=None):
    env = dict(os.environ)
    for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM"):
        env[name + "_NUM_THREADS"] = str(threads)
    env["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={'true' if threads > 1 else 'false'}"
    env["JAX_PLATFORMS"] = "cpu"
    for backend in ("JAX", "PYTORCH", "TENSORFLOW", "CUPY"):  # POT imports whatever is installed
        env[f"POT_BACKEND_DISABLE_{backend}"] = "1"
    env.update(extra or {})
    return env


def isolated(python, module, function, threads=1, timeout=None, extra=None, **arguments):
    """Figures of a job, or {"failed": reason}."""
    cores = sorted(os.sched_getaffinity(0))[-threads:]
    command = [python, os.path.join(HERE, "bench_worker.py"), module, function,
               json.dumps(dict(arguments, threads=threads))]
    try:
        done = subprocess.run(command, env=environment(threads, extra), timeout=timeout, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              preexec_fn=lambda: os.sched_setaffinity(0, cores))
    except subprocess.TimeoutExpired:
        return {"failed": f"over {timeout:.0f} s"}
    if done.returncode != 0:
        return {"failed": (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def main():
    module, function, arguments = sys.argv[1:4]
    sys.path.insert(0, HERE)
    job = getattr(__import__(module), function)
    print(json.dumps(job(**json.loads(arguments))))


if __name__ == "__main__":
    main()
