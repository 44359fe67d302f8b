#!/bin/sh
# The programs of the repository's README, as a reader would copy them: extracted, built against the prefix, and run.
# consume_readme.sh SOURCE BUILD c|rust
name="readme-$3"
. "$(dirname "$0")/consumer_common.sh"
cd "$scratch"
# programs LANGUAGE MAIN SUFFIX: writes each fenced block of the language that holds MAIN to its own file; prints the names.
programs() {
  awk -v fence='```' -v language="$1" -v main="$2" -v suffix="$3" '
    $0 == fence language { inside = 1; text = ""; next }
    $0 == fence && inside {
      inside = 0
      if (index(text, main)) { name = "snippet" ++count suffix; printf "%s", text > name; close(name); print name }
    }
    inside { text = text $0 "\n" }' "$source/README.md"
}
case $3 in
  c)
    needs pkg-config cc
    files=$(programs c 'int main' .c)
    PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name fenchel.pc)")
    export PKG_CONFIG_PATH
    for file in $files; do
      # shellcheck disable=SC2046 # the flags are words
      cc -std=c11 -Wall -Wextra -Wpedantic -Werror "$file" $(pkg-config --cflags --libs fenchel) -Wl,-rpath,"$libdir" -o "${file%.c}"
      "./${file%.c}"
    done
    ;;
  rust)
    needs cargo
    export CARGO_NET_OFFLINE=true CARGO_TARGET_DIR="$build/consumers/cargo-target-readme" FENCHEL_LIB_DIR="$libdir"
    cargo new --quiet --vcs none outside
    cd outside
    cargo add --quiet --path "$source/bindings/rust/fenchel"
    mkdir src/bin
    files=$(cd src/bin && programs rust 'fn main' .rs)
    for file in $files; do RUSTFLAGS="-D warnings" cargo run --quiet --bin "${file%.rs}"; done
    ;;
esac
# shellcheck disable=SC2086 # the names are words
set -- $files
[ $# -ge 2 ] || { echo "$# programs found in README.md; 2 were expected: transport and composite"; exit 1; }
echo "$# programs"
