#!/usr/bin/env bash
# Benchmarks of shared bikes. `static`: the 65 instances of Dell'Amico et al., beside OR-Tools and the published best.
#
#   bench/bikes/run.sh static [FOLDER OF INSTANCES]
#   bench/bikes/run.sh days [ARGUMENTS OF paceline sim]
#   bench/bikes/run.sh scale [ARGUMENTS OF scale/run.py]
#
# `static` needs Python 3 and the instances, which are not shipped. About three hours, one run at a time; what static/results.csv
# already holds is not run again. `days` plays three weeks of Oslo without vans and by each policy; it needs the months of its history,
# which are not shipped, where the scenarios in days/ say. Some ten minutes a week. `scale` serves a metropolis over HTTP: ten minutes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
if [ "${1:-}" = days ]; then
    shift
    [ $# -gt 0 ] || set -- --compare no-vans,operator,usual,forecast
    cargo build --release --manifest-path "$root/Cargo.toml" -p paceline
    for week in "$here"/days/*.toml; do "${CARGO_TARGET_DIR:-$root/target}/release/paceline" sim "$week" "$@"; done
    exit
fi
if [ "${1:-}" = scale ]; then
    shift
    exec python3 "$here/scale/run.py" "$@"
fi
[ "${1:-}" = static ] || { echo "usage: bench/bikes/run.sh static [FOLDER OF INSTANCES] | days [ARGUMENTS OF paceline sim] | scale [ARGUMENTS]"; exit 2; }
folder=${2:-$root/../shared/data/kernel/brp/dellamico}
[ -d "$folder" ] || { echo "no instances in $folder: give their folder"; exit 1; }
venv=$root/bench/.venv/bikes
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet -r "$here/static/requirements.txt"
[ -n "${BUILT:-}" ] || cargo build --release --manifest-path "$root/Cargo.toml" -p paceline-plan --example rebalancing_bench
"$venv/bin/python" "$here/static/compare.py" measure "$folder"
"$venv/bin/python" "$here/static/compare.py" table "$folder"
