#!/usr/bin/env bash
# What an agent at rest sends and gets, in kbit/s, over a link in plain and in TLS: 0.25 at most is asked for.
#
#   bench/edge/rest.sh [SECONDS] [BINARY]
#
# Server and agent run alone in a network namespace. What its loopback interface carries is counted, heads of TCP and IP included, each packet once; without
# those of a physical link. The agent reads this machine's own sensors, reports each 10 s and has nothing to do. The first 70 s are not counted.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
seconds=${1:-600} paceline=${2:-target/release/paceline}
[ -x "$paceline" ] || cargo build --quiet --release
if [ "${3:-}" != inside ]; then
    exec unshare --user --map-root-user --net --fork --kill-child "$0" "$seconds" "$paceline" inside
fi
ip link set lo up
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$work"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=rest -addext subjectAltName=IP:127.0.0.1 \
    -addext basicConstraints=critical,CA:FALSE \
    -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null

counted() { awk '$1 == "lo:" { print $2, $3 }' /proc/net/dev; }

# $1: what it is called, $2: the server's address, $3: more of its configuration, then options of the agent.
rest() {
    local name=$1 url=$2 more=$3
    shift 3
    mkdir "$work/$name"
    printf '[serve]\nlisten = "127.0.0.1:8080"\n%s\n[regions.line]\nkind = "edge"\njournal = "%s"\n' "$more" "$work/$name/journal" >"$work/$name/paceline.toml"
    "$paceline" serve --config "$work/$name/paceline.toml" >"$work/$name/server.log" 2>&1 &
    local server=$!
    sleep 2
    "$paceline" agent --server "$url" --node box-1 --register --state "$work/$name/agent" --script data/edge/agent/runner.json "$@" >"$work/$name/agent.log" 2>&1 &
    local agent=$!
    sleep 70
    { kill -0 $server $agent && ! grep -q 'does not hear' "$work/$name/agent.log"; } || { cat "$work/$name"/*.log; exit 1; }
    local bytes packets bytes_after packets_after
    read -r bytes packets < <(counted)
    sleep "$seconds"
    read -r bytes_after packets_after < <(counted)
    awk -v name="$name" -v bytes=$((bytes_after - bytes)) -v packets=$((packets_after - packets)) -v s="$seconds" \
        'BEGIN { printf "%-6s %6.3f kbit/s: %d bytes in %d packets over %d s\n", name, bytes * 8 / 1000 / s, bytes, packets, s }'
    kill $agent $server
    wait $agent $server || true
}

rest plain http://127.0.0.1:8080 ''
rest TLS https://127.0.0.1:8080 "tls = { certificate_file = \"$work/cert.pem\", key_file = \"$work/key.pem\" }" --ca "$work/cert.pem"
