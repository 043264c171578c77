#!/usr/bin/env bash
# Builds the control plane that tests and benchmarks run against, once: bench/kubernetes/build.sh [FILE]
# About four minutes on two cores from nothing, seconds with Go's own cache. Exit 3: there is no Go here, or no way to its modules.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-${CARGO_TARGET_DIR:-$here/../../target}/kubernetes/control-plane}
command -v go >/dev/null || {
  echo "skipped: the control plane of the tests is built with Go (https://go.dev/dl), which is not on PATH" >&2
  exit 3
}
mkdir -p "$(dirname "$out")"
out=$(cd "$(dirname "$out")" && pwd)/$(basename "$out")
version=$(sed -n 's/^\tk8s.io\/kubernetes \(v[0-9.]*\)$/\1/p' "$here/control-plane/go.mod")
minor=${version#v1.}
flags="-s -w"
for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
  flags="$flags -X $package.gitVersion=$version -X $package.gitMajor=1 -X $package.gitMinor=${minor%%.*}"
done
cd "$here/control-plane"
go mod download || {
  echo "skipped: the control plane of the tests is built from Go modules, which cannot be had" >&2
  exit 3
}
CGO_ENABLED=0 GOFLAGS=-p=2 go build -trimpath -ldflags "$flags" -o "$out" .
echo "$out"
