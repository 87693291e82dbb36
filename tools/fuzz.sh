#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fuzz each target for FUZZ_SECONDS (default 30), starting from its corpus; what
# is found goes to build-fuzz/, not into the corpus.
set -euo pipefail
cd "$(dirname "$0")/.."

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz -j "$(nproc)"
for target in build-fuzz/fuzz_*; do
    [ -x "$target" ] && [ -f "$target" ] || continue
    name=$(basename "$target")
    mkdir -p "build-fuzz/corpus/$name"
    echo "$name"
    "$target" -max_total_time="${FUZZ_SECONDS:-30}" -rss_limit_mb=2048 -timeout=10 -print_final_stats=0 \
        -artifact_prefix="build-fuzz/$name-" "build-fuzz/corpus/$name" "tests/fuzz/corpus/$name" 2>"build-fuzz/$name.txt" ||
        { tail -n 40 "build-fuzz/$name.txt"; exit 1; }
done
echo "fuzzing: nothing found"
