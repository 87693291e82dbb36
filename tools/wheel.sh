#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A wheel in dist/ that carries the server: `pip install dist/vireo-*.whl && vireo serve`.
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p dist build/wheel
cp build/vireo build/wheel/vireo
strip build/wheel/vireo
VIREO_SERVER_BINARY="$PWD/build/wheel/vireo" .venv/bin/python -m pip wheel --quiet --disable-pip-version-check \
    --no-build-isolation --no-deps --wheel-dir dist ./python
ls -l dist/*.whl
