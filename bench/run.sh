#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# All benchmarks, each beside what a user would use instead, in the same run.
# Takes about half an hour; prints the tables of docs/benchmarks.md.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ ! -x .venv-bench/bin/mlflow ]; then
    echo "Installing what Vireo is compared with into .venv-bench" >&2
    /usr/bin/python3 -m venv .venv-bench
    .venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -r bench/requirements.txt
fi
# The traced program imports all of them, so that they run side by side.
.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check scikit-build-core
.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps --force-reinstall ./python

echo "## Durable ingest"
.venv-bench/bin/python bench/ingest.py
echo "## Start, memory, size"
.venv-bench/bin/python bench/footprint.py
echo "## A traced call in Python"
.venv-bench/bin/python bench/python_overhead.py
echo "## An assessed call in Python"
.venv/bin/python bench/assess_overhead.py
echo "## A test of a model on 100 thousand samples"
.venv/bin/python bench/model_test.py
echo "## Evaluation metrics"
.venv/bin/python bench/metrics.py
echo "## A span in C"
cmake --build build --target bench_client_span >/dev/null
build/bench_client_span
echo "## Queries (10 million spans are made first, in bench-data/: 15 GB with the rows of SQLite)"
.venv/bin/python bench/queries.py || true # tells itself what differed
.venv/bin/python bench/growth.py --rounds 2 || true
echo "## Evaluations"
.venv/bin/python bench/evaluations.py
