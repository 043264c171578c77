# Sourced by the benchmarks of this folder: builds what they run, or takes it from the folder that PACELINE_BIN names, and starts a fresh
# server: of the configuration in `config` if that is set, in which DIR is `dir`, else on Manhattan's streets. Sets `bin`, `dir`, `server` (its process) and `url`;
# what it started ends with the script.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
if [[ -z ${PACELINE_BIN:-} ]]; then
    cargo build --quiet --release -p paceline -p paceline-load
    PACELINE_BIN=$root/target/release
fi
bin=$PACELINE_BIN
# The server refuses settings that it does not know.
unset PACELINE_BIN
dir=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$dir"' EXIT
serve=(--roads data/manhattan/network.json.gz --journal "$dir/journal")
if [[ -n ${config:-} ]]; then
    printf '%s\n' "${config//DIR/$dir}" >"$dir/paceline.toml"
    serve=(--config "$dir/paceline.toml")
fi
"$bin/paceline" serve "${serve[@]}" --listen 127.0.0.1:0 >"$dir/out" 2>"$dir/err" &
server=$!
for _ in $(seq 100); do
    url=$(sed -n 's/^listening on //p' "$dir/out")
    [[ -n $url ]] && break
    sleep 0.1
done
[[ -n $url ]] || { cat "$dir/err"; exit 1; }

# Asks the server to end, and prints its last line.
end_server() {
    kill -TERM "$server"
    wait "$server"
    tail -n 1 "$dir/out"
}

# Prints what the server has used so far.
server_used() {
    local user system
    read -r _ _ _ _ _ _ _ _ _ _ _ _ _ user system _ <"/proc/$server/stat"
    echo "server        $(((user + system) / $(getconf CLK_TCK))) s of processor time, $(awk '/VmHWM/ { print int($2 / 1024) }' "/proc/$server/status") MB at its peak"
}
