#!/usr/bin/env bash
# 10,000 vehicles that report once a second and 50 orders a second for 60 s, over HTTP, on a fresh server in Manhattan.
# Prints what was sent and refused, how long answers and rounds took, and the server's processor time and memory.
#
#   bench/load/run.sh [--vehicles 10000] [--orders 50] [--seconds 60] …      (`--help` lists them)
. "$(dirname "${BASH_SOURCE[0]}")/serve.sh"
passed=0
"$bin/paceline-load" --url "$url" "$@" || passed=$?
server_used
end_server
"$bin/paceline" journal verify "$dir/journal"
exit "$passed"
