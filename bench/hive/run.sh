#!/usr/bin/env bash
# NREL's HIVE and Paceline on the same days, side by side: prints both and writes docs/benchmarks/hive.md. The days are those of `days.py`.
#
#   bench/hive/run.sh              all of them (HIVE takes minutes for each day and fleet in Manhattan)
#   bench/hive/run.sh --cached     takes HIVE's figures from its last run in bench/out/
#
# Needs Python 3.10 or newer and, the first time, PyPI. PACELINE_DATA may name a folder that holds `manhattan-hive/` to use
# instead of the scenario that HIVE brings along; PACELINE_BIN another binary.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
venv=$root/bench/.venv
out=$root/bench/out
bin=${PACELINE_BIN:-$root/target/release/paceline}
cached=${1:-}

if [[ -n $cached && $cached != --cached ]]; then
    sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 2
fi
mkdir -p "$out"
if [[ ! -x $venv/bin/hive ]]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet 'nrel.hive==1.3.1' 'networkx<3.4' 'numpy<2.3'
fi
if [[ -z ${PACELINE_BIN:-} ]]; then
    (cd "$root" && cargo build --quiet --release)
fi
# A day that differs from ours would compare nothing.
"$venv/bin/python" "$here/same_day.py" "$root/data/manhattan"

# User and system seconds, as `time` prints them.
TIMEFORMAT='%U %S'
play() {
    local day=$1 vehicles=$2 scenario=$3 name=$out/$1_$2
    if [[ $cached != --cached || ! -s $name.hive.json ]]; then
        echo "HIVE, $day, $vehicles vehicles …" >&2
        "$venv/bin/python" "$here/hive_day.py" "$out/$day/hive" --vehicles "$vehicles" >"$name.hive.json.part"
        mv "$name.hive.json.part" "$name.hive.json"
    fi
    echo "Paceline, $day, $vehicles vehicles …" >&2
    {
        time "$bin" sim "$scenario" --vehicles "$vehicles" --json >"$name.paceline.json" 2>/dev/null
    } 2>"$name.cpu"
}
for day in manhattan drawn denver; do
    laid_out=$("$venv/bin/python" "$here/days.py" "$day" "$out/$day")
    { read -r scenario && read -r fleets; } <<<"$laid_out"
    for vehicles in $fleets; do
        play "$day" "$vehicles" "$scenario"
    done
done
"$venv/bin/python" "$here/compare.py" "$out" "$root/docs/benchmarks/hive.md"
