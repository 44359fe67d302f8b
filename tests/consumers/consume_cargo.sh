#!/bin/sh
# A crate outside the repository that runs `cargo add --path`, built once by each way of finding the library.
# consume_cargo.sh SOURCE BUILD environment|pkgconfig|bundled
name="cargo-$3"
. "$(dirname "$0")/consumer_common.sh"
needs cargo
cd "$scratch"
export CARGO_NET_OFFLINE=true CARGO_TARGET_DIR="$build/consumers/cargo-target-$3"
unset FENCHEL_LIB_DIR LD_LIBRARY_PATH PKG_CONFIG_PATH PKG_CONFIG_LIBDIR || true
cargo new --quiet --vcs none outside
cd outside
cargo add --quiet --path "$source/bindings/rust/fenchel"
cp "$source/tests/consumers/consumer.rs" src/main.rs
case $3 in
  environment)
    export FENCHEL_LIB_DIR="$libdir"
    ;;
  pkgconfig)
    needs pkg-config
    PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name fenchel.pc)")
    export PKG_CONFIG_PATH
    ;;
  bundled)
    needs cmake
    export FENCHEL_NO_PKG_CONFIG=1
    if command -v ccache >/dev/null 2>&1; then export CMAKE_CXX_COMPILER_LAUNCHER=ccache CMAKE_C_COMPILER_LAUNCHER=ccache; fi
    ;;
esac
cargo run --quiet
used=$(cat "$CARGO_TARGET_DIR"/debug/build/fenchel-sys-*/output | grep -c '^cargo:rustc-link-lib=dylib=fenchel')
[ "$used" -gt 0 ]
