#!/usr/bin/env bash
# 10,000 vehicles that report once a second and 50 orders a second for 60 s, over HTTP, on a fresh server in Manhattan.
# Prints what was sent and refused, how long answers and rounds took, and the server's processor time and memory.
#
#   bench/load/run.sh [--vehicles 10000] [--orders 50] [--seconds 60] …      (`--help` lists them)
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
cargo build --quiet --release -p paceline -p paceline-load
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
target/release/paceline serve --roads data/manhattan/network.json.gz --journal "$dir/journal" --listen 127.0.0.1:0 \
    >"$dir/out" 2>"$dir/err" &
server=$!
for _ in $(seq 100); do
    url=$(sed -n 's/^listening on //p' "$dir/out")
    [[ -n $url ]] && break
    sleep 0.1
done
[[ -n $url ]] || { cat "$dir/err"; exit 1; }
passed=0
target/release/paceline-load --url "$url" "$@" || passed=$?
read -r _ _ _ _ _ _ _ _ _ _ _ _ _ user system _ <"/proc/$server/stat"
peak=$(awk '/VmHWM/ { print int($2 / 1024) }' "/proc/$server/status")
echo "server        $(((user + system) / $(getconf CLK_TCK))) s of processor time, $peak MB at its peak"
kill -TERM "$server"
wait "$server"
tail -n 1 "$dir/out"
"$root/target/release/paceline" journal verify "$dir/journal"
exit "$passed"
