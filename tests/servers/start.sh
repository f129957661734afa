#!/usr/bin/env bash
# Starts what the tests of databases and object stores talk to, on this machine's loopback only: PostgreSQL, MariaDB and
# an S3 store (moto), which also takes protected connections, by the same certificate. Does nothing where they run already. Prints the lines of $TUOMIN_SERVERS/env.
# Needs: the Debian packages postgresql, mariadb-server, openssl and python3-venv.
# PostgreSQL also takes protected connections: its certificate is for `localhost`, not for 127.0.0.1, and of an authority
# made here; a second authority has signed nothing. One MariaDB takes unprotected connections only, a second one, with the
# same certificate, protected ones only.
set -euo pipefail
folder="${TUOMIN_SERVERS:-/tmp/tuomin-servers-$(id -u)}"
mkdir -p "$folder"
chmod 755 "$folder"
exec 9>"$folder/lock"
flock 9

postgres_port=$((20000 + $(id -u) % 500 * 10 + 1))
mariadb_port=$((postgres_port + 1))
store_port=$((postgres_port + 2))
secure_port=$((postgres_port + 3))
store_tls_port=$((postgres_port + 4))
# servers refuse to run as root
as() { if [ "$(id -u)" = 0 ]; then runuser -u "$1" -- "${@:2}"; else "${@:2}"; fi; }
# what stays is a command of its own: a function in the background would hold the pipe of whoever reads our output
stays=()
if [ "$(id -u)" = 0 ]; then stays=(runuser -u mysql --); fi
owned() { if [ "$(id -u)" = 0 ]; then chown "$1" "$2"; fi; }
wait_for() { for _ in $(seq 150); do if "$@" >/dev/null 2>&1; then return 0; fi; sleep 0.2; done; echo "not up: $*" >&2; return 1; }
alive() { [ -s "$1" ] && kill -0 "$(head -n1 "$1")" 2>/dev/null; }

