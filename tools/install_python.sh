#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Build and install the Python package into .venv, when its sources changed.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp=.venv/.vireo-package-stamp
if [ -e "$stamp" ] && [ -z "$(find python/src python/pyproject.toml python/CMakeLists.txt src/base src/os src/codec src/model \
    src/otlp src/client src/stats include -newer "$stamp" -type f -print -quit)" ]; then
    exit 0
fi
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --force-reinstall ./python
touch "$stamp"
