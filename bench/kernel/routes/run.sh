#!/usr/bin/env bash
# Measures route solvers side by side and writes docs/benchmarks/routes.md. Needs Python 3 and the instances beside the
# checkout. About 4 minutes for 1 s, 35 for 10 s and 10 for the other formats; what results.csv already holds is not run again.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
venv=$root/bench/.venv/routes
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet -r "$here/requirements.txt"
cargo build --release --manifest-path "$root/Cargo.toml" -p paceline-plan --example vrp_bench --example vrp_overrun
for seconds in 1 10; do "$venv/bin/python" "$here/compare.py" measure --seconds "$seconds"; done
"$venv/bin/python" "$here/other.py" measure
"$venv/bin/python" "$here/other.py" overrun
"$venv/bin/python" "$here/other.py" table
"$venv/bin/python" "$here/compare.py" table
