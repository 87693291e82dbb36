#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Start the server on vireo-data/; on its first start feed it with examples.
set -euo pipefail
cd "$(dirname "$0")/.."

listen=${VIREO_LISTEN:-127.0.0.1:4318}
data=${VIREO_DATA:-vireo-data}
url=http://$listen
first=no
[ -d "$data" ] || first=yes

# The server writes its own log; Ctrl-C reaches it as the whole group's signal.
build/vireo serve --data "$data" --listen "$listen" &
server=$!
trap 'kill -TERM $server 2>/dev/null; wait $server; exit 0' INT TERM

for _ in $(seq 100); do
    if .venv/bin/python -c "import urllib.request as u; u.urlopen('$url/readyz', timeout=1)" 2>/dev/null; then
        break
    fi
    kill -0 $server 2>/dev/null || { wait $server; exit 1; }
    sleep 0.1
done

echo
echo "Vireo is at $url   (Ctrl-C stops it; its data is in $data/)"
if [ $first = yes ]; then
    echo "First start: feeding examples (classifiers of handwritten digits: traced, judged, tested)"
    for example in quickstart judging digits_test; do
        PYTHONWARNINGS=ignore .venv/bin/python "examples/$example.py" --url "$url" --project quickstart ||
            echo "The example $example failed; the server runs on." >&2
    done
fi
wait $server
