#!/usr/bin/env bash
# Plants each bug of this folder in a copy of the sources and looks for it with the simulator of faults: `find.sh [NAME...]`; those of `cluster/`
# with the simulated cluster: `find.sh cluster [NAME...]`.
# Prints one row of the table in docs/testing/faults.md or docs/cluster/simulated.md for each, and fails if one is not found within 2,000 seeds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
here=crates/sim/mutants
kind=()
if [ "${1:-}" = cluster ]; then
    here=$here/cluster kind=(cluster)
    shift
fi
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
# One target for all copies, so that only what a patch touches is built again.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target/mutants}
names=("$@")
if [ ${#names[@]} -eq 0 ]; then
    for patch in "$here"/*.patch; do names+=("$(basename "$patch" .patch)"); done
fi
mkdir "$copy/tree"
git ls-files -z | tar --null -T - -c | tar -x -C "$copy/tree"
missed=0
for name in "${names[@]}"; do
    patch -d "$copy/tree" -p1 -s <"$here/$name.patch"
    if said=$(cargo run --quiet --manifest-path "$copy/tree/Cargo.toml" -p paceline-sim --example fuzz -- 0 2000 "${kind[@]}" 2>"$copy/errors"); then
        printf '| `%s` | **not found** | |\n' "$name"
        missed=1
    else
        found=$(grep -m 1 -oE '^seed [0-9]+: .*' <<<"$said" || true)
        [ -n "$found" ] || { cat "$copy/errors"; exit 1; }
        printf '| `%s` | %s | %s |\n' "$name" "$(grep -oE '[0-9]+' <<<"$found" | head -1)" "$(sed -E 's/^seed [0-9]+: broken at [^ ]+: ([^:]*):.*/\1/' <<<"$found")"
    fi
    patch -d "$copy/tree" -p1 -s -R <"$here/$name.patch"
done
exit $missed
