#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Install libvireo into a folder and build the example against it, with pkg-config
# and with CMake's find_package().
#
#   install.sh CMAKE BUILD_FOLDER EXAMPLE.c
set -eu
cmake=$1 build=$2 example=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

"$cmake" --install "$build" --prefix "$dir/usr" --component development >"$dir/log"
pc=$(dirname "$(find "$dir/usr" -name vireo.pc)")
lib=$(dirname "$pc")

# shellcheck disable=SC2046
cc "$example" $(PKG_CONFIG_PATH="$pc" pkg-config --define-prefix --cflags --libs vireo) -o "$dir/detect"

mkdir "$dir/program"
cp "$example" "$dir/program/detect.c"
cat >"$dir/program/CMakeLists.txt" <<'LISTS'
cmake_minimum_required(VERSION 3.16)
project(program LANGUAGES C)
find_package(vireo 0.1 REQUIRED)
add_executable(detect detect.c)
target_link_libraries(detect PRIVATE vireo::vireo)
LISTS
"$cmake" -S "$dir/program" -B "$dir/program/build" -DCMAKE_PREFIX_PATH="$dir/usr" >>"$dir/log"
"$cmake" --build "$dir/program/build" >>"$dir/log"

export VIREO_URL=http://127.0.0.1:9 VIREO_SPOOL="$dir/spool"
LD_LIBRARY_PATH="$lib" "$dir/detect"
"$dir/program/build/detect"
test "$(find "$dir/spool" -name '*.spool' | wc -l)" -eq 2

# Nothing but the functions of the header leaves the library.
nm -D --defined-only "$lib/libvireo.so" | awk '{print $3}' | grep -v '^vireo_' && exit 1
exit 0
