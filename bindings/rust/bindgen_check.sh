#!/bin/sh
# Fails when fenchel-sys/src/bindings.rs is not what bindgen makes of today's header: bindgen_check.sh SCRATCH_FILE
# Exit code 77 (skipped) where the one bindgen version that writes the committed file is not installed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
committed=$here/fenchel-sys/src/bindings.rs
wanted=$(sed -n '1s/.*rust-bindgen \([0-9.]*\).*/\1/p' "$committed")
[ -n "$wanted" ] || { echo "no bindgen version in the first line of $committed"; exit 1; }
found=$(bindgen --version 2>/dev/null | sed 's/bindgen //') || true
if [ "$found" != "$wanted" ] || ! command -v rustfmt >/dev/null; then
  echo "skipped: needs bindgen $wanted (found: ${found:-none}) and rustfmt"
  exit 77
fi
"$here/bindgen.sh" "$1"
if diff -u "$committed" "$1"; then
  echo "bindings.rs is current: $(grep -c 'pub fn fen_' "$committed") functions"
else
  echo "bindings.rs differs from the header: run bindings/rust/bindgen.sh"
  exit 1
fi
