"""Checks that read the sources: the direction of includes, names, folders, habits. Python's standard library only.

    python3 check_structure.py            every check
    python3 check_structure.py includes   one of them

Each check yields findings, "path:line: what is wrong"; none means that it passes. CTest runs them one by one.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]

# The one direction of dependency: a folder includes folders of its own layer and below.
LAYERS = {
    "base": 0,
    "kernels": 1,
    "operators": 2, "geometry": 2, "smooth": 2, "prox": 2, "linsolve": 2, "accel": 2,
    "solve": 3,
    "solvers": 4,
    "capi": 5,
    "bindings": 6,
}  # fmt: skip

TOP_LEVEL = {
    "core", "capi", "bindings", "tests", "examples", "CMakeLists.txt", "CMakePresets.json", "README.md", "LICENSE",
    "CHANGELOG.md", "CONTRIBUTING.md", ".ci",
}  # fmt: skip

# Names that a tool or a language prescribes; all other file names are unique in the repository.
PRESCRIBED = {
    "CMakeLists.txt", "README.md", "__init__.py", "__init__.pyi", "conftest.py", "pyproject.toml", "py.typed", "pom.xml",
    "Cargo.toml", "Cargo.lock", "lib.rs", "main.rs", "build.rs", "mod.rs", "package-info.java", "module-info.java", "run",
    "go.mod", ".gitignore", "LICENSE",
}  # fmt: skip

SOURCES = {
    ".c", ".h", ".cpp", ".hpp", ".def", ".i", ".in", ".map", ".cmake", ".py", ".pyi", ".java", ".rs", ".go", ".toml",
    ".xml", ".json", ".txt", ".sh", "",
}  # fmt: skip
CXX = {".c", ".h", ".cpp", ".hpp"}
GENERATED_MARK = re.compile(r"GENERATED|automatically generated", re.IGNORECASE)
MAX_FUNCTION = 100  # lines; above 60 a function is listed, above this it fails
LONG_FUNCTION = 60

Check = Callable[[], Iterator[str]]
CHECKS: dict[str, Check] = {}


def check(function: Check) -> Check:
    CHECKS[function.__name__] = function
    return function


def tracked() -> list[Path]:
    """Files that are committed or would be: paths relative to the root."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        paths = [Path(name) for name in listed.stdout.split("\0") if name]
        return sorted(path for path in paths if (ROOT / path).is_file())
    except (OSError, subprocess.CalledProcessError):
        pass  # no git, or an unpacked archive
    skipped = re.compile(r"build(-.*)?|target|__pycache__|\.git|\.cache")
    return sorted(
        path.relative_to(ROOT)
        for path in ROOT.rglob("*")
        if path.is_file() and not any(skipped.fullmatch(part) for part in path.relative_to(ROOT).parts)
    )


def text(path: Path) -> str:
    return (ROOT / path).read_bytes().decode("utf-8", errors="replace")


def lines(path: Path) -> list[str]:
    return text(path).splitlines()


def is_generated(path: Path) -> bool:
    return any(GENERATED_MARK.search(line) for line in lines(path)[:3])


def is_source(path: Path) -> bool:
    return path.suffix in SOURCES


