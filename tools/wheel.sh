#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A wheel in dist/ that carries the server: `pip install dist/vireo-*.whl && vireo serve`.
set -euo pipefail
cd "$(dirname "$0")/.."

# The shared libraries that Debian brought are put beside it, so that nothing
# needs to be installed where the wheel goes.
rm -rf build/wheel
mkdir -p dist build/wheel
strip -o build/wheel/vireo build/vireo
VIREO_SERVER_BINARY="$PWD/build/wheel/vireo" .venv/bin/python -m pip wheel --quiet --disable-pip-version-check \
    --no-build-isolation --no-deps --wheel-dir build/wheel ./python
rm -f dist/vireo-*.whl
PATH="$PWD/.venv/bin:$PATH" auditwheel repair --wheel-dir dist build/wheel/vireo-*.whl >build/wheel/log.txt 2>&1 ||
    { cat build/wheel/log.txt; exit 1; }
ls -l dist/*.whl
