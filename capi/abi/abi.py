#!/usr/bin/env python3
"""The ABI gate: what the library exports and how public structs and enums are laid out, against the committed lists.

usage: abi.py [--library build/libfenchel.so] [--cc cc] (--check | --write [--break])

--check compares with what is found: symbols.txt (exports of --library, and of fenchel.map), layout.h (static assertions
of every sizeof, offsetof and enumerator of the public headers) and, where libabigail is installed, fenchel.abi (types of
every public function, from the header alone). --write rewrites the lists, a deliberate act for what was appended; it
refuses what libabigail calls incompatible, unless --break says that the ABI number changes too.
"""
import argparse
import difflib
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ABI = pathlib.Path(__file__).resolve().parent
INCLUDE = ABI.parent / "include"


def exported(library: str) -> list:
    """Defined dynamic symbols with their version node: name@@NODE."""
    out = subprocess.run(["nm", "-D", "--defined-only", "--with-symbol-versions", library],
                         check=True, capture_output=True, text=True).stdout
    rows = (line.split() for line in out.splitlines())
    return sorted(row[-1] for row in rows if row[1] != "A")


def mapped() -> list:
    """The same, as the version script promises it."""
    names = []
    for node, body in re.findall(r"(\w+)\s*\{(.*?)\}", (ABI / "fenchel.map").read_text(), re.S):
        names += [f"{name}@@{node}" for name in re.findall(r"\b(fen_\w+);", body)]
    return sorted(names)


def declared_names() -> tuple:
    """structs: {name: [fields]}, enums: [enumerators], from the headers' text."""
    structs, enumerators = {}, []
    for header in sorted((INCLUDE / "fenchel").glob("*.h")):
        text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.S)
        for body, name in re.findall(r"typedef struct \w+ \{(.*?)\} (\w+);", text, re.S):
            fields = []
            for declaration in filter(None, (d.strip() for d in body.split(";"))):
                fields += [re.sub(r"\[.*", "", part).split()[-1].lstrip("*") for part in declaration.split(",")]
            structs[name] = fields
        for body in re.findall(r"enum \w* ?\{(.*?)\}", text, re.S):
            enumerators += re.findall(r"\b(FEN_\w+)\s*=", body)
    return structs, enumerators


PROBE = """#include <stdio.h>
#include <stddef.h>
#include "fenchel/fenchel.h"
int main(void) {
%s  return 0;
}
"""


def layout(cc: str) -> str:
    """layout.h as this compiler would have it."""
    structs, enumerators = declared_names()
    lines = []
    for name, fields in sorted(structs.items()):
        lines.append(f'  printf("FEN_LAYOUT(sizeof({name}) == %zu)\\n", sizeof({name}));')
        lines += [f'  printf("FEN_LAYOUT(offsetof({name}, {f}) == %zu)\\n", offsetof({name}, {f}));' for f in fields]
    lines += [f'  printf("FEN_LAYOUT({e} == %d)\\n", (int)({e}));' for e in enumerators]
    with tempfile.TemporaryDirectory() as folder:
        source, program = pathlib.Path(folder) / "probe.c", pathlib.Path(folder) / "probe"
        source.write_text(PROBE % ("\n".join(lines) + "\n"))
        subprocess.run([cc, f"-I{INCLUDE}", "-o", str(program), str(source)], check=True)
        body = subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout
    return ("/* layout.h -- WRITTEN by capi/abi/abi.py: the binary layout of fenchel 0 on 64-bit machines. A line that fails here\n"
            " * is a broken promise to every program already compiled; appended fields add lines and change a sizeof. */\n"
            "#include <stddef.h>\n\n#include \"fenchel/fenchel.h\"\n\n"
            "#ifdef __cplusplus\n#define FEN_LAYOUT(fact) static_assert(fact, #fact);\n"
            "#else\n#define FEN_LAYOUT(fact) _Static_assert(fact, #fact);\n#endif\n\n" + body)


def stubs() -> str:
    """C source that defines every public function, so that debug information describes the header and nothing else."""
    text = (INCLUDE / "fenchel" / "fenchel.h").read_text()
    prototypes = re.findall(r"^FEN_API\s+([^;]+?)\s*;", re.sub(r"/\*.*?\*/", "", text, flags=re.S), re.M)
    return '#include "fenchel/fenchel.h"\n' + "".join(
        f"{p} {{{'' if p.startswith('void ') else ' return 0; '}}}\n" for p in prototypes)


def abi_xml(cc: str) -> str:
    """fenchel.abi as abidw writes it."""
    with tempfile.TemporaryDirectory() as folder:
        source, library, out = (pathlib.Path(folder) / name for name in ("header.c", "libheader.so", "out.abi"))
        source.write_text(stubs())
        subprocess.run([cc, "-g", "-O0", "-fPIC", "-shared", f"-I{INCLUDE}", "-Wl,-soname,libfenchel.so.0",
                        f"-Wl,--version-script={ABI / 'fenchel.map'}", "-o", str(library), str(source)], check=True)
        subprocess.run(["abidw", "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "--out-file", str(out),
                        str(library)], check=True)
        return re.sub(r" path='[^']*'", " path='header.c'", out.read_text())


def abidiff(new_xml: str) -> int:
    """abidiff of the committed file and the new one: 0 same, bit 4 changed, bit 8 incompatible."""
    with tempfile.TemporaryDirectory() as folder:
        new = pathlib.Path(folder) / "new.abi"
        new.write_text(new_xml)
        return subprocess.run(["abidiff", str(ABI / "fenchel.abi"), str(new)], check=False).returncode


def compare(name: str, old: str, new: str) -> bool:
    sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), new.splitlines(True), f"committed {name}", "found"))
    return old == new


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library")
    parser.add_argument("--cc", default="cc")
    parser.add_argument("--break", dest="break_abi", action="store_true")
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--check", action="store_true")
    action.add_argument("--write", action="store_true")
    args = parser.parse_args()
    found = {"layout.h": layout(args.cc)}
    if args.library:
        found["symbols.txt"] = "".join(f"{s}\n" for s in exported(args.library))
    xml, change = None, 0
    if shutil.which("abidw") and shutil.which("abidiff"):
        xml = abi_xml(args.cc)
        change = abidiff(xml) if (ABI / "fenchel.abi").exists() else 0
    else:
        print("libabigail is not installed: prototypes are not compared")
    if args.write:
        if change & 8 and not args.break_abi:
            print("this breaks programs already compiled; --break if FEN_ABI_VERSION and the SONAME change with it")
            return 1
        for name, text in found.items():
            (ABI / name).write_text(text)
        if xml and (change or not (ABI / "fenchel.abi").exists()):
            (ABI / "fenchel.abi").write_text(xml)
        return 0
    good = [compare(name, (ABI / name).read_text(), text) for name, text in found.items()]
    good.append(compare("fenchel.map", "\n".join(mapped()) + "\n", (ABI / "symbols.txt").read_text()))
    return 0 if all(good) and change == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
