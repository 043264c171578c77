#!/usr/bin/env bash
# 5,000 workloads a second for 30 s, each of which goes again after half a second, over HTTP, on a fresh edge region of 1,213 nodes with a
# journal on this disk. Prints how long answers and places took, and the server's processor time and memory.
#
#   bench/load/placements.sh [--rate 5000] [--nodes 1213] [--seconds 30] …      (`--help` lists them)
config='[serve]
tick = "25ms"
[regions.line]
kind = "edge"
journal = "DIR/journal"'
. "$(dirname "${BASH_SOURCE[0]}")/serve.sh"
passed=0
"$bin/paceline-placements" --url "$url" "$@" || passed=$?
server_used
end_server
"$bin/paceline" journal verify "$dir/journal"
exit "$passed"
