#!/usr/bin/env bash
# Finds the rate of new orders that a fresh server in Manhattan sustains, then sends three times as many, in an open loop.
# Prints what became of the orders and of the trips beside them, and the server's peak memory.
#
#   bench/load/overload.sh [--times 3] [--seconds 10] …      (`--help` lists them)
. "$(dirname "${BASH_SOURCE[0]}")/serve.sh"
passed=0
"$bin/paceline-overload" --url "$url" "$@" || passed=$?
echo "server: $(awk '/VmHWM/ { print int($2 / 1024) }' "/proc/$server/status") MB at its peak"
end_server
exit "$passed"
