#!/usr/bin/env bash
# Finds the rate of new orders that a fresh server in Manhattan sustains, then sends three times as many, in an open loop.
# Prints what became of the orders and of the trips beside them, and the server's peak memory.
#
#   bench/load/overload.sh [--times 3] [--seconds 10] …      (`--help` lists them)
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
if [[ -z ${PACELINE_BIN:-} ]]; then
    cargo build --quiet --release -p paceline -p paceline-load
    PACELINE_BIN=$root/target/release
fi
bin=$PACELINE_BIN
unset PACELINE_BIN
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
"$bin/paceline" serve --roads data/manhattan/network.json.gz --journal "$dir/journal" --listen 127.0.0.1:0 \
    >"$dir/out" 2>"$dir/err" &
server=$!
for _ in $(seq 100); do
    url=$(sed -n 's/^listening on //p' "$dir/out")
    [[ -n $url ]] && break
    sleep 0.1
done
[[ -n $url ]] || { cat "$dir/err"; exit 1; }
passed=0
"$bin/paceline-overload" --url "$url" "$@" || passed=$?
echo "server: $(awk '/VmHWM/ { print int($2 / 1024) }' "/proc/$server/status") MB at its peak"
kill -TERM "$server"
wait "$server"
tail -n 1 "$dir/out"
exit "$passed"
