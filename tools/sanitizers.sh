#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# All C tests under AddressSanitizer and UBSan; then under TSan all but the fuzz
# corpora, which have one thread.
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

run asan
run tsan -LE fuzz
echo "sanitizers: nothing found"
