#!/bin/sh
# Writes the raw Rust declarations from the C header: bindgen.sh [output, else fenchel-sys/src/bindings.rs]
# The output is committed; bindgen_check.sh proves that it is current. One version of bindgen is used, because versions
# differ in what they write: Debian 12's 0.60.1 (apt-get install bindgen), which brings libclang.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/fenchel-sys/src/bindings.rs}
case $out in /*) ;; *) out=$PWD/$out ;; esac
cd "$here/../../capi/include" # so that no path of this machine can enter the output

# Enums become newtypes over the C integer: a value of the future is legal, unlike in a Rust enum. Macro constants are
# signed. The allow-lists keep libc out. size_t is usize. rustfmt runs apart, so that its absence is an error.
bindgen fenchel/fenchel.h \
  --newtype-enum 'fen_.*' \
  --no-prepend-enum-name \
  --default-macro-constant-type signed \
  --allowlist-function 'fen_.*' \
  --allowlist-type 'fen_.*' \
  --allowlist-var 'FEN_.*' \
  --no-recursive-allowlist \
  --size_t-is-usize \
  --with-derive-default \
  --use-core \
  --ctypes-prefix '::std::os::raw' \
  --rust-target 1.47 \
  --no-rustfmt-bindings \
  -- -x c -std=c11 -I . >"$out.tmp"
rustfmt --edition 2021 --config-path /dev/null <"$out.tmp" >"$out"
rm "$out.tmp"
