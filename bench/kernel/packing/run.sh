#!/usr/bin/env bash
# Set packing: ours beside HiGHS and OR-Tools on the same instances, in one run; writes docs/benchmarks/packing.md.
# Needs Python 3 with highspy and ortools, or PYTHON that has them: bench/kernel/packing/run.sh [FOLDER OF INSTANCES]
set -euo pipefail
cd "$(dirname "$0")/../../.."
folder=${1:-../shared/data/kernel/pooling}
[ -d "$folder" ] || { echo "no instances in $folder: give their folder"; exit 1; }
[ -n "${BUILT:-}" ] || cargo build --release -p paceline-plan --example packing_bench
"${PYTHON:-python3}" bench/kernel/packing/compare.py "$folder" > docs/benchmarks/packing.md.new
mv docs/benchmarks/packing.md.new docs/benchmarks/packing.md
