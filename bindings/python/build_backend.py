"""PEP 517 backend of the fenchel wheel: cmake builds the package folder, this file zips it. No dependency.

As a program: build_backend.py PACKAGE_DIR OUT_DIR packs an already built build/python/fenchel (target python_wheel).
Environment: FENCHEL_CMAKE_ARGS, more arguments for cmake; FENCHEL_BUILD_DIR, a build folder to keep and reuse.
"""
import base64
import csv
import hashlib
import io
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
TREE = HERE.parents[1]  # the repository, or the unpacked sdist
SDIST = ["CMakeLists.txt", "LICENSE", "README.md", "core", "capi", "bindings/CMakeLists.txt", "bindings/README.md",
         "bindings/swig", "bindings/python"]


# ---- hooks ----------------------------------------------------------------------------------------------------------

def get_requires_for_build_wheel(config_settings=None):
    return [tool for tool in ("cmake", "swig") if shutil.which(tool) is None]


def get_requires_for_build_sdist(config_settings=None):
    return []


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    kept = os.environ.get("FENCHEL_BUILD_DIR")
    with tempfile.TemporaryDirectory() as scratch:
        package = compile_package(pathlib.Path(kept or scratch))
        return pack(package, pathlib.Path(wheel_directory))


def build_sdist(sdist_directory, config_settings=None):
    name = f"fenchel-{project('version')}"
    with tarfile.open(pathlib.Path(sdist_directory) / f"{name}.tar.gz", "w:gz") as tar:
        for path in SDIST:
            if (TREE / path).exists():
                tar.add(TREE / path, f"{name}/{path}", filter=clean)
        add_text(tar, f"{name}/PKG-INFO", metadata())
        toml = (HERE / "pyproject.toml").read_text()
        toml = toml.replace('backend-path = ["."]', 'backend-path = ["bindings/python"]')
        toml = toml.replace('readme = "README.md"', 'readme = "bindings/python/README.md"')
        add_text(tar, f"{name}/pyproject.toml", toml)
    return f"{name}.tar.gz"


# ---- steps ----------------------------------------------------------------------------------------------------------

def compile_package(build):
    configure = ["cmake", "-S", str(TREE), "-B", str(build), "-DCMAKE_BUILD_TYPE=Release", "-DFENCHEL_TESTS=OFF",
                 "-DFENCHEL_JAVA=OFF", f"-DPython_EXECUTABLE={sys.executable}"]
    subprocess.run(configure + shlex.split(os.environ.get("FENCHEL_CMAKE_ARGS", "")), check=True)
    jobs = os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL", str(os.cpu_count() or 1))
    subprocess.run(["cmake", "--build", str(build), "--target", "fenchel_python", "-j", jobs], check=True)
    return build / "python" / "fenchel"


def project(key):
    return re.search(rf'^{key} = "(.*)"', (HERE / "pyproject.toml").read_text(), re.M).group(1)


def metadata():
    toml = (HERE / "pyproject.toml").read_text()
    lines = ["Metadata-Version: 2.1", "Name: fenchel", f"Version: {project('version')}",
             f"Summary: {project('description')}", f"License: {project('license')}",
             f"Requires-Python: {project('requires-python')}"]
    lines += [f"Classifier: {c}" for c in re.findall(r'"(\w[^"]* ::[^"]*)"', toml)]
    needed = re.search(r"^dependencies = \[(.*)\]", toml, re.M).group(1)
    lines += [f"Requires-Dist: {d}" for d in re.findall(r'"([^"]+)"', needed)]
    extras = toml.split("[project.optional-dependencies]")[1].split("\n\n")[0]
    for name, items in re.findall(r"^(\w+) = \[(.*)\]", extras, re.M):
        lines.append(f"Provides-Extra: {name}")
        lines += [f'Requires-Dist: {d}; extra == "{name}"' for d in re.findall(r'"([^"]+)"', items)]
    return "\n".join(lines + ["Description-Content-Type: text/markdown", "", (HERE / "README.md").read_text()])


def tag():
    cpython = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    return f"{cpython}-{cpython}-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"


def pack(package, out):
    name = f"fenchel-{project('version')}"
    info = f"{name}.dist-info"
    files = {f"fenchel/{p.relative_to(package).as_posix()}": p.read_bytes() for p in sorted(package.rglob("*"))
             if p.is_file() and "__pycache__" not in p.parts}
    files[f"{info}/METADATA"] = metadata().encode()
    files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: fenchel\nRoot-Is-Purelib: false\nTag: {tag()}\n".encode()
    if (TREE / "LICENSE").exists():
        files[f"{info}/LICENSE"] = (TREE / "LICENSE").read_bytes()
    record = io.StringIO()
    rows = csv.writer(record, lineterminator="\n")
    for path, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        rows.writerow([path, f"sha256={digest}", len(data)])
    rows.writerow([f"{info}/RECORD", "", ""])
    files[f"{info}/RECORD"] = record.getvalue().encode()
    wheel = out / f"{name}-{tag()}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            entry = zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0))  # the same bytes from the same build
            entry.external_attr = (0o755 if ".so" in path else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return wheel.name


def clean(entry):
    skip = ("__pycache__", "build", ".pytest_cache", ".mypy_cache", "node_modules", "target")
    return None if pathlib.PurePosixPath(entry.name).name in skip else entry


def add_text(tar, name, text):
    entry = tarfile.TarInfo(name)
    entry.size = len(text.encode())
    tar.addfile(entry, io.BytesIO(text.encode()))


if __name__ == "__main__":
    print(pack(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])))
