#!/usr/bin/env bash
# The load of run.sh twice, each time on a fresh server: without readers, then with one who reads the whole world over HTTP, list by
# list and page by page, again and again. Prints what each run printed, then how much longer the 99th percentile of rounds became, and
# fails if that is more than a fifth.
#
#   bench/load/reads.sh [--vehicles 10000 --orders 50 --seconds 60 …]      (as for run.sh; without: 100,000 vehicles, 50 orders a second)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[[ $# -gt 0 ]] || set -- --vehicles 100000 --orders 50 --round-p99-ms-max 1000
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for every in 0 1000; do
    echo "== the world is read every $every ms (0: never)"
    "$here/run.sh" --read-world-every-ms "$every" "$@" | tee "$out/$every"
done
p99() { sed -n 's/^rounds .* p99 \([0-9.]*\) ms$/\1/p' "$out/$1"; }
awk -v alone="$(p99 0)" -v read="$(p99 1000)" 'BEGIN {
    printf "rounds at p99 %.1f ms alone, %.1f ms while the world is read: %.2f times\n", alone, read, read / alone
    exit read > 1.2 * alone
}'
