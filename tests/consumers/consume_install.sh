#!/bin/sh
# Installs the build to the prefix that the other consumers use, and looks whether everything is there and nothing else.
name=install
. "$(dirname "$0")/consumer_common.sh"
rm -rf "$prefix"
cmake --install "$build" --prefix "$prefix" >"$scratch/install.log"
for file in include/fenchel/fenchel.h include/fenchel/declared.h include/fenchel/export.h; do
  [ -f "$prefix/$file" ] || { echo "not installed: $file"; exit 1; }
done
for name in libfenchel.so libfenchel.so.0 fenchel.pc fenchelConfig.cmake fenchelConfigVersion.cmake fenchelTargets.cmake; do
  [ -n "$(find "$prefix" -name "$name")" ] || { echo "not installed: $name"; exit 1; }
done
# Static parts, Eigen or BLAS must not leak into an installation, and no file may name the folder it was built in.
extra=$(find "$prefix" -type f ! -path '*/fenchel/*' ! -name 'libfenchel.so*' ! -name 'fenchel.pc')
[ -z "$extra" ] || { echo "installed too: $extra"; exit 1; }
if grep -rlF "$build" "$prefix" --include='*.pc' --include='*.cmake' --include='*.h'; then
  echo "these files name the build folder"
  exit 1
fi
echo "installed: $(find "$prefix" -type f | wc -l) files"