tls="$folder/tls"
if [ ! -s "$tls/server.crt" ]; then
    mkdir -p "$tls"
    for name in authority other; do
        openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=$name" -keyout "$tls/$name.key" \
            -out "$tls/$name.crt" 2>/dev/null
    done
    openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout "$tls/server.key" -out "$tls/server.csr" 2>/dev/null
    echo 'subjectAltName = DNS:localhost' >"$tls/names"
    openssl x509 -req -in "$tls/server.csr" -CA "$tls/authority.crt" -CAkey "$tls/authority.key" -CAcreateserial \
        -days 3650 -extfile "$tls/names" -out "$tls/server.crt" 2>/dev/null
    chmod 600 "$tls"/*.key
fi

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n1 || true)
if [ -x "$bin/postgres" ]; then
    data="$folder/postgres"
    if [ ! -s "$data/PG_VERSION" ]; then
        mkdir -p "$data"
        owned postgres "$data"
        as postgres "$bin/initdb" -D "$data" -U tests -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
        printf 'host all all 127.0.0.1/32 scram-sha-256\nlocal all all trust\n' >"$data/pg_hba.conf"
    fi
    owned postgres "$tls/server.key"
    if ! alive "$data/postmaster.pid"; then
        # no descriptor of ours stays open in the server
        as postgres "$bin/pg_ctl" -D "$data" -w -l "$data/log" \
            -o "-p $postgres_port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$data -c fsync=off \
                -c ssl=on -c ssl_cert_file=$tls/server.crt -c ssl_key_file=$tls/server.key" start >/dev/null 9>&-
    fi
    as postgres "$bin/psql" -q -h "$data" -p "$postgres_port" -U tests -d postgres \
        -c "alter role tests password 'tests'" >/dev/null
    echo "TUOMIN_TEST_POSTGRES=postgres://tests:tests@127.0.0.1:$postgres_port/postgres"
    echo "TUOMIN_TEST_PSQL=$bin/psql"
    echo "TUOMIN_TEST_AUTHORITY=$tls/authority.crt"
    echo "TUOMIN_TEST_OTHER_AUTHORITY=$tls/other.crt"
fi >"$folder/env.postgres"

if command -v mariadbd >/dev/null || [ -x /usr/sbin/mariadbd ]; then
    data="$folder/mariadb"
    client=(as mysql mariadb --no-defaults "--socket=$data/socket")
    if [ ! -d "$data/mysql" ]; then
        mkdir -p "$data"
        owned mysql "$data"
        as mysql mariadb-install-db --no-defaults --datadir="$data" --auth-root-authentication-method=normal >/dev/null 2>&1
    fi
    if ! alive "$data/pid"; then
        "${stays[@]}" /usr/sbin/mariadbd --no-defaults --datadir="$data" --socket="$data/socket" --pid-file="$data/pid" \
            --bind-address=127.0.0.1 --port="$mariadb_port" --skip-name-resolve >"$folder/mariadb.log" 2>&1 9>&- &
        wait_for "${client[@]}" -uroot -e 'select 1'
    fi
    "${client[@]}" -uroot -e "create database if not exists tests character set utf8mb4;
        create user if not exists tests@'127.0.0.1' identified by 'tests'; grant all on *.* to tests@'127.0.0.1'"
    echo "TUOMIN_TEST_MARIADB=mysql://tests:tests@127.0.0.1:$mariadb_port/tests"
    data="$folder/mariadb-tls"
    client=(as mysql mariadb --no-defaults "--socket=$data/socket")
    if [ ! -d "$data/mysql" ]; then
        mkdir -p "$data"
        owned mysql "$data"
        as mysql mariadb-install-db --no-defaults --datadir="$data" --auth-root-authentication-method=normal >/dev/null 2>&1
    fi
    if ! alive "$data/pid"; then
        cp "$tls/server.key" "$data/server.key"
        owned mysql "$data/server.key"
        "${stays[@]}" /usr/sbin/mariadbd --no-defaults --datadir="$data" --socket="$data/socket" --pid-file="$data/pid" \
            --bind-address=127.0.0.1 --port="$secure_port" --skip-name-resolve --require-secure-transport=on \
            --ssl-cert="$tls/server.crt" --ssl-key="$data/server.key" >"$folder/mariadb-tls.log" 2>&1 9>&- &
        wait_for "${client[@]}" -uroot -e 'select 1'
    fi
    "${client[@]}" -uroot -e "create database if not exists tests character set utf8mb4;
        create user if not exists tests@'127.0.0.1' identified by 'tests'; grant all on *.* to tests@'127.0.0.1';
        use tests; create or replace table people as select seq as id, 20 + seq % 40 as age, 'c' as city, 'x' as note
        from seq_1_to_200"
    echo "TUOMIN_TEST_MARIADB_TLS=mysql://tests:tests@127.0.0.1:$secure_port/tests"
fi >"$folder/env.mariadb"

venv="$folder/venv"
if [ ! -x "$venv/bin/moto_server" ]; then
    python3 -m venv "$venv" && "$venv/bin/pip" install -q 'moto[server,s3]==5.*' >/dev/null 2>&1 || true
fi
if [ -x "$venv/bin/moto_server" ]; then
    if ! alive "$folder/store.pid"; then
        nohup "$venv/bin/moto_server" -H 127.0.0.1 -p "$store_port" >"$folder/store.log" 2>&1 9>&- &
        echo $! >"$folder/store.pid"
        wait_for "$venv/bin/python" -c "import urllib.request as u; u.urlopen('http://127.0.0.1:$store_port/moto-api/')"
    fi
    if ! alive "$folder/store-tls.pid"; then
        nohup "$venv/bin/moto_server" -H 127.0.0.1 -p "$store_tls_port" -c "$tls/server.crt" -k "$tls/server.key" \
            >"$folder/store-tls.log" 2>&1 9>&- &
        echo $! >"$folder/store-tls.pid"
        wait_for "$venv/bin/python" -c "import socket; socket.create_connection(('127.0.0.1', $store_tls_port))"
    fi
    echo "TUOMIN_TEST_STORE=http://127.0.0.1:$store_port"
    echo "TUOMIN_TEST_STORE_TLS=https://localhost:$store_tls_port"
    echo "TUOMIN_TEST_STORE_AUTHORITY=$tls/authority.crt"
    echo "TUOMIN_TEST_STORE_OTHER_AUTHORITY=$tls/other.crt"
    echo "TUOMIN_TEST_STORE_PYTHON=$venv/bin/python"
fi >"$folder/env.store"

cat "$folder"/env.postgres "$folder"/env.mariadb "$folder"/env.store
