#!/bin/sh
# Installs the independent readers that the tests compare with, where it may; says loudly what is missing otherwise.
set -u
missing=""
command -v exiftool >/dev/null 2>&1 || missing="$missing libimage-exiftool-perl"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing independent readers:$missing" >&2
    # shellcheck disable=SC2086
    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing) \
        >/dev/null 2>&1 && exit 0
fi
echo "NOTICE: not installed:$missing. The tests that compare with them are skipped. Install them for a full run." >&2
exit 0
