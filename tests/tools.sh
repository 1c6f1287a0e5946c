#!/bin/sh
# Installs the independent readers that the tests compare with, where it may; says loudly what is missing otherwise.
set -u
cd "$(dirname "$0")/.." || exit 1
missing=""
command -v exiftool >/dev/null 2>&1 || missing="$missing libimage-exiftool-perl"
command -v ffprobe >/dev/null 2>&1 || missing="$missing ffmpeg"
command -v openssl >/dev/null 2>&1 || missing="$missing openssl"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing independent readers:$missing" >&2
    # shellcheck disable=SC2086
    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing) \
        >/dev/null 2>&1 && missing=""
fi
if [ ! -d .venv/node/node_modules/@trustnxt ]; then
    if command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1; then
        echo "installing independent validators for Node" >&2
        npm install --silent --no-audit --no-fund --ignore-scripts --prefix .venv/node \
            @contentauth/c2pa-wasm@0.13.3 @trustnxt/c2pa-ts@0.9.4 >/dev/null 2>&1 || missing="$missing c2pa-wasm c2pa-ts"
    else
        missing="$missing node npm"
    fi
fi
[ -z "$missing" ] ||
    echo "NOTICE: not installed:$missing. The tests that compare with them are skipped. Install them for a full run." >&2
exit 0
