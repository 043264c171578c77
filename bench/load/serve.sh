# Sourced by the benchmarks of this folder: builds what they run, or takes it from the folder that PACELINE_BIN names, and starts a fresh
# server on Manhattan's streets. Sets `bin`, `dir`, `server` (its process) and `url`; what it started ends with the script.
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
"$bin/paceline" serve --roads data/manhattan/network.json.gz --journal "$dir/journal" --listen 127.0.0.1:0 \
    >"$dir/out" 2>"$dir/err" &
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
