# Sourced by every consumer, whose own arguments are SOURCE BUILD and which sets its name first. Sets source, build, prefix, libdir
# and scratch, an empty folder below BUILD.
set -eu
source=$1
build=$2
prefix=$build/consumers/prefix
scratch=$build/consumers/$name
rm -rf "$scratch"
mkdir -p "$scratch"

skip() {
  echo "skipped: $*"
  exit 77
}
needs() {
  for tool in "$@"; do command -v "$tool" >/dev/null 2>&1 || skip "there is no $tool"; done
}
libdir=$(dirname "$(find "$prefix" -name 'libfenchel.so' 2>/dev/null | head -n 1)")
