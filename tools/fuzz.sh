#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fuzz each target for FUZZ_SECONDS (default 30), starting from its corpus, as many at
# once as there are processors.  What is found goes to build-fuzz/, not into the
# corpus; a finding does not keep the other targets from running.
set -euo pipefail
cd "$(dirname "$0")/.."

fuzz() {
    local name=$1 out=build-fuzz/$1
    mkdir -p "build-fuzz/corpus/$name"
    if "$out" -max_total_time="${FUZZ_SECONDS:-30}" -rss_limit_mb=2048 -timeout=10 -print_final_stats=0 \
        -artifact_prefix="$out-" "build-fuzz/corpus/$name" "tests/fuzz/corpus/$name" 2>"$out.txt"; then
        echo "$name: $(grep -E '^#[0-9]+.DONE' "$out.txt" | cut -f1 | tr -d '#') inputs"
    else
        tail -n 40 "$out.txt"
        echo "$name: FAILED, see $out.txt"
        return 1
    fi
}
export -f fuzz

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target fuzz_targets -j "$(nproc)"
find build-fuzz -maxdepth 1 -name 'fuzz_*' -type f -executable -printf '%f\0' | sort -z |
    xargs -0 -n 1 -P "$(nproc)" bash -c 'fuzz "$1"' fuzz
echo "fuzzing: nothing found"
