#!/usr/bin/env bash
# What supervision costs of the load benchmark's processor time: a CPU profile of the server while 10,000 vehicles report
# and riders order, and in it the samples whose innermost frame outside the standard library lies in `paceline-supervise`.
# Needs `go` for `go tool pprof`, which reads the profile as any user of it would.
#
#   bench/load/supervision.sh [--vehicles 10000] [--orders 50] …      (those of paceline-load)
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
cargo build --quiet --release -p paceline --features profiles -p paceline-load
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
token=0123456789abcdef-of-a-benchmark
PACELINE_ADMIN__TOKEN=$token target/release/paceline serve --roads data/manhattan/network.json.gz \
    --journal "$dir/journal" --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 >"$dir/out" 2>"$dir/err" &
server=$!
touch "$dir/out"
for _ in $(seq 100); do
    url=$(sed -n 's/^listening on //p' "$dir/out")
    admin=$(grep -o 'http://[0-9.:]*' "$dir/out" | sed -n 2p || true)
    [[ -n $url && -n $admin ]] && break
    sleep 0.1
done
[[ -n $url && -n $admin ]] || { cat "$dir/out" "$dir/err"; exit 1; }
target/release/paceline-load --url "$url" --seconds 60 "$@" >"$dir/load" 2>&1 &
load=$!
sleep 8
curl --silent --fail --header "Authorization: Bearer $token" --output "$dir/cpu.pb.gz" \
    "$admin/debug/pprof/profile?seconds=45"
# A machine that is busy with other things misses the load's own targets; the shares hold all the same.
wait "$load" || echo "the load's targets were missed"
cat "$dir/load"
# The profile's samples come by signal and miss a thread that sleeps most of the time: its time is the kernel's own count.
busy_ms() { awk -v file="$1" 'BEGIN { getline < file; print int($1 / 1000000) }'; }
watch_ms=0 server_ms=0
for thread in /proc/"$server"/task/*; do
    ms=$(busy_ms "$thread/schedstat")
    server_ms=$((server_ms + ms))
    [[ $(<"$thread/comm") == supervise-watch ]] && watch_ms=$ms
done
go tool pprof -traces -lines "$dir/cpu.pb.gz" 2>/dev/null >"$dir/traces"
python3 bench/load/share.py "$dir/traces"
echo "watch thread  $watch_ms ms of the server's $server_ms ms, $((10000 * watch_ms / server_ms)) in 10,000"
