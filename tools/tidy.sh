#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# clang's warnings over everything, and clang-tidy over all of src/.  What one file
# has to say is printed in one piece, and nothing about files that are clean.
set -euo pipefail
cd "$(dirname "$0")/.."

tidy() {
    local said
    said=$(clang-tidy -p build-clang --quiet "$1" 2>&1) && return
    grep -vE '^[0-9]+ warnings? generated\.$' <<<"$said"
    return 1
}
export -f tidy

cmake --preset clang >/dev/null
cmake --build --preset clang -j "$(nproc)"
find src -name '*.c' -print0 | xargs -0 -n 1 -P "$(nproc)" bash -c 'tidy "$1"' tidy
echo "clang-tidy: clean"
