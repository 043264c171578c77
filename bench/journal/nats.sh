#!/usr/bin/env bash
# Builds the NATS server that tests start, once: bench/journal/nats.sh. Some 15 s of a processor. Exit 3: there is no Go here, or no way to its modules.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$(mkdir -p "${CARGO_TARGET_DIR:-target}/nats" && cd "${CARGO_TARGET_DIR:-target}/nats" && pwd)
[ ! -x "$out/nats-server" ] || exit 0
PATH=$PATH:/usr/local/go/bin
command -v go >/dev/null || { echo "skipped: nats-server is built with Go (https://go.dev/dl), which is not on PATH" >&2; exit 3; }
GOBIN=$out go install github.com/nats-io/nats-server/v2@v2.15.2 || { echo "skipped: nats-server's modules cannot be had" >&2; exit 3; }
