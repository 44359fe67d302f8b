"""What a call costs beyond the solve, on a 10 x 10 problem, in each language; Python's is compared with POT's whole call."""
import os
import shutil
import subprocess

from bench_case import Table, seconds

LIMITS = {"C": 2, "Rust": 2, "Java": 5, "Python": 20}


def command(language, root):
    """Builds the program and returns how to run it, or raises with the reason why not."""
    here, build = root / "tests" / "bench" / "overhead", root / "build"
    work = build / "bench-overhead"
    work.mkdir(exist_ok=True)
    if language == "C":
        subprocess.run([shutil.which("cc") or "gcc", "-O2", "-std=c11", "-o", work / "call_overhead", here / "call_overhead.c",
                        f"-I{root / 'capi' / 'include'}", f"-L{build}", "-lfenchel", f"-Wl,-rpath,{build}"], check=True)
        return [work / "call_overhead"]
    if language == "Rust":
        env = {**os.environ, "FENCHEL_LIB_DIR": str(build)}
        subprocess.run(["cargo", "build", "--quiet", "--release", "--manifest-path", here / "Cargo.toml", "--target-dir",
                        work / "rust"], check=True, env=env)
        return [work / "rust" / "release" / "call-overhead"]
    subprocess.run(["javac", "-d", work, "-cp", build / "fenchel.jar", here / "CallOverhead.java"], check=True)
    return ["java", "-cp", f"{work}:{build / 'fenchel.jar'}", "CallOverhead"]


def measure(language, context):
    if language == "Python":
        figures = context.ours("overhead", calls=2000 if context.quick else 10000)
        return (figures["overhead_us"], figures["solve_us"]) if "solve_us" in figures else figures["failed"]
    try:
        env = {**os.environ, "LD_LIBRARY_PATH": str(context.build)}
        done = subprocess.run(command(language, context.root), check=True, stdout=subprocess.PIPE, text=True, env=env)
        return tuple(float(word) for word in done.stdout.split())
    except (subprocess.CalledProcessError, OSError) as error:
        return f"not built or run ({type(error).__name__})"


def run(context):
    table = Table("Call overhead, 10 x 10 problem, one call in and potentials out (wall-clock, best of 7 rounds)",
                  ["language", "beyond the solve", "the solve"])
    for language, limit in LIMITS.items():
        figures = measure(language, context)
        if isinstance(figures, str):
            table.row(language, figures, "")
            table.verdict(f"call overhead, {language}", f"<= {limit} us", figures, False)
            continue
        table.row(language, *(seconds(1e-6 * f) for f in figures))
        table.verdict(f"call overhead, {language}", f"<= {limit} us", f"{figures[0]:.1f} us", figures[0] <= limit)
    peer = context.peer("pot_call")
    table.row("POT, ot.sinkhorn", f"{seconds(peer)} in all", "")
    return table
