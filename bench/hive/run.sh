#!/usr/bin/env bash
# NREL's HIVE and Paceline on the same day in Manhattan, side by side: prints both and writes docs/benchmarks/hive.md.
#
#   bench/hive/run.sh              both, with 200 and with 1,200 vehicles (with 200 vehicles HIVE takes minutes, with 1,200 it may take hours)
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
for vehicles in 200 1200; do
    if [[ $cached != --cached || ! -s $out/hive_$vehicles.json ]]; then
        echo "HIVE, $vehicles vehicles …" >&2
        "$venv/bin/python" "$here/hive_day.py" --vehicles "$vehicles" >"$out/hive_$vehicles.json.part"
        mv "$out/hive_$vehicles.json.part" "$out/hive_$vehicles.json"
    fi
    echo "Paceline, $vehicles vehicles …" >&2
    {
        time "$bin" sim "$root/data/manhattan/hive.toml" --vehicles "$vehicles" --json >"$out/paceline_$vehicles.json" 2>/dev/null
    } 2>"$out/paceline_$vehicles.cpu"
done
"$venv/bin/python" "$here/compare.py" "$out" "$root/docs/benchmarks/hive.md"
