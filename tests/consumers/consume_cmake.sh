#!/bin/sh
# An outside CMake project: find_package(fenchel), compile, link, run. The prefix is moved first: packages are relocatable.
name=cmake
. "$(dirname "$0")/consumer_common.sh"
cp -R "$prefix" "$scratch/moved"
cmake -S "$source/tests/consumers/cmake_project" -B "$scratch/build" -DCMAKE_PREFIX_PATH="$scratch/moved" \
  -DCONSUMER_SOURCE="$source/tests/consumers/consumer.c" >"$scratch/configure.log"
cmake --build "$scratch/build" >"$scratch/build.log" || { cat "$scratch/build.log"; exit 1; }
"$scratch/build/outside"
# A newer version than there is must be refused.
sed 's/find_package(fenchel 0.1/find_package(fenchel 0.99/' "$source/tests/consumers/cmake_project/CMakeLists.txt" \
  >"$scratch/CMakeLists.txt"
if cmake -S "$scratch" -B "$scratch/refused" -DCMAKE_PREFIX_PATH="$scratch/moved" >"$scratch/refused.log" 2>&1; then
  echo "version 0.99 was accepted"
  exit 1
fi
