#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check tracked text: no path of somebody's machine, no registry host, and an
SPDX line at the top of every source file."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FORBIDDEN = [
    (re.compile(r"(?<![\w.])/(?:root|work)/"), "a path of a machine"),
    (
        re.compile(r"registry\.npm" + r"js|pypi\." + r"org|files\.python" + r"hosted|deb\.deb" + r"ian"),
        "a registry host",
    ),
]
SPDX_SUFFIXES = {".c", ".h", ".py", ".ts", ".tsx", ".sh"}
BINARY = {".png", ".parquet", ".bin", ".log", ".pb", ".gz", ".zst", ".npy"}


def tracked() -> list[pathlib.Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / n.decode() for n in names.split(b"\0") if n]


def main() -> int:
    problems = []
    for path in tracked():
        name = path.relative_to(ROOT)
        if path.suffix in BINARY or "corpus" in name.parts or "golden" in name.parts or not path.is_file():
            continue
        text = path.read_text(errors="replace")
        if path.suffix in SPDX_SUFFIXES and "SPDX-License-Identifier" not in text[:300]:
            problems.append(f"{name}: no SPDX line at the top")
        if path == pathlib.Path(__file__).resolve():
            continue
        for pattern, what in FORBIDDEN:
            match = pattern.search(text)
            if match:
                problems.append(f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {what}: {match.group(0)}")
    print("\n".join(problems) or "words: clean")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