def without_comments(source: str) -> str:
    """C or C++ text with comments and string literals blanked, line for line."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|R"\((?:.*?)\)"|"(?:\\.|[^"\\\n])*"', re.DOTALL)
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), source)


def layer_of(path: Path) -> str | None:
    top = path.parts[0]
    if top == "core":
        return path.parts[1] if len(path.parts) > 2 else None
    return top if top in ("capi", "bindings") else None


@check
def top_level() -> Iterator[str]:
    """Nothing else stands at the top of the repository."""
    for name in sorted({path.parts[0] for path in tracked()}):
        if name not in TOP_LEVEL and not name.startswith("."):
            yield f"{name}:1: not one of the entries that the top level has"


@check
def includes() -> Iterator[str]:
    """base <- kernels <- {operators, geometry, smooth, prox, linsolve, accel} <- solve <- solvers <- capi <- bindings."""
    quoted = re.compile(r'\s*#\s*include\s+"([^"]+)"')
    edges: dict[str, set[str]] = defaultdict(set)
    for path in tracked():
        own = layer_of(path)
        if own is None or path.suffix not in CXX | {".def", ".i", ".inc"}:
            continue
        if own not in LAYERS:
            yield f"{path}:1: core/{own} has no place in the order of layers"
            continue
        for number, line in enumerate(lines(path), 1):
            match = quoted.match(line)
            other = match.group(1).split("/")[0] if match and "/" in match.group(1) else None
            other = "capi" if other == "fenchel" else other
            if other not in LAYERS or other == own:
                continue
            if LAYERS[other] > LAYERS[own]:
                yield f"{path}:{number}: {own} includes {other}, which lies above it"
            edges[own].add(other)
    for own, others in sorted(edges.items()):
        for other in sorted(others):
            if own < other and own in edges[other]:
                yield f"core/{own}:1: {own} and {other} include each other"


@check
def file_names() -> Iterator[str]:
    """A file name occurs once in the repository, but for those that tools prescribe."""
    by_name: dict[str, list[Path]] = defaultdict(list)
    for path in tracked():
        if path.name not in PRESCRIBED and not path.name.startswith("."):
            by_name[path.name].append(path)
    for paths in by_name.values():
        if len(paths) > 1:
            yield f"{paths[1]}:1: same name as {', '.join(str(p) for p in paths if p != paths[1])}"


@check
def ascii_sources() -> Iterator[str]:
    """Sources are ASCII, without tabs or trailing blanks, and end with a newline."""
    for path in tracked():
        if not is_source(path) or path.parts[0] == ".git":
            continue
        data = (ROOT / path).read_bytes()
        for number, line in enumerate(data.split(b"\n"), 1):
            if any(byte > 126 or (byte < 32 and byte != 9) for byte in line):
                yield f"{path}:{number}: not ASCII"
            elif is_generated(path) or path.suffix == ".go":
                continue
            elif b"\t" in line:
                yield f"{path}:{number}: a tab"
            elif line != line.rstrip():
                yield f"{path}:{number}: trailing blanks"
        if data and not data.endswith(b"\n"):
            yield f"{path}:1: no newline at the end"


def wants_readme(folder: Path) -> bool:
    """Every folder but those whose place a language's tools prescribe, and the header's."""
    parts = folder.parts
    if parts[0] == ".ci":
        return False
    if parts[0] in ("bindings", "examples"):
        return len(parts) <= 2
    if parts[:2] == ("capi", "include"):
        return False
    if parts[:2] == ("tests", "consumers"):
        return len(parts) == 2
    return len(parts) <= 3


@check
def readmes() -> Iterator[str]:
    """Every folder has a README.md of a paragraph."""
    files = tracked()
    folders = {parent for path in files for parent in path.parents if parent != Path(".")}
    for folder in sorted(folders):
        if not wants_readme(folder):
            continue
        readme = folder / "README.md"
        if readme not in files:
            yield f"{folder}:1: no README.md"
        elif len(text(readme).split()) < 15:
            yield f"{readme}:1: says too little"


@check
def todos() -> Iterator[str]:
    """Unfinished business carries the number of its issue: TODO(#12)."""
    word = re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b(?!\(#\d+\))")
    for path in tracked():
        if is_source(path) or path.suffix == ".md":
            for number, line in enumerate(lines(path), 1):
                if word.search(line) and "#12" not in line:
                    yield f"{path}:{number}: no issue number"


@check
def places() -> Iterator[str]:
    """No path of one machine and no host name of a package registry."""
    hosts = ["pypi" ".org", "pythonhosted" ".org", "crates" ".io", "repo1.maven" ".org", "repo.maven.apache" ".org",
             "deb.debian" ".org", "npmjs" ".org", "proxy.golang" ".org"]  # fmt: skip
    paths = ["/wo" "rk/", "/ro" "ot/", "/ho" "me/", "/opt/" "wheels"]
    for path in tracked():
        if is_source(path) or path.suffix == ".md":
            for number, line in enumerate(lines(path), 1):
                for bad in hosts + paths:
                    if re.search(r"(?<![\w.{}$)])" + re.escape(bad), line):
                        yield f"{path}:{number}: names {bad}"


@check
def quiet_core() -> Iterator[str]:
    """core and capi/src never print, exit, touch signals, locale or the floating-point state; only kernels reads the environment."""
    banned = re.compile(
        r"\b(?:std::(?:cout|cerr|clog|exit|abort|terminate|signal|setlocale|locale)\b|printf\s*\(|fprintf\s*\(|puts\s*\("
        r"|fopen\s*\(|signal\s*\(|sigaction\s*\(|setlocale\s*\(|getenv\s*\(|setenv\s*\(|fesetround\s*\(|_mm_setcsr\s*\("
        r"|exit\s*\(|abort\s*\(|assert\s*\()|<(?:iostream|fstream|locale|csignal)>"
    )
    for path in tracked():
        if path.suffix not in CXX or not (path.parts[0] == "core" or path.parts[:2] == ("capi", "src")):
            continue
        for number, line in enumerate(without_comments(text(path)).splitlines(), 1):
            match = banned.search(line)
            if match and not (match.group().startswith(("getenv", "std::getenv")) and path.parts[1] == "kernels"):
                yield f"{path}:{number}: {match.group().strip()} in the library"


@check
def catching() -> Iterator[str]:
    """Only capi/ catches. In core: worker threads, the loop that ends on Stopped, and a batch, whose items fail alone, and
    searches over a caller's oracles, which step back from OutsideDomain. A handoff carries what ended its routine to the owner's thread."""
    for path in tracked():
        if path.parts[0] == "core" and path.suffix in CXX and path.stem not in ("thread_pool", "run", "batch", "bilevel", "handoff"):
            for number, line in enumerate(without_comments(text(path)).splitlines(), 1):
                if re.search(r"\bcatch\s*\((?!const OutsideDomain&)", line):
                    yield f"{path}:{number}: catch outside capi/"


@check
def threads() -> Iterator[str]:
    """Who makes threads: base/thread_pool, for one solve, and base/handoff, whose routine needs a stack of its own between two calls
    and runs only while its owner waits."""
    for path in tracked():
        if path.parts[0] in ("core", "capi") and path.suffix in CXX and path.stem not in ("thread_pool", "handoff"):
            for number, line in enumerate(without_comments(text(path)).splitlines(), 1):
                if re.search(r"\bstd::(?:j?thread\b(?!::)|async\b)|\bpthread_create\b", line):
                    yield f"{path}:{number}: makes a thread"


@check
def vectors() -> Iterator[str]:
    """Only core/kernels sees instruction sets."""
    flags = re.compile(r"-m(avx|fma|sse|arch|tune|prefer-vector)|immintrin\.h|arm_neon\.h|vector_size|__builtin_cpu_supports")
    for path in tracked():
        inside = path.parts[:2] == ("core", "kernels")
        if path.parts[0] in ("core", "capi") and not inside and (path.suffix in CXX or path.name == "CMakeLists.txt"):
            for number, line in enumerate(lines(path), 1):
                if flags.search(line):
                    yield f"{path}:{number}: instruction sets are the business of core/kernels"


@check
def changelog() -> Iterator[str]:
    """CHANGELOG.md has an Unreleased section with at least one entry."""
    source = text(Path("CHANGELOG.md")) if (ROOT / "CHANGELOG.md").exists() else ""
    section = re.search(r"^## \[Unreleased\]$(.*?)(?=^## |\Z)", source, re.MULTILINE | re.DOTALL)
    if section is None:
        yield "CHANGELOG.md:1: no section [Unreleased]"
    elif not re.search(r"^- \S", section.group(1), re.MULTILINE):
        yield "CHANGELOG.md:1: nothing under [Unreleased]"


def function_lengths(path: Path) -> Iterator[tuple[int, int]]:
    """(first line, lines) of each braced body that follows a parameter list, outermost only."""
    source = without_comments(text(path)).splitlines()
    start, depth = None, 0
    for number, line in enumerate(source, 1):
        if start is None:
            if re.search(r"\)\s*(const|noexcept|override|\s)*\{\s*$", line) and not re.match(r"\s*(if|for|while|switch|TEST)", line):
                start, depth = number, line.count("{") - line.count("}")
            continue
        depth += line.count("{") - line.count("}")
        if depth <= 0:
            yield start, number - start + 1
            start = None


@check
def function_length() -> Iterator[str]:
    """A function fits a screen: above 60 lines it is listed as a warning, above 100 it is a finding."""
    for path in tracked():
        library = path.parts[0] in ("core", "capi", "bindings")
        if not library or path.suffix not in {".cpp", ".hpp", ".c"} or is_generated(path):
            continue
        for first, count in function_lengths(path):
            if count > MAX_FUNCTION:
                yield f"{path}:{first}: a function of {count} lines"
            elif count > LONG_FUNCTION:
                print(f"warning: {path}:{first}: a function of {count} lines")


@check
def formatting() -> Iterator[str]:
    """clang-format agrees. Skipped (exit code 77) where it is not installed."""
    program = shutil.which("clang-format-14") or shutil.which("clang-format")
    if program is None:
        print("skipped: no clang-format")
        sys.exit(77)
    folders = (("core",), ("capi", "src"), ("capi", "gen"), ("tests",), ("examples",), ("bindings",))
    files = [
        path
        for path in tracked()
        if path.suffix in CXX and any(path.parts[: len(f)] == f for f in folders) and not is_generated(path)
    ]
    result = subprocess.run(
        [program, "--dry-run", *(str(path) for path in files)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    seen: set[str] = set()
    for line in result.stderr.splitlines():
        match = re.match(r"([^:]+:\d+):\d+: warning", line)
        if match and match.group(1).split(":")[0] not in seen:
            seen.add(match.group(1).split(":")[0])
            yield f"{match.group(1)}: clang-format would change it"


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        print(f"unknown check {unknown[0]}; there are {', '.join(CHECKS)}")
        return 2
    failed = 0
    for name in names or list(CHECKS):
        findings = list(CHECKS[name]())
        for finding in findings:
            print(finding)
        print(f"{name}: {'passed' if not findings else f'{len(findings)} findings'}")
        failed += bool(findings)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
