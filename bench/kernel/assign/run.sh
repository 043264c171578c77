#!/usr/bin/env bash
# The exact assignment beside lap, lapx, SciPy and OR-Tools, in one run: prints a table and writes
# docs/benchmarks/matching.md.
#
#   bench/kernel/assign/run.sh
#
# Needs Python 3.10 or newer and, the first time, PyPI. The instances are looked for in ../shared/data/kernel/assign beside
# the checkout, or where PACELINE_DATA says; without them only generated cities are run. ASSIGN_BENCH may name a binary and
# VENV an environment that has the peers. Some three minutes.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
venv=${VENV:-$root/bench/.venv/assign}
out=$root/bench/out/assign
mkdir -p "$out"
if [[ ! -x $venv/bin/python ]]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet numpy==2.4.6 scipy==1.17.1 lap==0.5.13 ortools==9.15.6755
    # lap and lapx are two packages with one module name.
    "$venv/bin/pip" install --quiet --no-deps --target "$venv/lapx" lapx==0.11.1
fi
if [[ -z ${ASSIGN_BENCH:-} ]]; then
    (cd "$root" && cargo build --quiet --release -p paceline-plan --example assign_bench)
fi
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
exec "$venv/bin/python" "$here/compare.py" \
    --bench "${ASSIGN_BENCH:-$root/target/release/examples/assign_bench}" \
    --data "${PACELINE_DATA:-$root/../shared/data}/kernel/assign" \
    --lapx "$venv/lapx" --out "$out" --page "$root/docs/benchmarks/matching.md"
