# SPDX-License-Identifier: Apache-2.0
"""The build backend: scikit-build-core, plus libvireo's sources in an sdist.

In the repository libvireo lies in the folder above this package, where an
sdist may not reach.  So `build_sdist` copies the few folders that the
extensions need to `libvireo/` for the time of the packing; CMakeLists.txt takes that
folder when it is there.
"""

from __future__ import annotations

import contextlib
import pathlib
import shutil
from collections.abc import Iterator
from typing import Any

from scikit_build_core import build as _backend
from scikit_build_core.build import *  # noqa: F403

HERE = pathlib.Path(__file__).resolve().parent.parent
COPIED = (
    "CMakeLists.txt",
    "cmake",
    "include",
    *(f"src/{folder}" for folder in ("base", "os", "codec", "model", "otlp", "client", "stats")),
)


@contextlib.contextmanager
def _libvireo_beside_us() -> Iterator[None]:
    target = HERE / "libvireo"
    if target.exists():  # building from an sdist again
        yield
        return
    try:
        for name in COPIED:
            source = HERE.parent / name
            if source.is_dir():
                shutil.copytree(source, target / name)
            else:
                target.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target / name)
        yield
    finally:
        shutil.rmtree(target, ignore_errors=True)


def build_sdist(sdist_directory: str, config_settings: dict[str, Any] | None = None) -> str:
    with _libvireo_beside_us():
        return _backend.build_sdist(sdist_directory, config_settings)
