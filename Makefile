# SPDX-License-Identifier: Apache-2.0
# A thin front over CMake, npm and pip.  `make run` and `make test` set up
# everything that they need on a fresh Debian 12.
SHELL := /bin/bash
PRESET ?= release
BUILD := build
PYTHON := .venv/bin/python
JOBS ?= $(shell nproc)
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help run build setup page wheel test test-c test-python test-page test-e2e lint check \
        check-sanitizers check-fuzz check-fault bench format clean install

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: ## Install what is missing: Debian packages, the page's and the tests' packages
	@tools/setup.sh

page: setup ## Build the web page
	@cd web && npm run --silent build

build: page ## Build the server, the client library and the Python package
	@cmake --preset $(PRESET) $(CMAKE_ARGS) >$(BUILD)-configure.log 2>&1 || { cat $(BUILD)-configure.log; exit 1; }
	@rm -f $(BUILD)-configure.log
	@cmake --build --preset $(PRESET) -j $(JOBS)
	@tools/install_python.sh

run: build ## Start the server on http://127.0.0.1:4318 with an example's traces
	@tools/run.sh

test: build lint test-c test-python test-page test-e2e ## Everything that a change needs
	@echo "all tests passed"

lint: ## Folder order, budgets, formatting, ruff, mypy, tsc, eslint
	@$(PYTHON) tools/check_layers.py
	@$(PYTHON) tools/check_budgets.py
	@$(PYTHON) tools/check_words.py
	@git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror
	@.venv/bin/ruff check -q . && .venv/bin/ruff format -q --check .
	@cd python && ../.venv/bin/mypy --strict src
	@cd web && npm run --silent check && npm run --silent lint

test-c: ## C tests: unit, property, fault, fuzz corpora
	@ctest --test-dir $(BUILD) --output-on-failure -j $(JOBS)

test-python: ## The Python package
	@tools/install_python.sh
	@cd python && ../.venv/bin/pytest -q tests

test-page: ## The page's own tests
	@cd web && npm test --silent

test-e2e: ## The real binary, the real clients, a real browser
	@.venv/bin/pytest -q tests/e2e

check: build lint ## Sanitizers, clang-tidy, fuzzing for minutes, long fault loops
	@tools/check.sh

check-sanitizers: ## All C tests and the server under AddressSanitizer with UBSan; the C tests under TSan
	@tools/sanitizers.sh

check-fuzz: ## Each fuzz target for FUZZ_SECONDS (default 30)
	@tools/fuzz.sh

check-fault: ## kill -9 a hundred times
	@KILL_ROUNDS=100 .venv/bin/pytest -q tests/e2e -k kill

bench: build ## Measure, beside what a user would use instead
	@bench/run.sh

format: ## Format all code
	@git ls-files '*.c' '*.h' | xargs clang-format -i
	@.venv/bin/ruff format -q . && .venv/bin/ruff check -q --fix .
	@cd web && npm run --silent format

wheel: build ## A wheel that carries the server
	@tools/wheel.sh

install: build ## Install the binary, the library and its header (PREFIX, DESTDIR)
	@cmake --install $(BUILD) $(if $(PREFIX),--prefix $(PREFIX))

clean: ## Remove what was built, not the data
	@rm -rf build build-* dist web/dist python/build
