#!/usr/bin/env bash
# Appends of 4 kB records to logs in PostgreSQL beside pgbench doing the same work by a statement of its own, in JetStream if `nats.sh` has built it,
# and in files, by turns in one run:
# bench/journal/run.sh [ROUNDS] [SECONDS]. Starts a server of its own in a directory that goes with it. Needs Debian's package postgresql, or its
# programs on PATH; exit 3: there are none.
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-5} seconds=${2:-5}
bin=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | tail -1 || command -v initdb || true)")
[ -x "$bin/pgbench" ] || { echo "skipped: there is no PostgreSQL here" >&2; exit 3; }
cargo build --release -q -p paceline-journal --features postgres,jetstream --example append_rate
append_rate=${CARGO_TARGET_DIR:-target}/release/examples/append_rate

dir=$(mktemp -d)
as=()
# Root may not run it.
[ "$(id -u)" != 0 ] || { chown postgres "$dir"; as=(setpriv --reuid postgres --regid postgres --clear-groups); }
port=$((20000 + RANDOM % 20000))
nats=
stop() { [ -z "$nats" ] || kill "$nats"; "${as[@]}" "$bin/pg_ctl" stop -m immediate -s -D "$dir/data" || true; rm -rf "$dir"; }
trap stop EXIT
export LC_ALL=C
(cd "$dir" && "${as[@]}" "$bin/initdb" -D data -U paceline --auth=trust >/dev/null
 "${as[@]}" "$bin/pg_ctl" start -w -s -D data -l "$dir/log" -o "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=''")
url=postgresql://paceline@127.0.0.1:$port/postgres
sql() { "$bin/psql" -qAt "$url" -c "$1"; }

# What the log does, as short as it can be said: one head a region, one record of 4 kB that does not compress.
cat >"$dir/append.sql" <<'SQL'
WITH head AS (UPDATE bench_heads SET seq = seq + 1 WHERE region = :client_id RETURNING region, seq)
INSERT INTO bench_records SELECT head.region, head.seq, payload FROM head, bench_payload
SQL
chmod a+rx "$dir"; chmod a+r "$dir/append.sql"
sql "CREATE TABLE bench_heads (region int PRIMARY KEY, seq bigint) WITH (fillfactor = 20); INSERT INTO bench_heads SELECT n, 0 FROM generate_series(0, 63) n;
     CREATE TABLE bench_records (region int, seq bigint, payload bytea, PRIMARY KEY (region, seq));
     CREATE TABLE bench_payload AS SELECT string_agg(decode(md5(n::text), 'hex'), '') AS payload FROM generate_series(1, 256) n"

server=${CARGO_TARGET_DIR:-target}/nats/nats-server
if [ -x "$server" ]; then
  printf 'listen: 127.0.0.1:%s\njetstream { store_dir: "%s/nats", sync_interval: always }\n' $((port + 1)) "$dir" >"$dir/nats.conf"
  "$server" -c "$dir/nats.conf" 2>/dev/null & nats=$!
fi

pgbench() {
  "$bin/pgbench" -n -M prepared -f "$dir/append.sql" -c "$1" -j "$1" -T "$seconds" "$url" 2>/dev/null |
    awk '/^latency average/ { ms = $4 } /^tps/ { printf "%.0f %.3f -", $3, ms }'
}

echo "| regions | round | what | appends/s | ms: p50 (pgbench: mean) | ms: p99 |"
echo "| ---: | ---: | --- | ---: | ---: | ---: |"
for regions in 1 16; do
  for round in $(seq "$rounds"); do
    row() { echo "| $regions | $round | $1 | $2 | $3 | $4 |"; }
    row postgresql $("$append_rate" "$url" "$regions" "$seconds")
    row pgbench $(pgbench "$regions")
    [ -z "$nats" ] || row jetstream $("$append_rate" "nats://127.0.0.1:$((port + 1))" "$regions" "$seconds")
    row files $("$append_rate" "$dir/files" "$regions" "$seconds")
    sql "DELETE FROM paceline_log_records; TRUNCATE bench_records; CHECKPOINT" >/dev/null
    rm -rf "$dir/files"
  done
done
