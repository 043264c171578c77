#!/usr/bin/env bash
# Asks a server of its own everything that its OpenAPI document says can be asked, some 4,000 requests, right and wrong ones, with all
# checks of schemathesis. Streams are left out: they do not end. A machine without Python, or without a way to PyPI, leaves all of it out,
# and says so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
paceline=${PACELINE:-target/debug/paceline}
work=target/openapi
schemathesis=$work/venv/bin/schemathesis

left_out() {
    echo "LEFT OUT: the OpenAPI document was not held against the server: $1"
    exit 0
}

mkdir -p "$work"
if [ ! -x "$schemathesis" ]; then
    command -v python3 >/dev/null || left_out "there is no python3"
    python3 -m venv "$work/venv" >"$work/pip.txt" 2>&1 || left_out "python3 has no venv"
    "$work/venv/bin/pip" install --quiet 'schemathesis==4.32.*' >>"$work/pip.txt" 2>&1 || left_out "schemathesis cannot be installed ($work/pip.txt)"
fi
[ -x "$paceline" ] || cargo build --quiet --bin paceline

rm -rf "$work/journal" "$work/keys.toml"
key=$("$paceline" keys new --file "$work/keys.toml" --name schemathesis --role admin --days 1 --requests-per-second 10000 2>/dev/null)
PACELINE_AUTH__KEYS_FILE=$work/keys.toml RUST_LOG=warn "$paceline" serve --listen 127.0.0.1:0 --journal "$work/journal" \
    --roads data/manhattan/network.json.gz >"$work/server.txt" 2>"$work/log.txt" &
server=$!
trap 'kill $server 2>/dev/null || true; wait $server 2>/dev/null || true' EXIT
for _ in $(seq 100); do
    base=$(sed -n 's/^listening on //p' "$work/server.txt")
    [ -n "$base" ] && break
    kill -0 $server || { cat "$work/log.txt"; exit 1; }
    sleep 0.1
done

# Every run asks the same. A failure is printed with a command that repeats it.
config=$PWD/deploy/openapi/schemathesis.toml
# It keeps what it learnt where it stands.
(cd "$work" && venv/bin/schemathesis --config-file "$config" run "$base/openapi.json" --no-color \
    --seed "${SEED:-1}" --max-examples "${EXAMPLES:-5}" --phases examples,coverage,fuzzing \
    --header "Authorization: Bearer $key" --exclude-path-regex '/stream$|/vehicles/\{id\}/positions$')
kill -0 $server || { echo "the server ended:"; cat "$work/log.txt"; exit 1; }
