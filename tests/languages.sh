#!/usr/bin/env bash
# Runs one language's tests against a build: languages.sh pytest|maven|cargo|clippy BUILD. What cannot be run here is skipped
# with a reason (exit code 77), or fails where FENCHEL_NO_SKIP is set, as in tests/run.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
runner=$1
build=$(cd "$2" && pwd)

skip() {
  printf 'skipped: %s\n' "$*"
  [ -n "${FENCHEL_NO_SKIP:-}" ] && exit 1
  exit 77
}
has() { command -v "$1" >/dev/null 2>&1; }

case $runner in
  pytest)
    python=$root/build/venv/bin/python
    [ -d "$root/bindings/python/tests" ] || skip "no Python binding"
    [ -x "$python" ] || skip "no environment build/venv; tests/run makes it"
    [ -d "$build/python/fenchel" ] || skip "the Python module was not built"
    export PYTHONPATH=$build/python
    # A background job inherits an ignored SIGINT, under which the tests of Ctrl-C would wait in vain.
    exec env --default-signal=INT "$python" -m pytest -q -p no:cacheprovider "$root/bindings/python/tests"
    ;;
  maven)
    [ -f "$root/bindings/java/pom.xml" ] || skip "no Java binding"
    [ -f "$build/fenchel.jar" ] || skip "the Java module was not built"
    has mvn || skip "no Maven"
    exec mvn -B -ntp -f "$root/bindings/java/pom.xml" "-Dfenchel.build=$build" test
    ;;
  cargo | clippy)
    [ -f "$root/bindings/rust/Cargo.toml" ] || skip "no Rust binding"
    has cargo || skip "no cargo"
    export FENCHEL_LIB_DIR=$build
    export LD_LIBRARY_PATH=$build${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    common=(--manifest-path "$root/bindings/rust/Cargo.toml" --workspace --target-dir "$build/rust")
    if [ "$runner" = cargo ]; then
      exec cargo test "${common[@]}"
    fi
    cargo clippy --version >/dev/null 2>&1 || skip "no clippy"
    cargo clippy "${common[@]}" --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc "${common[@]}" --no-deps
    for crate in examples/rust tests/conformance/rust_runner; do
      cargo clippy --manifest-path "$root/$crate/Cargo.toml" --target-dir "$build/rust" --all-targets -- -D warnings
    done
    ;;
  *)
    printf 'unknown runner %s\n' "$runner"
    exit 2
    ;;
esac
