#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# All C tests under AddressSanitizer and UBSan, then the threaded folders under TSan.
set -euo pipefail
cd "$(dirname "$0")/.."

jobs=$(nproc)
cmake --preset asan >/dev/null
cmake --build --preset asan -j "$jobs"
ctest --test-dir build-asan --output-on-failure -j "$jobs"
cmake --preset tsan >/dev/null
cmake --build --preset tsan -j "$jobs"
ctest --test-dir build-tsan --output-on-failure -j "$jobs" -L unit -R 'os|store|client|catalog|domain|http'
