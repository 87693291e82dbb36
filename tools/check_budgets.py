#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check the budgets: a file at most 800 lines, an internal header 250, and of
the functions of src/ at least 97 % at most 60 lines and none above 100."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILE_LINES, HEADER_LINES, FUNCTION_LINES, FUNCTION_MAX, SHARE = 800, 250, 60, 100, 0.97
SOURCES = ["src/**/*.c", "src/**/*.h", "python/src/**/*.py", "python/src/**/*.c", "web/src/**/*.ts", "web/src/**/*.tsx"]
NAME = re.compile(r"(\w+)\s*\(")


def functions(path: pathlib.Path) -> list[tuple[str, int, int]]:
    """(name, first line, length) of each C function: the brace stands alone in column 0."""
    found = []
    lines = path.read_text().split("\n")
    start = None
    for i, line in enumerate(lines):
        if line == "{":
            start = i
        elif line == "}" and start is not None:
            head = next(
                (
                    NAME.search(x)
                    for x in reversed(lines[max(0, start - 6) : start])
                    if NAME.search(x) and not x.startswith(" ")
                ),
                None,
            )
            found.append((head.group(1) if head else "?", start + 1, i - start - 1))
            start = None
    return found


def main() -> int:
    problems = []
    total = long = 0
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            count = path.read_text().count("\n")
            name = path.relative_to(ROOT)
            limit = HEADER_LINES if path.suffix == ".h" else FILE_LINES
            if count > limit:
                problems.append(f"{name}: {count} lines, at most {limit}")
            if path.suffix != ".c":
                continue
            for function, line, length in functions(path):
                total += 1
                long += length > FUNCTION_LINES
                if length > FUNCTION_MAX:
                    problems.append(f"{name}:{line}: {function}() has {length} lines, at most {FUNCTION_MAX}")
    if total and long > (1 - SHARE) * total:
        problems.append(f"{long} of {total} functions are longer than {FUNCTION_LINES} lines")
    print("\n".join(problems) or f"budgets: {total} functions, {long} longer than {FUNCTION_LINES} lines")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
