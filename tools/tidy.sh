#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# clang's warnings and clang-tidy over all of src/.
set -euo pipefail
cd "$(dirname "$0")/.."

cmake --preset clang >/dev/null
cmake --build --preset clang -j "$(nproc)"
find src -name '*.c' -print0 | xargs -0 -n 1 -P "$(nproc)" clang-tidy -p build-clang --quiet
echo "clang-tidy: clean"
