"""The structure checks find what they are for: each is run on a small tree with one planted fault, and on one without."""

from __future__ import annotations

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

import check_structure

GOOD = {
    "CHANGELOG.md": "# Changelog\n\n## [Unreleased]\n\n### Added\n- a thing\n",
    "core/base/types_x.hpp": "#pragma once\n",
    "core/solve/loop.hpp": '#include "base/types_x.hpp"\n',
    "core/linsolve/engine.cpp": "int f(int x) {\n  x += 1;\n  return x;\n}\n",
}
for folder in ("core", "core/base", "core/solve", "core/linsolve"):
    GOOD[f"{folder}/README.md"] = "A paragraph that tells a newcomer " + "what lives in here and why " * 3 + "\n"

# check -> a file that must make it fail
FAULTS = {
    "top_level": ("notes.txt", "hello\n"),
    "includes": ("core/base/upward.hpp", '#include "solve/loop.hpp"\n'),
    "file_names": ("core/solve/types_x.hpp", "#pragma once\n"),
    "ascii_sources": ("core/base/greek.hpp", "// \u03b5\n"),
    "readmes": ("core/accel/anderson_x.hpp", "#pragma once\n"),
    "todos": ("core/base/later.hpp", "// TO" "DO: later\n"),
    "places": ("core/base/where.hpp", '// see "/ro' 'ot/thing"\n'),
    "quiet_core": ("core/base/loud.cpp", 'void f() { printf("x"); }\n'),
    "catching": ("core/base/catcher.cpp", "void f() { try { g(); } catch (...) { } }\n"),
    "threads": ("core/base/spawn.cpp", "void f() { std::thread t(g); }\n"),
    "vectors": ("core/solve/fast.cpp", "#include <immintrin.h>\n"),
    "changelog": ("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n## [0.1.0]\n- a thing\n"),
    "function_length": ("core/base/long.cpp", "int f(int x) {\n" + "  x += 1;\n" * 120 + "  return x;\n}\n"),
    "formatting": ("core/base/ugly.cpp", "int   f( ){return 1 ;}\n"),
}


class PlantedFaults(unittest.TestCase):
    def findings(self, name: str, files: dict[str, str]) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for path, content in files.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(content, encoding="utf-8")
            before, check_structure.ROOT = check_structure.ROOT, root
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    return list(check_structure.CHECKS[name]())
            except SystemExit as skipped:
                self.skipTest(f"{name} skipped itself ({skipped.code})")
            finally:
                check_structure.ROOT = before

    def test_every_check_has_a_planted_fault(self) -> None:
        self.assertEqual(set(FAULTS), set(check_structure.CHECKS))

    def test_a_good_tree_passes(self) -> None:
        for name in check_structure.CHECKS:
            with self.subTest(check=name):
                self.assertEqual(self.findings(name, GOOD), [])

    def test_each_planted_fault_is_found(self) -> None:
        for name, (path, content) in FAULTS.items():
            with self.subTest(check=name):
                found = self.findings(name, {**GOOD, path: content})
                self.assertTrue(any(path.split("/")[0] in line for line in found), found)

    def test_comments_and_strings_are_not_code(self) -> None:
        files = {**GOOD, "core/base/talk.cpp": '// printf("x")\n/* catch (...) */\nconst char* f() { return "abort()"; }\n'}
        self.assertEqual(self.findings("quiet_core", files) + self.findings("catching", files), [])


if __name__ == "__main__":
    unittest.main()
