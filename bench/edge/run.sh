#!/usr/bin/env bash
# Prints the tables of docs/benchmarks/edge.md: allocation by policy and list, time per decision, watts, scale, rounds, questions, moves, federation.
#
#   bench/edge/run.sh <folder of the openb trace> [allocation|speed|together|scale|rounds|questions|federation|watts]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
trace=${1:?the folder with openb_node_list_gpu_node.csv and the openb_pod_list_*.csv}
cargo build --quiet --release -p paceline-bench-edge
for part in ${2:-allocation speed together scale rounds questions federation watts}; do
    target/release/paceline-bench-edge "$trace" "$part"
    echo
done
