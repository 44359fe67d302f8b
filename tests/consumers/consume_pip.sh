#!/bin/sh
# `pip install` of bindings/python into an empty environment, and a solve from there. The wheel's own build is kept from run to run.
# consume_pip.sh SOURCE BUILD PYTHON
name=pip
. "$(dirname "$0")/consumer_common.sh"
python=$3
needs swig cmake
"$python" -m venv "$scratch/venv" >"$scratch/venv.log" 2>&1 || skip "$python cannot make a virtual environment"
export FENCHEL_BUILD_DIR="$build/consumers/pip-build" CMAKE_BUILD_PARALLEL_LEVEL=2
if command -v ccache >/dev/null 2>&1; then export CMAKE_CXX_COMPILER_LAUNCHER=ccache CMAKE_C_COMPILER_LAUNCHER=ccache; fi
"$scratch/venv/bin/pip" install --disable-pip-version-check --no-input "$source/bindings/python" >"$scratch/pip.log" 2>&1 ||
  { tail -n 40 "$scratch/pip.log"; exit 1; }
cd "$scratch" # so that nothing is imported from the sources
"$scratch/venv/bin/python" -I - <<'PYTHON'
import pathlib, sys
import numpy as np
import fenchel

place = pathlib.Path(fenchel.__file__)
assert pathlib.Path(sys.prefix) in place.parents, place
result = fenchel.sinkhorn([0.5, 0.5], [0.25, 0.75], np.array([[0.0, 1.0], [1.0, 0.0]]), 0.05)
assert result.converged and abs(result.cost - 0.25) < 1e-6, result
seen = []
fenchel.sinkhorn(None, None, np.random.default_rng(0).random((50, 40)), 0.01, callback=seen.append, monitor_interval=0.0)
assert seen
try:
    fenchel.sinkhorn(None, None, np.ones((2, 2)), -1.0)
except ValueError as error:
    assert "eps" in str(error)
else:
    raise AssertionError("eps = -1 was accepted")
print("pip: fenchel", fenchel.__version__, fenchel.target(), f"cost {result.cost:.6f}")
PYTHON
