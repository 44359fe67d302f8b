#!/usr/bin/env python3
"""Proves that all languages list the same functions of the C interface, with the arguments they should have.

usage: parity.py --source REPOSITORY --build BUILD --scratch FOLDER [--python INTERPRETER]

SWIG's parse tree of fenchel.h is the yardstick: names, parameters, types. Against it are held the version script and the symbol
list of capi/abi, what libfenchel.so exports, the Rust declarations (with types), the methods of Java's raw class, and the
functions of Python's raw module. Typemaps drop parameters by rule, stated below; a function that a language leaves out or
replaces must be named here with the reason. A language that was not built is skipped; any difference is printed and fails.
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

# Left out on purpose: function -> why. A name that is listed here and present after all is a difference too.
ABSENT = {
    "python": {"fen_array_init": "prepares a C struct, which no Python caller has"},
    "java": {"fen_array_init": "an ArrayView is its own fen_array",
             "fen_solver_set_monitor": "a monitor lives as long as the call that it watches: solve_monitored"},
}
# Beside those of the header, on purpose.
EXTRA = {
    "python": {},
    "java": {"solve_monitored", "minimize_monitored", "allocate", "free", "copyIn", "bufferAddress", "bufferAt", "makeFunctions", "freeFunctions"},
}
# Other arity than the rule gives: function -> (arity, why).
SPECIAL = {
    "python": {"fen_grid_create": (4, "ndim is the length of shape"),
               "fen_solver_set_monitor": (3, "Ctrl-C is polled every `interval` seconds"),
               "fen_sinkhorn_batch": (14, "results are written to room that the caller brings"),
               "fen_term_create": (3, "params is a list of pairs"),
               "fen_prox_apply": (7, "values are written to room that the caller brings"),
               "fen_composite_create": (5, "count is the length of g"),
               "fen_bilevel": (9, "one function and bits stand for the table"),
               "fen_hypergradient": (6, "one function and bits stand for the table"),
               "fen_tune": (10, "sequences know their lengths"),
               "fen_solution_vjp": (5, "count is the length of outputs"),
               "fen_solution_jvp": (5, "count is the length of tangents"),
               "fen_implicit_vjp": (8, "the function brings its user"),
               "fen_implicit_jvp": (7, "the function brings its user"),
               "fen_path": (6, "results are written to room that the caller brings")},
    "java": {"fen_operator_callback": (4, "both functions and their user are one object"),
             "fen_smooth_callback": (5, "both functions and their user are one object")},
}


def run(*command, **options) -> str:
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


# ---- the yardstick --------------------------------------------------------------------------------------------------

def attributes(node) -> dict:
    return {a.get("name"): a.get("value") for a in node.findall("attributelist/attribute")}


def header_functions(source: pathlib.Path, scratch: pathlib.Path) -> dict:
    """name -> (return type, [(type, name)]), types in SWIG's spelling: p.q(const).fen_array."""
    tree = scratch / "parse_tree.xml"
    swig = shutil.which("swig") or shutil.which("swig4.0")
    if not swig:
        print("skipped: there is no swig")
        sys.exit(77)
    run(swig, "-xml", "-module", "fenchel", f"-I{source}/capi/include", "-o", str(tree), f"{source}/bindings/swig/fenchel.i")
    out = {}
    for node in ElementTree.parse(tree).iter("cdecl"):
        facts = attributes(node)
        if facts.get("kind") != "function" or not facts["name"].startswith("fen_"):
            continue
        parameters = [attributes(p) for p in node.findall("attributelist/parmlist/parm")]
        parameters = [(p["type"], p.get("name", "")) for p in parameters if p["type"] != "void"]
        out[facts["name"]] = (after_arguments(facts["decl"]) + facts["type"], parameters)
    return out


def after_arguments(decl: str) -> str:
    """What stands behind the balanced argument list of "f(...).rest": pointers of the returned type."""
    depth = 0
    for k, character in enumerate(decl):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0 and character == ")":
            return decl[k + 2:]
    return ""


# ---- the others -----------------------------------------------------------------------------------------------------

def script_functions(source: pathlib.Path) -> set:
    text = re.sub(r"/\*.*?\*/|#[^\n]*", "", (source / "capi/abi/fenchel.map").read_text(), flags=re.S)
    return set(re.findall(r"\b(fen_\w+)\s*;", text))


def listed_functions(source: pathlib.Path) -> set:
    return {line.split("@")[0] for line in (source / "capi/abi/symbols.txt").read_text().split() if line.startswith("fen_")}


def exported_functions(build: pathlib.Path) -> set:
    lines = run("nm", "-D", "--defined-only", str(build / "libfenchel.so")).splitlines()
    return {line.split()[-1].split("@")[0] for line in lines if line.split()[-2] in "TWi"}


def rust_functions(source: pathlib.Path) -> dict:
    """name -> (return type, [(type, name)]) in Rust's spelling."""
    text = (source / "bindings/rust/fenchel-sys/src/bindings.rs").read_text()
    out = {}
    for name, inside, returned in re.findall(r"pub fn (\w+)\(([^)]*)\)(?:\s*->\s*([^;]+))?;", text):
        parameters = [p.split(":", 1) for p in re.split(r",\s*(?=\w+:)", inside.strip().rstrip(",")) if p.strip()]
        out[name] = (returned.strip(), [(kind.strip(), word.strip()) for word, kind in parameters])
    return out


RUST_SCALARS = {"int32_t": "i32", "int64_t": "i64", "uint32_t": "u32", "uint64_t": "u64", "double": "f64", "size_t": "usize",
                "char": "::std::os::raw::c_char", "void": "::std::os::raw::c_void"}


