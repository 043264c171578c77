#!/usr/bin/env bash
# Builds what modules/NAME says, once: bench/kubernetes/rollback/build.sh NAME. Prints the program, then the folder of its published sources.
# Argo Rollouts takes some three minutes on two cores from nothing, seconds with Go's own cache. Exit 3: there is no Go here, or no way to its modules.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
name=${1:?NAME is missing}
out=${CARGO_TARGET_DIR:-$here/../../../target}/kubernetes/$name
command -v go >/dev/null || {
  echo "$name is built with Go (https://go.dev/dl), which is not on PATH" >&2
  exit 3
}
mkdir -p "$(dirname "$out")"
out=$(cd "$(dirname "$out")" && pwd)/$name
cd "$here/modules/$name"
folder=$(go list -f '{{.Module.Dir}}' tool) || {
  echo "$name is built from Go modules, which cannot be had" >&2
  exit 3
}
CGO_ENABLED=0 GOFLAGS=-p=2 go build -trimpath -ldflags "-s -w" -o "$out" tool >&2
printf '%s\n' "$out" "$folder"
