#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The parts of `make check`, the quick ones first.  Stops at the first that fails, says
# which one it was and how to run it alone; says of each how long it took.
set -uo pipefail
cd "$(dirname "$0")/.."

part() { # name command...
    local start=$SECONDS
    echo "== $1"
    if "${@:2}"; then
        echo "== $1: fine, $((SECONDS - start)) s"
    else
        echo "== check: FAILED in \"$1\" after $((SECONDS - start)) s; alone: ${*:2}" >&2
        exit 1
    fi
}

part "clang's warnings and clang-tidy" tools/tidy.sh
part "AddressSanitizer and UBSan" tools/sanitizers.sh asan
part "ThreadSanitizer" tools/sanitizers.sh tsan
part "kill -9" make --no-print-directory check-fault
part "fuzzing" tools/fuzz.sh
echo "== check: all fine, $SECONDS s"
