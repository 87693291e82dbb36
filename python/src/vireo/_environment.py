# SPDX-License-Identifier: Apache-2.0
"""Where a definition was seen: git commit, Python and package versions.  Runs on the worker.

Imported with the package although few calls need it: an import on the worker
while the program ends by Ctrl-C would, in CPython, turn its exit status into 1.
"""

from __future__ import annotations

import functools
import importlib.metadata
import os
import pathlib
import platform
import subprocess
import sys
from typing import Any

GIT_SECONDS = 2.0


def python_version() -> str:
    return platform.python_version()


# ---------------------------------------------------------------- git


def _git_dir(start: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path] | None:
    """(work tree, git directory) above `start`; of a linked work tree or submodule `.git` is a file."""
    for folder in [start, *start.parents]:
        dot = folder / ".git"
        if dot.is_dir():
            return folder, dot
        if dot.is_file():
            line = dot.read_text().strip()
            if line.startswith("gitdir:"):
                return folder, (folder / line[7:].strip()).resolve()
    return None


def _common_dir(git: pathlib.Path) -> pathlib.Path:
    pointer = git / "commondir"
    return (git / pointer.read_text().strip()).resolve() if pointer.is_file() else git


def _resolve(git: pathlib.Path, ref: str) -> str | None:
    for base in (git, _common_dir(git)):
        loose = base / ref
        if loose.is_file():
            return loose.read_text().strip()
    packed = _common_dir(git) / "packed-refs"
    if packed.is_file():
        for line in packed.read_text().splitlines():
            commit, _, name = line.partition(" ")
            if name == ref:
                return commit
    return None


def _dirty(tree: pathlib.Path) -> bool | None:
    """Whether tracked files differ from the commit; None when git is missing or slow."""
    command = ["git", "-C", str(tree), "status", "--porcelain", "--untracked-files=no"]
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(command, capture_output=True, timeout=GIT_SECONDS, env=environment, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    return bool(done.stdout.strip()) if done.returncode == 0 else None


@functools.lru_cache(maxsize=64)
def _git_of_folder(folder: str) -> dict[str, Any] | None:
    found = _git_dir(pathlib.Path(folder))
    if found is None:
        return None
    tree, git = found
    head = (git / "HEAD").read_text().strip()
    branch = head[5:].strip() if head.startswith("ref:") else None
    commit = _resolve(git, branch) if branch else head
    if not commit:
        return None
    info: dict[str, Any] = {"commit": commit, "dirty": _dirty(tree)}
    if branch:
        info["branch"] = branch[len("refs/heads/") :] if branch.startswith("refs/heads/") else branch
    return info


def git_info(filename: str) -> dict[str, Any] | None:
    """{"commit", "dirty", "branch"} of the repository that holds `filename`, else of the current folder."""
    try:
        path = pathlib.Path(filename)
        folder = path.resolve().parent if path.is_file() else pathlib.Path.cwd()
        return _git_of_folder(str(folder))
    except (OSError, ValueError):
        return None


# ---------------------------------------------------------------- packages


@functools.lru_cache(maxsize=1)
def _distributions() -> dict[str, list[str]]:
    """Import name -> distributions; importlib.metadata has it from Python 3.10 on, and takes its time."""
    finder = getattr(importlib.metadata, "packages_distributions", None)
    return dict(finder()) if finder else {}


@functools.lru_cache(maxsize=1024)
def _version_of(name: str) -> tuple[str, str] | None:
    """(distribution, version) of an import name."""
    try:
        return name, importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
    for distribution in _distributions().get(name, []):
        try:
            return distribution, importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def package_versions(names: set[str]) -> dict[str, str]:
    """Versions of the installed distributions behind top-level import names; the standard library has none."""
    standard: frozenset[str] = getattr(sys, "stdlib_module_names", frozenset())
    found = (_version_of(name) for name in sorted(names - standard) if name and not name.startswith("_"))
    return dict(pair for pair in found if pair is not None)
