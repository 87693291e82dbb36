#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check that a folder of src/ includes only folders above it, that public code
includes nothing of ours, and that no header becomes a hub."""

import collections
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ORDER = [
    "base", "os", "codec", "model", "otlp", "client", "stats", "column", "store",
    "query", "catalog", "blob", "results", "domain", "http", "api", "server", "cli",
]  # fmt: skip
# The client may be linked into anybody's program: it sees little.
ALLOWED = {"client": {"base", "os", "codec", "model", "otlp", "client"}}
HUB_SHARE = 0.4
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def allowed_folders(folder: str) -> set[str]:
    if folder in ALLOWED:
        return ALLOWED[folder]
    above = set(ORDER[: ORDER.index(folder) + 1])
    return above if folder == "cli" else above - {"client"}


def check_file(path: pathlib.Path, includes: collections.Counter[str]) -> list[str]:
    folder = path.relative_to(ROOT / "src").parts[0]
    if folder not in ORDER:
        return [f"{path.relative_to(ROOT)}: src/{folder} has no place in the dependency order"]
    problems = []
    for name in INCLUDE.findall(path.read_text()):
        target = name.split("/")[0]
        includes[name] += 1
        if "/" not in name:
            problems.append(f'{path.relative_to(ROOT)}: write the folder: #include "{name}"')
        elif target != "vireo" and target not in allowed_folders(folder):
            problems.append(f"{path.relative_to(ROOT)}: src/{folder} may not include {name}")
    return problems


def main() -> int:
    files = sorted((ROOT / "src").rglob("*.[ch]"))
    includes: collections.Counter[str] = collections.Counter()
    problems = [p for f in files for p in check_file(f, includes)]
    for name, count in includes.items():
        if not name.startswith("base/") and count > HUB_SHARE * len(files):
            problems.append(f"{name} is included by {count} of {len(files)} files: a hub")
    print("\n".join(problems) or f"layers: {len(files)} files in order")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
