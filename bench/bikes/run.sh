#!/usr/bin/env bash
# Benchmarks of shared bikes. `static`: the 65 instances of Dell'Amico et al., beside OR-Tools and the published best.
#
#   bench/bikes/run.sh static [FOLDER OF INSTANCES]
#
# Needs Python 3 and the instances, which are not shipped. About three hours, one run at a time; what static/results.csv
# already holds is not run again.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
[ "${1:-}" = static ] || { echo "usage: bench/bikes/run.sh static [FOLDER OF INSTANCES]"; exit 2; }
folder=${2:-$root/../shared/data/kernel/brp/dellamico}
[ -d "$folder" ] || { echo "no instances in $folder: give their folder"; exit 1; }
venv=$root/bench/.venv/bikes
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet -r "$here/static/requirements.txt"
[ -n "${BUILT:-}" ] || cargo build --release --manifest-path "$root/Cargo.toml" -p paceline-plan --example rebalancing_bench
"$venv/bin/python" "$here/static/compare.py" measure "$folder"
"$venv/bin/python" "$here/static/compare.py" table "$folder"
