#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# All C tests under AddressSanitizer and UBSan, and the end-to-end tests (but for the browser)
# against a server that was built so; under TSan all C tests but the fuzz corpora, which have
# one thread.  Without an argument both, else the one that is named: asan or tsan.
set -euo pipefail
cd "$(dirname "$0")/.."

export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=second_deadlock_stack=1

run() { # preset [what ctest leaves out]
    cmake --preset "$1" >/dev/null
    cmake --build --preset "$1" -j "$(nproc)"
    ctest --test-dir "build-$1" --output-on-failure -j "$(nproc)" "${@:2}"
}

# What sanitizers say goes to files: a test may not look at how its server ended.
run_e2e() { # preset
    local said=build-$1/said failed=0
    rm -rf "$said"
    mkdir -p "$said"
    VIREO_BUILD="$PWD/build-$1" ASAN_OPTIONS="$ASAN_OPTIONS:log_path=$PWD/$said/asan" \
        UBSAN_OPTIONS="$UBSAN_OPTIONS:log_path=$PWD/$said/ubsan" \
        .venv/bin/pytest -q tests/e2e --ignore tests/e2e/page || failed=1
    if [ -n "$(ls "$said")" ]; then
        cat "$said"/*
        echo "a sanitizer found something in the server, see $said" >&2
        failed=1
    fi
    return $failed
}

asan() {
    run asan
    run_e2e asan
}

case ${1:-both} in
asan) asan ;;
tsan) run tsan -LE fuzz ;;
both)
    asan
    run tsan -LE fuzz
    ;;
*)
    echo "usage: tools/sanitizers.sh [asan|tsan]" >&2
    exit 2
    ;;
esac
echo "sanitizers: nothing found"
