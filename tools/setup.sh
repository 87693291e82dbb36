#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Install what is missing on Debian 12: system packages through apt (with sudo
# when not root), the page's packages from its lock file, the tests' Python
# packages into .venv.  Does nothing, quickly, when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."

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

# Debian's Node 18 is too old for the page's tools; a newer one on the PATH is
# used as it is.
check_node() {
    local major
    major=$(node --version 2>/dev/null | sed -E 's/v([0-9]+).*/\1/')
    if [ "${major:-0}" -lt 18 ]; then
        echo "Node.js 18 or newer is needed to build the page; found: $(node --version 2>/dev/null || echo none)" >&2
        exit 1
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
check_node
install_node_packages
install_python_packages
