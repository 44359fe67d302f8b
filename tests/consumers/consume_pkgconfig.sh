#!/bin/sh
# Outside C programs by pkg-config, from a moved prefix, with every compiler here, in the dialects that the header promises.
name=pkgconfig
. "$(dirname "$0")/consumer_common.sh"
needs pkg-config
cp -R "$prefix" "$scratch/moved"
folder=$(dirname "$(find "$scratch/moved" -name fenchel.pc)")
export PKG_CONFIG_PATH="$folder"
pkg-config --exists 'fenchel >= 0.1.0' || { pkg-config --errors-to-stdout --print-errors fenchel; exit 1; }
flags=$(pkg-config --cflags --libs fenchel)
lib=$(pkg-config --variable=libdir fenchel)
case $lib in "$scratch/moved"/* | "$folder"/*) ;; *) echo "libdir is $lib, outside the moved prefix"; exit 1 ;; esac
ran=0
for compiler in gcc clang cc; do
  command -v "$compiler" >/dev/null 2>&1 || continue
  for standard in c99 c11; do
    # shellcheck disable=SC2086 # the flags are words
    "$compiler" -std=$standard -Wall -Wextra -Wpedantic -Werror "$source/tests/consumers/consumer.c" $flags -lm \
      -Wl,-rpath,"$lib" -o "$scratch/consumer-$compiler-$standard"
    "$scratch/consumer-$compiler-$standard"
    ran=$((ran + 1))
  done
done
[ "$ran" -gt 0 ] || skip "there is no C compiler"
echo "$ran programs"
