#!/usr/bin/env python3
"""Runs the problems of problems.json in every language that was built and compares the answers bit for bit.

usage: conformance.py --source REPOSITORY --build BUILD --scratch FOLDER --c-runner PROGRAM [--python INTERPRETER]

A language that was not built is skipped and named; with C alone there is nothing to compare, which is a skip (77).
"""
import argparse
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
REAL = {"eps", "rho_a", "rho_b", "mass_b", "tol", "lam"}  # travel as the bits of a double
FEWEST_LINES = {"problems": 200, "composite": 60, "bilevel": 60}  # of each runner: a runner that stops early must not pass
GROUPS = ("problems", "composite", "bilevel")
COMPOSITE = {"java", "python", "rust"}  # languages whose runner answers the list "composite"; the others are named as not asked


def write_cases(path: pathlib.Path, group: str) -> int:
    """One line a problem, key=value: no runner needs a JSON reader, and no decimal number is parsed twice."""
    table = json.loads((HERE / "problems.json").read_text())
    defaults = table["defaults" if group == "problems" else f"{group}_defaults"]
    lines = []
    for problem in table[group]:
        unknown = set(problem) - set(defaults) - {"name", "seed"}
        if unknown:
            sys.exit(f"{problem['name']}: unknown keys {unknown}")
        words = []
        for key, value in {**defaults, **problem}.items():
            if key in REAL:
                value = struct.pack(">d", float(value)).hex()
            elif isinstance(value, list):
                value = ",".join(map(str, value)) or "-"
            words.append(f"{key}={value}")
        lines.append(" ".join(words))
    path.write_text("\n".join(lines) + "\n")
    return len(lines)


def run(command: list, **environment) -> str:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, env={**os.environ, **environment})
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


# ---- runners: each returns the printed answers, or the reason why it cannot -----------------------------------------

def run_rust(args, cases):
    if not shutil.which("cargo"):
        return None, "there is no cargo"
    target = args.build / "rust"
    run(["cargo", "build", "--release", "--quiet", "--manifest-path", HERE / "rust_runner" / "Cargo.toml", "--target-dir", target],
        FENCHEL_LIB_DIR=str(args.build), CARGO_NET_OFFLINE="true")
    return run([target / "release" / "rust_runner", cases], LD_LIBRARY_PATH=str(args.build)), ""


def run_python(args, cases):
    if not list((args.build / "python" / "fenchel").glob("_raw*.so")):
        return None, "the module was not built"
    for interpreter in (args.build / "venv/bin/python", args.source / "build/venv/bin/python", args.python):
        test = [interpreter, "-B", "-c", "import numpy, fenchel"]
        environment = {"PYTHONPATH": str(args.build / "python"), "PYTHONDONTWRITEBYTECODE": "1"}
        if shutil.which(str(interpreter)) and subprocess.run(
                list(map(str, test)), capture_output=True, env={**os.environ, **environment}).returncode == 0:
            return run([interpreter, HERE / "conformance_runner.py", cases], **environment), ""
    return None, "no interpreter with NumPy can import it"


def run_java(args, cases):
    jar = args.build / "fenchel.jar"
    if not jar.exists():
        return None, "the jar was not built"
    classes = args.scratch / "classes"
    shutil.rmtree(classes, ignore_errors=True)
    run(["javac", "-d", classes, "-cp", jar, HERE / "ConformanceRunner.java", HERE / "CompositeCases.java", HERE / "BilevelCases.java"])
    return run(["java", "-cp", f"{classes}{os.pathsep}{jar}", "ConformanceRunner", cases]), ""


RUNNERS = {"python": run_python, "java": run_java, "rust": run_rust}


def compare(language: str, expected: list, found: list) -> int:
    """Prints the first lines that differ; returns how many do."""
    by_key = {tuple(line.split(" ", 2)[:2]): line for line in found}
    differing = [line for line in expected if by_key.get(tuple(line.split(" ", 2)[:2])) != line]
    extra = [line for line in found if line not in set(expected)] if len(found) > len(expected) else []
    for line in differing[:8]:
        other = by_key.get(tuple(line.split(" ", 2)[:2]), "(missing)")
        print(f"  C:      {line[:160]}\n  {language + ':':<7} {other[:160]}")
    for line in extra[:4]:
        print(f"  {language} only: {line[:160]}")
    return len(differing) + len(extra)


def compare_group(args, group: str) -> tuple:
    """One list of problems in every language: (languages compared, differences)."""
    cases = args.scratch / f"{group}.txt"
    count = write_cases(cases, group)
    expected = run([args.c_runner, cases]).splitlines()
    (args.scratch / f"{group}_c.txt").write_text("\n".join(expected) + "\n")
    solved = {line.split()[0] for line in expected}
    if len(solved) != count or len(expected) < FEWEST_LINES[group]:
        sys.exit(f"the C runner answered {len(solved)} of {count} problems in {len(expected)} lines")
    unasked = [line for line in expected if " status " in line and not line.startswith("bad_")]
    if unasked:
        sys.exit("problems that should be solved failed:\n  " + "\n  ".join(unasked))
    compared, wrong = ["C"], 0
    for language, runner in RUNNERS.items():
        if group == "composite" and language not in COMPOSITE:
            print(f"skipped: {language}: its runner does not know composite problems")
            continue
        answers, reason = runner(args, cases)
        if answers is None:
            print(f"skipped: {language}: {reason}")
            continue
        (args.scratch / f"{group}_{language}.txt").write_text(answers)
        differing = compare(language, expected, answers.splitlines())
        print(f"{language}: {len(expected)} lines, {differing} differ from C")
        compared.append(language)
        wrong += differing
    print(f"{group}: {count} problems, {len(expected)} lines of answers, in {', '.join(compared)}: {wrong} differences")
    return compared, wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("--source", "--build", "--scratch", "--c-runner"):
        parser.add_argument(option, required=True, type=pathlib.Path)
    parser.add_argument("--python", default=sys.executable, help="an interpreter that the module was built for")
    args = parser.parse_args()
    args.scratch.mkdir(parents=True, exist_ok=True)
    groups = [compare_group(args, group) for group in GROUPS]
    if all(compared == ["C"] for compared, _ in groups):
        return 77
    return 1 if any(wrong for _, wrong in groups) else 0


if __name__ == "__main__":
    sys.exit(main())
