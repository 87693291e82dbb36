#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Build and install the Python package into .venv, when its sources changed: a file, or, by its folder, what files there are.
set -euo pipefail
cd "$(dirname "$0")/.."

stamp=.venv/.vireo-package-stamp
if [ -e "$stamp" ] && [ -z "$(find python/src python/pyproject.toml python/CMakeLists.txt src/base src/os src/codec src/model \
    src/otlp src/client src/stats include -newer "$stamp" -print -quit)" ]; then
    exit 0
fi
touch "$stamp.new" # what is changed meanwhile is newer, so that it is installed the next time
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --force-reinstall ./python
mv "$stamp.new" "$stamp"
