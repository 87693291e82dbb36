# SPDX-License-Identifier: Apache-2.0
"""The command `vireo`: the server and tools, if this installation carries them."""

from __future__ import annotations

import os
import pathlib
import shutil
import sys
from typing import NoReturn


def binary() -> str | None:
    """The server binary: of VIREO_BINARY, of this package, or another one on the PATH."""
    given = os.environ.get("VIREO_BINARY")
    if given:
        return given
    carried = pathlib.Path(__file__).parent / "bin" / "vireo"
    if carried.is_file():
        return str(carried)
    ours = pathlib.Path(sys.argv[0]).resolve()
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        found = shutil.which("vireo", path=folder)
        # This very script has the same name.
        if found and pathlib.Path(found).resolve() != ours and not _is_script(found):
            return found
    return None


def _is_script(path: str) -> bool:
    with pathlib.Path(path).open("rb") as file:
        return file.read(2) == b"#!"


def main() -> NoReturn:
    """Become the binary; but `vireo worker` is ours."""
    if sys.argv[1:2] == ["worker"]:
        from .judge._service import run

        run()
    found = binary()
    if found is None:
        sys.exit("vireo: this installation carries no server; install a wheel that does, or set VIREO_BINARY")
    os.execv(found, ["vireo", *sys.argv[1:]])
