#!/usr/bin/env bash
# Checks the rules and runs their tests. Uses promtool from the path; where there is none and apt is at hand, takes it out
# of Debian's package `prometheus` without installing the service.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
if ! command -v promtool >/dev/null; then
    command -v apt-get >/dev/null || { echo "skipped: no promtool, and no apt to get it from"; exit 0; }
    kept=../../target/promtool
    if [ ! -x "$kept/usr/bin/promtool" ]; then
        mkdir -p "$kept"
        (cd "$kept" && { apt-get download -qq prometheus || { apt-get update -qq && apt-get download -qq prometheus; }; } \
            && dpkg-deb -x prometheus_*.deb . && rm -f prometheus_*.deb usr/bin/prometheus)
    fi
    PATH="$PWD/$kept/usr/bin:$PATH"
fi
promtool check rules rules.yaml
promtool test rules rules_test.yaml
