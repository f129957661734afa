#!/usr/bin/env bash
# Stops the servers of start.sh, by their own process ids, and removes their data.
set -euo pipefail
folder="${TUOMIN_SERVERS:-/tmp/tuomin-servers-$(id -u)}"
for file in "$folder/postgres/postmaster.pid" "$folder/mariadb/pid" "$folder/mariadb-tls/pid" "$folder/store.pid" \
    "$folder/store-tls.pid"; do
    if [ -s "$file" ]; then
        pid=$(head -n1 "$file")
        kill -INT "$pid" 2>/dev/null || true
        for _ in $(seq 10); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
        kill -TERM "$pid" 2>/dev/null || true
        for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    fi
done
rm -rf "$folder/tls" "$folder/postgres" "$folder/mariadb" "$folder/mariadb-tls" "$folder"/store*.pid "$folder"/env.* "$folder/lock"