def rust_type(swig_type: str) -> str:
    if swig_type.startswith("p.q(const)."):
        return "*const " + rust_type(swig_type[len("p.q(const)."):])
    if swig_type.startswith("p."):
        return "*mut " + rust_type(swig_type[2:])
    return RUST_SCALARS.get(swig_type, swig_type)


def java_functions(build: pathlib.Path):
    """name -> arity of the static methods of the raw class; None where there is no jar."""
    jar = build / "fenchel.jar"
    if not jar.exists() or not shutil.which("javap"):
        return None
    text = run("javap", "-p", "-cp", str(jar), "io.fenchel.FenchelRaw")
    found = re.findall(r"static [\w.\[\]]+ (\w+)\(([^)]*)\)", text)
    return {name: len(inside.split(",")) if inside else 0 for name, inside in found}


# Each function is called with far too many arguments: the refusal, which comes before anything runs, tells the arity.
PYTHON_PROBE = r"""
import importlib.util, json, re, sys
# By its file: the package round it asks for NumPy, which the raw module does not.
spec = importlib.util.spec_from_file_location("fenchel._raw", sys.argv[1])
raw = importlib.util.module_from_spec(spec)
spec.loader.exec_module(raw)
out = {}
for name in dir(raw):
    function = getattr(raw, name)
    if name.startswith("fen_") and callable(function):
        try:
            function(*[None] * 60)
            out[name] = "60 arguments were accepted"
        except TypeError as error:
            text = str(error)
            counted = re.search(r"expected (?:at most )?(\d+) arguments?", text)
            if counted:
                out[name] = int(counted.group(1))
            elif "no arguments" in text:
                out[name] = 0
            elif "exactly one argument" in text:
                out[name] = 1
            else:
                out[name] = text
print(json.dumps(out))
"""


def python_functions(build: pathlib.Path, interpreter: str):
    modules = sorted((build / "python" / "fenchel").glob("_raw*.so"))
    return json.loads(run(interpreter, "-B", "-c", PYTHON_PROBE, str(modules[0]))) if modules else None


# ---- rules of the typemaps ------------------------------------------------------------------------------------------

def java_arity(parameters: list) -> int:
    """The error becomes an exception, a monitor carries its user, an array of a struct knows its size."""
    return sum(name not in ("err", "user", "size") for _, name in parameters)


def python_arity(parameters: list) -> int:
    """As in Java, and what C only writes through a pointer is returned: handles, structs, numbers (nnz is read too)."""
    dropped = {"err", "user", "size", "bytes", "value", "failed", "norm", "constant", "t"}
    structs = ("p.fen_transport_spec", "p.fen_sinkhorn_options", "p.fen_transport_result", "p.fen_setting_info",
               "p.fen_param_info", "p.fen_minimize_options", "p.fen_minimize_result", "p.fen_derivative_options",
               "p.fen_derivative_result", "p.fen_tune_options", "p.fen_tune_result",
               "p.fen_bilevel_options", "p.fen_bilevel_result", "p.char")
    return sum(not (name in dropped or kind in structs or kind.startswith("p.p.")) for kind, name in parameters)


# ---- comparison -----------------------------------------------------------------------------------------------------

def compare_names(what: str, expected: set, found: set) -> list:
    return [f"{what}: {name} is missing" for name in sorted(expected - found)] + \
           [f"{what}: {name} is not in the header" for name in sorted(found - expected)]


def compare_language(language: str, header: dict, found: dict, arity) -> list:
    absent, special = ABSENT[language], SPECIAL[language]
    present = {name for name in found if name not in EXTRA[language]}
    out = compare_names(language, set(header) - set(absent), present)
    for name in sorted(set(header) & present):
        expected = special[name][0] if name in special else arity(header[name][1])
        if found[name] != expected:
            out.append(f"{language}: {name} takes {found[name]}, not {expected} arguments")
    return out


def compare_rust(header: dict, found: dict) -> list:
    out = compare_names("rust", set(header), set(found))
    for name in sorted(set(header) & set(found)):
        returned, parameters = header[name]
        expected = ("" if returned == "void" else rust_type(returned), [(rust_type(t), word) for t, word in parameters])
        if found[name] != expected:
            out.append(f"rust: {name} is {found[name]}, not {expected}")
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("--source", "--build", "--scratch"):
        parser.add_argument(option, required=True, type=pathlib.Path)
    parser.add_argument("--python", default=sys.executable, help="the interpreter that the module was built for")
    args = parser.parse_args()
    args.scratch.mkdir(parents=True, exist_ok=True)

    header = header_functions(args.source, args.scratch)
    if len(header) < 40:
        sys.exit(f"the parse tree has {len(header)} functions only: the test itself is broken")
    differences = compare_names("version script", set(header), script_functions(args.source))
    differences += compare_names("symbols.txt", set(header), listed_functions(args.source))
    differences += compare_names("libfenchel.so", set(header), exported_functions(args.build))
    differences += compare_rust(header, rust_functions(args.source))
    compared = ["version script", "symbols.txt", "libfenchel.so", "Rust"]
    languages = {"java": (java_functions(args.build), java_arity), "python": (python_functions(args.build, args.python), python_arity)}
    for language, (found, arity) in languages.items():
        if found is None:
            print(f"skipped: {language} was not built")
            continue
        compared.append(language.capitalize())
        differences += compare_language(language, header, found, arity)
    for line in differences:
        print(line)
    print(f"{len(header)} functions of fenchel.h against {', '.join(compared)}: {len(differences)} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
