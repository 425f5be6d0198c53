#!/usr/bin/env bash
# Installs what the tests need beside Python: redis-server, Prometheus (promtool), Chromium, Java and Maven, from Debian.
# Where it may not install, it says what is missing and lets the tests say what they skip; in CI that is a failure.
set -euo pipefail

declare -A package=(
    [redis-server]=redis-server [promtool]=prometheus [chromium]=chromium [java]=openjdk-17-jre-headless [mvn]=maven
)
missing=()
for program in "${!package[@]}"; do
    command -v "$program" >/dev/null || missing+=("${package[$program]}")
done
[ "${#missing[@]}" -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    # No service may start by itself: the tests run their own, on free ports.
    policy=/usr/sbin/policy-rc.d
    made=""
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
        made=1
    fi
    trap '[ -z "$made" ] || rm -f "$policy"' EXIT
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
    echo "not installed here: ${missing[*]}"
    echo "  on Debian: apt-get install ${missing[*]}"
    [ "${CI:-}" != "true" ] || exit 1
fi
